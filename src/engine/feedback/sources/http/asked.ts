/** Small readings of what servers answer. */
import { EngineError } from '../../../errors.js';
import type { ActorKind } from '../../types.js';
import { field, isObject, textOf, type Json } from '../../values.js';
import { apiFault } from './faults.js';

/** The list under `key` of an answer (or the answer itself, for `null`). Throws SOURCE_FAILED where there is none. */
export function listOf(body: unknown, key: string | null, origin: string, what: string): unknown[] {
  const list = key === null ? body : isObject(body) ? field(body, key) : null;
  if (Array.isArray(list)) return list;
  throw apiFault({
    step: 'data',
    said: `${origin}: its answer holds no list of ${what}`,
    todo: 'Check that url is the address of that server, and that it is new enough.',
  });
}

export function statusOf(error: unknown): number | null {
  const status = EngineError.is(error, 'SOURCE_FAILED') ? error.details['status'] : null;
  return typeof status === 'number' ? status : null;
}

/** Runs the newer way of asking, and the older one from its first 404 on. */
export class Editions {
  private older = false;

  async ask<T>(newer: () => Promise<T>, older: () => Promise<T>): Promise<T> {
    if (this.older) return older();
    try {
      return await newer();
    } catch (error) {
      const status = statusOf(error);
      if (status !== 404 && status !== 405) throw error;
    }
    this.older = true;
    return older();
  }
}

/** The next number of a page; `null` where this was the last. */
export function nextNumber(page: number, limit: number, got: number, total: unknown): string | null {
  const done = typeof total === 'number' ? page * limit >= total : got < limit;
  return done || got === 0 ? null : String(page + 1);
}

export function textAt(record: unknown, ...path: string[]): string | null {
  let value: unknown = record;
  for (const step of path) value = isObject(value) ? field(value, step) : null;
  return textOf(value);
}

/** Who said a canonical feedback record. */
export function actorOf(record: Json): ActorKind {
  const actor = field(record, 'actor');
  return ((isObject(actor) ? textOf(field(actor, 'kind')) : null) ?? 'code') as ActorKind;
}

/** A finite number of a record; `null` for none. */
export function numberAt(record: Json, key: string): number | null {
  const value = field(record, key);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
