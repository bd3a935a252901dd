/**
 * One document as text: two spaces, `schema` first, the other keys sorted, so that equal data are equal bytes
 * whatever order concurrent work filled a map in. Numbers that are not finite become `null`.
 */
export function toJson(document: object): string {
  return JSON.stringify(sorted(document), null, 2);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => order(a, b));
  // A null prototype, because a key from a log may be called __proto__.
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of entries) result[key] = sorted(item);
  return result;
}

function order(a: string, b: string): number {
  if (a === 'schema' || b === 'schema') return a === b ? 0 : a === 'schema' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
