import { hashText, stableJson } from './cacheKey.js';
import type { Assertion, EvalCase } from './types.js';

/** What makes a case this case: its variables and what is asked of the answer. Description and place may change. */
export function caseHash(entry: Pick<EvalCase, 'vars' | 'assertions' | 'threshold' | 'judge'>): string {
  const assertions = entry.assertions.map(({ type, negate, value, threshold, weight, metric, provider, rubricPrompt }: Assertion) => ({
    type,
    negate,
    value,
    threshold,
    weight,
    metric,
    // Absent in most, and then the id is what it was before they were known.
    provider,
    rubricPrompt,
  }));
  return hashText(stableJson({ vars: entry.vars, assertions, threshold: entry.threshold, judge: entry.judge })).slice(0, 12);
}

/** Gives every case its id; exact duplicates are told apart by `-2`, `-3`, in their order. */
export function withIds(cases: readonly Omit<EvalCase, 'id'>[]): EvalCase[] {
  const seen = new Map<string, number>();
  return cases.map((entry) => {
    const hash = caseHash(entry);
    const count = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, count);
    return { id: count === 1 ? hash : `${hash}-${String(count)}`, ...entry };
  });
}

/**
 * Lists of texts multiply: one case for each combination, the last variable changing fastest; as in promptfoo, a list whose first item is
 * no text is one value. Bounded by `limit`.
 */
export function multiply(vars: Readonly<Record<string, unknown>>, limit: number): Record<string, unknown>[] | null {
  let rows: Record<string, unknown>[] = [{}];
  for (const [name, value] of Object.entries(vars)) {
    const values: unknown[] = Array.isArray(value) && typeof value[0] === 'string' ? value : [value];
    if (rows.length * values.length > limit) return null;
    rows = rows.flatMap((row) => values.map((item) => ({ ...row, [name]: item })));
  }
  return rows;
}
