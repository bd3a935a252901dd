/** What is true about a generated log, worked out apart from the product. */
import { DAY, type Log, type Rating } from './log.js';
import type { Plan } from './plan.js';

export interface VersionTruth {
  prompt: string;
  version: string;
  /** What the interval of the score should contain. */
  quality: number | null;
  users: number;
  events: number;
  interactions: number;
  servedUsers: number;
  errors: number;
  retried: number;
  signals: Record<string, number>;
  /** By `feedback.md` §3.2: one user one unit, decay with a half-life of 14 days, Kish, Wilson at 95 %. */
  expected: { mean: number; nEff: number; lo: number; hi: number };
  /** What somebody who pools events would report. */
  pooled: number;
  mainComplaint: { id: string; users: number; share: number } | null;
}

const HALF_LIFE = 14 * DAY;
const Z = 1.959963984540054;

export function versionTruths(log: Log, plans: readonly Plan[], asOf: number, extra: readonly Rating[] = []): VersionTruth[] {
  return plans.map((plan) => {
    const mine = (item: { prompt: string; version: string }): boolean => item.prompt === plan.prompt && item.version === plan.version;
    const own = log.ratings.filter(mine);
    const ratings = [...own, ...extra.filter(mine)];
    const served = log.served.filter(mine);
    return {
      prompt: plan.prompt,
      version: plan.version,
      quality: plan.quality,
      users: new Set(ratings.map((each) => each.user)).size,
      events: ratings.length,
      interactions: served.length,
      servedUsers: new Set(served.map((each) => each.user)).size,
      errors: served.filter((each) => each.error).length,
      retried: served.filter((each) => each.retried).length,
      signals: Object.fromEntries(Object.entries(log.counts[`${plan.prompt}@${plan.version}`] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
      expected: expected(ratings, asOf),
      pooled: round(ratings.reduce((sum, each) => sum + each.y, 0) / ratings.length),
      mainComplaint: mainComplaint(ratings),
    };
  });
}

function expected(ratings: readonly Rating[], asOf: number): VersionTruth['expected'] {
  const users = new Map<string, { sum: number; n: number; last: number }>();
  for (const rating of ratings) {
    const user = users.get(rating.user) ?? { sum: 0, n: 0, last: 0 };
    users.set(rating.user, { sum: user.sum + rating.y, n: user.n + 1, last: Math.max(user.last, rating.time) });
  }
  let weight = 0;
  let squares = 0;
  let total = 0;
  for (const user of users.values()) {
    const w = 2 ** (-(asOf - user.last) / HALF_LIFE);
    weight += w;
    squares += w * w;
    total += (w * user.sum) / user.n;
  }
  const mean = total / weight;
  const n = (weight * weight) / squares;
  const centre = (mean + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n);
  const half = (Z / (1 + (Z * Z) / n)) * Math.sqrt((mean * (1 - mean)) / n + (Z * Z) / (4 * n * n));
  return { mean: round(mean), nEff: round(n), lo: round(centre - half), hi: round(centre + half) };
}

function mainComplaint(ratings: readonly Rating[]): VersionTruth['mainComplaint'] {
  const users = new Map<string, Set<string>>();
  for (const { complaint, user } of ratings) {
    if (complaint !== null) users.set(complaint, (users.get(complaint) ?? new Set()).add(user));
  }
  const complaining = new Set([...users.values()].flatMap((each) => [...each])).size;
  const [first] = [...users].sort((a, b) => b[1].size - a[1].size);
  return first === undefined ? null : { id: first[0], users: first[1].size, share: round(first[1].size / complaining) };
}

/** Six digits: the same text on every machine, whatever its last bit. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
