/** Kinds that compare the columns of one case with each other: they are judged when all columns have answered. */
import type { AssertionResult, JudgeUse } from '../../../../shared/evalDocument.js';
import { isRecord } from '../../../config/yaml.js';
import { judgeMessages, schemas, tasks } from '../../judges/prompts.js';
import { numberOf, oneObject, reasonOf } from '../../judges/reading.js';
import { Unreadable } from '../../judges/types.js';
import { NotEvaluated, type AssertionCall, type Handlers, type Outcome } from '../types.js';
import { asData, criteriaOf, judgeOf, ownPrompt, promptVars, renderedPrompt } from './material.js';

const waits = (): never => {
  throw new NotEvaluated('it compares columns, and is judged in runs of several columns only');
};

export const comparisonHandlers: Handlers = { 'select-best': waits, 'max-score': waits };

export const comparesColumns = (type: string): boolean => Object.hasOwn(comparisonHandlers, type);

/** What one column has to be compared. */
export interface Contender {
  column: string;
  output: string;
  /** Results of the case's assertions in this column, in their order. */
  assertions: readonly AssertionResult[];
}

/**
 * Asks twice, the second time with the answers in the opposite order: a judge that then chooses another answer chose the place. Nobody wins then, and
 * the answers that it chose have half a point each. Columns with the same answer win or lose together. promptfoo asks once.
 */
export async function selectBest(call: AssertionCall, contenders: readonly Contender[]): Promise<Outcome[]> {
  const criteria = criteriaOf(call);
  const texts = [...new Set(contenders.map(({ output }) => output))];
  if (texts.length === 1) return contenders.map(() => ({ pass: true, score: 1, reason: 'All columns gave the same answer' }));
  const [there, back] = [await choose(call, criteria, texts), await choose(call, criteria, [...texts].reverse())];
  const first = texts[there.best] ?? '';
  const second = texts[texts.length - 1 - back.best] ?? '';
  const columnOf = (text: string): string => contenders.find(({ output }) => output === text)?.column ?? '';
  const orders: NonNullable<JudgeUse['orders']> = {
    columns: texts.map(columnOf),
    chosen: [columnOf(first), columnOf(second)],
    longest: columnOf(longestOf(texts)) || null,
  };
  const judge = { ...there.use, cached: there.use.cached && back.use.cached, orders };
  return contenders.map(({ output }) => {
    if (first === second) {
      const pass = output === first;
      return {
        pass,
        score: pass ? 1 : 0,
        reason: there.reason || (pass ? 'The judge chose this answer' : 'The judge chose another answer'),
        judge,
      };
    }
    const reason = 'The judge chose another answer when their order was turned round, so none is the best';
    return { pass: false, score: output === first || output === second ? 0.5 : 0, reason, graded: true, judge };
  });
}

/** Empty where several are as long. */
function longestOf(texts: readonly string[]): string {
  const length = Math.max(...texts.map((text) => text.length));
  const longest = texts.filter((text) => text.length === length);
  return longest.length === 1 ? (longest[0] ?? '') : '';
}

/** `best` counts from 0. */
async function choose(
  call: AssertionCall,
  criteria: string,
  texts: readonly string[],
): Promise<{ best: number; reason: string; use: JudgeUse }> {
  const own = ownPrompt(call);
  const provider: unknown = call.assertion.provider;
  if (own !== undefined) {
    // promptfoo's prompts number from 0 and ask for the number alone.
    const messages = renderedPrompt(own, promptVars(call, { criteria, outputs: texts.map(asData) }));
    const { value, use } = await judgeOf(call).ask({ provider, messages, read: (text) => numberIn(text, texts.length) });
    return { best: value, reason: '', use };
  }
  const parts = texts.map((text, index) => ({ name: `answer${String(index + 1)}`, text }));
  const { value, use } = await judgeOf(call).ask({
    provider,
    messages: judgeMessages(tasks.choice, [{ name: 'criteria', text: criteria }, ...parts]),
    schema: schemas.choice,
    read(text) {
      const object = oneObject(text);
      const best = numberOf(object['best']);
      if (best === null || !Number.isInteger(best) || best < 1 || best > texts.length)
        throw new Unreadable(`"best" must be a whole number from 1 to ${String(texts.length)}.`);
      return { best: best - 1, reason: reasonOf(object) };
    },
  });
  return { ...value, use };
}

function numberIn(text: string, count: number): number {
  const found = /\d+/u.exec(text)?.[0];
  const number = found === undefined ? NaN : Number(found);
  if (!(number < count)) throw new Unreadable(`It must be the number of an answer, from 0 to ${String(count - 1)}, alone.`);
  return number;
}

/**
 * promptfoo's rules: mean (or `method: sum`) of the scores of the other assertions, each weighted by its type in `weights`; the first of the highest
 * wins, and nobody does under `threshold`. No model is asked.
 */
export function maxScore({ value }: AssertionCall, contenders: readonly Contender[]): Outcome[] {
  const { method, weights, threshold } = isRecord(value) ? value : {};
  const byType = isRecord(weights) ? weights : {};
  const limit = numberOf(threshold);
  const scores = contenders.map(({ assertions }) => {
    const others = assertions.filter(({ type }) => !comparesColumns(type));
    const open = others.find(({ evaluated }) => !evaluated);
    if (open !== undefined) throw new NotEvaluated(`its columns cannot be compared, since ${open.type} was not evaluated in one of them`);
    if (others.length === 0) throw new NotEvaluated('it compares the scores of the other assertions, and the case has none');
    const weightOf = (type: string): number => numberOf(Object.hasOwn(byType, type) ? byType[type] : undefined) ?? 1;
    const sum = others.reduce((acc, { type, score }) => acc + score * weightOf(type), 0);
    const total = others.reduce((acc, { type }) => acc + weightOf(type), 0);
    return method === 'sum' ? sum : total > 0 ? sum / total : 0;
  });
  const highest = Math.max(...scores);
  const winner = limit !== null && highest < limit ? -1 : scores.indexOf(highest);
  return scores.map((score, index) => {
    const pass = index === winner;
    const other = winner === -1 ? `the highest is under ${String(limit)}` : `the highest is ${highest.toFixed(2)}`;
    return {
      pass,
      score: pass ? 1 : 0,
      reason: pass ? `The highest score, ${score.toFixed(2)}` : `The score is ${score.toFixed(2)}, ${other}`,
    };
  });
}
