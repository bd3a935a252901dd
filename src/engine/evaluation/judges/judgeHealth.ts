/** Whether the judges of a suite can be relied on: with themselves, whatever the order and the length, and with people. */
import type { AssertionResult, CaseResult, Health, JudgeUse } from '../../../shared/evalDocument.js';
import type { Estimate } from '../../../shared/documents.js';
import { agreementTable, cohenKappa, gwetAc1 } from '../../stats/agreement.js';
import { wilson } from '../../stats/interval.js';
import { stableJson } from '../cacheKey.js';
import type { Assertion, EvalCase, Suite } from '../types.js';

/** Under this a judge contradicts itself too often to tell two prompts apart. */
const selfAgreementWanted = 0.8;
const fewestQuestions = 5;
/** Comparisons, or answers that people judged as well, from which on something is said. */
const fewest = 10;
/** "Substantial" in the scale of J. R. Landis and G. G. Koch, 1977. */
const agreementWanted = 0.6;

interface JudgedRun {
  run: string;
  results: readonly CaseResult[];
}

interface Verdict {
  use: JudgeUse;
  pass: boolean;
}

interface Judgement {
  label: string;
  range: Health['range'];
  /** By what was asked, then by run and repeat: one judgement of many columns is one. */
  questions: Map<string, Map<string, Verdict>>;
}

/**
 * What the verdicts of this and earlier runs say about the judges, at each assertion that they judge. `models`: of the judges, by the name of their
 * profile; `candidates`: those whose answers are judged.
 */
export function judgeHealth(
  suite: Pick<Suite, 'file' | 'cases'>,
  runs: readonly JudgedRun[],
  models: ReadonlyMap<string, string>,
  candidates: ReadonlySet<string>,
): Health[] {
  const health: Health[] = [];
  for (const { label, range, questions } of judgements(suite, runs)) {
    const place = range === undefined ? {} : { range };
    const say = (code: string, message: string, severity?: 'warning'): void => {
      health.push({ code, message, ...place, ...(severity === undefined ? {} : { severity }) });
    };
    const verdicts = [...questions.values()].flatMap((draws) => [...draws.values()]);
    selfAgreement(label, questions, say);
    comparisons(label, questions, say);
    people(label, questions, say);
    const own = [...new Set(verdicts.map(({ use }) => use.model))].find((name) => candidates.has(models.get(name) ?? ''));
    if (own !== undefined)
      say(
        'judge-is-candidate',
        `The judge ${own} of ${label} is the model whose answers it judges; models favour their own. Name another judge.`,
      );
  }
  return health;
}

type Say = (code: string, message: string, severity?: 'warning') => void;

function judgements(suite: Pick<Suite, 'file' | 'cases'>, runs: readonly JudgedRun[]): Judgement[] {
  const cases = new Map(suite.cases.map((entry) => [entry.id, entry]));
  const found = new Map<string, Judgement>();
  for (const { run, results } of runs) {
    for (const result of results) {
      const entry = cases.get(result.id);
      if (entry === undefined) continue;
      // The id of a case holds what its assertions are, so they are in the same order as then.
      for (const [assertion, outcome] of pairs(entry.assertions, result.assertions)) {
        const { judge: use, evaluated, pass } = outcome;
        if (use === undefined || !evaluated) continue;
        const key = stableJson([assertion.type, assertion.negate, assertion.value, assertion.threshold]);
        const known = found.get(key) ?? {
          label: labelOf(outcome.type, assertion),
          range: rangeOf(suite, entry, assertion),
          questions: new Map<string, Map<string, Verdict>>(),
        };
        const draws = known.questions.get(use.question) ?? new Map<string, Verdict>();
        const draw = `${run}\n${String(result.repeat)}`;
        if (!draws.has(draw)) draws.set(draw, { use, pass });
        known.questions.set(use.question, draws);
        found.set(key, known);
      }
    }
  }
  return [...found.values()];
}

function* pairs(assertions: readonly Assertion[], results: readonly AssertionResult[]): Generator<[Assertion, AssertionResult]> {
  for (const [index, assertion] of assertions.entries()) {
    const result = results[index];
    if (result === undefined) continue;
    if (assertion.parts !== undefined) yield* pairs(assertion.parts, result.parts ?? []);
    else yield [assertion, result];
  }
}

function rangeOf(suite: Pick<Suite, 'file'>, entry: EvalCase, assertion: Assertion): Health['range'] {
  return entry.file === suite.file ? (assertion.range ?? undefined) : undefined;
}

