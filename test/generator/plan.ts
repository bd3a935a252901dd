/** What a simulated prompt version is: how good it truly is, who uses it, and what it says. */
import type { Random } from './random.js';

export interface Served {
  variables: Record<string, string>;
  output: string;
  documents?: string[];
  /** What the answer should have been, where people may correct it. */
  correct?: string;
}

export interface Person {
  id: string;
  /** `attributes.plan` of the records. */
  plan: string;
}

interface Complaint {
  id: string;
  share: number;
  lines: readonly string[];
}

export interface Plan {
  prompt: string;
  version: string;
  /** True mean, over raters, of the chance that a rater is content. */
  quality: number;
  /** Spread of raters around it: parameters of a beta distribution add up to this. */
  agreement: number;
  people: readonly Person[];
  /** How many of them say what they think. */
  raters: number;
  /** Raters who rate again and again, and how content they are. They are few, so that pooling events would mislead. */
  heavy: { count: number; ratings: readonly [number, number]; quality: number };
  /** Interactions of a person, at least and at most. */
  uses: readonly [number, number];
  /** Days from the start of the log. */
  days: readonly [number, number];
  /** Share of ratings from 1 to 5; the others are thumbs. */
  stars: number;
  complaints: readonly Complaint[];
  praise: readonly string[];
  /** Chance that somebody who is not content corrects the answer. */
  corrects: number;
  /** Median latency in milliseconds. */
  latency: number;
  errors: number;
  /** Chances of an implicit sign after an answer. */
  implicit: Partial<Record<'copy' | 'accept' | 'regenerate' | 'abandon', number>>;
  /** Share of answers that a person of the desk reviews, drawn at random. */
  reviewed: number;
  serve(random: Random, person: Person): Served;
}
