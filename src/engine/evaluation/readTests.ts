import { isRecord } from '../config/yaml.js';
import { EngineError } from '../errors.js';
import type { SourceRange } from '../../shared/documents.js';
import { isReference } from './references.js';
import { isCodeFile, readCode } from './suiteCode.js';
import { scenarioKeys } from './suiteKeys.js';
import { SuiteSource } from './suiteSource.js';
import type { Path } from './suiteSource.js';
import { readTable } from './table.js';
import { casesOf, maxCases, mergeParts, noParts, readParts } from './testParts.js';
import type { DraftCase, TestParts } from './testParts.js';
import { expandReference, openReference } from './testReader.js';
import type { TestReader } from './testReader.js';

/** A test or the like as it stands in a file. */
interface Item {
  source: SuiteSource;
  path: Path;
  value: unknown;
  range: SourceRange | null;
}

/** `defaultTest`: a test without a place of its own. */
export async function readDefaults(reader: TestReader, value: unknown): Promise<TestParts> {
  if (value === undefined || value === null) return noParts;
  const { suite } = reader;
  let item: Item = { source: suite, path: ['defaultTest'], value, range: null };
  if (isReference(value)) {
    const found = await openReference(reader, suite, ['defaultTest'], value);
    if (found === null) return noParts;
    const source = await openSource(reader, found.file, found.text);
    item = { source, path: [], value: source.value, range: null };
  }
  if (isRecord(item.value)) return readParts(reader, item.source, item.path, item.value);
  item.source.report('error', 'suite-invalid', '"defaultTest" must be a mapping.', item.source.range(item.path));
  return noParts;
}

/** `tests`: inline, or in files. One test that cannot be read hides no other. */
export async function readTests(reader: TestReader, value: unknown, defaults: TestParts): Promise<DraftCase[]> {
  const cases: DraftCase[] = [];
  for await (const item of itemsOf(reader, reader.suite, ['tests'], value)) {
    const parts = await partsOf(reader, item, 'A test must be a mapping with vars and assert.');
    if (parts === null) continue;
    cases.push(...casesOf(item.source, withDefaults(defaults, parts), { description: descriptionOf(item), range: item.range }));
    if (cases.length > maxCases) return tooMany(item, cases);
  }
  return cases;
}

/**
 * `scenarios`: every row of a scenario's `config` with each of its tests. What the row says goes before `defaultTest`, what the test says
 * before both; the assertions are those of all three. As in promptfoo, they come after the tests.
 */
export async function readScenarios(reader: TestReader, value: unknown, defaults: TestParts): Promise<DraftCase[]> {
  const cases: DraftCase[] = [];
  for await (const scenario of itemsOf(reader, reader.suite, ['scenarios'], value)) {
    const { source, path } = scenario;
    if (!isRecord(scenario.value)) {
      source.report('error', 'scenario-invalid', 'A scenario must be a mapping with config and tests.', scenario.range);
      continue;
    }
    source.checkKeys(path, scenario.value, scenarioKeys.read, scenarioKeys.ignored);
    const rows: TestParts[] = [];
    for await (const row of itemsOf(reader, source, [...path, 'config'], scenario.value['config'])) {
      const parts = await partsOf(reader, row, 'A row of a scenario must be a mapping with vars.');
      if (parts !== null) rows.push(parts);
    }
    const tests: { item: Item; parts: TestParts }[] = [];
    for await (const item of itemsOf(reader, source, [...path, 'tests'], scenario.value['tests'])) {
      const parts = await partsOf(reader, item, 'A test must be a mapping with vars and assert.');
      if (parts !== null) tests.push({ item, parts });
    }
    if (rows.length === 0 || tests.length === 0)
      source.report(
        'error',
        'scenario-invalid',
        'A scenario needs rows in config and a test for them, so it has no cases.',
        scenario.range,
      );
    for (const row of rows) {
      for (const { item, parts } of tests) {
        const place = { description: descriptionOf(item), range: item.range };
        cases.push(...casesOf(item.source, withDefaults(defaults, mergeParts(row, parts)), place));
        if (cases.length > maxCases) return tooMany(item, cases);
      }
    }
  }
  return cases;
}

function tooMany({ source, range }: Item, cases: DraftCase[]): DraftCase[] {
  source.report('error', 'suite-too-large', `The suite has more than ${String(maxCases)} cases. Split it.`, range);
  return cases.slice(0, maxCases);
}

function withDefaults(defaults: TestParts, parts: TestParts): TestParts {
  return mergeParts(parts.disableDefaultAsserts === true ? { ...defaults, assertions: [] } : defaults, parts);
}

