import type { CaseResult, Health } from '../../shared/evalDocument.js';
import { stableJson } from './cacheKey.js';
import type { Suite } from './types.js';

/** Below this, "always" and "never" mean nothing. */
const enoughCases = 10;
/** Wilson's interval of 20 cases is still over 0.3 wide. */
const fewCases = 20;

/** What is wrong with the suite itself: problems of the file, duplicates, and assertions that tell no answer from another. */
export function healthOf(suite: Suite, results: readonly CaseResult[]): Health[] {
  const health: Health[] = suite.problems
    .filter(({ severity }) => severity !== 'info')
    .map(({ severity, code, message, file, range, line }) => ({
      code,
      message: file === suite.file ? message : `${file}: ${message}`,
      severity: severity === 'error' ? ('error' as const) : ('warning' as const),
      file,
      ...(line === undefined ? {} : { line }),
      ...(range === null || file !== suite.file ? {} : { range }),
    }));
  const duplicates = suite.cases.filter(({ id }) => /-\d+$/u.test(id));
  if (duplicates.length > 0) {
    health.push({
      code: 'duplicate-cases',
      message: `${String(duplicates.length)} of ${String(suite.cases.length)} cases repeat another case, so they tell nothing new. Remove them.`,
    });
  }
  if (suite.cases.length > 0 && suite.cases.length < fewCases) {
    health.push({
      code: 'too-few-cases',
      message: `${suite.cases.length === 1 ? 'One case' : `${String(suite.cases.length)} cases`} can show only large differences. Add cases until there are at least ${String(fewCases)}.`,
    });
  }
  return [...health, ...sameOutcome(suite, results), ...contradictions(suite)];
}

/** The same assertion over at least ten answers, always with the same outcome. `always-passed` is a hint, `never-passed` likely a mistake. */
function sameOutcome(suite: Suite, results: readonly CaseResult[]): Health[] {
  const cases = new Map(suite.cases.map((entry) => [entry.id, entry]));
  const outcomes = new Map<string, { passed: number; count: number; label: string; range: Health['range'] | undefined }>();
  for (const result of results) {
    const entry = cases.get(result.id);
    if (entry === undefined || result.status === 'error') continue;
    for (const [index, assertion] of entry.assertions.entries()) {
      const outcome = result.assertions[index];
      if (outcome?.evaluated !== true) continue;
      const key = stableJson([assertion.type, assertion.negate, assertion.value, assertion.threshold]);
      const found = outcomes.get(key) ?? {
        passed: 0,
        count: 0,
        label: labelOf(outcome.type, assertion.value),
        range: entry.file === suite.file ? (assertion.range ?? undefined) : undefined,
      };
      found.count++;
      if (outcome.pass) found.passed++;
      outcomes.set(key, found);
    }
  }
  const health: Health[] = [];
  for (const { passed, count, label, range } of outcomes.values()) {
    if (count < enoughCases || (passed > 0 && passed < count)) continue;
    const place = range === undefined ? {} : { range };
    if (passed === 0)
      health.push({
        code: 'assertion-never-passed',
        message: `The assertion ${label} passed in none of ${String(count)} answers. Check its value.`,
        ...place,
      });
    else
      health.push({
        code: 'assertion-always-passed',
        message: `The assertion ${label} passed in all ${String(count)} answers, so it tells no prompt from another.`,
        ...place,
      });
  }
  return health;
}

/** Assertions of one type are told apart by their value, as far as it is short. */
function labelOf(type: string, value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : '';
  return text === '' || text.length > 60 ? type : `${type} ${text}`;
}

/** Two different texts that the same answer would have to equal. */
function contradictions(suite: Suite): Health[] {
  const health: Health[] = [];
  for (const entry of suite.cases) {
    if (entry.threshold !== null) continue;
    const wanted = entry.assertions.filter(({ type, negate, weight }) => type === 'equals' && !negate && weight > 0);
    if (new Set(wanted.map(({ value }) => stableJson(value))).size < 2) continue;
    health.push({
      code: 'contradictory-assertions',
      message: `The case ${entry.description ?? entry.id} wants the answer to equal two different texts, so it can never pass. Remove one.`,
      ...(entry.range === null || entry.file !== suite.file ? {} : { range: entry.range }),
    });
  }
  return health;
}
