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
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${canonicalJson(key)}:${canonicalJson(item)}`);
    return `{${members.join(',')}}`;
  }
  throw notCanonical(`a ${typeof value}`);
}

function notCanonical(what: string): EngineError {
  return new EngineError('INTERNAL', `The audit log cannot hold ${what}. Report this with what you were doing.`);
}
