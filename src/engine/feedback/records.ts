/** What a line of a source is understood as, before attribution: the canonical schema with times in ms and raw users. */
import type { ActorKind, FeedbackV1, InteractionV1, Link, Signal } from './types.js';

export interface ReadPrompt {
  /** `null`: the record names none. */
  name: string | null;
  version: string | null;
  sha256: string | null;
  /** As the record says, else derived; `none` where the record has a name at most. */
  link: Link;
  /** The record is of a shape that has no place for a prompt: where the workspace has one prompt only, it is that one. */
  orOnlyPrompt: boolean;
}

interface ReadBase {
  id: string;
  /** `null`: the record has no time; the file's time stands for it. */
  time: number | null;
  revision: number;
  /** When this revision was made: decides between equal revisions. */
  updated: number;
  prompt: ReadPrompt;
  /** Raw id, never shown: hosts see its pseudonym. */
  user: string | null;
  session: string | null;
  /** As the source has them, lower case: how feedback finds its interaction where it does not name it. */
  traceId: string | null;
  spanId: string | null;
  /** For `score --segment`. */
  attributes: Record<string, string>;
}

export interface ReadInteraction extends ReadBase {
  kind: 'interaction';
  /** Variant of the feature flag that was served. */
  variant: string | null;
  variables: Record<string, string>;
  input: string | null;
  output: string | null;
  documents: { id: string; score: number | null; text: string | null }[];
  status: NonNullable<InteractionV1['system']>['status'] | null;
  error: string | null;
  latencyMs: number | null;
  retries: number | null;
  /** Made from a line that was written because somebody rated: says nothing about those who did not. */
  implied: boolean;
}

export interface ReadFeedback extends ReadBase {
  kind: 'feedback';
  interaction: string | null;
  signal: Signal;
  actor: ActorKind;
  raw: number | string | boolean | null;
  y: number | null;
  label: string | null;
  text: string | null;
  correction: string | null;
  stratum: NonNullable<FeedbackV1['review']>['stratum'] | null;
  /** With what probability the answer was drawn for review: in (0, 1]; absent where it is not known. */
  inclusionProb?: number;
}

export type ReadRecord = ReadInteraction | ReadFeedback;

/** How ratings without a declared range are read, for one source: [0, 1], or 1 to 5 where values over 1 occur in any of its files. */
export type RatingScale = 'unit' | 'five';

export const rejectReasons = {
  notJson: 'not JSON',
  tooDeep: 'nested too deeply',
  notOtlp: 'not OTLP',
  notObject: 'not an object',
  incomplete: 'incomplete last line',
  tooLong: 'line over 16 MiB',
  unknownSchema: 'unknown schema',
  unknownMajor: 'unknown schema version',
  unknownSignal: 'unknown signal',
  unknownActor: 'unknown actor',
  unknownLink: 'unknown link',
  badTime: 'bad time',
  badScore: 'score is not a number',
  badRange: 'bad score range',
  outOfRange: 'score out of range',
  noFields: 'no known field',
  noSignal: 'no signal',
  badField: 'field of the wrong type',
} as const;

export type RejectReason = (typeof rejectReasons)[keyof typeof rejectReasons];

/** The line is counted under `reason` and nothing of it is used. */
export class Rejection extends Error {
  constructor(readonly reason: RejectReason) {
    super(reason);
    this.name = 'Rejection';
  }
}

/** The source has a rating over 1: all of it has to be read again as 1 to 5. */
export class ScaleChange extends Error {
  constructor() {
    super('ratings over 1');
    this.name = 'ScaleChange';
  }
}

export interface LineContext {
  kind: string;
  source: string;
  /** Workspace path of the file. */
  path: string;
  /** Byte offset of the line. */
  offset: number;
  line: number;
  scale: RatingScale;
  /** Called for a part of the line that cannot be used where the rest can: one log record of many. */
  reject?: (reason: RejectReason) => void;
}
