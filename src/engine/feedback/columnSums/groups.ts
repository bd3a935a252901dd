/** Rows of the index by prompt, version and channel, inside the window. */
import { linkCodes, type Attribution } from '../attribution.js';
import type { Window } from '../backend.js';
import { channelOf, isLow, type ChannelKind } from '../channel.js';
import type { FeedbackTable, InteractionTable } from '../columns.js';
import type { IndexView } from '../indexView.js';
import { actorOrder, feedbackFlags, signalOrder } from '../scan/recordBatch.js';

/** What is known of one prompt version (or of a prompt whose version is unknown): numbers of rows. */
export interface VersionGroup {
  prompt: number;
  /** -1: unknown. */
  version: number;
  explicit: number[];
  expert: number[];
  /** The part of `expert` that was sampled at random. */
  expertRandom: number[];
  judge: number[];
  implicit: Map<string, number[]>;
  systemSignals: { error: number[]; retry: number[] };
  /** Words of people who were not content, with or without a rating. */
  complaints: number[];
  interactions: number[];
}

export interface Groups {
  /** In no order. */
  groups: VersionGroup[];
  unattributed: { none: number; ambiguous: number };
}

export function groupRows(view: IndexView, window: Window): Groups {
  const groups = new Map<string, VersionGroup>();
  const unattributed = { none: 0, ambiguous: 0 };
  const groupOf = (found: Attribution): VersionGroup => {
    const key = `${String(found.prompt)} ${String(found.version)}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = newGroup(found);
      groups.set(key, group);
    }
    return group;
  };
  const { columns, attributor } = view;
  // A record without a time was not made later than `asOf`, whenever its file was written last.
  const inside = (table: FeedbackTable | InteractionTable, n: number): boolean => {
    const own = table.columns.time.array[n] ?? NaN;
    if (window.asked && own > window.asOf) return false;
    const time = Math.min(columns.timeOf(table, n), window.asOf);
    return (window.since === null || time >= window.since) && (window.until === null || time < window.until);
  };
  const { interactions, feedback } = columns;
  for (let n = 0; n < interactions.length; n++) {
    if (interactions.columns.live.array[n] !== 1 || !inside(interactions, n)) continue;
    const found = attributor.interaction(n);
    if (found.prompt >= 0 && found.link !== linkCodes.ambiguous) groupOf(found).interactions.push(n);
  }
  const channels = new Map<number, { channel: ChannelKind; signal: string }>();
  for (let n = 0; n < feedback.length; n++) {
    if (feedback.columns.live.array[n] !== 1 || !inside(feedback, n)) continue;
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
    let known = channels.get(code);
    if (known === undefined) {
      const name = signalOrder[signal] ?? '';
      known = { channel: channelOf(name, actorOrder[actor] ?? ''), signal: name };
      channels.set(code, known);
    }
    const y = feedback.columns.y.array[n] ?? NaN;
    const flags = feedback.columns.flags.array[n] ?? 0;
    addToChannel(group, n, known, !Number.isNaN(y), flags);
    const said = (flags & feedbackFlags.comment) !== 0;
    const fromPerson = known.channel === 'explicit' || known.channel === 'expert';
    if (said && fromPerson && isLow(y, flags, known.signal)) group.complaints.push(n);
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
    const rows = group.implicit.get(known.signal);
    if (rows === undefined) group.implicit.set(known.signal, [n]);
    else rows.push(n);
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
    explicit: [],
    expert: [],
    expertRandom: [],
    judge: [],
    implicit: new Map(),
    systemSignals: { error: [], retry: [] },
    complaints: [],
    interactions: [],
  };
}
