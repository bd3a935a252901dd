/**
 * Servers that cannot be asked for what was said late must be listed again. A look-back that is large is not paid for with every pull: it may
 * take a twentieth of the time between two of them, and in between the last hour is asked, in which most of what is late arrives.
 */
import { toIso } from '../../time.js';
import { field, isObject } from '../../values.js';

/** The last look at all of the look-back: when it began, by the server's clock, and how long it took (ms). */
export interface Looked {
  at: number;
  took: number;
}

export interface LookBack {
  /** Records from this time on are asked about (ms). */
  from: number;
  /** What was changed before that was seen (ms). */
  since: number;
  whole: boolean;
  /** What a person should know of it. */
  note: string | null;
}

const perShare = 20;
const cheapMs = 5000;
const hourMs = 3_600_000;

/** `again`: where the look-back begins; `at`: when the last pull began. */
export function lookBack(again: number, looked: Looked | null, at: number, now: number): LookBack {
  const next = looked === null ? now : looked.at + looked.took * perShare;
  if (looked === null || looked.took <= cheapMs || now >= next) return { from: again, since: looked?.at ?? at, whole: true, note: null };
  const seconds = String(Math.round(looked.took / 1000));
  return {
    from: Math.max(again, now - hourMs),
    since: at,
    whole: false,
    note: `Looking for late feedback in all of the look-back took ${seconds} s, so only the last hour was asked; all of it is asked again after ${toIso(next)}.`,
  };
}

export function readLooked(value: unknown): Looked | null {
  if (!isObject(value)) return null;
  const [at, took] = [field(value, 'at'), field(value, 'took')];
  return typeof at === 'number' && typeof took === 'number' ? { at, took } : null;
}
