import { EngineError } from '../errors.js';
import { isRecord, parseYaml } from '../config/yaml.js';
import type { SourceRange } from '../../shared/documents.js';
import { multiply } from './caseIds.js';
import { readAssertions } from './readAssertions.js';
import { isReference } from './references.js';
import type { References } from './references.js';
import { SuiteSource } from './suiteSource.js';
import type { Path } from './suiteSource.js';
import { readTable } from './table.js';
import type { Assertion, EvalCase } from './types.js';

export type DraftCase = Omit<EvalCase, 'id'>;

export const maxCases = 100_000;

const testKeys = ['description', 'vars', 'assert', 'threshold', 'options', 'metadata'];
const testNotRun = [
  'provider',
  'providers',
  'prompts',
  'providerOutput',
  'assertScoringFunction',
  'loop',
  'disableVarExpansion',
  'disableDefaultAsserts',
];
const optionKeys = ['prefix', 'suffix', 'disableVarExpansion', 'provider', 'rubricPrompt', 'factuality'];
const optionsNotRun = ['transform', 'transformVars', 'postprocess', 'repeat', 'storeOutputAs', 'runSerially', 'disableConversationVar'];
/** They change what is sent or checked, so a case with one of them cannot be judged without it. */
const decisive = ['transform', 'transformVars', 'postprocess'];

export interface TestReader {
  suite: SuiteSource;
  references: References;
  trusted: boolean;
}

export interface TestDefaults {
  vars: Record<string, unknown>;
  assertions: Assertion[];
  threshold: number | null;
  /** Each of them may be set by the test, the default, or neither. */
  affix: { prefix?: string; suffix?: string };
  disableVarExpansion: boolean | null;
  metadata: Record<string, unknown>;
  /** Who judges and how, where an assertion does not say. */
  judge?: NonNullable<EvalCase['judge']>;
}

export const noDefaults: TestDefaults = { vars: {}, assertions: [], threshold: null, affix: {}, disableVarExpansion: null, metadata: {} };

/** `defaultTest`: a test without a place of its own. */
export async function readDefaults(reader: TestReader, value: unknown): Promise<TestDefaults> {
  if (value === undefined || value === null) return noDefaults;
  let { suite: source } = reader;
  let data: unknown = value;
  let path: Path = ['defaultTest'];
  if (isReference(value)) {
    const found = await open(reader, source, path, value);
    if (found === null) return noDefaults;
    source = new SuiteSource(found.file, found.text, source.problems);
    ({ value: data } = source);
    path = [];
  }
  if (!isRecord(data)) {
    source.report('error', 'suite-invalid', '"defaultTest" must be a mapping.', source.range(path));
    return noDefaults;
  }
  return readParts(reader, source, path, data);
}

/** `tests`: inline, or in files. One test that cannot be read hides no other. */
export async function readTests(reader: TestReader, value: unknown, defaults: TestDefaults): Promise<DraftCase[]> {
  const { suite } = reader;
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const cases: DraftCase[] = [];
  for (const [index, item] of list.entries()) {
    const path = Array.isArray(value) ? ['tests', index] : ['tests'];
    if (typeof item === 'string') cases.push(...(await readFiles(reader, path, item, defaults)));
    else cases.push(...(await readTest(reader, suite, path, item, suite.range(path), defaults)));
    if (cases.length > maxCases) {
      suite.report('error', 'suite-too-large', `The suite has more than ${String(maxCases)} cases. Split it.`, suite.range(path));
      return cases.slice(0, maxCases);
    }
  }
  return cases;
}

async function open(
  reader: TestReader,
  source: SuiteSource,
  path: Path,
  reference: string,
): Promise<{ file: string; text: string } | null> {
  try {
    return await reader.references.read(reference);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    source.report('error', error.code, error.message, source.range(path));
    return null;
  }
}

