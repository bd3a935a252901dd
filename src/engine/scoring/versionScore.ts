/** Score of one prompt version from its rows of the index. */
import type { QualityStatus, ScoreValue, VersionScore } from '../../shared/documents.js';
import type { IndexColumns } from '../feedback/columns.js';
import { proportion } from '../stats/interval.js';
import type { VersionGroup } from './groups.js';
import { systemOf } from './system.js';
import { trendOf } from './trend.js';
import { scoreRows } from './units.js';

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

/** Rows of the headline channel: experts where enough answers were drawn at random for them, else the users themselves. */
export function headlineOf(group: VersionGroup): { channel: 'explicit' | 'expert' | null; rows: readonly number[] } {
  if (group.expertRandom.length >= minExpertLabels) return { channel: 'expert', rows: group.expertRandom };
  if (group.explicit.length > 0) return { channel: 'explicit', rows: group.explicit };
  return { channel: null, rows: [] };
}

/** Everything but themes and segments. */
export function scoreVersion(
  columns: IndexColumns,
  group: VersionGroup,
  asOf: number,
  threshold: number,
): Omit<VersionScore, 'version' | 'sha256' | 'themes' | 'segments'> {
  const headline = headlineOf(group);
  const score = scoreRows(columns, headline.rows, asOf);
  const explicit = scoreRows(columns, group.explicit, asOf);
  const responseRate = responseOf(columns, group);
  return {
    status: statusOf(score, threshold),
    channel: headline.channel,
    score,
    channels: {
      explicit,
      expert: scoreRows(columns, group.expert, asOf),
      judge: scoreRows(columns, group.judge, asOf),
      implicit: implicitOf(columns, group, asOf),
      system: systemOf(columns, group),
    },
    responseRate,
    bounds: boundsOf(explicit, responseRate),
    trend: trendOf(columns, headline.rows, asOf),
  };
}

function implicitOf(columns: IndexColumns, group: VersionGroup, asOf: number): Record<string, ScoreValue> {
  const result: Record<string, ScoreValue> = {};
  for (const [signal, rows] of [...group.implicit].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const score = scoreRows(columns, rows, asOf);
    if (score !== null) result[signal] = score;
  }
  return result;
}

/**
 * Share of the interactions in the window that a user rated. A log that is written only when somebody rates says nothing
 * about those who did not: `null`.
 */
function responseOf(columns: IndexColumns, group: VersionGroup): VersionScore['responseRate'] {
  const { implied } = columns.interactions.columns;
  if (!group.interactions.some((n) => implied.array[n] === 0)) return null;
  // 1: served, 2: rated too. A mark a row is quicker than a set.
  const marks = new Uint8Array(columns.interactions.length);
  for (const n of group.interactions) marks[n] = 1;
  let rated = 0;
  for (const n of group.explicit) {
    const row = columns.feedback.columns.interaction.array[n] ?? -1;
    if (row < 0 || marks[row] !== 1) continue;
    marks[row] = 2;
    rated++;
  }
  return proportion(rated, group.interactions.length);
}

/**
 * Worst case over those who did not answer: with response rate r and mean m, `[r·m, r·m + 1 − r]`.
 * Source: C. F. Manski, "Nonparametric Bounds on Treatment Effects", American Economic Review 80, 1990.
 */
function boundsOf(score: ScoreValue | null, response: VersionScore['responseRate']): VersionScore['bounds'] {
  if (score === null || response === null) return null;
  const lo = response.mean * score.mean;
  return { lo, hi: Math.min(1, lo + 1 - response.mean) };
}
