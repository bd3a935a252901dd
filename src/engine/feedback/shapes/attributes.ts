/**
 * Attributes of spans under the dotted names of OpenTelemetry, OpenInference, OpenLLMetry, Langfuse and MLflow, wherever they stand: in OTLP, in a
 * dump of Phoenix, in a column of a table.
 */
import { isObject, textOf, type Json } from '../values.js';

export type Attributes = ReadonlyMap<string, unknown>;

/** The first of these names that has a text (numbers and booleans as text). */
export function textAt(attributes: Attributes, ...names: string[]): string | null {
  for (const name of names) {
    const text = textOf(attributes.get(name));
    if (text !== null) return text;
  }
  return null;
}

/** The first of these names that has a finite number, also one written as text. */
export function numberAt(attributes: Attributes, ...names: string[]): number | null {
  for (const name of names) {
    const value = attributes.get(name);
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
  }
  return null;
}

/** A value that may have been written as JSON: parsed where it is JSON of an object or a list, else as it is. `null` for nothing. */
export function jsonAt(attributes: Attributes, ...names: string[]): unknown {
  for (const name of names) {
    const value = attributes.get(name);
    if (value !== undefined && value !== null && value !== '') return typeof value === 'string' ? parsed(value) : value;
  }
  return null;
}

/** JSON text of an object, a list or a text as its value; any other text as it is. */
export function parsed(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // A text that begins with a bracket: an answer, not JSON.
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

const mostItems = 1000;

/** `prefix.0.rest`, `prefix.1.rest`, … as one map an index, keys without the prefix. A list of objects under `prefix` itself does as well. */
export function numbered(attributes: Attributes, prefix: string): Map<string, unknown>[] {
  const items: Map<string, unknown>[] = [];
  const whole = jsonAt(attributes, prefix);
  if (Array.isArray(whole)) {
    for (const item of whole.slice(0, mostItems)) if (isObject(item)) items.push(flattened(item));
    return items;
  }
  const start = `${prefix}.`;
  for (const [key, value] of attributes) {
    if (!key.startsWith(start)) continue;
    const dot = key.indexOf('.', start.length);
    const index = Number(key.slice(start.length, dot === -1 ? undefined : dot));
    if (!Number.isInteger(index) || index < 0 || index >= mostItems || dot === -1) continue;
    (items[index] ??= new Map<string, unknown>()).set(key.slice(dot + 1), value);
  }
  // An index that is missing leaves a hole.
  return items.filter((item) => (item as Map<string, unknown> | undefined) !== undefined);
}

/** `prefix.rest` as an object of what stands behind the prefix; an object, or JSON of one, under `prefix` itself does as well. */
export function nested(attributes: Attributes, prefix: string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const whole = jsonAt(attributes, prefix);
  if (isObject(whole)) for (const [key, value] of Object.entries(whole)) found.set(key, value);
  const start = `${prefix}.`;
  for (const [key, value] of attributes) if (key.startsWith(start)) found.set(key.slice(start.length), value);
  return found;
}

/** Objects within as dotted keys, lists as they are; at most 8 levels. */
export function flattened(record: Json, prefix = '', into = new Map<string, unknown>(), depth = 0): Map<string, unknown> {
  for (const [key, value] of Object.entries(record)) {
    if (isObject(value) && depth < 8) flattened(value, `${prefix}${key}.`, into, depth + 1);
    else into.set(prefix + key, value);
  }
  return into;
}