async function readFiles(reader: TestReader, path: Path, reference: string, defaults: TestDefaults): Promise<DraftCase[]> {
  const { suite, references } = reader;
  let files: string[];
  try {
    files = await references.expand(reference);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    suite.report('error', error.code, error.message, suite.range(path));
    return [];
  }
  if (files.length === 0) suite.report('error', 'tests-missing', `No file matches ${reference}. Check the path.`, suite.range(path));
  const cases: DraftCase[] = [];
  for (const file of files) {
    const found = await open(reader, suite, path, file);
    if (found !== null) cases.push(...(await readFile(reader, path, found, defaults)));
  }
  return cases;
}

async function readFile(
  reader: TestReader,
  path: Path,
  { file, text }: { file: string; text: string },
  defaults: TestDefaults,
): Promise<DraftCase[]> {
  const { problems } = reader.suite;
  if (/\.csv$/iu.test(file)) {
    const source = new SuiteSource(file, '', problems, text);
    const rows = readTable(text, (message, range) => {
      source.report('error', 'table-invalid', message, range);
    });
    return readRows(reader, source, rows, defaults);
  }
  if (/\.jsonl$/iu.test(file)) {
    const source = new SuiteSource(file, '', problems, text);
    return readRows(reader, source, jsonLines(text, source), defaults);
  }
  if (/\.(?:json|ya?ml)$/iu.test(file)) {
    const source = new SuiteSource(file, text, problems);
    const list: unknown[] = Array.isArray(source.value) ? source.value : [source.value];
    const cases: DraftCase[] = [];
    for (const [index, item] of list.entries()) {
      const at = Array.isArray(source.value) ? [index] : [];
      cases.push(...(await readTest(reader, source, at, item, source.range(at), defaults)));
      if (cases.length > maxCases) break;
    }
    return cases;
  }
  reader.suite.report(
    'error',
    'tests-unreadable',
    `Tests in ${file} cannot be read here. Use CSV, YAML, JSON or JSONL.`,
    reader.suite.range(path),
  );
  return [];
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

async function readRows(
  reader: TestReader,
  source: SuiteSource,
  rows: readonly { value: unknown; range: SourceRange | null }[],
  defaults: TestDefaults,
): Promise<DraftCase[]> {
  const cases: DraftCase[] = [];
  for (const row of rows) {
    cases.push(...(await readTest(reader, source, [], row.value, row.range, defaults)));
    if (cases.length > maxCases) break;
  }
  return cases;
}

async function readTest(
  reader: TestReader,
  source: SuiteSource,
  path: Path,
  value: unknown,
  range: SourceRange | null,
  defaults: TestDefaults,
): Promise<DraftCase[]> {
  if (!isRecord(value)) {
    source.report('error', 'test-invalid', 'A test must be a mapping with vars and assert.', range);
    return [];
  }
  const before = source.problems.length;
  const parts = await readParts(reader, source, path, value);
  // Rows of a table have no parts with places of their own: what is wrong there is wrong in the row.
  for (const problem of source.problems.slice(before)) {
    if (problem.file !== source.file || problem.range !== null) continue;
    problem.range = range;
    Object.assign(problem, source.lineOf(range));
  }
  const vars = { ...defaults.vars, ...parts.vars };
  const rows = (parts.disableVarExpansion ?? defaults.disableVarExpansion) === true ? [vars] : multiply(vars, maxCases);
  if (rows === null) {
    source.report(
      'error',
      'suite-too-large',
      `The lists of this test multiply to more than ${String(maxCases)} cases. Shorten them.`,
      range,
    );
    return [];
  }
  const description = typeof value['description'] === 'string' ? value['description'] : null;
  const { prefix = '', suffix = '' } = { ...defaults.affix, ...parts.affix };
  return rows.map((row) => ({
    description,
    vars: row,
    assertions: [...defaults.assertions, ...parts.assertions],
    threshold: parts.threshold ?? defaults.threshold,
    metadata: { ...defaults.metadata, ...parts.metadata },
    ...(prefix === '' && suffix === '' ? {} : { affix: { prefix, suffix } }),
    ...(defaults.judge === undefined && parts.judge === undefined ? {} : { judge: { ...defaults.judge, ...parts.judge } }),
    file: source.file,
    range,
  }));
}

async function readParts(reader: TestReader, source: SuiteSource, path: Path, value: Record<string, unknown>): Promise<TestDefaults> {
  source.checkKeys(path, value, testKeys, testNotRun);
  const options = isRecord(value['options']) ? value['options'] : {};
  source.checkKeys([...path, 'options'], options, optionKeys, optionsNotRun);
  const assertions = await readAssertions(source, [...path, 'assert'], value['assert'], reader.references, reader.trusted);
  const missing = decisive.find((key) => options[key] !== undefined);
  if (missing !== undefined) {
    assertions.push(notEvaluated(missing, source.range([...path, 'options']), `"${missing}" is not run here`));
  }
  const { prefix, suffix, disableVarExpansion } = options;
  const affix = { ...(typeof prefix === 'string' ? { prefix } : {}), ...(typeof suffix === 'string' ? { suffix } : {}) };
  const judge = await readJudge(reader, source, [...path, 'options'], options);
  const { threshold, metadata } = value;
  if (threshold !== undefined && threshold !== null && !(typeof threshold === 'number' && Number.isFinite(threshold))) {
    const message = 'The threshold of a test must be a number such as 0.5, so the case is not evaluated.';
    source.report('error', 'test-invalid', message, source.range([...path, 'threshold']));
    assertions.push(notEvaluated('threshold', source.range([...path, 'threshold']), 'the threshold of the test is no number'));
  }
  return {
    vars: await readVars(reader, source, [...path, 'vars'], value['vars']),
    assertions,
    threshold: typeof threshold === 'number' && Number.isFinite(threshold) ? threshold : null,
    affix,
    disableVarExpansion: typeof disableVarExpansion === 'boolean' ? disableVarExpansion : null,
    metadata: isRecord(metadata) ? metadata : {},
    ...(judge === null ? {} : { judge }),
  };
}

/** `provider`, `rubricPrompt` (whose `file://` is read) and `factuality` of a test's options; `null` where none of them is there. */
async function readJudge(
  reader: TestReader,
  source: SuiteSource,
  path: Path,
  { provider, rubricPrompt, factuality }: Record<string, unknown>,
): Promise<NonNullable<EvalCase['judge']> | null> {
  const own = isReference(rubricPrompt) ? (await open(reader, source, [...path, 'rubricPrompt'], rubricPrompt))?.text : rubricPrompt;
  const judge = {
    ...(provider === undefined || provider === null ? {} : { provider }),
    ...(own === undefined || own === null ? {} : { rubricPrompt: own }),
    ...(isRecord(factuality) ? { factuality } : {}),
  };
  return Object.keys(judge).length === 0 ? null : judge;
}

/** Stands for what a case cannot be judged without, so that it counts as not evaluated. */
function notEvaluated(type: string, range: SourceRange | null, problem: string): Assertion {
  return { type, negate: false, value: null, threshold: null, weight: 1, metric: null, range, problem };
}

async function readVars(reader: TestReader, source: SuiteSource, path: Path, value: unknown): Promise<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  let vars: unknown = value;
  if (isReference(value)) {
    const found = await open(reader, source, path, value);
    vars = found === null ? {} : parseYaml(found.file, found.text).value;
  }
  if (!isRecord(vars)) {
    source.report('error', 'test-invalid', '"vars" must be a mapping of names to values.', source.range(path));
    return {};
  }
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(vars)) {
    const read = isReference(item) ? await readVar(reader, source, [...path, name], item) : item;
    if (read !== undefined) Object.defineProperty(result, name, { value: read, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

/** Text as it is; YAML and JSON as JSON text, as promptfoo does. Code and binary files are not run here. */
async function readVar(reader: TestReader, source: SuiteSource, path: Path, reference: string): Promise<unknown> {
  if (/\.(?:[cm]?[jt]s|py|png|jpe?g|gif|webp|pdf|mp[34]|wav)$/iu.test(reference)) {
    source.report('error', 'vars-unreadable', `${reference} cannot be a variable here. Use a text, YAML or JSON file.`, source.range(path));
    return undefined;
  }
  const found = await open(reader, source, path, reference);
  if (found === null) return undefined;
  return /\.(?:json|ya?ml)$/iu.test(found.file) ? JSON.stringify(parseYaml(found.file, found.text).value ?? null) : found.text.trim();
}
