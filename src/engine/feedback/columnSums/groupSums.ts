/** Sums of one prompt version, from its rows of the index. */
import { ExactSum } from '../../stats/interval.js';
import type { Channel, DaySums, GroupSums, ProxySums, SegmentSums, SumsRequest, UnitSums, WeekSums } from '../backend.js';
import type { IndexColumns } from '../columns.js';
import { feedbackFlags } from '../scan/recordBatch.js';
import type { VersionGroup } from './groups.js';
import { systemOf } from './system.js';
import { daySums, unitKey, unitSums, unitWeights, weekSums, type Decay, type Event } from './units.js';

const maxSegments = 100;

/** `segmentOf`: value of the segment's attribute by row. */
export function groupSums(
  columns: IndexColumns,
  group: VersionGroup,
  request: SumsRequest,
  segmentOf: (n: number) => string | undefined,
): GroupSums {
  const { asOf } = request.window;
  const decay: Decay = { asOf, halfLifeMs: request.halfLifeMs };
  const rows = channelRows(columns, group);
  const events = new Map([...rows].map(([channel, list]) => [channel, list.map((n) => eventOf(columns, n, asOf))]));
  const channels = new Map<Channel, UnitSums>();
  const days = new Map<Channel, readonly DaySums[]>();
  const weeks = new Map<Channel, WeekSums>();
  for (const [channel, list] of events) {
    const sums = unitSums(list, decay);
    if (sums === null) continue;
    channels.set(channel, sums);
    if (channel !== 'explicit' && channel !== 'expertRandom') continue;
    const daily = daySums(list, asOf, request.days);
    if (daily.length > 0) days.set(channel, daily);
    const weekly = weekSums(list, asOf);
    if (weekly !== null) weeks.set(channel, weekly);
  }
  return {
    prompt: columns.word(group.prompt) ?? '',
    version: columns.word(group.version),
    channels,
    days,
    weeks,
    system: systemOf(columns, group),
    proxies: proxySums(columns, rows),
    segments: request.segment === null ? [] : segmentSums(rows, events, segmentOf, decay),
    complaints: group.complaints.length,
  };
}

function channelRows(columns: IndexColumns, group: VersionGroup): Map<Channel, number[]> {
  const { flags, probability } = columns.feedback.columns;
  const isRisk = (n: number): boolean => ((flags.array[n] ?? 0) & feedbackFlags.risk) !== 0;
  const usable = (n: number): boolean => !isRisk(n) || !Number.isNaN(probability.array[n] ?? NaN);
  const all: [Channel, number[]][] = [
    ['explicit', group.explicit],
    ['expert', group.expert.filter(usable)],
    ['expertRandom', group.expertRandom],
    ['judge', group.judge],
    ...group.implicit,
  ];
  return new Map(all.filter(([, rows]) => rows.length > 0));
}

function eventOf(columns: IndexColumns, n: number, asOf: number): Event {
  const probability = columns.feedback.columns.probability.array[n] ?? NaN;
  return {
    unit: unitKey(columns, n),
    y: columns.feedback.columns.y.array[n] ?? 0,
    p: Number.isNaN(probability) ? 1 : 1 / probability,
    time: Math.min(asOf, columns.timeOf(columns.feedback, n)),
  };
}

/** Of an attribute that is a text of its own in every record only the hundred values with the most users. */
function segmentSums(
  rows: ReadonlyMap<Channel, readonly number[]>,
  events: ReadonlyMap<Channel, readonly Event[]>,
  segmentOf: (n: number) => string | undefined,
  decay: Decay,
): SegmentSums[] {
  const byChannel = (['explicit', 'expertRandom'] as const).map((channel) => {
    const numbers = rows.get(channel) ?? [];
    const all = events.get(channel) ?? [];
    return { channel, all, valueOf: all.map((_, i) => segmentOf(numbers[i] ?? -1)), weights: unitWeights(all, decay) };
  });
  const users = new Map<string, Set<number>>();
  for (const { all, valueOf } of byChannel) {
    all.forEach(({ unit }, i) => {
      const value = valueOf[i];
      if (value !== undefined) users.set(value, (users.get(value) ?? new Set()).add(unit));
    });
  }
  const most = [...users].sort(([a, x], [b, y]) => y.size - x.size || (a < b ? -1 : 1)).slice(0, maxSegments);
  return most.map(([value]) => {
    const channels = new Map<Channel, UnitSums>();
    const rest = new Map<Channel, UnitSums>();
    for (const { channel, all, valueOf, weights } of byChannel) {
      const inside = all.filter((_, i) => valueOf[i] === value);
      const own = unitSums(inside, decay);
      if (own === null) continue;
      channels.set(channel, own);
      const outside = all.filter((_, i) => valueOf[i] !== value);
      const other = unitSums(outside, decay, weights);
      if (other !== null) rest.set(channel, other);
    }
    return { value, channels, rest };
  });
}

/** Mean of y by interaction. */
function byInteraction(columns: IndexColumns, rows: readonly number[]): Map<number, number> {
  const { y } = columns.feedback.columns;
  const sums = new Map<number, { y: number; count: number }>();
  for (const n of rows) {
    const served = columns.served(n);
    if (served < 0) continue;
    const before = sums.get(served);
    const value = y.array[n] ?? 0;
    if (before === undefined) sums.set(served, { y: value, count: 1 });
    else {
      before.y += value;
      before.count++;
    }
  }
  return new Map([...sums].map(([served, { y: sum, count }]) => [served, sum / count]));
}

function proxySums(columns: IndexColumns, rows: ReadonlyMap<Channel, readonly number[]>): ProxySums[] {
  const labels = byInteraction(columns, rows.get('expertRandom') ?? []);
  if (labels.size === 0) return [];
  const result: ProxySums[] = [];
  for (const [proxy, list] of rows) {
    if (proxy === 'expert' || proxy === 'expertRandom') continue;
    const sums: ProxySums = { proxy, n: 0, y: 0, y2: 0, f: 0, f2: 0, yf: 0, N: 0, fN: 0, fN2: 0 };
    const [fN, fN2] = [new ExactSum(), new ExactSum()];
    for (const [served, f] of byInteraction(columns, list)) {
      const y = labels.get(served);
      if (y === undefined) {
        sums.N++;
        fN.add(f);
        fN2.add(f * f);
        continue;
      }
      sums.n++;
      sums.y += y;
      sums.y2 += y * y;
      sums.f += f;
      sums.f2 += f * f;
      sums.yf += y * f;
    }
    if (sums.n > 0) result.push({ ...sums, fN: fN.value, fN2: fN2.value });
  }
  return result;
}
