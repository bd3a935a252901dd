/**
 * Sums of several back ends as one. Users of different back ends count apart: each has its own pseudonyms, so nobody can say that two are one.
 */
import { addDays, addUnits, addWeeks } from '../feedback/addSums.js';
import type { Channel, GroupSums, ProxySums, SegmentSums, Sums, SystemSums } from '../feedback/backend.js';

const maxSegments = 100;

export function mergeSums(all: readonly Sums[]): Sums {
  const [first] = all;
  if (first !== undefined && all.length === 1) return first;
  const groups = new Map<string, GroupSums>();
  for (const group of all.flatMap((each) => each.groups)) {
    const key = JSON.stringify([group.prompt, group.version]);
    const before = groups.get(key);
    groups.set(key, before === undefined ? group : mergeGroups(before, group));
  }
  return {
    groups: [...groups.values()],
    unattributed: {
      none: all.reduce((sum, each) => sum + each.unattributed.none, 0),
      ambiguous: all.reduce((sum, each) => sum + each.unattributed.ambiguous, 0),
    },
  };
}

function mergeGroups(a: GroupSums, b: GroupSums): GroupSums {
  return {
    prompt: a.prompt,
    version: a.version,
    channels: mergeMaps(a.channels, b.channels, addUnits),
    days: mergeMaps(a.days, b.days, addDays),
    weeks: mergeMaps(a.weeks, b.weeks, addWeeks),
    system: mergeSystem(a.system, b.system),
    proxies: mergeProxies([...a.proxies, ...b.proxies]),
    segments: mergeSegments(a, b),
    complaints: a.complaints + b.complaints,
  };
}

function mergeMaps<K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>, add: (x: V, y: V) => V): Map<K, V> {
  const result = new Map(a);
  for (const [key, value] of b) {
    const before = result.get(key);
    result.set(key, before === undefined ? value : add(before, value));
  }
  return result;
}

/** Quantiles of two samples are not known from the quantiles of each: where both have some, the latency is unknown. */
function mergeSystem(a: SystemSums, b: SystemSums): SystemSums {
  const one = a.latencyP50 === null ? b : b.latencyP50 === null ? a : { latencyP50: null, latencyP95: null };
  return {
    interactions: a.interactions + b.interactions,
    real: a.real + b.real,
    rated: a.rated + b.rated,
    errors: a.errors + b.errors,
    errorsKnown: a.errorsKnown + b.errorsKnown,
    retries: a.retries + b.retries,
    retriesKnown: a.retriesKnown + b.retriesKnown,
    latencyP50: one.latencyP50,
    latencyP95: one.latencyP95,
  };
}

function mergeProxies(all: readonly ProxySums[]): ProxySums[] {
  const result = new Map<Channel, ProxySums>();
  for (const each of all) {
    const sums = result.get(each.proxy) ?? { proxy: each.proxy, n: 0, y: 0, y2: 0, f: 0, f2: 0, yf: 0, N: 0, fN: 0, fN2: 0 };
    for (const key of ['n', 'y', 'y2', 'f', 'f2', 'yf', 'N', 'fN', 'fN2'] as const) sums[key] += each[key];
    result.set(each.proxy, sums);
  }
  return [...result.values()];
}

/** A value that one of the two does not have takes nothing away from that one's rest. */
function mergeSegments(a: GroupSums, b: GroupSums): SegmentSums[] {
  const values = new Set([...a.segments, ...b.segments].map((each) => each.value));
  const of = (group: GroupSums, value: string): SegmentSums =>
    group.segments.find((each) => each.value === value) ?? { value, channels: new Map(), rest: group.channels };
  const merged = [...values].map((value): SegmentSums => {
    const [x, y] = [of(a, value), of(b, value)];
    return { value, channels: mergeMaps(x.channels, y.channels, addUnits), rest: mergeMaps(x.rest, y.rest, addUnits) };
  });
  const usersOf = (each: SegmentSums): number => [...each.channels.values()].reduce((sum, channel) => sum + channel.users, 0);
  return merged.sort((x, y) => usersOf(y) - usersOf(x) || (x.value < y.value ? -1 : 1)).slice(0, maxSegments);
}
