/** Statements whose answers are sums over units: whatever the number of rows, a few lines a version cross the network. */
import type { SqlStatement } from '../../ports.js';
import type { SumsRequest } from '../backend.js';
import { statement, type Dialect, type Params } from './dialect.js';
import { RecordSql, type Reading, type Tables } from './records.js';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
const maxSegments = 100;

/** Columns of every answer: kind, prompt (or the number of its group), version ('' = unknown), name, place, n1 … n9. */
const numbers = 9;

interface Part {
  kind: string;
  /** Number of the group, whose names the part `groups` gives once; else prompt and version themselves. */
  group?: string;
  prompt?: string;
  version?: string;
  name?: string;
  at?: string;
  values: readonly string[];
  from: string;
}

export type PartName = 'groups' | 'channels' | 'days' | 'weeks' | 'system' | 'answers' | 'segments' | 'proxies';

/** Which answers a request needs at first; `proxies` are added where something was drawn at random for experts. */
export function partsOf(tables: Tables, request: SumsRequest): PartName[] {
  const names: PartName[] = ['groups', 'channels', 'days', 'weeks'];
  if (tables.interactions !== null) names.push('system', 'answers');
  if (request.segment !== null) names.push('segments');
  return names;
}

/** One statement where the database computes a common table once, else one for each part. */
export function sumsStatements(reading: Reading, request: SumsRequest, parts: readonly PartName[]): SqlStatement[] {
  const sql = new SumsSql(reading, request);
  const statements = reading.dialect.computesOnce ? [parts] : parts.map((name) => [name]);
  return statements.map((names) => statement(reading.dialect, (params) => sql.text(params, names)));
}

/** Channel of feedback as a text; `system` for what the system says of itself, '' for none. As `channelOf` in `channel.ts`. */
export function channelSql(alias: string): string {
  const { signal, actor } = { signal: `${alias}.signal`, actor: `${alias}.actor` };
  return `CASE WHEN ${signal} LIKE 'system.%' THEN 'system'
    WHEN ${actor} = 'llm_judge' OR ${signal} LIKE 'judge.%' THEN 'judge'
    WHEN ${actor} = 'expert' THEN 'expert'
    WHEN ${signal} LIKE 'review.%' THEN CASE WHEN ${actor} = 'end_user' THEN 'expert' ELSE '' END
    WHEN ${actor} <> 'end_user' THEN ''
    WHEN ${signal} LIKE 'explicit.%' THEN 'explicit'
    WHEN ${signal} LIKE 'implicit.%' THEN ${alias}.signal ELSE '' END`;
}

/** As `isLow` in `channel.ts`: y below one half, or words without a rating. */
export function lowSql(alias: string): string {
  return `(CASE WHEN ${alias}.y IS NOT NULL THEN CASE WHEN ${alias}.y < 0.5 THEN 1 ELSE 0 END
    WHEN (${alias}.said = 1 OR ${alias}.fix = 1) AND ${alias}.signal LIKE 'explicit.%' THEN 1 ELSE 0 END)`;
}

/** Key of whose evidence it is: user, else session, else the event. */
export function unitSql(dialect: Dialect, alias: string): string {
  const tagged = (tag: string, name: string): string => dialect.join(`'${tag}'`, `${alias}.${name}`);
  return `COALESCE(${tagged('u', 'usr')}, ${tagged('s', 'ses')}, ${tagged('e', 'id')})`;
}

class SumsSql {
  private readonly dialect: Dialect;
  private readonly tables: Tables;

  constructor(
    private readonly reading: Reading,
    private readonly request: SumsRequest,
  ) {
    this.dialect = reading.dialect;
    this.tables = reading.tables;
  }

  text(params: Params, names: readonly PartName[]): string {
    const { records, tables } = this.common(params);
    const common = tables.map(([name, text]) => `${name} ${this.onceOrEach(name)} (${text})`).join(',\n');
    return `WITH ${common}\n${names.map((name) => this.select(this.part(name, params, records))).join('\nUNION ALL\n')}`;
  }

  /** What several parts read is kept by PostgreSQL; the rest is no more than a name. */
  private onceOrEach(table: string): string {
    if (!this.dialect.computesOnce) return 'AS';
    return table === 'fb' ? 'AS MATERIALIZED' : 'AS NOT MATERIALIZED';
  }

