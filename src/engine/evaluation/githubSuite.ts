import { isRecord } from '../config/yaml.js';
import { withIds } from './caseIds.js';
import type { DraftCase } from './testParts.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { Assertion, Suite } from './types.js';

/** GitHub Models' string checks, as assertions of ours. */
const checks: Readonly<Record<string, string>> = {
  equals: 'equals',
  contains: 'contains',
  startsWith: 'starts-with',
  endsWith: 'ends-with',
};

/** GitHub's ready evaluators, as judged kinds with criteria of our own: theirs grade from 1 to 5 by prompts that are not here. */
const ready: Readonly<Record<string, Pick<Assertion, 'type' | 'value'>>> = {
  'github/similarity': { type: 'llm-rubric', value: 'The answer says the same as this reference: {{expected}}' },
  'github/relevance': { type: 'model-graded-closedqa', value: 'The answer is about what was asked, and leaves nothing of it open.' },
  'github/groundedness': { type: 'model-graded-closedqa', value: 'All that the answer states is said by this context: {{context}}' },
  'github/fluency': { type: 'model-graded-closedqa', value: 'The answer is written in fluent, correct language.' },
  'github/coherence': { type: 'model-graded-closedqa', value: 'The sentences of the answer follow from one another and make a whole.' },
};

/** A `.prompt.yml` is a suite of its own where it has both test data and evaluators. */
export function isGithubSuite(file: string): boolean {
  return /\.prompt\.ya?ml$/u.test(file);
}

/** Whether the text of a `.prompt.yml` has the parts of a suite; cheap, for every such file of a workspace is asked. */
export function hasGithubSuite(text: string): boolean {
  return /^testData:/mu.test(text) && /^evaluators:/mu.test(text);
}

/**
 * Fills a suite from `testData` and `evaluators` of a GitHub Models prompt: a row is a case, its `expected` is a variable of the
 * checks like every other column, and each evaluator is an assertion of every case, its name the metric. `llm` and GitHub's ready
 * evaluators ask the configured judge; others are kept and counted as not evaluated.
 */
export function readGithubSuite(source: SuiteSource, data: Record<string, unknown>, suite: Suite, promptId: string): void {
  suite.description = typeof data['description'] === 'string' ? data['description'] : null;
  suite.prompts = [{ file: suite.file, id: promptId, label: null, text: null, range: source.keyRange([], 'messages') }];
  const evaluators: unknown[] = Array.isArray(data['evaluators']) ? data['evaluators'] : [];
  const assertions = evaluators.flatMap((item, index) => readEvaluator(source, ['evaluators', index], item));
  const rows: unknown[] = Array.isArray(data['testData']) ? data['testData'] : [];
  const cases: DraftCase[] = [];
  for (const [index, row] of rows.entries()) {
    const range = source.range(['testData', index]);
    if (isRecord(row)) cases.push({ description: null, vars: row, assertions, threshold: null, metadata: {}, file: suite.file, range });
    else source.report('error', 'test-invalid', 'A row of testData must be a mapping of names to values.', range);
  }
  suite.cases = withIds(cases);
}

function readEvaluator(source: SuiteSource, path: Path, item: unknown): Assertion[] {
  const range = source.range(path);
  const metric = isRecord(item) && typeof item['name'] === 'string' ? item['name'] : null;
  const base = { negate: false, threshold: null, weight: 1, metric, range };
  const rules = isRecord(item) && isRecord(item['string']) ? Object.entries(item['string']) : [];
  const unusable = (type: string, problem: string): Assertion => {
    source.report('warning', 'assertion-not-evaluated', `The evaluator ${metric ?? ''} is not evaluated here: ${problem}.`, range);
    return { ...base, type, value: null, problem };
  };
  if (rules.length === 0) {
    const { llm, uses } = isRecord(item) ? item : {};
    if (isRecord(llm)) return [{ ...base, type: 'llm', value: llm }];
    const known = typeof uses === 'string' && Object.hasOwn(ready, uses) ? ready[uses] : undefined;
    if (known !== undefined) return [{ ...base, ...known }];
    const type = typeof uses === 'string' ? uses : 'evaluator';
    return [unusable(type, `it is none of string, llm and uses: ${Object.keys(ready).join(', ')}`)];
  }
  return rules.map(([name, value]) => {
    const type = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (type === undefined) return unusable(name, `the check "${name}" is none of ${Object.keys(checks).join(', ')}`);
    if (typeof value === 'string' || typeof value === 'number') return { ...base, type, value: String(value) };
    return unusable(type, `"${name}" needs a text`);
  });
}
