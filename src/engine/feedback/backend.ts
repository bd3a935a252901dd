/**
 * What scoring and lists ask of feedback, wherever it lies: in the index of this workspace, or in tables of a team's
 * PostgreSQL or ClickHouse. Everything that a score needs is a sum over units, so that a database adds up where the rows are
 * and none of them crosses the network. All implementations pass `test/support/backendContract.ts` and give the same
 * `score/1`, to the last printed digit.
 *
 * Semantics that every implementation keeps:
 * - Attribution of a record, own before its interaction's, as in `attribution.ts`: exact, hash, metadata, flag; else
 *   ambiguous or none. A prompt that is known with an unknown version is a group of its own (`version` null).
 * - Time of a record is its own, else its file's, and at most `asOf`; with `window.asked` a record whose own time is later
 *   than `asOf` does not count. `since` is included, `until` is not.
 * - A unit is the user, else the session, else the event (for feedback that names neither: those of its interaction). Its value is the
 *   mean of its y in the window, its time the latest of its events, its weight `2^(-max(0, asOf - time) / halfLifeMs)`.
 * - In the expert channels every event counts with `1 / inclusion_prob` (Hájek): the unit's value is `Σ(y/π) / Σ(1/π)`, and its weight is
 *   multiplied by the mean of its `1/π`. A review of the risk stratum without a probability enters no sum.
 */
import type { FeedbackDetail, FeedbackRow } from '../../shared/documents.js';
import type { FeedbackQuery } from './types.js';

export interface Window {
  /** ms, included; `null` = no limit. */
  since: number | null;
  /** ms, not included. */
  until: number | null;
  /** ms, included. */
  asOf: number;
  /** Somebody asked for that time: what was said later is not known yet. Else `asOf` is now and later records count as said now. */
  asked: boolean;
}

export interface KnownVersions {
  /** The only prompt of the workspace, else `null`: what a record of a shape without a prompt speaks of. */
  onlyPrompt: string | null;
  bySha256: ReadonlyMap<string, readonly { prompt: string; version: string }[]>;
}

/** Over units: number, events, `Σw`, `Σw²`, `Σw·mean`. */
export interface UnitSums {
  users: number;
  events: number;
  w: number;
  w2: number;
  wy: number;
}

/**
 * One day of a channel, `(asOf - (day + 1) d, asOf - day d]`. Units within the day count alike: `sum` and `sum2` are over their means of that day.
 * `first…`: the same over units whose first event in the window is on this day, so that no unit counts on two days.
 */
export interface DaySums {
  /** 0 is the last day before `asOf`. */
  day: number;
  users: number;
  sum: number;
  sum2: number;
  firstUsers: number;
  firstSum: number;
  firstSum2: number;
}

/** `explicit`, `expert` (all reviews, Hájek), `expertRandom` (random stratum only), `judge`, and `implicit.copy`, `implicit.accept`, … */
export type Channel = string;

export interface SystemSums {
  /** Interactions of the group in the window, and those that are not made up from a rating (`implied`). */
  interactions: number;
  real: number;
  /** Interactions with at least one explicit y. */
  rated: number;
  /** Errors and retries: counted, and of how many it is known. As in `scoring/system.ts`. */
  errors: number;
  errorsKnown: number;
  retries: number;
  retriesKnown: number;
  /** ms, linear interpolation between order statistics (type 7); `null` for none. */
  latencyP50: number | null;
  latencyP95: number | null;
}

/**
 * For prediction-powered inference: interactions with a random expert label Y (mean of its random reviews) and a proxy f (mean of the signal's y),
 * and those with the proxy only.
 */
export interface ProxySums {
  /** A channel: `judge`, `explicit`, `implicit.copy`, … */
  proxy: Channel;
  /** Labelled, with f. */
  n: number;
  y: number;
  y2: number;
  f: number;
  f2: number;
  yf: number;
  /** Unlabelled. */
  N: number;
  fN: number;
  fN2: number;
}

export interface GroupSums {
  prompt: string;
  version: string | null;
  /** A channel without a unit is absent. */
  channels: ReadonlyMap<Channel, UnitSums>;
  /** For `explicit` and `expertRandom`, newest day first; days without a unit are absent; at most `days` of the request. */
  days: ReadonlyMap<Channel, readonly DaySums[]>;
  system: SystemSums;
  proxies: readonly ProxySums[];
  /** By value of `request.segment`; empty where none was asked for. At most the 100 values with the most users. */
  segments: readonly { value: string; channels: ReadonlyMap<Channel, UnitSums> }[];
  /** Comments in the window that count as complaints. */
  complaints: number;
}

export interface SumsRequest {
  window: Window;
  known: KnownVersions;
  halfLifeMs: number;
  /** How many days back `days` goes. */
  days: number;
  /** `null` = all. */
  prompts: readonly string[] | null;
  /** Attribute (or input variable) by whose values the channels are given as well. */
  segment: string | null;
}

export interface Sums {
  /** In no order. */
  groups: GroupSums[];
  unattributed: { none: number; ambiguous: number };
}

/** Words of somebody who was not content. */
export interface ComplaintRow {
  /** Feedback id. */
  id: string;
  time: number;
  /** Same for the same unit within one answer; says nothing else. */
  unit: string;
  text: string;
  /** Has a y of its own. */
  rated: boolean;
}

export interface RowsPage {
  rows: FeedbackRow[];
  total: number;
  nextCursor: string | null;
}

export interface FeedbackBackend {
  sums(request: SumsRequest): Promise<Sums>;
  /** Newest first, at most `limit`; a complaint without a rating about an answer that somebody rated well (y ≥ 0.5) is left out. */
  complaints(
    group: { prompt: string; version: string | null },
    request: { window: Window; known: KnownVersions; limit: number },
  ): Promise<ComplaintRow[]>;
  /** Newest first. `total` is the number of all matches. */
  page(query: FeedbackQuery, known: KnownVersions): Promise<RowsPage>;
  /** `null` where no record has that id. */
  detail(id: string, known: KnownVersions): Promise<FeedbackDetail | null>;
  /** Attribute names that occur, most frequent first, for the segment filters; at most 50. */
  attributes(): Promise<string[]>;
}
