/** Rows of the index by prompt, version and channel, inside the window. */
import { linkCodes, type Attribution, type Attributor } from '../attribution.js';
import type { Channel, Window } from '../backend.js';
import { channelOf, isLow, type ChannelKind } from '../channel.js';
import type { FeedbackTable, InteractionTable } from '../columns.js';
import type { IndexView } from '../indexView.js';
import { actorOrder, feedbackFlags, signalOrder } from '../scan/recordBatch.js';
import { Rows } from './rows.js';
import { Served, SystemLog } from './systemLog.js';
import type { EventLog } from './units.js';

/** What is known of one prompt version (or of a prompt whose version is unknown): numbers of rows. */
export interface VersionGroup {
  prompt: number;
  /** -1: unknown. */
  version: number;
  explicit: Rows;
  /** Those that a mean can be made of: without such as were drawn by risk nobody knows how. */
  expert: Rows;
  /** What was sampled at random. */
  expertRandom: Rows;
  judge: Rows;
  implicit: Map<string, Rows>;
  systemSignals: { error: Rows; retry: Rows };
  /** Words of people who were not content, with or without a rating. */
  complaints: Rows;
  interactions: Rows;
  /** Events by channel, as far as they were asked for. */
  logs: Map<Channel, EventLog>;
  system: SystemLog;
}

export interface Groups {
  /** In no order. */
  groups: VersionGroup[];
  unattributed: { none: number; ambiguous: number };
}

/**
 * The last ones: a score asks for the complaints of each group behind its sums, and the next score mostly differs by some rows at the end.
 * A window with a beginning or an end is left and entered by rows without a time of their own as their file is written to.
 */
const remembered = new WeakMap<Attributor, { key: string; grouping: Grouping }>();

export function groupRows(view: IndexView, window: Window): Groups {
  const { since, until, asOf, asked } = window;
  const isWhole = since === null && until === null;
  const key = isWhole && !asked ? '' : [since, until, asOf, asked].join(' ');
  const before = remembered.get(view.attributor);
  let grouping = before?.key === key && before.grouping.holds(isWhole) ? before.grouping : null;
  if (grouping === null) {
    grouping = new Grouping(view, window);
    remembered.set(view.attributor, { key, grouping });
  }
  return grouping.groups();
}

/** Groups of the rows up to some number, which grow by those behind it. */
class Grouping {
  private readonly byKey = new Map<string, VersionGroup>();
  /** What is said of prompts recurs, so an attribution is the same object again and again. */
  private readonly known = new Map<Attribution, VersionGroup>();
  private readonly channels = new Map<number, { channel: ChannelKind; signal: string }>();
  private readonly served = new Served();
  private readonly unattributed = { none: 0, ambiguous: 0 };
  private version = -1;
  /** One more than the highest row that counted. */
  private interactions = 0;
  private feedback = 0;
  /** Some feedback is about an interaction that was not there yet. */
  private isAhead = false;

  constructor(
    private readonly view: IndexView,
    private readonly window: Window,
  ) {}

  /** Whether nothing changed, or (`grows`) nothing but rows behind those that are grouped. */
  holds(grows: boolean): boolean {
    const { interactions, feedback, version } = this.view.columns;
    if (version === this.version) return true;
    return (
      grows &&
      !this.isAhead &&
      interactions.changedSince(this.version) >= this.interactions &&
      feedback.changedSince(this.version) >= this.feedback
    );
  }

  groups(): Groups {
    if (this.version !== this.view.columns.version) this.grow();
    return { groups: [...this.byKey.values()], unattributed: { ...this.unattributed } };
  }