  /**
   * `fb`: all feedback with its channel, as narrow as it can be: `grp` stands for prompt and version, so that what is sorted and grouped a
   * million times is a number and no text of some collation; `state` 0 in a group, 1 ambiguous, 2 of no prompt; texts that only have to be
   * told apart as numbers; `same`: about an interaction of the same group in the window. `ev`: events with a y by channel, those of the random
   * stratum twice. `un`: units of each channel.
   */
  private common(params: Params): { records: RecordSql; tables: [string, string][] } {
    const { dialect, tables, request } = this;
    const { window, prompts } = request;
    const records = new RecordSql(this.reading, params, 'all');
    const [own, served] = this.segment(params);
    const { interactions: i, feedback: f } = tables;
    const answered = i === null ? [] : [`${i.ms('time')} AS it`, `lower(${i.text('status')}) AS ist`, `${i.number('retries')} AS iret`];
    const feedback = records.feedback(records.inWindow(f, window), own, [...served, ...answered]);
    const value = own.length === 0 ? '' : `, ${served.length === 0 ? 'x.seg1' : 'COALESCE(x.seg1, x.seg2, x.seg3)'} AS seg`;
    const asked =
      prompts === null ? '' : ` WHERE x.prompt IS NULL OR x.link = 1 OR ${dialect.isOneOf('x.prompt', params.add('texts', prompts))}`;
    const same = `CASE WHEN x.sl <> 1 AND x.sp = x.prompt AND x.sv = x.version AND ${this.timeInWindow('x.it', params)} THEN 1 ELSE 0 END`;
    // As in `RecordSql`: prompt, version and channel of a row are computed once.
    const once = dialect.computesOnce ? ' OFFSET 0' : '';
    // A review of the risk stratum whose probability nobody knows enters no sum.
    const lost = `x.channel = 'expert' AND COALESCE(x.stratum, '') = 'risk' AND x.pi IS NULL`;
    const fb = `SELECT ${dialect.hashBoth('x.prompt', 'x.version')} AS grp, x.prompt AS prompt, x.version AS version, CASE WHEN x.link = 1 THEN 1 WHEN x.prompt IS NULL THEN 2 ELSE 0 END AS state,
        x.channel AS channel, CASE WHEN x.signal = 'system.error' THEN 1 WHEN x.signal = 'system.retry' THEN 2 ELSE 0 END AS sys,
        CASE WHEN ${lost} THEN NULL ELSE x.y END AS y, CASE WHEN x.channel = 'expert' AND x.pi IS NOT NULL THEN 1 / x.pi ELSE 1. END AS p,
        CASE WHEN x.channel = 'expert' AND x.stratum = 'random' THEN 1 ELSE 0 END AS drawn,
        ${dialect.least('x.t', params.add('float', window.asOf))} AS t, ${dialect.hash(unitSql(dialect, 'x'))} AS unit, ${dialect.hash('x.iid')} AS iid,
        ${i === null ? '0 AS same, 0 AS failed, 0 AS retried' : `${same} AS same, CASE WHEN x.ist = 'error' THEN 1 ELSE 0 END AS failed, CASE WHEN x.iret >= 1 THEN 1 ELSE 0 END AS retried`},
        CASE WHEN x.said = 1 AND x.channel IN ('explicit', 'expert') THEN ${lowSql('x')} ELSE 0 END AS complaint${value}
      FROM (SELECT y.*, ${channelSql('y')} AS channel FROM (${feedback}) y${once}) x${asked}`;
    const ev = dialect.computesOnce
      ? `${this.events('e.channel', '')} UNION ALL ${this.events("'expertRandom'", 'AND e.drawn = 1')}`
      : this.events(`arrayJoin(if(e.drawn = 1, ['expert', 'expertRandom'], [assumeNotNull(e.channel)]))`, '');
    const un = `SELECT unit, channel, grp, ${dialect.count()} AS c, sum(y * p) AS yp, sum(p) AS sp, max(t) AS latest
      FROM ev GROUP BY unit, channel, grp`;
    return {
      records,
      tables: [
        ['fb', fb],
        ['ev', ev],
        ['un', un],
      ],
    };
  }

