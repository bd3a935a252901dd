/**
 * What the names of OpenTelemetry cannot say of a record of ours (a score that is a word, an empty text, a source) travels in one attribute beside them, so that what
 * was exported comes back as it was.
 */
import { isObject, setOwn, type Json } from '../values.js';
import type { Attributes } from './model.js';

export const patchAttribute = 'promptratchet.record';
/** On every record that we wrote: nothing of other spans is added to it. */
export const ownRecord = 'promptratchet.schema';

/** Fields of the patch replace those that were read; `null` takes a field away. */
export function applyPatch(record: Json | null, attributes: Attributes): Json | null {
  const text = attributes.get(patchAttribute);
  if (record === null || typeof text !== 'string') return record;
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch (error) {
    // Cut short on its way: the attributes beside it still hold.
    if (error instanceof SyntaxError) return record;
    throw error;
  }
  if (!isObject(patch)) return record;
  const set = isObject(patch['set']) ? patch['set'] : {};
  const unset = Array.isArray(patch['unset']) ? patch['unset'] : [];
  const result: Json = {};
  for (const [key, value] of Object.entries(record)) if (!unset.includes(key)) setOwn(result, key, value);
  for (const [key, value] of Object.entries(set)) setOwn(result, key, value);
  return result;
}
