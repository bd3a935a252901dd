/** Answers about the values of an attribute. */
import type { SumsRequest } from '../backend.js';
import type { Dialect, Params } from './dialect.js';
import type { Part } from './part.js';

const maxSegments = 100;

/**
 * Of each value: its units, and what the rest of the channel loses by them: `lost…` are these units as they are in the whole channel,
 * `kept…` what is left of them by their other events, with the weight that they have in the whole.
 */
export function segmentsPart(dialect: Dialect, request: SumsRequest, params: Params): Part {
  const asOf = params.add('float', request.window.asOf);
  const halfLife = params.add('float', request.halfLifeMs);
  const weight = (latest: string, p: string, count: string): string =>
    `(${dialect.exp2(`(${latest} - ${asOf}) / ${halfLife}`)} * ${p} / ${count})`;
  const unit = 'PARTITION BY a.unit, a.channel, a.grp';
  // Windows in place of joins: how many rows such a table has is nothing that a planner could know.
  const units = `SELECT a.*, sum(a.c) OVER (${unit}) AS tc, sum(a.yp) OVER (${unit}) AS ty, sum(a.sp) OVER (${unit}) AS ts, max(a.latest) OVER (${unit}) AS tl,
      row_number() OVER (PARTITION BY a.unit, a.grp, a.seg ORDER BY a.channel) AS nth
    FROM (SELECT unit, channel, grp, seg, ${dialect.count()} AS c, sum(y * p) AS yp, sum(p) AS sp, max(t) AS latest
      FROM ev WHERE channel IN ('explicit', 'expertRandom') GROUP BY unit, channel, grp, seg) a`;
  const values = `SELECT b.grp AS grp, b.channel AS channel, b.seg AS seg, b.c AS c, CASE WHEN b.nth = 1 THEN 1. ELSE 0. END AS first,
      ${weight('b.latest', 'b.sp', 'b.c')} AS w, b.yp / b.sp AS v, ${weight('b.tl', 'b.ts', 'b.tc')} AS uw, b.ty / b.ts AS uv,
      CASE WHEN b.tc > b.c THEN 1. ELSE 0. END AS k, (b.ty - b.yp) / CASE WHEN b.tc > b.c THEN b.ts - b.sp ELSE 1. END AS kv
    FROM (${units}) b WHERE b.seg IS NOT NULL`;
  const sums = [
    dialect.count(),
    dialect.sum('d.c'),
    dialect.sum('d.w'),
    dialect.sum('d.w * d.w'),
    dialect.sum('d.w * d.v'),
    dialect.sum('d.k'),
    dialect.sum('d.uw * (1 - d.k)'),
    dialect.sum('d.uw * d.uw * (1 - d.k)'),
    dialect.sum('d.uw * (d.uv - d.k * d.kv)'),
  ];
  const grouped = `SELECT d.grp AS grp, d.channel AS channel, d.seg AS seg, sum(d.first) AS firsts,
      ${sums.map((sum, index) => `${sum} AS s${String(index)}`).join(', ')} FROM (${values}) d GROUP BY d.grp, d.channel, d.seg`;
  const counted = `SELECT h.*, sum(h.firsts) OVER (PARTITION BY h.grp, h.seg) AS users FROM (${grouped}) h`;
  const ranked = `SELECT k.*, dense_rank() OVER (PARTITION BY k.grp ORDER BY k.users DESC, ${dialect.byteOrder('k.seg')}) AS standing FROM (${counted}) k`;
  return {
    kind: "'segment'",
    group: 'g.grp',
    name: dialect.join(dialect.join('g.channel', "'/'"), 'g.seg'),
    values: sums.map((_, index) => `g.s${String(index)}`),
    from: `FROM (${ranked}) g WHERE g.standing <= ${String(maxSegments)}`,
  };
}
