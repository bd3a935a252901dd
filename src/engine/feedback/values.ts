/** Lenient reading of single JSON values. A value of a type that cannot be meant is a rejection, never a guess. */
import { rejectReasons, Rejection } from './records.js';
import { parseTime } from './time.js';

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own property only: a log may have a field called `__proto__` or `constructor`. */
export function field(record: Json, name: string): unknown {
  return Object.hasOwn(record, name) ? (record[name] ?? null) : null;
}

export function objectField(record: Json, name: string): Json {
  const value = field(record, name);
  if (value === null) return {};
  if (!isObject(value)) throw new Rejection(rejectReasons.badField);
  return value;
}

/** Text of a text, number or boolean; `null` for nothing or an empty text. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return null;
}

/** Like `textOf`, but an object or array becomes its JSON: variables and messages may be anything. */
export function anyText(value: unknown): string | null {
  return typeof value === 'object' && value !== null ? jsonText(value) : textOf(value);
}

/** JSON can be read at any depth but not written: a value of 100,000 brackets is a rejection. */
export function jsonText(value: object): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) throw new Rejection(rejectReasons.tooDeep);
    throw error;
  }
}

/** A finite number, also from a text of digits; else `null`. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value)) {
    const number = Number(value);
    return Number.isFinite(number) ? number : null;
  }
  return null;
}

/** `null` where there is no time; throws a rejection where there is one that cannot be read. */
export function timeOf(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null;
  const time = parseTime(value);
  if (time === null) throw new Rejection(rejectReasons.badTime);
  return time;
}

/** Scalars of an object as texts. */
export function attributesOf(value: unknown): Record<string, string> {
  const result: Record<string, string> = {};
  if (!isObject(value)) return result;
  for (const [key, item] of Object.entries(value)) {
    const text = textOf(item);
    if (text !== null) setOwn(result, key, text);
  }
  return result;
}

export function variablesOf(value: unknown): Record<string, string> {
  const result: Record<string, string> = {};
  if (!isObject(value)) return result;
  for (const [key, item] of Object.entries(value)) setOwn(result, key, anyText(item) ?? '');
  return result;
}

/** Assignment to `__proto__` would set the prototype in place of a property. */
export function setOwn(target: Json, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

const deepest = 64;

/** Nothing that is meant is nested deeper, and whatever walks a value would run out of stack. */
export function isShallow(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= deepest) return false;
  return (Array.isArray(value) ? value : Object.values(value)).every((item) => isShallow(item, depth + 1));
}

/** Throws a rejection for a value that is nested too deeply. */
export function shallow<T>(value: T): T {
  if (!isShallow(value)) throw new Rejection(rejectReasons.tooDeep);
  return value;
}
