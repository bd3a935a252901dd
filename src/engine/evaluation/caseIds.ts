import { hashText, stableJson } from './cacheKey.js';
import type { Assertion, EvalCase } from './types.js';

/** What decides a case's verdict beside these; only what is there enters the hash, so that other cases keep their ids. */
const further = [
  'affix',
  'transform',
  'transformVars',
  'scoringFunction',
  'provider',
  'judge',
  'providerOutput',
  'storeOutputAs',
  'varCode',
] as const;
const furtherOfAssertions = ['transform', 'contextTransform', 'provider', 'rubricPrompt', 'config', 'valueCode', 'parts'] as const;

/** What makes a case this case: its variables and what is asked of the answer. Description and place may change. */
export function caseHash(entry: Omit<EvalCase, 'id' | 'description' | 'metadata' | 'file' | 'range'>): string {
  const known = { vars: entry.vars, assertions: entry.assertions.map(essence), threshold: entry.threshold };
  return hashText(stableJson({ ...known, ...present(entry, further) })).slice(0, 12);
}

function essence(assertion: Assertion): unknown {
  const { type, negate, value, threshold, weight, metric } = assertion;
  return { type, negate, value, threshold, weight, metric, ...present(assertion, furtherOfAssertions) };
}

function present<T extends object>(entry: T, keys: readonly (keyof T)[]): Record<string, unknown> {
  return Object.fromEntries(keys.flatMap((key) => (entry[key] === undefined ? [] : [[key, withoutPlaces(entry[key])]])));
}

/** Where something stands does not make it something else. */
function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (key === 'range' || key === 'problem' ? [] : [[key, withoutPlaces(item)]])),
  );
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