function labelOf(type: string, { value }: Assertion): string {
  const text = typeof value === 'string' ? value.replaceAll(/\s+/gu, ' ').trim() : '';
  return text === '' ? type : `${type} “${text.length > 60 ? `${text.slice(0, 59)}…` : text}”`;
}

const percent = (share: number): string => `${String(Math.round(share * 100))} %`;
const range = ({ lo, hi }: Estimate): string => `${percent(lo)} to ${percent(hi)}`;
const coefficient = (found: Estimate | null): string =>
  found === null ? 'not defined' : `${found.mean.toFixed(2)} (${found.lo.toFixed(2)} to ${found.hi.toFixed(2)})`;

/**
 * How often two answers to the same question are the same, over all pairs of answers that were really asked for. The interval takes the questions as
 * the units, since the answers to one hang together.
 */
function selfAgreement(label: string, questions: Judgement['questions'], say: Say): void {
  let sum = 0;
  let count = 0;
  for (const draws of questions.values()) {
    const asked = [...draws.values()].filter(({ use }) => !use.cached);
    if (asked.length < 2) continue;
    const passed = asked.filter(({ pass }) => pass).length;
    const failed = asked.length - passed;
    sum += (passed * (passed - 1) + failed * (failed - 1)) / (asked.length * (asked.length - 1));
    count++;
  }
  if (count < fewestQuestions || sum / count >= selfAgreementWanted) return;
  const found = wilson(sum / count, count);
  say(
    'judge-contradicts-itself',
    `Asked again about the same answer, the judge of ${label} says the same in ${percent(found.mean)} of the cases (${range(found)}, ${String(count)} answers). Say in the criteria what decides, set temperature: 0, or use a stronger judge.`,
    'warning',
  );
}

/** Order and length in comparisons. */
function comparisons(label: string, questions: Judgement['questions'], say: Say): void {
  const orders = [...questions.values()]
    .flatMap((draws) => [...draws.values()].map(({ use }) => use.orders))
    .filter((each) => each !== undefined);
  if (orders.length < fewest) return;
  const turned = orders.filter(({ chosen: [first, second] }) => first !== second);
  const swapped = wilson(turned.length / orders.length, orders.length);
  if (swapped.mean > 1 - selfAgreementWanted) {
    const front = turned.filter(({ columns, chosen: [first, second] }) => first === columns[0] && second === columns.at(-1)).length;
    const back = turned.filter(({ columns, chosen: [first, second] }) => first === columns.at(-1) && second === columns[0]).length;
    const where =
      front > back ? `, mostly the one in front (${String(front)})` : back > front ? `, mostly the last one (${String(back)})` : '';
    say(
      'judge-prefers-position',
      `The judge of ${label} chose another answer in ${String(turned.length)} of ${String(orders.length)} comparisons when the order was turned round (${range(swapped)})${where}. Those have no winner. Use a stronger judge.`,
      'warning',
    );
  }
  const decided = orders.filter(({ chosen: [first, second], longest }) => first === second && longest !== null);
  if (decided.length < fewest) return;
  const expected = decided.reduce((sum, { columns }) => sum + 1 / columns.length, 0) / decided.length;
  const longest = wilson(decided.filter(({ chosen: [first], longest: long }) => first === long).length / decided.length, decided.length);
  if (longest.lo <= expected) return;
  say(
    'judge-prefers-length',
    `The judge of ${label} chose the longest answer in ${percent(longest.mean)} of ${String(decided.length)} comparisons (${range(longest)}); by chance it would be ${percent(expected)}. Check by hand whether longer is better here, or say in the criteria that length does not count.`,
    'warning',
  );
}

/** Agreement with people on the same answers, beyond chance: AC1 decides, since kappa is low wherever nearly all answers pass. */
function people(label: string, questions: Judgement['questions'], say: Say): void {
  const rated: [string, string][] = [];
  for (const draws of questions.values()) {
    const verdict = [...draws.values()].find(({ use }) => use.human !== undefined);
    if (verdict !== undefined) rated.push([verdict.pass ? 'pass' : 'fail', verdict.use.human === true ? 'pass' : 'fail']);
  }
  if (rated.length < fewest) return;
  const table = agreementTable(rated, ['pass', 'fail']);
  const ac1 = gwetAc1(table);
  const says = `over ${String(rated.length)} answers that people judged as well: AC1 ${coefficient(ac1)}, kappa ${coefficient(cohenKappa(table))}`;
  if (ac1 !== null && ac1.mean < agreementWanted)
    say(
      'judge-disagrees-with-people',
      `The judge of ${label} agrees too little with people ${says}. Change its criteria, or the judge.`,
      'warning',
    );
  else say('judge-agrees-with-people', `The judge of ${label} agrees with people ${says}.`);
}
