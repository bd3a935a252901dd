/** From what was said to y in [0, 1], by the declared range of the metric and never by the observed one. */
import { rejectReasons, Rejection, ScaleChange, type RatingScale } from './records.js';
import type { Signal } from './types.js';
import { numberOf } from './values.js';

const yes = new Set([
  'thumbs up',
  'up',
  'thumbs_up',
  'thumbs-up',
  'thumbsup',
  'thumb_up',
  'positive',
  'like',
  'liked',
  'good',
  'yes',
  'true',
  'pass',
  'passed',
  'correct',
  '+1',
  '👍',
]);
const no = new Set([
  'thumbs down',
  'down',
  'thumbs_down',
  'thumbs-down',
  'thumbsdown',
  'thumb_down',
  'negative',
  'dislike',
  'disliked',
  'bad',
  'no',
  'false',
  'fail',
  'failed',
  'incorrect',
  '-1',
  '👎',
]);

/** A thumb as 1 or 0; `null` for anything else. */
export function thumbOf(value: unknown): 0 | 1 | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return null;
  const word = value.trim().toLowerCase();
  if (yes.has(word)) return 1;
  return no.has(word) ? 0 : null;
}

export interface RawScore {
  raw: unknown;
  min: unknown;
  max: unknown;
  y: unknown;
  higherIsBetter: boolean;
}

/**
 * `(raw - min) / (max - min)`, flipped where lower is better. A value outside its range is rejected, not clamped.
 * Without a range a boolean and a thumb are 0 or 1, else the record's own `y` counts, else it is unknown (`null`).
 */
export function normalise(score: RawScore, signal: Signal): number | null {
  const { raw, min, max } = score;
  if (isGiven(min) || isGiven(max)) {
    const low = isGiven(min) ? numberOf(min) : null;
    const high = isGiven(max) ? numberOf(max) : null;
    if (low === null || high === null || !(high > low)) {
      if (isGiven(min) && isGiven(max)) throw new Rejection(rejectReasons.badRange);
    } else if (isGiven(raw)) {
      return ranged(raw, low, high, score.higherIsBetter);
    }
  }
  const thumb = thumbOf(raw) ?? (signal === 'explicit.thumb' ? thumbNumber(raw) : null);
  if (thumb !== null) return score.higherIsBetter ? thumb : 1 - thumb;
  if (isGiven(score.y)) {
    const y = numberOf(score.y);
    if (y === null) throw new Rejection(rejectReasons.badScore);
    if (y < 0 || y > 1) throw new Rejection(rejectReasons.outOfRange);
    return y;
  }
  if (typeof raw === 'number' && !Number.isFinite(raw)) throw new Rejection(rejectReasons.outOfRange);
  if (typeof raw === 'object' && raw !== null) throw new Rejection(rejectReasons.badScore);
  return null;
}

/**
 * The range of a rating that declares none, by the scale of its source: [0, 1], or 1 to 5 once the source has had a rating over 1. By the source and
 * not by the file, since a day of one-star ratings has no value over 1 either. Throws `ScaleChange` at the first value over 1.
 */
export function scaleRange(raw: unknown, scale: RatingScale): { min: number; max: number } {
  const range = scale === 'five' ? { min: 1, max: 5 } : { min: 0, max: 1 };
  if (thumbOf(raw) !== null) return range;
  const value = numberOf(raw);
  if (value === null) throw new Rejection(typeof raw === 'number' ? rejectReasons.outOfRange : rejectReasons.badScore);
  if (value > 5) throw new Rejection(rejectReasons.outOfRange);
  if (value > 1 && scale === 'unit') throw new ScaleChange();
  if (value < range.min) throw new Rejection(rejectReasons.outOfRange);
  return range;
}

function ranged(raw: unknown, low: number, high: number, higherIsBetter: boolean): number {
  const thumb = thumbOf(raw);
  const value = thumb === null ? numberOf(raw) : thumb === 1 ? high : low;
  // 1e999 is JSON for a number that is out of every range.
  if (value === null) throw new Rejection(typeof raw === 'number' ? rejectReasons.outOfRange : rejectReasons.badScore);
  if (value < low || value > high) throw new Rejection(rejectReasons.outOfRange);
  const y = (value - low) / (high - low);
  return higherIsBetter ? y : 1 - y;
}

function thumbNumber(raw: unknown): 0 | 1 | null {
  if (raw === 1) return 1;
  return raw === 0 || raw === -1 ? 0 : null;
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