  private events(channel: string, more: string): string {
    const segment = this.request.segment === null ? '' : ', e.seg AS seg';
    return `SELECT e.grp AS grp, ${channel} AS channel, e.unit AS unit, e.y AS y, e.p AS p, e.t AS t, e.iid AS iid${segment}
      FROM fb e WHERE e.state = 0 AND e.y IS NOT NULL AND e.channel NOT IN ('', 'system') ${more}`;
  }

  /** As `inWindow`, of a time in ms. */
  private timeInWindow(time: string, params: Params): string {
    const { since, until, asOf, asked } = this.request.window;
    const tests = [`${time} IS NOT NULL`];
    if (since !== null) tests.push(since > asOf ? '1 = 0' : `${time} >= ${params.add('float', since)}`);
    if (until !== null && until <= asOf) tests.push(`${time} < ${params.add('float', until)}`);
    if (asked) tests.push(`${time} <= ${params.add('float', asOf)}`);
    return tests.join(' AND ');
  }

  /** Columns of the segment's value: of the feedback, and of its interaction. */
  private segment(params: Params): [string[], string[]] {
    const { segment } = this.request;
    if (segment === null) return [[], []];
    const key = params.add('text', segment.replace(/^(?:attributes|input\.variables|variables)\./, ''));
    const { interactions: i, feedback: f } = this.tables;
    const own = [`${f.attribute('attributes', key)} AS seg1`];
    return [own, i === null ? [] : [`${i.attribute('attributes', key)} AS seg2`, `${i.variable('variables', key)} AS seg3`]];
  }

  private part(name: PartName, params: Params, records: RecordSql): Part {
    switch (name) {
      case 'groups':
        return this.groups();
      case 'channels':
        return this.channels(params);
      case 'days':
        return this.days(params);
      case 'weeks':
        return this.weeks(params);
      case 'proxies':
        return this.proxies();
      case 'segments':
        return this.segments(params);
      case 'answers':
        return this.answers();
      default:
        return this.system(params, records);
    }
  }

