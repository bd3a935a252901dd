/**
 * Ratings without a declared range: on [0, 1], or 1 to 5 where values over 1 occur, as in a file. A file is read again when the
 * first such value turns up; what is collected cannot be, so here each prompt has a scale of its own, decided by the first value
 * that fits one scale only. A bare 1 fits both: it counts as 1 of 1 until then, and is corrected where it was 1 of 5.
 */
import { rejectReasons, Rejection, ScaleChange, type RatingScale } from '../feedback/records.js';
import { field, isObject, numberOf, objectField, textOf, type Json } from '../feedback/values.js';

const maxPrompts = 10_000;
/** Of one prompt; an application that only ever sends 1 has nothing to correct. */
const maxPending = 1000;

export interface ScaledReading {
  /** Of the canonical schema. */
  records: Json[];
  /** The rating fits both scales. Give the stored record to `assume`. */
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
  read(attempt: (scale: RatingScale) => Json[]): ScaledReading {
    const scale = this.guess;
    let first: Json[];
    try {
      first = attempt(scale);
    } catch (error) {
      if (!isOfOtherScale(error)) throw error;
      return this.decided(onlyBy(attempt, otherThan(scale)), otherThan(scale));
    }
    const rating = bareRating(first, scale);
    if (rating === null) return { records: first, assumed: false };
    if (this.known.get(promptOf(rating)) === scale) return { records: first, assumed: false };
    return this.compared(first, rating, scale, attempt);
  }

  /** A stored record whose scale was assumed; it is kept until the scale is known. */
  assume(record: Json): void {
    const prompt = promptOf(record);
    const known = this.known.get(prompt);
    if (known === 'five') this.corrections.push(corrected(record));
    if (known !== undefined) return;
    const waiting = this.pending.get(prompt) ?? [];
    if (this.pending.size >= maxPrompts || waiting.length >= maxPending) return;
    waiting.push(record);
    this.pending.set(prompt, waiting);
  }

  private decided(records: Json[], scale: RatingScale): ScaledReading {
    const rating = bareRating(records, scale);
    if (rating === null) return { records, assumed: false };
    const known = this.known.get(promptOf(rating));
    if (known !== undefined && known !== scale) throw new Rejection(rejectReasons.outOfRange);
    this.learn(promptOf(rating), scale);
    return { records, assumed: false };
  }

  private compared(first: Json[], rating: Json, scale: RatingScale, attempt: (scale: RatingScale) => Json[]): ScaledReading {
    const other = otherThan(scale);
    let second: Json[];
    try {
      second = attempt(other);
    } catch (error) {
      if (isOfOtherScale(error)) return this.decided(first, scale);
      throw error;
    }
    // The range is declared after all.
    if (bareRating(second, other) === null) return { records: first, assumed: false };
    const known = this.known.get(promptOf(rating));
    if (known === other) return { records: second, assumed: false };
    const unit = scale === 'unit' ? first : second;
    return { records: unit, assumed: true };
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

const ranges: Record<RatingScale, { min: number; max: number }> = { unit: { min: 0, max: 1 }, five: { min: 1, max: 5 } };

function corrected(record: Json): Json {
  const source = { ...objectField(record, 'source') };
  delete source['assumed_scale'];
  const revision = (numberOf(field(record, 'revision')) ?? 0) + 1;
  return { ...record, revision, score: { ...objectField(record, 'score'), ...ranges.five }, source };
}

/** The rating, where its range is the one of this scale. */
function bareRating(records: readonly Json[], scale: RatingScale): Json | null {
  const rating = records.find((record) => field(record, 'schema') === 'promptratchet.feedback/1');
  const score = rating === undefined ? null : field(rating, 'score');
  if (rating === undefined || !isObject(score) || numberOf(field(score, 'raw')) === null) return null;
  return field(score, 'min') === ranges[scale].min && field(score, 'max') === ranges[scale].max ? rating : null;
}

function otherThan(scale: RatingScale): RatingScale {
  return scale === 'unit' ? 'five' : 'unit';
}

/** A value over 1 on [0, 1], or under 1 on 1 to 5. */
function isOfOtherScale(error: unknown): boolean {
  return error instanceof ScaleChange || (error instanceof Rejection && error.reason === rejectReasons.outOfRange);
}

/** A value that fits neither scale is out of range. */
function onlyBy(attempt: (scale: RatingScale) => Json[], scale: RatingScale): Json[] {
  try {
    return attempt(scale);
  } catch (error) {
    throw error instanceof ScaleChange ? new Rejection(rejectReasons.outOfRange) : error;
  }
}

function promptOf(record: Json): string {
  return textOf(field(objectField(record, 'prompt'), 'name')) ?? '';
}
