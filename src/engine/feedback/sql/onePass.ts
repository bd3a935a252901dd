/** Answers about all feedback in one pass over it, for a database that would read a common table again for each: ClickHouse. */
import type { SumsRequest } from '../backend.js';
import { signalOrder } from '../scan/recordBatch.js';
import type { Params } from './dialect.js';
import { dayMs, numbers, weekMs } from './part.js';
import type { RecordSql, Reading } from './records.js';
import { scoredSql } from './scored.js';

/** Channels by number, from 1: what is grouped by is a number. */
const channels = ['explicit', 'expert', 'expertRandom', 'judge', ...signalOrder.filter((signal) => signal.startsWith('implicit.'))];
const [explicit, expert, drawn] = [1, 2, 3];

/**
 * Each row is counted up to four times: by unit and day of its channel (`pass` 0; once more, 1, where it was drawn at random for experts), by
 * interaction and channel (2), and by group (3). Units and interactions are put together with their days and channels (`places`); a line of the
 * sums has what belongs to the place, and on the first of them what belongs to the whole. The answers have the columns of `part.ts`.
 */
export function onePass(reading: Reading, request: SumsRequest, params: Params, records: RecordSql): string {
  const { asOf } = request.window;
  const add = (value: number): string => params.add('float', value);
  const list = (values: readonly string[]): string => `[${values.map((each) => `'${each}'`).join(', ')}]`;
  const each = (names: readonly string[], sql: (name: string) => string): string => names.map(sql).join(', ');
  const fb = scoredSql(reading, request, params, records);
  const week = `floor((${add(asOf)} - moment) / ${String(weekMs)})`;
  const row = `SELECT ifNull(f.grp, 0) AS grp, toUInt8(transform(assumeNotNull(f.channel), ${list(channels)}, [${channels.map((_, index) => String(index + 1)).join(', ')}], 0)) AS channel,
      f.y IS NOT NULL AS rated, ifNull(toFloat64(f.y), 0) AS rating, assumeNotNull(toFloat64(f.p)) AS inverse, assumeNotNull(f.drawn) AS drawn, assumeNotNull(f.t) AS moment, floor(moment / ${String(dayMs)}) AS day, ${week} AS week, ifNull(f.unit, 0) AS unit,
      f.iid IS NOT NULL AS about, ifNull(f.iid, 0) AS served, f.y IS NOT NULL AND f.iid IS NOT NULL AND (channel <> ${String(expert)} OR f.drawn = 1) AS proxy, f.seen IS NOT NULL AS seen,
      assumeNotNull(f.state) AS state, assumeNotNull(f.sys) AS sys, toFloat64(assumeNotNull(f.complaint)) AS complaint, f.prompt AS prompt, f.version AS version FROM fb AS f`;
  const rows = `SELECT *, arrayJoin(arrayFilter(pass -> pass < 4, [if(rated, 0, 4), if(rated AND drawn = 1, 1, 4), if(proxy OR seen, 2, 4), 3])) AS pass FROM (${row})`;
  const by = (unit: string, interaction: string, group: string): string =>
    `toFloat64((pass < 2) * (${unit}) + (pass = 2) * (${interaction}) + (pass = 3) * (${group}))`;
  const [score, alone] = ['rating * inverse', 'AND NOT about'];
  const within = (n: number, what: string): string => `(week = ${String(n)}) * ${what}`;
  const numbers6 = [
    by(score, 'proxy * rating', 'complaint'),
    by('inverse', 'proxy', 'sys = 1'),
    by(within(0, score), 'seen AND sys = 0', `sys = 1 ${alone}`),
    by(within(0, 'inverse'), 'seen AND sys = 1', 'sys = 2'),
    by(within(1, score), 'seen AND sys = 2', `sys = 2 ${alone}`),
    by(within(1, 'inverse'), '0', '1'),
  ];
  const vs = numbers6.map((_, index) => `v${String(index + 1)}`);
  const counted = `SELECT (state = 0) * grp AS grp, toUInt8(pass + (pass = 0)) AS kind, toUInt8((pass = 0) * channel + (pass = 1) * ${String(drawn)} + (pass = 3) * state) AS code,
      (pass < 2) * unit + (pass = 2) * served AS key, ${by('day', `proxy * (channel + (channel = ${String(expert)}))`, '0')} AS place,
      if(pass = 3 AND state = 0, concat(toString(length(ifNull(prompt, ''))), ':', ifNull(prompt, ''), ifNull(version, '')), '') AS label, moment, ${numbers6.map((sql, index) => `${sql} AS ${vs[index] ?? ''}`).join(', ')} FROM (${rows})`;
  const cells = `SELECT grp, kind, code, key, place, toFloat64(count()) AS events, ${each(vs, (v) => `sum(m.${v}) AS ${v}`)}, max(m.moment) AS latest, max(m.label) AS label
    FROM (${counted}) AS m GROUP BY grp, kind, code, key, place`;
  const keys = `SELECT grp, kind, code, key, sum(e.events) AS events, ${each(vs, (v) => `sum(e.${v}) AS ${v}`)}, max(e.latest) AS latest, max(e.label) AS label,
      min(e.place) AS earliest, countIf(e.place = ${String(drawn)}) > 0 AS labelled, sumIf(e.v1 / e.v2, e.place = ${String(drawn)}) AS expertise, groupArray((e.place, e.v1 / e.v2)) AS places
    FROM (${cells}) AS e GROUP BY grp, kind, code, key`;
  // One line a place; `nth` 1 stands for the whole.
  const spread = `SELECT grp, kind, code, events, ${vs.join(', ')}, label, labelled, expertise, spot.1 AS place, spot.2 AS mean, spot.1 = earliest AS first, nth = 1 AS whole,
      pow(2., (latest - ${add(asOf)}) / ${add(request.halfLifeMs)}) * v2 / events AS weight, v1 / v2 AS value FROM (${keys}) ARRAY JOIN places AS spot, arrayEnumerate(places) AS nth`;
  const sum = (what: string, when: string): string => (what === '1' ? `toFloat64(countIf(${when}))` : `sumIf(toFloat64(${what}), ${when})`);
  const units = [
    ['1', 'events', 'weight', 'weight * weight', 'weight * value'].map((what) => sum(what, 'whole')),
    [...['1', 'mean', 'mean * mean'].map((what) => sum(what, '1 = 1')), ...['1', 'mean', 'mean * mean'].map((what) => sum(what, 'first'))],
    ['1', 'v3 / v4', '(v3 / v4) * (v3 / v4)'].map((what) => sum(what, 'whole AND v4 > 0')),
    ['1', 'v5 / v6', '(v5 / v6) * (v5 / v6)'].map((what) => sum(what, 'whole AND v6 > 0')),
  ];
  const interactions = [
    ['v3', 'v4', 'v5'].map((what) => sum('1', `whole AND ${what} > 0`)),
    [
      ...['1', 'expertise', 'expertise * expertise', 'mean', 'mean * mean', 'expertise * mean'].map((what) => sum(what, 'labelled')),
      ...['1', 'mean', 'mean * mean'].map((what) => sum(what, 'NOT labelled')),
    ],
  ];
  const groups = [vs.map((v) => sum(v, '1 = 1'))];
  const array = (sums: readonly string[]): string => `[${sums.join(', ')}]`;
  const dated = `code IN (${String(explicit)}, ${String(drawn)})`;
  const summed = `SELECT grp, kind, code, multiIf(kind = 1, if(${dated}, p.place, 0), kind = 2, p.place, 0) AS at, max(p.label) AS names,
      [${[...units, ...interactions, ...groups].map(array).join(', ')}] AS sums FROM (${spread}) AS p GROUP BY grp, kind, code, at`;
  const today = add(Math.floor(asOf / dayMs));
  const line = (kind: string, channel: string, at: string, n: number): string =>
    `(${kind}, toUInt8(${channel}), toFloat64(${at}), sums[${String(n)}])`;
  const lines = `SELECT grp, names, arrayJoin(multiIf(kind = 1, arrayConcat([${line("'channel'", 'code', '0', 1)}],
        if(${dated}, [${line("'day'", 'code', `${today} - at`, 2)}, ${line("'week'", 'code', '0', 3)}, ${line("'week'", 'code', '1', 4)}], [])),
      kind = 2, arrayConcat([${line("'answers'", '0', '0', 5)}], if(at IN (0, ${String(drawn)}), [], [${line("'proxy'", 'at', '0', 6)}])),
      [${line("['group', 'ambiguous', 'none'][code + 1]", '0', '0', 7)}])) AS line FROM (${summed})`;
  const all = `SELECT grp, line.1 AS what, line.2 AS channel, line.3 AS place, max(names) AS label, sumForEach(line.4) AS n FROM (${lines})
    WHERE what NOT IN ('day', 'week', 'proxy') OR (what = 'day' AND place < ${add(request.days)}) OR (what IN ('week', 'proxy') AND line.4[1] > 0) GROUP BY grp, what, channel, place`;
  // Names stand behind the length of the first.
  const [isGroup, cut] = ["s.what IN ('group', 'ambiguous', 'none')", "position(s.label, ':')"];
  const size = `toUInt64OrZero(substring(s.label, 1, ${cut} - 1))`;
  return `WITH fb AS (${fb}) SELECT s.what AS kind, if(${isGroup}, substring(s.label, ${cut} + 1, ${size}), toString(s.grp)) AS prompt, if(${isGroup}, substring(s.label, ${cut} + 1 + ${size}), '') AS version,
      if(${isGroup}, toString(s.grp), ${list(channels)}[s.channel]) AS name, s.place AS place, ${Array.from({ length: numbers }, (_, index) => `s.n[${String(index + 1)}] AS n${String(index + 1)}`).join(', ')}
    FROM (${all}) AS s`;
}
