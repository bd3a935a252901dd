/** Building blocks of converters: records of the canonical schema without the fields that have nothing in them. */
import { deterministicId } from '../identity.js';
import { toIso } from '../time.js';
import { field, isObject, textOf, timeOf, type Json } from '../values.js';
import { parsed } from './attributes.js';
import { noPrompt } from './promptLink.js';

/** As RFC 3339; `null` where there is none. Throws `Rejection` where it cannot be read. */
export function iso(value: unknown): string | null {
  const time = timeOf(value);
  return time === null ? null : toIso(time);
}

/** The first of these fields that holds something. */
export function pick(record: Json, ...names: string[]): unknown {
  for (const name of names) {
    const value = field(record, name);
    if (value !== null && value !== '') return value;
  }
  return null;
}

export function pickText(record: Json, ...names: string[]): string | null {
  return textOf(pick(record, ...names));
}

/** A field that is an object, or JSON of one as tables have it; empty for anything else. */
export function objectIn(record: Json, ...names: string[]): Json {
  const value = pick(record, ...names);
  const whole = typeof value === 'string' ? parsed(value) : value;
  return isObject(whole) ? whole : {};
}

/** A field that is a list, or JSON of one; empty for anything else. */
export function listIn(record: Json, ...names: string[]): unknown[] {
  const value = pick(record, ...names);
  const whole = typeof value === 'string' ? parsed(value) : value;
  return Array.isArray(whole) ? whole : [];
}

/** Id of a record of another tool: the same for the same record of the same server. */
export function foreignId(kind: string, instance: string, ...record: string[]): string {
  return deterministicId(kind, instance, ...record);
}

/** `fields` without those that are `null`, undefined or empty objects. */
export function present(fields: Json): Json {
  const kept: Json = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    if (isObject(value) && Object.keys(value).length === 0) continue;
    kept[key] = value;
  }
  return kept;
}

export function interaction(fields: Json): Json {
  return { schema: 'promptratchet.interaction/1', revision: 0, prompt: noPrompt, ...present(fields) };
}

export function feedback(fields: Json): Json {
  return { schema: 'promptratchet.feedback/1', revision: 0, interaction_id: null, prompt: noPrompt, ...present(fields) };
}

/** Short scalars of a tool's metadata, for scores by segment; not what names a prompt, a user or a session. */
export function segmentsOf(...sources: Json[]): Json {
  const kept: Json = {};
  for (const source of sources) {
    for (const [key, value] of Object.entries(source)) {
      if (Object.keys(kept).length >= 64 || key === '__proto__' || key.length > 100) continue;
      if (/^(?:prompt_?(?:name|version)$|prompt\.|lc_hub_|ls_|user_?id$|session_?id$)/i.test(key)) continue;
      if (typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value !== '' && value.length <= 200)) {
        kept[key] = value;
      }
    }
  }
  return kept;
}

/** Milliseconds between two times; `null` where either is missing or they are the wrong way round. */
export function between(start: string | null, end: string | null): number | null {
  if (start === null || end === null) return null;
  const ms = Date.parse(end) - Date.parse(start);
  return ms >= 0 ? ms : null;
}
