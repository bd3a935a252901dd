/** Rows of the index by prompt, version and channel, inside the window. */
import { linkCodes, type Attribution, type Attributor } from '../attribution.js';
import type { Window } from '../backend.js';
import { channelOf, isLow, type ChannelKind } from '../channel.js';
import type { FeedbackTable, InteractionTable } from '../columns.js';
import type { IndexView } from '../indexView.js';
import { actorOrder, feedbackFlags, signalOrder } from '../scan/recordBatch.js';
import { Rows } from './rows.js';

/** What is known of one prompt version (or of a prompt whose version is unknown): numbers of rows. */
export interface VersionGroup {
  prompt: number;
  /** -1: unknown. */
  version: number;
  explicit: Rows;
  expert: Rows;
  /** The part of `expert` that was sampled at random. */
  expertRandom: Rows;
  judge: Rows;
  implicit: Map<string, Rows>;
  systemSignals: { error: Rows; retry: Rows };
  /** Words of people who were not content, with or without a rating. */
  complaints: Rows;
  interactions: Rows;
}

export interface Groups {
  /** In no order. */
  groups: VersionGroup[];
  unattributed: { none: number; ambiguous: number };
}

/** The last ones: a score asks for the complaints of each group behind its sums. */
const remembered = new WeakMap<Attributor, { key: string; groups: Groups }>();

export function groupRows(view: IndexView, window: Window): Groups {
  const { since, until, asOf, asked } = window;
  const key = [view.columns.version, since, until, asOf, asked].join(' ');
  const before = remembered.get(view.attributor);
  if (before?.key === key) return before.groups;
  const groups = group(view, window);
  remembered.set(view.attributor, { key, groups });
  return groups;
}

function group(view: IndexView, window: Window): Groups {
  const groups = new Map<string, VersionGroup>();
  const unattributed = { none: 0, ambiguous: 0 };
  // What is said of prompts recurs, so an attribution is the same object again and again.
  const known = new Map<Attribution, VersionGroup>();
  const groupOf = (found: Attribution): VersionGroup => {
    const before = known.get(found);
    if (before !== undefined) return before;
    const key = `${String(found.prompt)} ${String(found.version)}`;
    const group = groups.get(key) ?? newGroup(found);
    groups.set(key, group);
    known.set(found, group);
    return group;
  };
  const { columns, attributor } = view;
  const { since, until, asOf, asked } = window;
  const isOpen = since === null && until === null && !asked;
  // A record without a time was not made later than `asOf`, whenever its file was written last.
  const inside = (table: FeedbackTable | InteractionTable, n: number): boolean => {
    const own = table.columns.time.array[n] ?? NaN;
    if (asked && own > asOf) return false;
    const time = Math.min(Number.isNaN(own) ? columns.timeOf(table, n) : own, asOf);
    return (since === null || time >= since) && (until === null || time < until);
  };
  const { interactions, feedback } = columns;
  const live = interactions.columns.live.array;
  for (let n = 0; n < interactions.length; n++) {
    if (live[n] !== 1 || !(isOpen || inside(interactions, n))) continue;
    const found = attributor.interaction(n);
    if (found.prompt >= 0 && found.link !== linkCodes.ambiguous) groupOf(found).interactions.push(n);
  }
  const channels = new Map<number, { channel: ChannelKind; signal: string }>();
  for (let n = 0; n < feedback.length; n++) {
    if (feedback.columns.live.array[n] !== 1 || !(isOpen || inside(feedback, n))) continue;
    const found = attributor.feedback(n);
    if (found.link === linkCodes.ambiguous) unattributed.ambiguous++;
    else if (found.prompt < 0) unattributed.none++;
    else add(groupOf(found), n);
  }
  return { groups: [...groups.values()], unattributed };

  function add(group: VersionGroup, n: number): void {
    const signal = feedback.columns.signal.array[n] ?? -1;
    const actor = feedback.columns.actor.array[n] ?? -1;
    const code = signal * 256 + actor;
    let said = channels.get(code);
    if (said === undefined) {
      const name = signalOrder[signal] ?? '';
      said = { channel: channelOf(name, actorOrder[actor] ?? ''), signal: name };
      channels.set(code, said);
    }
    const y = feedback.columns.y.array[n] ?? NaN;
    const flags = feedback.columns.flags.array[n] ?? 0;
    addToChannel(group, n, said, !Number.isNaN(y), flags);
    const hasWords = (flags & feedbackFlags.comment) !== 0;
    const fromPerson = said.channel === 'explicit' || said.channel === 'expert';
    if (hasWords && fromPerson && isLow(y, flags, said.signal)) group.complaints.push(n);
  }
}

function addToChannel(
  group: VersionGroup,
  n: number,
  known: { channel: ChannelKind; signal: string },
  scored: boolean,
  flags: number,
): void {
  if (known.channel === 'system') {
    const kind = known.signal.slice('system.'.length);
    if (kind === 'error' || kind === 'retry') group.systemSignals[kind].push(n);
    return;
  }
  if (!scored || known.channel === null) return;
  if (known.channel === 'implicit') {
    const rows = group.implicit.get(known.signal) ?? new Rows();
    group.implicit.set(known.signal, rows);
    rows.push(n);
  } else if (known.channel === 'expert') {
    group.expert.push(n);
    if ((flags & feedbackFlags.random) !== 0) group.expertRandom.push(n);
  } else {
    group[known.channel].push(n);
  }
}

function newGroup(found: Attribution): VersionGroup {
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
  };
}