  private grow(): void {
    const { columns, attributor } = this.view;
    const { interactions, feedback } = columns;
    const live = interactions.columns.live.array;
    for (let n = this.interactions; n < interactions.length; n++) {
      if (live[n] !== 1) continue;
      this.interactions = n + 1;
      if (!this.isInside(interactions, n)) continue;
      const found = attributor.interaction(n);
      if (found.prompt >= 0 && found.link !== linkCodes.ambiguous) this.groupOf(found).interactions.push(n);
    }
    const { live: counts, row } = feedback.columns;
    for (let n = this.feedback; n < feedback.length; n++) {
      if (counts.array[n] !== 1) continue;
      this.feedback = n + 1;
      if ((row.array[n] ?? -1) >= this.interactions) this.isAhead = true;
      if (!this.isInside(feedback, n)) continue;
      const found = attributor.feedback(n);
      if (found.link === linkCodes.ambiguous) this.unattributed.ambiguous++;
      else if (found.prompt < 0) this.unattributed.none++;
      else this.add(this.groupOf(found), n);
    }
    this.version = columns.version;
  }

  /** A record without a time was not made later than `asOf`, whenever its file was written last. */
  private isInside(table: FeedbackTable | InteractionTable, n: number): boolean {
    const { since, until, asOf, asked } = this.window;
    if (since === null && until === null && !asked) return true;
    const own = table.columns.time.array[n] ?? NaN;
    if (asked && own > asOf) return false;
    const time = Math.min(Number.isNaN(own) ? this.view.columns.timeOf(table, n) : own, asOf);
    return (since === null || time >= since) && (until === null || time < until);
  }

  private groupOf(found: Attribution): VersionGroup {
    const before = this.known.get(found);
    if (before !== undefined) return before;
    const key = `${String(found.prompt)} ${String(found.version)}`;
    const group = this.byKey.get(key) ?? newGroup(found, new SystemLog(this.byKey.size + 1, this.served));
    this.byKey.set(key, group);
    this.known.set(found, group);
    return group;
  }

  private add(group: VersionGroup, n: number): void {
    const { columns } = this.view.columns.feedback;
    const signal = columns.signal.array[n] ?? -1;
    const actor = columns.actor.array[n] ?? -1;
    const code = signal * 256 + actor;
    let said = this.channels.get(code);
    if (said === undefined) {
      const name = signalOrder[signal] ?? '';
      said = { channel: channelOf(name, actorOrder[actor] ?? ''), signal: name };
      this.channels.set(code, said);
    }
    const y = columns.y.array[n] ?? NaN;
    const flags = columns.flags.array[n] ?? 0;
    const { channel } = said;
    if (channel === 'expert') {
      if (!Number.isNaN(y)) addExpert(group, n, flags, columns.probability.array[n] ?? NaN);
    } else if (channel !== null) addToChannel(group, n, channel, said.signal, !Number.isNaN(y));
    const hasWords = (flags & feedbackFlags.comment) !== 0;
    const fromPerson = channel === 'explicit' || channel === 'expert';
    if (hasWords && fromPerson && isLow(y, flags, said.signal)) group.complaints.push(n);
  }
}

/** What was drawn by risk says something only with the probability of that. */
function addExpert(group: VersionGroup, n: number, flags: number, probability: number): void {
  if ((flags & feedbackFlags.risk) === 0 || !Number.isNaN(probability)) group.expert.push(n);
  if ((flags & feedbackFlags.random) !== 0) group.expertRandom.push(n);
}

function addToChannel(
  group: VersionGroup,
  n: number,
  channel: Exclude<ChannelKind, 'expert' | null>,
  signal: string,
  scored: boolean,
): void {
  if (channel === 'system') {
    const kind = signal.slice('system.'.length);
    if (kind === 'error' || kind === 'retry') group.systemSignals[kind].push(n);
  } else if (!scored) {
    return;
  } else if (channel === 'implicit') {
    const rows = group.implicit.get(signal) ?? new Rows();
    group.implicit.set(signal, rows);
    rows.push(n);
  } else {
    group[channel].push(n);
  }
}

function newGroup(found: Attribution, system: SystemLog): VersionGroup {
  return {
    prompt: found.prompt,
    version: found.version,
    explicit: new Rows(),
    expert: new Rows(),
    expertRandom: new Rows(),
    judge: new Rows(),
    implicit: new Map(),
    systemSignals: { error: new Rows(), retry: new Rows() },
    complaints: new Rows(),
    interactions: new Rows(),
    logs: new Map(),
    system,
  };
}
