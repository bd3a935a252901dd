import type { EngineContext, PromptService } from '../api.js';
import { isRecord } from '../config/yaml.js';
import { codeOfSuite } from './caseCode.js';
import { withIds } from './caseIds.js';
import type { MadeTests } from './madeTests.js';
import { environmentOf } from './environment.js';
import { isGithubSuite, readGithubSuite } from './githubSuite.js';
import { readPrompts } from './readPrompts.js';
import { readProviders } from './readProviders.js';
import { readDefaults, readScenarios, readTests } from './readTests.js';
import { References } from './references.js';
import { SuiteSource } from './suiteSource.js';
import { evaluateOptionKeys, suiteKeys } from './suiteKeys.js';
import { markNames, markStored, readDerivedMetrics, readExtensions, readFilters } from './suiteParts.js';
import { casesOf, maxCases } from './testParts.js';
import type { TestReader } from './testReader.js';
import type { EvalCase, Suite, SuiteCode } from './types.js';

/** A suite is read as a whole; larger ones keep their tests in a file of their own. */
const maxSuiteChars = 5 * 1024 * 1024;

const positive = (value: unknown): number | null => (typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null);

/** A suite of which nothing could be read but why. */
export function unreadableSuite(file: string, message: string): Suite {
  const problem = { severity: 'error' as const, code: 'suite-unreadable', message, file, range: null };
  return { ...emptySuite(file), problems: [problem] };
}

function emptySuite(file: string): Suite {
  return {
    file,
    description: null,
    prompts: [],
    providers: [],
    cases: [],
    options: { maxConcurrency: null, repeat: 1, cache: true, timeoutMs: null, delayMs: 0 },
    problems: [],
  };
}

/** Reads a suite in promptfoo's format. Never throws on content: what is wrong is in `problems`, and the rest is there. */
export async function loadSuite(
  context: EngineContext,
  prompts: PromptService,
  file: string,
  text: string,
  made?: { tests: MadeTests; python?: string },
): Promise<Suite> {
  const suite = emptySuite(file);
  const { problems } = suite;
  if (text.length > maxSuiteChars) {
    problems.push({
      severity: 'error',
      code: 'suite-too-large',
      message: 'The suite is larger than 5 MiB. Keep its tests in a file:// table.',
      file,
      range: null,
    });
    return suite;
  }
  const source = new SuiteSource(file, text, problems);
  const references = new References(context.ports.fs, context.root, file);
  const env = environmentOf(isRecord(source.value) ? source.value['env'] : null);
  await source.resolve(references, env);
  const data = source.value;
  if (!isRecord(data)) {
    if (problems.length === 0)
      source.report('error', 'suite-invalid', 'A suite must be a mapping with prompts and tests.', source.range([]));
    return suite;
  }
  if (isGithubSuite(file)) {
    readGithubSuite(source, data, suite, (await prompts.get(file)).id);
    if (suite.cases.length === 0)
      source.report('error', 'tests-missing', 'The prompt has no testData, so there is nothing to evaluate.', source.range([]));
    return suite;
  }
  source.checkKeys([], data, suiteKeys.read, suiteKeys.ignored);
  suite.description = typeof data['description'] === 'string' ? data['description'] : null;
  const tools = { code: codeOfSuite(context.ports.code, suite, made?.python), trusted: () => context.isTrusted() };
  const makes = made === undefined ? {} : { made: (code: SuiteCode, config: unknown) => made.tests.of(tools, code, config) };
  const reader = { suite: source, references, trusted: context.isTrusted(), env, ...makes };
  suite.prompts = await readPrompts({ source, references, prompts, trusted: reader.trusted }, data['prompts']);
  suite.providers = await readProviders({ source, references, trusted: context.isTrusted(), env }, data['providers'] ?? data['targets']);
  suite.cases = await readCases(reader, data);
  if (Object.keys(env).length > 0) suite.env = env;
  const derived = readDerivedMetrics(source, data['derivedMetrics']);
  if (derived.length > 0) suite.derivedMetrics = derived;
  await readExtensions(suite, reader, data['extensions']);
  await readFilters(suite, reader, data['nunjucksFilters']);
  markNames(suite, source);
  markStored(suite);
  if (suite.prompts.length === 0)
    source.report(
      'error',
      'prompts-missing',
      'The suite names no prompt that can be read. Add one, such as prompts: [file://answer.prompty].',
      source.keyRange([], 'prompts'),
    );
  if (suite.cases.length === 0)
    source.report('error', 'tests-missing', 'The suite has no tests. Add tests with vars and assert.', source.keyRange([], 'tests'));
  suite.options = readOptions(source, data['evaluateOptions']);
  return suite;
}

/** Tests, then scenarios; where there are neither, `defaultTest` alone, if it asks anything of the answer. */
async function readCases(reader: TestReader, data: Record<string, unknown>): Promise<EvalCase[]> {
  const { suite: source } = reader;
  const defaults = await readDefaults(reader, data['defaultTest']);
  const cases = await readTests(reader, data['tests'], defaults);
  cases.push(...(await readScenarios(reader, data['scenarios'], defaults)));
  const hasNone = [data['tests'], data['scenarios']].every(
    (each) => each === undefined || each === null || (Array.isArray(each) && each.length === 0),
  );
  if (hasNone && defaults.assertions.length > 0)
    cases.push(...casesOf(source, defaults, { description: null, range: source.range(['defaultTest']) }));
  return withIds(cases.slice(0, maxCases));
}

function readOptions(source: SuiteSource, value: unknown): Suite['options'] {
  const options = isRecord(value) ? value : {};
  source.checkKeys(['evaluateOptions'], options, evaluateOptionKeys.read, evaluateOptionKeys.ignored);
  return {
    maxConcurrency: positive(options['maxConcurrency']),
    repeat: positive(options['repeat']) ?? 1,
    cache: options['cache'] !== false,
    timeoutMs: positive(options['timeoutMs']),
    delayMs: positive(options['delay']) ?? 0,
  };
}
