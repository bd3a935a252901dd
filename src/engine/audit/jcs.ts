import { EngineError } from '../errors.js';

/**
 * Canonical JSON of RFC 8785: no white space, keys in the order of their UTF-16 code units, numbers and strings as
 * ECMAScript writes them (which is what the RFC prescribes). `undefined` properties are left out, as JSON does.
 * Throws INTERNAL for what has no canonical form: numbers that are not finite, lone surrogates, functions, bigints.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notCanonical(`the number ${String(value)}`);
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    // The u flag makes \p{Cs} match halves of a pair only where the other half is missing.
    if (/\p{Cs}/u.test(value)) throw notCanonical('half a character');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object')
    return `{${canonicalMembers(value)
      .map(([, member]) => member)
      .join(',')}}`;
  throw notCanonical(`a ${typeof value}`);
}

/** The members of an object as they stand in its canonical form, in order: name, and `"name":value`. */
export function canonicalMembers(value: object): [name: string, member: string][] {
  const members: [string, string][] = [];
  // Without a comparison, sort goes by UTF-16 code units, as the RFC asks.
  for (const name of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[name];
    if (item !== undefined) members.push([name, `${canonicalJson(name)}:${canonicalJson(item)}`]);
  }
  return members;
}

function notCanonical(what: string): EngineError {
  return new EngineError('INTERNAL', `The audit log cannot hold ${what}. Report this with what you were doing.`);
}
