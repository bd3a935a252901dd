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
 * `__description`, `__metric`, `__threshold`, `__prefix`, `__suffix` or `__metadata:key`. Empty rows are left out.
 * `problem` is told what cannot be read.
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
      if (header === null) header = data.map((name) => name.trim());
      else tests.push({ value: rowTest(header, data), range });
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

function rowTest(header: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const vars: Record<string, unknown> = {};
  const assert: Record<string, unknown>[] = [];
  const options: Record<string, unknown> = {};
  const metadata: Record<string, unknown> = {};
  const test: Record<string, unknown> = {};
  for (const [index, name] of header.entries()) {
    const cell = cells[index] ?? '';
    if (name === '') continue;
    if (!name.startsWith('__')) define(vars, name, cell);
    else if (cell.trim() === '') continue;
    else if (/^__expected\d*$/u.test(name)) assert.push({ ...parseExpected(cell.trim()) });
    else if (name === '__description') test['description'] = cell;
    else if (name === '__threshold') test['threshold'] = Number(cell);
    else if (name === '__prefix') options['prefix'] = cell;
    else if (name === '__suffix') options['suffix'] = cell;
    else if (name.startsWith('__metadata:')) {
      const key = name.slice('__metadata:'.length);
      define(metadata, key.replace(/\[\]$/u, ''), key.endsWith('[]') ? cell.split(',').map((item) => item.trim()) : cell);
    } else if (name !== '__metric') test[name] = cell;
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

/** A column may be called `__proto__`-like things only with the underscores above; this keeps any other name an own property. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
