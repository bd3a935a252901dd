/** Score of one prompt version from its sums. */
import type { QualityStatus, ScoreValue, VersionScore } from '../../shared/documents.js';
import type { Channel, GroupSums, UnitSums } from '../feedback/backend.js';
import { defaultLevel } from '../stats/interval.js';
import { minPpiLabels, ppiMean } from '../stats/ppi.js';
import { ms3, size4, unit6 } from './rounding.js';
import { changeOf, trendOf, weekOf } from './trend.js';
import { roundEstimate, scoreOf, shareOf } from './values.js';

/** Below this effective sample size a score has no colour and no rank. */
const minEffective = 30;
/** From this many labels of a random sample on, experts speak for the version. */
const minExpertLabels = 50;

/** `low`: the interval's upper end is under the threshold. `watch`: the mean is, the interval is not. */
export function statusOf(score: ScoreValue | null, threshold: number): QualityStatus {
  if (score === null || score.nEff < minEffective) return 'insufficient';
  if (score.hi < threshold) return 'low';
  return score.mean < threshold ? 'watch' : 'good';
}

export interface Headline {
  /** As the document names it. */
  channel: 'explicit' | 'expert' | null;
  /** As the sums name it. */
  key: Channel;
  method: NonNullable<VersionScore['method']> | null;
  score: ScoreValue | null;
}

/**
 * Experts where enough answers were drawn at random for them (with a proxy, where one was there for nearly all answers), else the users
 * themselves, else nobody. `method`: `ppi` labels and proxy, `hajek` labels by their probabilities, `mean` users.
 */
export function headlineOf(group: GroupSums): Headline {
  const random = group.channels.get('expertRandom');
  if (random !== undefined && random.events >= minExpertLabels) {
    const base = { channel: 'expert', key: 'expertRandom' } as const;
    const combined = combinedScore(group, random);
    return combined === null ? { ...base, method: 'hajek', score: scoreOf(random) } : { ...base, method: 'ppi', score: combined };
  }
  const explicit = scoreOf(group.channels.get('explicit'));
  return { channel: explicit === null ? null : 'explicit', key: 'explicit', method: explicit === null ? null : 'mean', score: explicit };
}

/**
 * Share of the interactions that a proxy must be there for. Labels and proxies are put together on the answers that have the proxy: where those
 * are a choice, such as the answers that a user rated, the result would be the quality of that choice.
 */
const minCoverage = 0.95;

/**
 * A judge before any signal of users, then the proxy that is there for the most answers. The labels are taken as drawn with one probability, as a
 * random stratum is; `proxies` has no weights.
 */
function combinedScore(group: GroupSums, random: UnitSums): ScoreValue | null {
  const usable = group.proxies
    .filter((each) => each.n >= minPpiLabels && each.n + each.N >= minCoverage * group.system.interactions)
    .sort((a, b) => Number(b.proxy === 'judge') - Number(a.proxy === 'judge') || b.n + b.N - (a.n + a.N) || (a.proxy < b.proxy ? -1 : 1));
  const [proxy] = usable;
  const result = proxy === undefined ? null : ppiMean(proxy);
  if (proxy === undefined || result === null) return null;
  return { ...roundEstimate(result), level: defaultLevel, nEff: size4(result.nEff), users: random.users, events: proxy.n };
}

/** Everything but themes and segments. */
export function scoreVersion(
  group: GroupSums,
  headline: Headline,
  asOf: number,
  threshold: number,
): Omit<VersionScore, 'version' | 'sha256' | 'themes' | 'segments'> {
  const explicit = scoreOf(group.channels.get('explicit'));
  const responseRate = responseOf(group);
  const { score, channel, method, key } = headline;
  return {
    status: statusOf(score, threshold),
    channel,
    ...(method === null ? {} : { method }),
    score,
    channels: {
      explicit,
      expert: scoreOf(group.channels.get('expert')),
      judge: scoreOf(group.channels.get('judge')),
      implicit: implicitOf(group),
      system: systemOf(group),
    },
    responseRate,
    bounds: boundsOf(explicit, responseRate),
    trend: trendOf(group.days.get(key) ?? [], asOf),
    week: weekOf(group.weeks.get(key)),
    change: changeOf(group.days.get(key) ?? [], asOf),
  };
}

function implicitOf(group: GroupSums): Record<string, ScoreValue> {
  const result: Record<string, ScoreValue> = {};
  for (const [channel, sums] of [...group.channels].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const score = channel.startsWith('implicit.') ? scoreOf(sums) : null;
    if (score !== null) result[channel] = score;
  }
  return result;
}

function systemOf({ system }: GroupSums): VersionScore['channels']['system'] {
  const { latencyP50, latencyP95 } = system;
  return {
    interactions: system.interactions,
    errorRate: shareOf(system.errors, system.errorsKnown),
    retryRate: shareOf(system.retries, system.retriesKnown),
    latencyMs: latencyP50 === null || latencyP95 === null ? null : { p50: ms3(latencyP50), p95: ms3(latencyP95) },
  };
}

/**
 * Share of the interactions in the window that a user rated. A log that is written only when somebody rates says nothing
 * about those who did not: `null`.
 */
function responseOf({ system }: GroupSums): VersionScore['responseRate'] {
  return system.real === 0 ? null : shareOf(system.rated, system.interactions);
}

/**
 * Worst case over those who did not answer: with response rate r and mean m, `[r·m, r·m + 1 − r]`.
 * Source: C. F. Manski, "Nonparametric Bounds on Treatment Effects", American Economic Review 80, 1990.
 */
function boundsOf(score: ScoreValue | null, response: VersionScore['responseRate']): VersionScore['bounds'] {
  if (score === null || response === null) return null;
  const lo = response.mean * score.mean;
  return { lo: unit6(lo), hi: unit6(Math.min(1, lo + 1 - response.mean)) };
}
