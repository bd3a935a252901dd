/** What people said about answers, to compare judges with. */
import type { FeedbackService } from '../../api.js';
import { isRecord } from '../../config/yaml.js';
import { EngineError } from '../../errors.js';
import type { Logger } from '../../ports.js';
import { hashText } from '../cacheKey.js';
import type { EvalCase } from '../types.js';

/** Whether a person passed this answer; `null` where nobody said. */
export type HumanLabels = (entry: EvalCase, output: string) => boolean | null;

/** Reviews that are read for a run, newest first; each needs its answer. */
const mostReviews = 500;

/**
 * `metadata.human` of the test: `pass` or `fail` (or true and false) for its only answer, or a list of `{ output, pass }`; else what the reviews of
 * the same answer say by majority.
 */
export function humanLabels(reviews: ReadonlyMap<string, boolean>): HumanLabels {
  return (entry, output) => {
    const { human } = entry.metadata;
    if (Array.isArray(human)) {
      const found = (human as unknown[])
        .filter(isRecord)
        .find((item) => typeof item['output'] === 'string' && same(item['output'], output));
      const own = found === undefined ? null : verdictOf(found['pass']);
      if (own !== null) return own;
    }
    return verdictOf(human) ?? reviews.get(keyOf(output)) ?? null;
  };
}

function verdictOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 'pass') return true;
  return value === 'fail' ? false : null;
}

const keyOf = (output: string): string => hashText(output.trim());
const same = (a: string, b: string): boolean => a.trim() === b.trim();

/** Reviews (`review.score`) of answers, by answer. Answers that as many people passed as failed have no verdict. */
export async function reviewsOf(
  feedback: Pick<FeedbackService, 'page' | 'detail'>,
  prompts: readonly string[],
  logger: Logger,
): Promise<Map<string, boolean>> {
  const votes = new Map<string, number>();
  try {
    for (const prompt of prompts) {
      const { rows } = await feedback.page({ prompt, signal: 'review.score', limit: mostReviews });
      for (const { id, y } of rows) {
        if (y === null || y === 0.5) continue;
        const output = (await feedback.detail(id))?.interaction?.output;
        if (typeof output === 'string') votes.set(keyOf(output), (votes.get(keyOf(output)) ?? 0) + (y > 0.5 ? 1 : -1));
      }
    }
  } catch (error) {
    // Without reviews a run is the same; only the comparison with people is missing.
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    logger.warn(`Reviews were not read to compare judges with: ${error.message}`);
  }
  return new Map([...votes].filter(([, sum]) => sum !== 0).map(([key, sum]) => [key, sum > 0]));
}
