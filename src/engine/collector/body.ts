/** A request's body as items: one object, an array of objects, or one object a line (NDJSON). */
import { parse } from '../feedback/reader.js';
import { rejectReasons, Rejection } from '../feedback/records.js';
import { isObject, type Json } from '../feedback/values.js';
import { CollectError, type Refusal } from './types.js';

export interface Item {
  /** From 1. */
  line: number;
  record: Json;
  /** As it was sent where that is one line, else `null`. */
  text: string | null;
}

export interface Body {
  items: Item[];
  rejected: Refusal[];
}

/** Throws `CollectError` `malformed` where the body is empty, or an array that is not JSON. */
export function readBody(body: string): Body {
  const text = (body.startsWith('\uFEFF') ? body.slice(1) : body).trim();
  if (text === '') throw new CollectError('malformed', 'The body is empty. Send a JSON object, an array of them, or one object a line.');
  const first = text.charCodeAt(0);
  if (first === 0x5b) return readArray(text);
  return (first === 0x7b ? readObject(text) : null) ?? readLines(body);
}

/** `null` where the text is not one object: it may be several, one a line. */
function readObject(text: string): Body | null {
  const end = text.indexOf('\n');
  // A first line that is an object begins NDJSON; trying the whole would only tell that it is not one.
  if (end !== -1 && parsed(text.slice(0, end)) !== null) return null;
  const record = parsed(text);
  return record === null ? null : { items: [{ line: 1, record, text: end === -1 ? text : null }], rejected: [] };
}

function parsed(text: string): Json | null {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function readArray(text: string): Body {
  let elements: unknown;
  try {
    elements = JSON.parse(text);
  } catch (error) {
    // NDJSON may begin with a line that holds an array: that line is refused below, the others count.
    if (text.includes('\n')) return readLines(text);
    throw new CollectError('malformed', 'The body is not JSON. Send a JSON object, an array of them, or one object a line.', error);
  }
  const found: Body = { items: [], rejected: [] };
  (elements as unknown[]).forEach((record, index) => {
    if (isObject(record)) found.items.push({ line: index + 1, record, text: null });
    else found.rejected.push({ line: index + 1, reason: rejectReasons.notObject });
  });
  return found;
}

function readLines(body: string): Body {
  const found: Body = { items: [], rejected: [] };
  let line = 0;
  for (let from = 0; from <= body.length;) {
    const end = body.indexOf('\n', from);
    const text = (end === -1 ? body.slice(from) : body.slice(from, end)).trim();
    from = end === -1 ? body.length + 1 : end + 1;
    line += 1;
    if (text === '' || text === '\uFEFF') continue;
    try {
      found.items.push({ line, record: parse(text.startsWith('\uFEFF') ? text.slice(1) : text), text });
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      found.rejected.push({ line, reason: error.reason });
    }
  }
  return found;
}
