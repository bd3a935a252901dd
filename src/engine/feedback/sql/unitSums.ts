/** Answers about units in PostgreSQL: channels, days and weeks. */
import type { SumsRequest } from '../backend.js';
import type { Dialect, Params } from './dialect.js';
import { dayMs, weekMs, type Part } from './part.js';

/** Channels with a trend. */
const dated = `('explicit', 'expertRandom')`;

/**
 * `un`: units of each channel. `tally`: their sums by the day of their first event; `alone…` of those who spoke on one day, whose mean of
 * that day is their mean. `cells`: days of the others, joined back: most units have one day, and nothing else of them has to be sorted.
 */
export function unitTables(dialect: Dialect, request: SumsRequest, params: Params): [string, string][] {
  const asOf = params.add('float', request.window.asOf);
  const halfLife = params.add('float', request.halfLifeMs);
  const day = (time: string): string => `floor(${time} / ${String(dayMs)})`;
  // All that is computed of a unit is computed where it is grouped: the rows that are kept are the narrowest.
  const un = `SELECT unit, channel, grp, ${dialect.count()} AS c, ${dialect.exp2(`(max(t) - ${asOf}) / ${halfLife}`)} * sum(p) / ${dialect.count()} AS w, sum(y * p) / sum(p) AS v,
      ${day('min(t)')} AS day, CASE WHEN ${day('min(t)')} = ${day('max(t)')} THEN 1 ELSE 0 END AS alone FROM ev GROUP BY unit, channel, grp`;
  const tally = `SELECT g.grp AS grp, g.channel AS channel, g.day AS day, ${dialect.count()} AS users, sum(g.c) AS events, sum(g.w) AS w, sum(g.w * g.w) AS w2, sum(g.w * g.v) AS wy,
      ${dialect.count('g.alone = 1')} AS alone, sum(g.v) FILTER (WHERE g.alone = 1) AS alonev, sum(g.v * g.v) FILTER (WHERE g.alone = 1) AS alonev2
    FROM un g GROUP BY g.grp, g.channel, g.day`;
  // A set that is asked for each row, and no join: how many units have several days is nothing that a planner could know.
  const others = `CASE WHEN (unit, channel, grp) IN (SELECT unit, channel, grp FROM un WHERE alone = 0) THEN 1 ELSE 0 END = 1`;
  const means = `SELECT e.grp AS grp, e.channel AS channel, e.unit AS unit, e.day AS day, sum(e.y * e.p) / sum(e.p) AS v
    FROM (SELECT grp, channel, unit, y, p, ${day('t')} AS day FROM ev WHERE channel IN ${dated} AND ${others}) e GROUP BY e.unit, e.channel, e.grp, e.day`;
  const cells = `SELECT c.*, row_number() OVER (PARTITION BY c.unit, c.channel, c.grp ORDER BY c.day) AS nth FROM (${means}) c`;
  return [
    ['un', un],
    ['tally', tally],
    ['cells', cells],
  ];
}

export function channelsPart(dialect: Dialect): Part {
  return {
    kind: "'channel'",
    group: 'g.grp',
    name: 'g.channel',
    values: ['users', 'events', 'w', 'w2', 'wy'].map((name) => dialect.sum(`g.${name}`)),
    from: 'FROM tally g GROUP BY g.grp, g.channel',
  };
}

export function daysPart(dialect: Dialect, request: SumsRequest, params: Params): Part {
  const today = params.add('float', Math.floor(request.window.asOf / dayMs));
  const first = 'c.nth = 1';
  const others = [
    dialect.count(),
    dialect.sum('c.v'),
    dialect.sum('c.v * c.v'),
    dialect.count(first),
    dialect.sum(`CASE WHEN ${first} THEN c.v END`),
    dialect.sum(`CASE WHEN ${first} THEN c.v * c.v END`),
  ];
  const names = others.map((_, index) => `s${String(index)}`);
  const alone = ['alone', 'alonev', 'alonev2', 'alone', 'alonev', 'alonev2'].map((name, index) => `${name} AS s${String(index)}`);
  return {
    kind: "'day'",
    group: 'g.grp',
    name: 'g.channel',
    at: `${today} - g.day`,
    values: names.map((name) => dialect.sum(`g.${name}`)),
    from: `FROM (SELECT grp, channel, day, ${alone.join(', ')} FROM tally WHERE channel IN ${dated} AND alone > 0
        UNION ALL SELECT c.grp, c.channel, c.day, ${others.map((each, index) => `${each} AS s${String(index)}`).join(', ')} FROM cells c GROUP BY c.grp, c.channel, c.day) g
      WHERE ${today} - g.day < ${params.add('float', request.days)} GROUP BY g.grp, g.channel, g.day`,
  };
}

export function weeksPart(dialect: Dialect, request: SumsRequest, params: Params): Part {
  const asOf = params.add('float', request.window.asOf);
  const week = `floor((${asOf} - t) / ${String(weekMs)})`;
  return {
    kind: "'week'",
    group: 'g.grp',
    name: 'g.channel',
    at: 'g.week',
    values: [dialect.count(), dialect.sum('g.v'), dialect.sum('g.v * g.v')],
    from: `FROM (SELECT grp, channel, unit, week, sum(y * p) / sum(p) AS v
        FROM (SELECT grp, channel, unit, y, p, ${week} AS week FROM ev
          WHERE channel IN ${dated} AND t > ${params.add('float', request.window.asOf - 2 * weekMs)}) e
        GROUP BY unit, week, channel, grp) g
      GROUP BY g.grp, g.channel, g.week`,
  };
}