  /** What every group has, whatever its channels; `ambiguous` and `none` are what is in no group. */
  private groups(): Part {
    const { dialect } = this;
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

  /** Weight of a unit `u`, and its value. */
  private weight(params: Params): { w: string; v: string } {
    const { dialect, request } = this;
    const asOf = params.add('float', request.window.asOf);
    const halfLife = params.add('float', request.halfLifeMs);
    return { w: `(${dialect.exp2(`(u.latest - ${asOf}) / ${halfLife}`)} * u.sp / u.c)`, v: '(u.yp / u.sp)' };
  }

  private channels(params: Params): Part {
    const { dialect } = this;
    const { w, v } = this.weight(params);
    return {
      kind: "'channel'",
      group: 'g.grp',
      name: 'g.channel',
      values: [dialect.count(), dialect.sum('g.c'), dialect.sum('g.w'), dialect.sum('g.w * g.w'), dialect.sum('g.w * g.v')],
      from: `FROM (SELECT u.grp AS grp, u.channel AS channel, u.c AS c, ${w} AS w, ${v} AS v FROM un u) g
        GROUP BY g.grp, g.channel`,
    };
  }

  private days(params: Params): Part {
    const { dialect, request } = this;
    const today = Math.floor(request.window.asOf / dayMs);
    const day = `${params.add('float', today)} - floor(t / ${String(dayMs)})`;
    const first = 'g.day = g.firstday';
    return {
      kind: "'day'",
      group: 'g.grp',
      name: 'g.channel',
      at: 'g.day',
      values: [
        dialect.count(),
        dialect.sum('g.v'),
        dialect.sum('g.v * g.v'),
        dialect.count(first),
        dialect.sum(`CASE WHEN ${first} THEN g.v ELSE 0. END`),
        dialect.sum(`CASE WHEN ${first} THEN g.v * g.v ELSE 0. END`),
      ],
      from: `FROM (SELECT d.grp AS grp, d.channel AS channel, d.day AS day, d.v AS v,
            max(d.day) OVER (PARTITION BY d.unit, d.channel, d.grp) AS firstday
          FROM (SELECT grp, channel, unit, day, sum(y * p) / sum(p) AS v
            FROM (SELECT grp, channel, unit, y, p, ${day} AS day FROM ev WHERE channel IN ('explicit', 'expertRandom')) e
            GROUP BY unit, day, channel, grp) d) g
        WHERE g.day < ${params.add('float', request.days)}
        GROUP BY g.grp, g.channel, g.day`,
    };
  }

  private weeks(params: Params): Part {
    const { dialect, request } = this;
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
            WHERE channel IN ('explicit', 'expertRandom') AND t > ${params.add('float', request.window.asOf - 2 * weekMs)}) e
          GROUP BY unit, week, channel, grp) g
        GROUP BY g.grp, g.channel, g.week`,
    };
  }

  /** Each proxy by interaction beside its label; only of versions that have a label. No join: a window finds the label of the same interaction. */
  private proxies(): Part {
    const { dialect } = this;
    const labelled = 'g.label IS NOT NULL';
    const sum = (value: string, condition: string): string => dialect.sum(`CASE WHEN ${condition} THEN ${value} ELSE 0. END`);
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
              AND ${dialect.isAmong('grp', 'SELECT DISTINCT grp FROM fb WHERE state = 0 AND drawn = 1 AND y IS NOT NULL AND iid IS NOT NULL')}
            GROUP BY iid, grp, channel) w) g
        WHERE g.channel <> 'expertRandom' GROUP BY g.grp, g.channel`,
    };
  }

  /**
   * Of each value: its units, and what the rest of the channel loses by them: `lost…` are these units as they are in the whole channel,
   * `kept…` what is left of them by their other events, with the weight that they have in the whole.
   */
  private segments(params: Params): Part {
    const { dialect, request } = this;
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

  private system(params: Params, records: RecordSql): Part {
    const { dialect, tables, request } = this;
    const fields = tables.interactions;
    if (fields === null) throw new Error('There is no table of interactions.');
    const all = records.interactions(fields, records.inWindow(fields, request.window), [
      `lower(${fields.text('status')}) AS status`,
      `${fields.number('retries')} AS retries`,
      `${fields.number('latency_ms')} AS latency`,
    ]);
    const wanted = request.prompts === null ? '' : ` AND ${dialect.isOneOf('g.prompt', params.add('texts', request.prompts))}`;
    const [median, high] = dialect.quantiles('CASE WHEN g.latency >= 0 THEN g.latency END');
    return {
      kind: "'system'",
      prompt: 'g.prompt',
      version: 'g.version',
      values: [
        dialect.count(),
        dialect.count("g.status = 'error'"),
        dialect.count("g.status IN ('ok', 'error')"),
        dialect.count('g.retries >= 1'),
        dialect.count('g.retries >= 0'),
        median,
        high,
      ],
      from: `FROM (${all}) g WHERE g.link <> 1 AND g.prompt IS NOT NULL${wanted} GROUP BY g.prompt, g.version`,
    };
  }

  /** Interactions of the group that somebody rated, and those that a signal alone says failed or were repeated: each once. */
  private answers(): Part {
    const { dialect } = this;
    const flag = (condition: string): string => `max(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
    return {
      kind: "'answers'",
      group: 'g.grp',
      values: [dialect.count('g.rated = 1'), dialect.count('g.err = 1'), dialect.count('g.ret = 1')],
      from: `FROM (SELECT iid, grp, ${flag("channel = 'explicit'")} AS rated, ${flag('sys = 1 AND failed = 0')} AS err, ${flag('sys = 2 AND retried = 0')} AS ret
          FROM fb WHERE state = 0 AND same = 1 AND (sys > 0 OR (channel = 'explicit' AND y IS NOT NULL)) GROUP BY iid, grp) g
        GROUP BY g.grp`,
    };
  }

  private select(part: Part): string {
    const { dialect } = this;
    const values = Array.from({ length: numbers }, (_, index) => part.values[index] ?? dialect.nullNumber());
    const columns = [
      `${part.kind} AS kind`,
      `${part.group === undefined ? (part.prompt ?? dialect.nullText()) : dialect.text(part.group, 'number')} AS prompt`,
      `${part.version ?? dialect.nullText()} AS version`,
      `${part.name ?? dialect.nullText()} AS name`,
      `${part.at === undefined ? dialect.nullNumber() : dialect.toDouble(part.at)} AS place`,
      ...values.map((value, index) => `${value} AS n${String(index + 1)}`),
    ];
    return `SELECT ${columns.join(', ')} ${part.from}`;
  }
}
