/**
 * What scoring and lists ask of feedback, wherever it lies: in the index of this workspace, or in tables of a team's
 * PostgreSQL or ClickHouse. Everything that a score needs is a sum over units, so that a database adds up where the rows are
 * and none of them crosses the network. All implementations pass `test/support/backendContract.ts` and give the same
 * `score/1`, to the last printed digit: sums may differ in their last bits, which `scoring/rounding.ts` takes away.
 *
 * Semantics that every implementation keeps:
 * - Attribution of a record, own before its interaction's, as in `attribution.ts`: exact, hash, metadata, flag; else
 *   ambiguous or none. A prompt that is known with an unknown version is a group of its own (`version` null).
 * - Time of a record is its own, else its file's, and at most `asOf`; with `window.asked` a record whose own time is later
 *   than `asOf` does not count. `since` is included, `until` is not.
 * - A unit is the user, else the session, else the event (for feedback that names neither: those of its interaction). Its value is the
 *   mean of its y in the window, its time the latest of its events, its weight `2^(-max(0, asOf - time) / halfLifeMs)`.
 * - In the expert channels every event counts with `1 / inclusion_prob` (Hájek): the unit's value is `Σ(y/π) / Σ(1/π)`, and its weight is
 *   multiplied by the mean of its `1/π`. A review of the risk stratum without a probability enters no sum; any
 *   other without one counts as 1. A probability is a number in (0, 1]; anything else is none.
 * - An interaction whose version is ambiguous is in no group; one whose prompt is known and whose version is not is in the group `null`.
 */
import type { Example } from './backendExamples.js';
import type { FailedSource, FeedbackDetail, FeedbackRow, Rejected } from '../../shared/documents.js';
import type { PpiSums } from '../stats/ppi.js';
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
 * One UTC day of a channel, whatever the hour of `asOf`: who looks at another hour must not see the events in other days, else a test over
 * days is a new one with each look. Units within the day count alike: `sum` and `sum2` are over their means of that day (in the expert
 * channels `Σ(y/π) / Σ(1/π)`, and the unit counts once as everywhere).
 * `first…`: the same over units whose first event in the window is on this day, so that no unit counts on two days.
 */
export interface DaySums {
  /** 0 is the UTC day of `asOf`, 1 the day before: `floor(asOf / d) - floor(min(time, asOf) / d)`. */
  day: number;
  users: number;
  sum: number;
  sum2: number;
  firstUsers: number;
  firstSum: number;
  firstSum2: number;
}

/** Units within a week count alike: over the means of each in that week. */
export interface PeriodSums {
  users: number;
  sum: number;
  sum2: number;
}

/** `(asOf - 7 d, asOf]` and the seven days before it. */
export interface WeekSums {
  last: PeriodSums;
  before: PeriodSums;
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
export interface ProxySums extends PpiSums {
  /** A channel: `judge`, `explicit`, `implicit.copy`, … */
  proxy: Channel;
}

/**
 * An event has the value that its own attribute gives, else the attribute of its interaction, else the interaction's input variable of that name
 * (`attributes.`, `input.variables.` and `variables.` before the name may be left out). `value` is text as it would stand in a table.
 */
export interface SegmentSums {
  value: string;
  /** `explicit` and `expertRandom`: units over their events of this value only, a unit as old as the latest of these. */
  channels: ReadonlyMap<Channel, UnitSums>;
  /**
   * The same over all other events of the channel, of other values and of none. A unit's weight is the one that it has in the whole channel,
   * so that `rest` is the whole channel less what the segment takes away.
   */
  rest: ReadonlyMap<Channel, UnitSums>;
}

export interface GroupSums {
  prompt: string;
  version: string | null;
  /** A channel without a unit is absent. */
  channels: ReadonlyMap<Channel, UnitSums>;
  /** For `explicit` and `expertRandom`, newest day first; days without a unit are absent; at most `days` of the request. */
  days: ReadonlyMap<Channel, readonly DaySums[]>;
  /** For `explicit` and `expertRandom`; absent where nobody said anything in these two weeks. */
  weeks: ReadonlyMap<Channel, WeekSums>;
  system: SystemSums;
  proxies: readonly ProxySums[];
  /** By value of `request.segment`; empty where none was asked for. At most the 100 values with the most users. */
  segments: readonly SegmentSums[];
  /** Comments in the window that count as complaints, with those that `complaints` leaves out. */
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
  /**
   * Of each group, in their order: newest first (equal times by id), at most `limit`; a complaint without a rating about an answer that
   * somebody rated well (y ≥ 0.5) is left out. All groups in one question: a database has to join everything for each.
   */
  complaints(
    groups: readonly { prompt: string; version: string | null }[],
    request: { window: Window; known: KnownVersions; limit: number },
  ): Promise<ComplaintRow[][]>;
  /** Newest first. `total` is the number of all matches. */
  page(query: FeedbackQuery, known: KnownVersions): Promise<RowsPage>;
  /** `null` where no record has that id. */
  detail(id: string, known: KnownVersions): Promise<FeedbackDetail | null>;
  /** Attribute names that occur, most frequent first, for the segment filters; at most 50. */
  attributes(): Promise<string[]>;
  /** As `FeedbackService.variables` and `examples`. Absent: the index, whose columns are asked for them. */
  variables?(prompt: string, known: KnownVersions): Promise<Record<string, string[]>>;
  examples?(prompt: string, limit: number, known: KnownVersions): Promise<Example[]>;
}

/** Where everything lies that the workspace's sources have, at one moment. */
export interface BackendSet {
  backends: readonly FeedbackBackend[];
  known: KnownVersions;
  rejected: Rejected[];
  /** Grows while the back ends are asked. */
  failed?: readonly FailedSource[];
}
