/** Where a pull of Phoenix goes on. Spans are walked from the last to arrive down to what was read before. */
import { toIso } from '../../time.js';
import { field, isObject, textOf, type Json } from '../../values.js';
import { readLooked, type Looked } from '../http/lookBack.js';
import { overlapMs } from '../http/window.js';

export interface Walk {
  /** The newest row from which downwards all are old enough not to change; `null` where none is yet. */
  head: string | null;
  /** Id of the first row of the page that comes next. */
  cursor: string;
}

export interface State {
  v: 1;
  project: string;
  /** Nothing before this is read. */
  from: string;
  /** From this row downwards everything was read. */
  done: string | null;
  /** A walk that was broken off. */
  walk: Walk | null;
  /** When the last complete pull began, by the server's clock (ms): what was changed before was seen. */
  at: number | null;
  /** The newest change of an annotation that was seen (ms). */
  newest: number | null;
  looked: Looked | null;
}

export function newState(project: string, from: number): State {
  return { v: 1, project, from: toIso(from), done: null, walk: null, at: null, newest: null, looked: null };
}

/** `null` for anything but a state of this project. */
export function readState(stored: Json | null, project: string): State | null {
  if (stored?.['v'] !== 1 || stored['project'] !== project) return null;
  const from = textOf(field(stored, 'from'));
  const walk = field(stored, 'walk');
  const cursor = isObject(walk) ? textOf(field(walk, 'cursor')) : null;
  const number = (key: string): number | null => {
    const value = field(stored, key);
    return typeof value === 'number' ? value : null;
  };
  if (from === null || Number.isNaN(Date.parse(from))) return null;
  return {
    v: 1,
    project,
    from,
    done: textOf(field(stored, 'done')),
    walk: isObject(walk) && cursor !== null ? { head: textOf(field(walk, 'head')), cursor } : null,
    at: number('at'),
    newest: number('newest'),
    looked: readLooked(field(stored, 'looked')),
  };
}

/** The head after a page, newest first: below a span so young that its root may still come, everything is read once more. */
export function headAfter(head: string | null, spans: readonly { id: string; start: number | null }[], now: number): string | null {
  let found = head;
  for (const { id, start } of spans) {
    if (start !== null && start > now - overlapMs) found = null;
    else found ??= id;
  }
  return found;
}
