/** Values of an attribute, such as the plan of the customer, by row of feedback. */
import type { EngineContext } from '../../api.js';
import type { IndexView } from '../indexView.js';
import { blockRows } from '../store.js';

/**
 * Value of `key` for a row of feedback: its own attribute, else an attribute or an input variable of its interaction (-1: none). An attribute with
 * more than a thousand values has none.
 */
export async function segmentValues(
  context: EngineContext,
  view: IndexView,
  key: string,
): Promise<(n: number, served: number) => string | undefined> {
  const name = key.replace(/^(?:attributes|input\.variables|variables)\./, '');
  const found = view.rows.files.size === 0 ? null : await context.ports.feedbackStore.attributeValues(name);
  if (found === null) return () => undefined;
  const { values, feedback, interactions } = found;
  const numberOf = (blocks: ReadonlyMap<number, Uint16Array>, n: number): number =>
    blocks.get(Math.floor(n / blockRows))?.[n % blockRows] ?? 0;
  return (n, served) => {
    const own = numberOf(feedback, n);
    if (own > 0) return values[own];
    const joined = served < 0 ? 0 : numberOf(interactions, served);
    return joined > 0 ? values[joined] : undefined;
  };
}
