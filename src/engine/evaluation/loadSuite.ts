import type { EngineContext, PromptService } from '../api.js';
import { isRecord } from '../config/yaml.js';
import { withIds } from './caseIds.js';
import { isGithubSuite, readGithubSuite } from './githubSuite.js';
import { readPrompts } from './readPrompts.js';
import { readProviders } from './readProviders.js';
import { readDefaults, readTests } from './readTests.js';
import { References } from './references.js';
import { SuiteSource } from './suiteSource.js';
import type { Suite } from './types.js';

/** A suite is read as a whole; larger ones keep their tests in a file of their own. */
const maxSuiteChars = 5 * 1024 * 1024;

const suiteKeys = ['description', 'prompts', 'providers', 'targets', 'defaultTest', 'tests', 'evaluateOptions', 'tags'];
const suiteNotRun = [
  'env',
  'scenarios',
  'outputPath',
  'extensions',
  'derivedMetrics',
  'assertionTemplates',
  'nunjucksFilters',
  'sharing',
  'redteam',
  'commandLineOptions',
  'writeLatestResults',
  'metadata',
];
const optionKeys = ['maxConcurrency', 'repeat', 'cache', 'timeoutMs'];
const optionsNotRun = ['delay', 'showProgressBar', 'generateSuggestions', 'maxEvalTimeMs', 'interactiveProviders'];

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
    options: { maxConcurrency: null, repeat: 1, cache: true, timeoutMs: null },
    problems: [],
  };
}

/** Reads a suite in promptfoo's format. Never throws on content: what is wrong is in `problems`, and the rest is there. */
export async function loadSuite(context: EngineContext, prompts: PromptService, file: string, text: string): Promise<Suite> {
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
  source.checkKeys([], data, suiteKeys, suiteNotRun);
  suite.description = typeof data['description'] === 'string' ? data['description'] : null;
  const references = new References(context.ports.fs, context.root, file);
  const reader = { suite: source, references, trusted: context.isTrusted() };
  suite.prompts = await readPrompts({ source, references, prompts }, data['prompts']);
  suite.providers = await readProviders(
    { source, references, ...(suite.env === undefined ? {} : { env: suite.env }) },
    data['providers'] ?? data['targets'],
  );
  const defaults = await readDefaults(reader, data['defaultTest']);
  suite.cases = withIds(await readTests(reader, data['tests'], defaults));
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

function readOptions(source: SuiteSource, value: unknown): Suite['options'] {
  const options = isRecord(value) ? value : {};
  source.checkKeys(['evaluateOptions'], options, optionKeys, optionsNotRun);
  return {
    maxConcurrency: positive(options['maxConcurrency']),
    repeat: positive(options['repeat']) ?? 1,
    cache: options['cache'] !== false,
    timeoutMs: positive(options['timeoutMs']),
  };
}
