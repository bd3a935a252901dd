/**
 * Shapes: what logs, exports and dumps of other tools look like, and how a record of theirs becomes records of the canonical schema.
 * A shape is told by the keys of one record alone, so that a line is read the same way whenever and by whomever it is read.
 */
import type { ScoreMeaning } from '../../config/types.js';
import type { Json } from '../values.js';

export interface ShapeOptions {
  /** `scores` of the source: who says a metric and on which range. */
  readonly scores: Readonly<Record<string, ScoreMeaning>>;
  /** Which server the records are of (its address); part of their ids. Empty for files. */
  readonly instance: string;
  /** Told of every metric of which nobody says who means it, or on which range. */
  readonly onUnclear?: (metric: string, value: number | boolean | string | null) => void;
}

export const plainOptions: ShapeOptions = { scores: {}, instance: '' };

/** `origin`: the part of the record that it was made from, for the paths of `map`. */
export type Emit = (canonical: Json, origin: Json) => void;

export interface Shape {
  /** As `format` of a source names it. */
  readonly name: string;
  /** In plain words, as in "These are …". */
  readonly title: string;
  /** By a few keys of the record: this is asked of every record of a log. */
  matches(record: Json): boolean;
  /**
   * Throws `Rejection` where the record cannot be used; `reject` counts a part of it that cannot. Emitting nothing means that it holds nothing of
   * interest.
   */
  convert(record: Json, options: ShapeOptions, emit: Emit, reject: (reason: string) => void): void;
}
