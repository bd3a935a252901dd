import type { Person } from './plan.js';
import type { Random } from './random.js';

/** Pseudonymous people; `plans` by weight. */
export function createPeople(random: Random, prefix: string, count: number, plans: readonly (readonly [string, number])[]): Person[] {
  const weights = plans.flatMap(([plan, weight]) => Array.from({ length: weight }, () => plan));
  const seen = new Set<string>();
  while (seen.size < count) seen.add(`${prefix}-${random.int(0, 0xffffff).toString(16).padStart(6, '0')}`);
  return [...seen].map((id) => ({ id, plan: random.pick(weights) }));
}
