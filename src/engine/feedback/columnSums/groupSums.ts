/** Sums of one prompt version, from its rows of the index. */
import { ExactSum } from '../../stats/interval.js';
import type { Channel, DaySums, GroupSums, ProxySums, SegmentSums, SumsRequest, UnitSums, WeekSums } from '../backend.js';
import type { IndexColumns } from '../columns.js';
import type { VersionGroup } from './groups.js';
import type { Rows } from './rows.js';
import { systemOf } from './system.js';
import { daySums, EventLog, unitSums, unitWeights, weekSums, type Decay, type Events } from './units.js';

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
  const events = channelEvents(columns, group, asOf);
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
    proxies: proxySums(columns, events),
    segments: request.segment === null ? [] : segmentSums(events, segmentOf, decay),
    complaints: group.complaints.length,
  };
}

function channelEvents(columns: IndexColumns, group: VersionGroup, asOf: number): Map<Channel, Events> {
  const all: [Channel, Rows][] = [
    ['explicit', group.explicit],
    ['expert', group.expert],
    ['expertRandom', group.expertRandom],
    ['judge', group.judge],
    ...group.implicit,
  ];
  const events = new Map<Channel, Events>();
  for (const [channel, rows] of all) {
    if (rows.length === 0) continue;
    const log = group.logs.get(channel) ?? new EventLog();
    group.logs.set(channel, log);
    events.set(channel, log.events(columns, rows.numbers, asOf));
  }
  return events;
}

/** Of an attribute with many values only the hundred with the most users. */
function segmentSums(events: ReadonlyMap<Channel, Events>, segmentOf: (n: number) => string | undefined, decay: Decay): SegmentSums[] {
  const numbers = new Map<string, number>();
  const byChannel = (['explicit', 'expertRandom'] as const).flatMap((channel) => {
    const all = events.get(channel);
    if (all === undefined) return [];
    const values = new Int32Array(all.count);
    for (let i = 0; i < all.count; i++) {
      const value = segmentOf(all.rows[i] ?? -1);
      if (value !== undefined && !numbers.has(value)) numbers.set(value, numbers.size);
      values[i] = value === undefined ? -1 : (numbers.get(value) ?? -1);
    }
    return [{ channel, all, values, weights: unitWeights(all, decay) }];
  });
  const users = countUsers(byChannel, numbers.size);
  const most = [...numbers].sort(([a, x], [b, y]) => (users[y] ?? 0) - (users[x] ?? 0) || (a < b ? -1 : 1)).slice(0, maxSegments);
  return most.map(([value, number]) => {
    const channels = new Map<Channel, UnitSums>();
    const rest = new Map<Channel, UnitSums>();
    for (const { channel, all, values, weights } of byChannel) {
      const own = unitSums(all, decay, (i) => values[i] === number);
      if (own === null) continue;
      channels.set(channel, own);
      const other = unitSums(all, decay, (i) => values[i] !== number, weights);
      if (other !== null) rest.set(channel, other);
    }
    return { value, channels, rest };
  });
}

/** Units by value, each once, also where it speaks in both channels. */
function countUsers(byChannel: readonly { all: Events; values: Int32Array }[], size: number): Int32Array {
  const users = new Int32Array(size);
  const seen = new Set<number>();
  for (const { all, values } of byChannel) {
    for (let i = 0; i < all.count; i++) {
      const value = values[i] ?? -1;
      const key = (all.key[i] ?? 0) * size + value;
      if (value < 0 || seen.has(key)) continue;
      seen.add(key);
      users[value] = (users[value] ?? 0) + 1;
    }
  }
  return users;
}

/** Mean of y by interaction. */
function byInteraction(columns: IndexColumns, rows: Int32Array): Map<number, number> {
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

function proxySums(columns: IndexColumns, events: ReadonlyMap<Channel, Events>): ProxySums[] {
  const labels = byInteraction(columns, events.get('expertRandom')?.rows ?? new Int32Array(0));
  if (labels.size === 0) return [];
  const result: ProxySums[] = [];
  for (const [proxy, { rows: list }] of events) {
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
