/** The parts of a suite that concern all of its cases. */
import { isRecord } from '../config/yaml.js';
import { matchesNames, promptNames, providerNames } from './columnNames.js';
import { ArithmeticFault, arithmetic } from './derivedMetrics.js';
import { readCode } from './suiteCode.js';
import { notRunHere } from './suiteKeys.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { TestReader } from './testReader.js';
import type { EvalCase, Suite, SuiteCode } from './types.js';

/** Code of a suite, whatever is written there: what is no text is reported as well. */
export async function readSuiteCode(
  source: SuiteSource,
  path: Path,
  written: unknown,
  { references, trusted }: Pick<TestReader, 'references' | 'trusted'>,
): Promise<SuiteCode> {
  if (typeof written === 'string' && written.trim() !== '') return readCode(source, path, written, references, trusted);
  const range = source.range(path);
  const message = 'Code must be a text, or the path of a file such as file://a.js.';
  source.report('error', 'code-invalid', message, range);
  return { language: 'javascript', range, problem: message };
}

/** `derivedMetrics`: names with an expression each. */
export function readDerivedMetrics(source: SuiteSource, value: unknown): Suite['derivedMetrics'] & object {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((item, index) => {
    const range = source.range(['derivedMetrics', index]);
    if (isRecord(item) && typeof item['name'] === 'string' && (typeof item['value'] === 'string' || typeof item['value'] === 'number')) {
      source.checkKeys(['derivedMetrics', index], item, ['name', 'value', 'description']);
      const fault = faultOf(String(item['value']));
      if (fault !== null) {
        const message = `The derived metric "${item['name']}" is not computed: ${fault}. Only arithmetic over names of metrics is run here.`;
        source.report('error', 'metric-invalid', message, source.range(['derivedMetrics', index, 'value']));
        return [];
      }
      return [{ name: item['name'], value: String(item['value']), range }];
    }
    source.report(
      'error',
      'metric-invalid',
      'A derived metric needs a name and a value, such as { name: f1, value: "2 * p * r / (p + r)" }.',
      range,
    );
    return [];
  });
}

function faultOf(expression: string): string | null {
  try {
    arithmetic(expression);
    return null;
  } catch (error) {
    if (!(error instanceof ArithmeticFault)) throw error;
    return error.message;
  }
}

/** Hooks that only look on change no verdict. */
const harmlessHooks = new Set(['afterEach', 'afterAll']);

/** `extensions`: code around the run, which may change cases; they are not judged without it. */
export async function readExtensions(suite: Suite, reader: TestReader, value: unknown): Promise<void> {
  if (value === undefined || value === null) return;
  const { suite: source } = reader;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const found: Suite['extensions'] & object = [];
  for (const [index, item] of list.entries()) found.push(await readSuiteCode(source, ['extensions', index], item, reader));
  if (found.length === 0) return;
  suite.extensions = found;
  const deciding = found.filter(({ name }) => name === undefined || !harmlessHooks.has(name));
  const why = notRunHere('extensions');
  if (why === undefined) return;
  const message = deciding.length > 0 ? `${why}, and may change cases, so they count as not evaluated.` : `${why}.`;
  source.report('warning', 'not-run-here', message, source.keyRange([], 'extensions'));
  if (deciding.length > 0) for (const entry of suite.cases) entry.problem ??= why;
}

/** `nunjucksFilters`: a template that uses one cannot be rendered, and its case says so. */
export async function readFilters(suite: Suite, reader: TestReader, value: unknown): Promise<void> {
  if (!isRecord(value) || Object.keys(value).length === 0) return;
  suite.nunjucksFilters = {};
  for (const [name, file] of Object.entries(value)) {
    const written = typeof file === 'string' ? `file://${file.replace(/^file:\/\//u, '')}` : file;
    suite.nunjucksFilters[name] = await readSuiteCode(reader.suite, ['nunjucksFilters', name], written, reader);
  }
  const message = '"nunjucksFilters" is not run here: a case whose template uses one of these filters ends in an error.';
  reader.suite.report('warning', 'not-run-here', message, reader.suite.keyRange([], 'nunjucksFilters'));
}

/** A case, or a provider, for a prompt or a provider that is not there would be left out in silence. */
export function markNames(suite: Suite, source: SuiteSource): void {
  const names = {
    prompts: suite.prompts.map(promptNames),
    providers: suite.providers.map((provider) => providerNames(provider)),
  };
  const missing = (kind: 'prompts' | 'providers', wanted: readonly string[] | undefined): string | undefined =>
    names[kind].length === 0 ? undefined : wanted?.find((each) => !names[kind].some((known) => matchesNames(known, [each])));
  const told = new Set<string>();
  for (const entry of suite.cases) {
    for (const kind of ['prompts', 'providers'] as const) {
      const name = missing(kind, entry.only?.[kind]);
      if (name === undefined) continue;
      const what = kind === 'prompts' ? 'prompt' : 'provider';
      entry.problem ??= `no ${what} of the suite is called "${name}"`;
      const message = `No ${what} of the suite is called "${name}", so the case is not evaluated. Use its label or id.`;
      const key = `${message}${String(entry.range?.start)}`;
      if (!told.has(key)) source.problems.push({ severity: 'error', code: 'name-unknown', message, file: entry.file, range: entry.range });
      told.add(key);
    }
  }
  for (const provider of suite.providers) {
    const name = missing('prompts', provider.prompts);
    if (name !== undefined)
      source.report('error', 'name-unknown', `No prompt of the suite is called "${name}". Use its label or id.`, provider.range);
  }
}

/** Cases below one that stores its answer, and that use it, are not what they are meant to be without it. */
export function markStored(suite: Suite): void {
  const why = notRunHere('test.storeOutputAs');
  if (why === undefined) return;
  const stored = new Set<string>();
  for (const entry of suite.cases) {
    const used = stored.size === 0 ? undefined : [...stored].find((name) => uses(entry, name));
    if (used !== undefined) entry.problem ??= `it uses "${used}", and ${why}`;
    if (entry.storeOutputAs !== undefined) stored.add(entry.storeOutputAs);
  }
}

function uses(entry: EvalCase, name: string): boolean {
  const text = JSON.stringify([entry.vars, entry.assertions.map(({ value }) => value)]);
  return text.split(/[^\w$]+/u).includes(name);
}