function descriptionOf({ value }: Item): string | null {
  return isRecord(value) && typeof value['description'] === 'string' ? value['description'] : null;
}

async function partsOf(reader: TestReader, { source, path, value, range }: Item, otherwise: string): Promise<TestParts | null> {
  if (!isRecord(value)) {
    source.report('error', 'test-invalid', otherwise, range);
    return null;
  }
  const before = source.problems.length;
  const parts = await readParts(reader, source, path, value);
  // Rows of a table have no parts with places of their own: what is wrong there is wrong in the row.
  for (const problem of source.problems.slice(before)) {
    if (problem.file !== source.file || problem.range !== null) continue;
    problem.range = range;
    Object.assign(problem, source.lineOf(range));
  }
  return parts;
}

/** A list (or a single item) whose texts are files: their items stand in their place. */
async function* itemsOf(reader: TestReader, source: SuiteSource, path: Path, value: unknown): AsyncGenerator<Item> {
  if (value === undefined || value === null) return;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, item] of list.entries()) {
    const at = Array.isArray(value) ? [...path, index] : path;
    if (isGenerator(item)) {
      for (const test of await generated(reader, source, at, item)) yield { source, path: at, value: test, range: source.range(at) };
    } else if (typeof item !== 'string') yield { source, path: at, value: item, range: source.range(at) };
    else {
      for (const file of await expandReference(reader, source, at, item, 'tests-missing')) {
        const found = await openReference(reader, source, at, file);
        if (found !== null) yield* itemsOfFile(reader, source, at, found);
      }
    }
  }
}

/** What code makes; that it cannot be run is reported at its place. */
async function generated(reader: TestReader, source: SuiteSource, at: Path, item: unknown): Promise<unknown[]> {
  const { path, config } = isRecord(item) ? item : { path: item, config: undefined };
  const written = `file://${String(path).replace(/^file:\/\//u, '')}`;
  const code = await readCode(source, at, written, reader.references, reader.trusted);
  if (code.problem !== undefined) return [];
  try {
    if (reader.made === undefined) throw new EngineError('SUITE_INVALID', 'Tests that code makes are not read here.');
    return await reader.made(code, config);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    source.report('error', 'tests-unreadable', error.message, source.range(at));
    return [];
  }
}

function isGenerator(item: unknown): boolean {
  if (typeof item === 'string') return isCodeFile(item.startsWith('file://') ? item : `file://${item}`);
  return isRecord(item) && typeof item['path'] === 'string' && item['vars'] === undefined && item['assert'] === undefined;
}

async function* itemsOfFile(
  reader: TestReader,
  from: SuiteSource,
  at: Path,
  { file, text }: { file: string; text: string },
): AsyncGenerator<Item> {
  const { problems } = from;
  if (/\.csv$/iu.test(file)) {
    const source = new SuiteSource(file, '', problems, text);
    const rows = readTable(text, (message, range) => {
      source.report('error', 'table-invalid', message, range);
    });
    for (const { value, range } of rows) yield { source, path: [], value, range };
  } else if (/\.jsonl$/iu.test(file)) {
    const source = new SuiteSource(file, '', problems, text);
    for (const { value, range } of jsonLines(text, source)) yield { source, path: [], value, range };
  } else if (/\.(?:json|ya?ml)$/iu.test(file)) {
    const source = await openSource(reader, file, text, problems);
    const isList = Array.isArray(source.value);
    const list: unknown[] = isList ? (source.value as unknown[]) : [source.value];
    for (const [index, value] of list.entries()) {
      const path = isList ? [index] : [];
      yield { source, path, value, range: source.range(path) };
    }
  } else {
    from.report('error', 'tests-unreadable', `Tests in ${file} cannot be read here. Use CSV, YAML, JSON or JSONL.`, from.range(at));
  }
}

async function openSource(reader: TestReader, file: string, text: string, problems = reader.suite.problems): Promise<SuiteSource> {
  const source = new SuiteSource(file, text, problems);
  await source.resolve(reader.references, reader.env);
  return source;
}

function jsonLines(text: string, source: SuiteSource): { value: unknown; range: SourceRange }[] {
  const rows: { value: unknown; range: SourceRange }[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const range = { start, end: start + line.trimEnd().length };
    start += line.length + 1;
    if (line.trim() === '') continue;
    try {
      rows.push({ value: JSON.parse(line.replace(/^\uFEFF/u, '')) as unknown, range });
    } catch {
      // Reported at its line; the other lines are read.
      source.report('error', 'tests-unreadable', 'This line is not JSON. Write one test a line.', range);
    }
  }
  return rows;
}
