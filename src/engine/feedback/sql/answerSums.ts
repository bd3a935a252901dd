/** Answers about groups and interactions. */
import type { SumsRequest } from '../backend.js';
import { fence, type Dialect, type Params } from './dialect.js';
import type { Part } from './part.js';
import type { RecordSql, Reading } from './records.js';

/** What every group has, whatever its channels; `ambiguous` and `none` are what is in no group. */
export function groupsPart(dialect: Dialect): Part {
  return {
    kind: "CASE WHEN g.state = 1 THEN 'ambiguous' WHEN g.state = 2 THEN 'none' ELSE 'group' END",
    prompt: 'min(g.prompt)',
    version: 'min(g.version)',
    name: dialect.text('g.grp', 'number'),
    values: [
      dialect.count('g.complaint = 1'),
      dialect.count('g.sys = 1'),
      dialect.count('g.sys = 1 AND g.iid IS NULL'),
      dialect.count('g.sys = 2'),
      dialect.count('g.sys = 2 AND g.iid IS NULL'),
      dialect.count(),
    ],
    from: 'FROM fb g GROUP BY g.state, g.grp',
  };
}

/** Interactions of the group that somebody rated, and those that a signal alone says failed or were repeated: each once. */
export function answersPart(dialect: Dialect): Part {
  return {
    kind: "'answers'",
    group: 'g.grp',
    values: [0, 1, 2].map((what) => dialect.count(`g.what = ${String(what)}`)),
    from: 'FROM (SELECT DISTINCT iid, grp, sys AS what FROM fb WHERE seen IS NOT NULL) g GROUP BY g.grp',
  };
}

/** Each proxy by interaction beside its label; only of versions that have a label. No join: a window finds the label of the same interaction. */
export function proxiesPart(dialect: Dialect): Part {
  const labelled = 'g.label IS NOT NULL';
  const sum = (value: string, condition: string): string =>
    dialect.sum(`CASE WHEN ${condition} THEN ${value} ELSE ${dialect.toDouble('0')} END`);
  return {
    kind: "'proxy'",
    group: 'g.grp',
    name: 'g.channel',
    values: [
      dialect.count(labelled),
      sum('g.label', labelled),
      sum('g.label * g.label', labelled),
      sum('g.f', labelled),
      sum('g.f * g.f', labelled),
      sum('g.label * g.f', labelled),
      dialect.count('g.label IS NULL'),
      sum('g.f', 'g.label IS NULL'),
      sum('g.f * g.f', 'g.label IS NULL'),
    ],
    from: `FROM (SELECT w.grp AS grp, w.channel AS channel, w.f AS f,
          max(CASE WHEN w.channel = 'expertRandom' THEN w.f END) OVER (PARTITION BY w.iid, w.grp) AS label
        FROM (SELECT iid, grp, channel, ${dialect.nullable('avg(y)')} AS f FROM ev WHERE channel <> 'expert' AND iid IS NOT NULL
            AND ${dialect.isAmong('grp', 'SELECT DISTINCT grp FROM fb WHERE drawn = 1 AND y IS NOT NULL AND iid IS NOT NULL')}
          GROUP BY iid, grp, channel) w) g
      WHERE g.channel <> 'expertRandom' GROUP BY g.grp, g.channel`,
  };
}

/** What the interactions say of themselves. */
export function systemPart({ dialect, tables }: Reading, request: SumsRequest, params: Params, records: RecordSql): Part {
  const fields = tables.interactions;
  if (fields === null) throw new Error('There is no table of interactions.');
  const all = records.interactions(fields, records.inWindow(fields, request.window), [
    `lower(${fields.text('status')}) AS status`,
    `${fields.number('retries')} AS retries`,
    `${fields.number('latency_ms')} AS latency`,
  ]);
  const wanted = request.prompts === null ? '' : ` AND ${dialect.isOneOf('i.prompt', params.add('texts', request.prompts))}`;
  const [median, high] = dialect.quantiles('g.latency');
  // Sorted by a number, not by two texts.
  const numbered = `SELECT ${dialect.hashBoth('i.prompt', 'i.version')} AS grp, i.prompt AS prompt, i.version AS version, i.status AS status, i.retries AS retries,
      CASE WHEN i.latency >= 0 THEN i.latency END AS latency FROM (${all}) i WHERE i.link <> 1 AND i.prompt IS NOT NULL${wanted}${dialect.computesOnce ? fence : ''}`;
  return {
    kind: "'system'",
    prompt: 'min(g.prompt)',
    version: 'min(g.version)',
    values: [
      dialect.count(),
      dialect.count("g.status = 'error'"),
      dialect.count("g.status IN ('ok', 'error')"),
      dialect.count('g.retries >= 1'),
      dialect.count('g.retries >= 0'),
      median,
      high,
    ],
    from: `FROM (${numbered}) g GROUP BY g.grp`,
  };
}
