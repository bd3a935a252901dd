/**
 * Ratings without a declared range: on [0, 1], or 1 to 5 where values over 1 occur, as in a file. A file is read again when the
 * first such value turns up; what is collected cannot be, so here each prompt has a scale of its own, decided by the first value
 * that fits one scale only. A bare 1 fits both: it counts as 1 of 1 until then, and is corrected where it was 1 of 5.
 */
import { rejectReasons, Rejection, ScaleChange, type RatingScale, type ReadFeedback, type ReadRecord } from '../feedback/records.js';
import { isObject, numberOf, type Json } from '../feedback/values.js';

const maxPrompts = 10_000;
/** Of one prompt; an application that only ever sends 1 has nothing to correct. */
const maxPending = 1000;

export interface ScaledReading {
  records: ReadRecord[];
  /** The rating is read by this scale, which it did not declare. */
  scale: RatingScale | null;
  /** It fits both. Give the stored record to `assume`. */
  assumed: boolean;
}

export interface Learnt {
  /** Scales by prompt, for the constructor at another time; `null` where nothing is new. */
  state: Json | null;
  /** Stored records that were read on the wrong scale, as they should be: to be written again. */
  corrections: Json[];
}

export class RatingScales {
  private readonly known = new Map<string, RatingScale>();
  private readonly pending = new Map<string, Json[]>();
  private guess: RatingScale = 'unit';
  private changed = false;
  private corrections: Json[] = [];

  /** `state`: what `take` gave at another time, or anything. */
  constructor(state: Json | null) {
    const scales = state?.['scales'];
    if (!isObject(scales)) return;
    for (const [prompt, scale] of Object.entries(scales)) if (scale === 'unit' || scale === 'five') this.known.set(prompt, scale);
  }

  /** What was learnt since the last time, to be written; give it to `putBack` where that fails. */
  take(): Learnt {
    const learnt = { state: this.changed ? { scales: Object.fromEntries(this.known) } : null, corrections: this.corrections };
    this.changed = false;
    this.corrections = [];
    return learnt;
  }

  putBack(learnt: Learnt): void {
    this.changed ||= learnt.state !== null;
    this.corrections.push(...learnt.corrections);
  }

  /** `attempt` reads by a scale. Throws `Rejection`. */
  read(attempt: (scale: RatingScale) => ReadRecord[]): ScaledReading {
    const scale = this.guess;
    let first: ReadRecord[];
    try {
      first = attempt(scale);
    } catch (error) {
      if (!isOfOtherScale(error)) throw error;
      return this.decided(onlyBy(attempt, otherThan(scale)), otherThan(scale));
    }
    const rating = bareRating(first, scale);
    if (rating === null) return { records: first, scale: null, assumed: false };
    if (this.known.get(promptOf(rating)) === scale) return { records: first, scale, assumed: false };
    return this.compared(first, rating, scale, attempt);
  }

  /** A stored record whose scale was assumed; it is kept until the scale is known. */
  assume(record: Json): void {
    const prompt = isObject(record['prompt']) && typeof record['prompt']['name'] === 'string' ? record['prompt']['name'] : '';
    if (this.known.has(prompt)) return;
    const waiting = this.pending.get(prompt) ?? [];
    if (this.pending.size >= maxPrompts || waiting.length >= maxPending) return;
    waiting.push(record);
    this.pending.set(prompt, waiting);
  }

  private decided(records: ReadRecord[], scale: RatingScale): ScaledReading {
    const rating = bareRating(records, scale);
    if (rating === null) return { records, scale: null, assumed: false };
    const known = this.known.get(promptOf(rating));
    if (known !== undefined && known !== scale) throw new Rejection(rejectReasons.outOfRange);
    this.learn(promptOf(rating), scale);
    return { records, scale, assumed: false };
  }

  private compared(
    first: ReadRecord[],
    rating: ReadFeedback,
    scale: RatingScale,
    attempt: (scale: RatingScale) => ReadRecord[],
  ): ScaledReading {
    const other = otherThan(scale);
    let second: ReadRecord[];
    try {
      second = attempt(other);
    } catch (error) {
      if (isOfOtherScale(error)) return this.decided(first, scale);
      throw error;
    }
    // The range is declared after all.
    if (second.find(isFeedback)?.y === rating.y) return { records: first, scale: null, assumed: false };
    const known = this.known.get(promptOf(rating));
    if (known === other) return { records: second, scale: other, assumed: false };
    const unit = scale === 'unit' ? first : second;
    return { records: unit, scale: 'unit', assumed: true };
  }

  private learn(prompt: string, scale: RatingScale): void {
    this.guess = scale;
    if (this.known.has(prompt) || this.known.size >= maxPrompts) return;
    this.known.set(prompt, scale);
    this.changed = true;
    const waiting = this.pending.get(prompt) ?? [];
    this.pending.delete(prompt);
    if (scale === 'five') this.corrections.push(...waiting.map(corrected));
  }
}

/** The declared range by which a rating of that scale is stored. */
export function rangeOf(scale: RatingScale): { min: number; max: number } {
  return scale === 'five' ? { min: 1, max: 5 } : { min: 0, max: 1 };
}

function corrected(record: Json): Json {
  const source = isObject(record['source']) ? { ...record['source'] } : {};
  delete source['assumed_scale'];
  return {
    ...record,
    revision: (numberOf(record['revision']) ?? 0) + 1,
    score: { ...(isObject(record['score']) ? record['score'] : {}), ...rangeOf('five'), y: 0 },
    source,
  };
}

/** The rating, where its y is what this scale makes of it. */
function bareRating(records: readonly ReadRecord[], scale: RatingScale): ReadFeedback | null {
  const rating = records.find(isFeedback);
  const value = rating === undefined ? null : numberOf(rating.raw);
  if (rating === undefined || value === null || rating.y === null) return null;
  const expected = scale === 'five' ? (value - 1) / 4 : value;
  return rating.y === expected || rating.y === 1 - expected ? rating : null;
}

function isFeedback(record: ReadRecord): record is ReadFeedback {
  return record.kind === 'feedback';
}

function otherThan(scale: RatingScale): RatingScale {
  return scale === 'unit' ? 'five' : 'unit';
}

/** A value over 1 on [0, 1], or under 1 on 1 to 5. */
function isOfOtherScale(error: unknown): boolean {
  return error instanceof ScaleChange || (error instanceof Rejection && error.reason === rejectReasons.outOfRange);
}

/** A value that fits neither scale is out of range. */
function onlyBy(attempt: (scale: RatingScale) => ReadRecord[], scale: RatingScale): ReadRecord[] {
  try {
    return attempt(scale);
  } catch (error) {
    throw error instanceof ScaleChange ? new Rejection(rejectReasons.outOfRange) : error;
  }
}

function promptOf(rating: ReadFeedback): string {
  return rating.prompt.name ?? '';
}
