/** From the lines of `sums.ts` to the sums of the contract. */
import type { SqlRow } from '../../ports.js';
import type { Channel, DaySums, GroupSums, PeriodSums, ProxySums, SegmentSums, Sums, SystemSums, UnitSums, WeekSums } from '../backend.js';
import { numberAt, numberOrNull, textAt } from './decode.js';

interface Group {
  prompt: string;
  version: string | null;
  channels: Map<Channel, UnitSums>;
  days: Map<Channel, DaySums[]>;
  weeks: Map<Channel, WeekSums>;
  proxies: ProxySums[];
  segments: Map<string, { value: string; channels: Map<Channel, UnitSums>; lost: Map<Channel, UnitSums> }>;
  complaints: number;
  signals: { errors: number; errorsAlone: number; retries: number; retriesAlone: number };
  system: SqlRow | null;
  answers: { rated: number; errors: number; retries: number };
}

export function decodeSums(rows: readonly SqlRow[]): Sums {
  const groups = new Map<string, Group>();
  const unattributed = { none: 0, ambiguous: 0 };
  const names = namesOf(rows);
  for (const row of rows) {
    const kind = textAt(row, 0);
    if (kind === 'none' || kind === 'ambiguous') {
      unattributed[kind] += numberAt(row, 10);
      continue;
    }
    const named = kind === 'group' || kind === 'system' ? row : names.get(textAt(row, 1) ?? '');
    const prompt = named === undefined ? null : textAt(named, 1);
    if (named === undefined || prompt === null) continue;
    const version = textAt(named, 2);
    const key = JSON.stringify([prompt, version]);
    const group = groups.get(key) ?? newGroup(prompt, version);
    groups.set(key, group);
    read(group, kind ?? '', row);
  }
  return { groups: [...groups.values()].map(finish), unattributed };
}

/** Rows with prompt and version by the number of the group. */
function namesOf(rows: readonly SqlRow[]): Map<string, SqlRow> {
  return new Map(rows.filter((row) => textAt(row, 0) === 'group').map((row) => [textAt(row, 3) ?? '', row]));
}

function newGroup(prompt: string, version: string | null): Group {
  return {
    prompt,
    version,
    channels: new Map(),
    days: new Map(),
    weeks: new Map(),
    proxies: [],
    segments: new Map(),
    complaints: 0,
    signals: { errors: 0, errorsAlone: 0, retries: 0, retriesAlone: 0 },
    system: null,
    answers: { rated: 0, errors: 0, retries: 0 },
  };
}

function read(group: Group, kind: string, row: SqlRow): void {
  const name = textAt(row, 3) ?? '';
  const place = numberAt(row, 4);
  const n = (index: number): number => numberAt(row, 4 + index);
  switch (kind) {
    case 'group':
      group.complaints = n(1);
      group.signals = { errors: n(2), errorsAlone: n(3), retries: n(4), retriesAlone: n(5) };
      return;
    case 'channel':
      group.channels.set(name, unitSums(row));
      return;
    case 'day': {
      const list = group.days.get(name) ?? [];
      list.push({ day: place, users: n(1), sum: n(2), sum2: n(3), firstUsers: n(4), firstSum: n(5), firstSum2: n(6) });
      group.days.set(name, list);
      return;
    }
    case 'week': {
      const weeks = group.weeks.get(name) ?? { last: nobody(), before: nobody() };
      const period = { users: n(1), sum: n(2), sum2: n(3) };
      group.weeks.set(name, place === 0 ? { ...weeks, last: period } : { ...weeks, before: period });
      return;
    }
    case 'proxy':
      if (n(1) > 0)
        group.proxies.push({ proxy: name, n: n(1), y: n(2), y2: n(3), f: n(4), f2: n(5), yf: n(6), N: n(7), fN: n(8), fN2: n(9) });
      return;
    case 'segment':
      readSegment(group, name, row);
      return;
    case 'answers':
      group.answers = { rated: n(1), errors: n(2), retries: n(3) };
      return;
    case 'system':
      group.system = row;
  }
}

function readSegment(group: Group, name: string, row: SqlRow): void {
  const cut = name.indexOf('/');
  const channel = name.slice(0, cut);
  const value = name.slice(cut + 1);
  const segment = group.segments.get(value) ?? { value, channels: new Map<Channel, UnitSums>(), lost: new Map<Channel, UnitSums>() };
  const own = unitSums(row);
  segment.channels.set(channel, own);
  const n = (index: number): number => numberAt(row, 4 + index);
  // What the rest of the channel has less than the whole.
  segment.lost.set(channel, { users: own.users - n(6), events: own.events, w: n(7), w2: n(8), wy: n(9) });
  group.segments.set(value, segment);
}

function unitSums(row: SqlRow): UnitSums {
  return { users: numberAt(row, 5), events: numberAt(row, 6), w: numberAt(row, 7), w2: numberAt(row, 8), wy: numberAt(row, 9) };
}

function nobody(): PeriodSums {
  return { users: 0, sum: 0, sum2: 0 };
}

function finish(group: Group): GroupSums {
  const { prompt, version, channels, days, weeks, proxies, complaints } = group;
  for (const list of days.values()) list.sort((a, b) => a.day - b.day);
  const segments = [...group.segments.values()].map(({ value, channels: own, lost }): SegmentSums => {
    const rest = new Map<Channel, UnitSums>();
    for (const [channel, less] of lost) {
      const whole = channels.get(channel);
      if (whole !== undefined && whole.users > less.users) rest.set(channel, minus(whole, less));
    }
    return { value, channels: own, rest };
  });
  return { prompt, version, channels, days, weeks, system: systemOf(group), proxies, segments, complaints };
}

function minus(whole: UnitSums, less: UnitSums): UnitSums {
  return {
    users: whole.users - less.users,
    events: whole.events - less.events,
    w: whole.w - less.w,
    w2: whole.w2 - less.w2,
    wy: whole.wy - less.wy,
  };
}

/** Rates as in `columnSums/system.ts`: where there are signals, what has none of them is known to be well. */
function systemOf({ system, signals, answers }: Group): SystemSums {
  const n = (index: number): number => (system === null ? 0 : numberAt(system, 4 + index));
  const interactions = n(1);
  const rate = (hits: number, known: number, said: number, alone: number): { hits: number; known: number } => {
    const extra = interactions > 0 ? alone : 0;
    return { hits: hits + extra, known: (said > 0 ? interactions : known) + extra };
  };
  const errors = rate(n(2) + answers.errors, n(3), signals.errors, signals.errorsAlone);
  const retries = rate(n(4) + answers.retries, n(5), signals.retries, signals.retriesAlone);
  return {
    interactions,
    real: interactions,
    rated: answers.rated,
    errors: errors.hits,
    errorsKnown: errors.known,
    retries: retries.hits,
    retriesKnown: retries.known,
    latencyP50: system === null ? null : numberOrNull(system, 10),
    latencyP95: system === null ? null : numberOrNull(system, 11),
  };
}
