import Papa from 'papaparse';
import type { SourceRange } from '../../shared/documents.js';
import { parseExpected } from './expected.js';

/** A test as it stands in a file, with where it stands. */
export interface RawTest {
  value: Record<string, unknown>;
  range: SourceRange | null;
}

/**
 * Reads a CSV of tests by promptfoo's conventions: a column is a variable, unless it is `__expected`, `__expected1`…,
 * `__description`, `__metric`, `__threshold`, `__prefix`, `__suffix`, `__providerOutput`, `__metadata:key` or `__config:__expected:threshold`.
 * Rows are called `Row #n` where they have no description; empty ones are left out. `problem` is told what cannot be read.
 */
export function readTable(text: string, problem: (message: string, range: SourceRange | null) => void): RawTest[] {
  const base = text.startsWith('\uFEFF') ? 1 : 0;
  const tests: RawTest[] = [];
  let header: string[] | null = null;
  let start = base;
  Papa.parse<string[]>(text.slice(base), {
    // Guessed from the header alone: the library looks at the cells, where a text with semicolons is no table.
    delimiter: delimiterOf(text.slice(base)),
    step: ({ data, errors, meta }) => {
      const end = base + meta.cursor;
      const range = { start, end: trimmedEnd(text, start, end) };
      start = end;
      for (const error of errors) if (error.type === 'Quotes') problem(`The table has a quote that does not end: ${error.message}.`, range);
      if (data.every((cell) => cell.trim() === '')) return;
      if (header === null) {
        header = data.map((name) => name.trim());
        checkHeader(header, problem, range);
      } else tests.push({ value: rowTest(header, data, tests.length + 1, (message) => problem(message, range)), range });
    },
  });
  return tests;
}

/** A comma, unless the header has none and is divided by semicolons (as spreadsheets of many countries write it) or tabs. */
function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/u.exec(text)?.[0] ?? '';
  return [',', ';', '\t'].find((each) => header.includes(each)) ?? ',';
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && (text[at - 1] === '\n' || text[at - 1] === '\r')) at--;
  return at;
}

const special = ['expected', 'prefix', 'suffix', 'description', 'providerOutput', 'metric', 'threshold', 'metadata', 'config'];
const configColumn = /^__config:__expected(\d*):(\w+)$/u;

/** Columns that promptfoo would leave out or refuse are said once, at the head. */
function checkHeader(header: readonly string[], problem: Problem, range: SourceRange): void {
  for (const name of header) {
    const single = !name.startsWith('__') && special.some((word) => name.startsWith(`_${word}`));
    if (single) problem(`The column "${name}" is a variable. Did you mean "_${name}"?`, range);
    else if (name === '__metadata') problem('The column "__metadata" needs a key, such as "__metadata:topic"; it is left out.', range);
    else if (name.startsWith('__config:') && configColumn.exec(name)?.[2] !== 'threshold')
      problem(`The column "${name}" is not known; only "__config:__expected:threshold" and "__config:__expected1:threshold" … are.`, range);
    else if (configColumn.exec(name)?.[1] === '0') problem(`The column "${name}" counts from 1: "__config:__expected1:threshold".`, range);
  }
}

type Problem = (message: string, range: SourceRange | null) => void;

function rowTest(
  header: readonly string[],
  cells: readonly string[],
  row: number,
  problem: (message: string) => void,
): Record<string, unknown> {
  const vars: Record<string, unknown> = {};
  const assert: Record<string, unknown>[] = [];
  const options: Record<string, unknown> = {};
  const metadata: Record<string, unknown> = {};
  const test: Record<string, unknown> = { description: `Row #${String(row)}` };
  const thresholds = new Map<number, number>();
  for (const [index, name] of header.entries()) {
    const cell = cells[index] ?? '';
    if (name === '') continue;
    if (!name.startsWith('__')) define(vars, name, cell);
    else if (cell.trim() === '') continue;
    else if (name.startsWith('__expected')) assert.push({ ...parseExpected(cell.trim()) });
    else if (name === '__description') test['description'] = cell;
    else if (name === '__threshold') test['threshold'] = numberIn(cell, name, problem);
    else if (name === '__prefix') options['prefix'] = cell;
    else if (name === '__suffix') options['suffix'] = cell;
    else if (name === '__providerOutput') test['providerOutput'] = cell;
    else if (name.startsWith('__metadata:')) {
      const key = name.slice('__metadata:'.length);
      define(metadata, key.replace(/\[\]$/u, ''), key.endsWith('[]') ? metadataList(cell) : cell);
    } else if (name.startsWith('__config:')) {
      const [, number = '', key] = configColumn.exec(name) ?? [];
      if (key === 'threshold') thresholds.set(Math.max(1, Number(number)) - 1, numberIn(cell, name, problem));
    } else if (name !== '__metric' && name !== '__metadata') test[name] = cell;
  }
  // They count the cells that say something, not the columns.
  for (const [index, threshold] of thresholds) {
    const assertion = assert[index];
    if (assertion !== undefined) assertion['threshold'] = threshold;
  }
  const metric = (cells[header.indexOf('__metric')] ?? '').trim();
  if (metric !== '') for (const assertion of assert) assertion['metric'] = metric;
  return {
    ...test,
    vars,
    assert,
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}

/** What is no number is kept as NaN, which no reader of tests takes, so that the row is not judged without its limit. */
function numberIn(cell: string, name: string, problem: (message: string) => void): number {
  const number = Number(cell);
  if (!Number.isFinite(number)) problem(`"${cell}" in ${name} is no number.`);
  return Number.isFinite(number) ? number : NaN;
}

/** Between commas; `\,` is a comma of an item. */
function metadataList(cell: string): string[] {
  return cell.split(/(?<!\\),/u).map((item) => item.trim().replaceAll('\\,', ','));
}

/** A column may be called `__proto__`-like things only with the underscores above; this keeps any other name an own property. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
