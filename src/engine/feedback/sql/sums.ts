/** Statements whose answers are sums over units: whatever the number of rows, a few lines a version cross the network. */
import type { SqlStatement } from '../../ports.js';
import type { SumsRequest } from '../backend.js';
import { statement, type Dialect, type Params } from './dialect.js';
import { RecordSql, type Reading, type Tables } from './records.js';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
const maxSegments = 100;

/** Columns of every answer: kind, prompt, version ('' = unknown), name, place, n1 … n9. */
const numbers = 9;

interface Part {
  kind: string;
  prompt: string;
  version: string;
  name?: string;
  at?: string;
  values: readonly string[];
  from: string;
}

export type PartName = 'groups' | 'channels' | 'days' | 'weeks' | 'system' | 'segments' | 'proxies';

/** Which answers a request needs at first; `proxies` are added where something was drawn at random for experts. */
export function partsOf(tables: Tables, request: SumsRequest): PartName[] {
  const names: PartName[] = ['groups', 'channels', 'days', 'weeks'];
  if (tables.interactions !== null) names.push('system');
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

/** A review that was drawn at random. */
const drawn = "e.channel = 'expert' AND e.stratum = 'random'";

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
    const common = this.common(params);
    const once = this.dialect.computesOnce ? 'AS MATERIALIZED' : 'AS';
    const tables = common.tables.map(([name, text]) => `${name} ${once} (${text})`).join(',\n');
    return `WITH ${tables}\n${names.map((name) => this.select(this.part(name, params, common.records))).join('\nUNION ALL\n')}`;
  }

  /**
   * `fb`: all feedback with its channel; `ev`: events with a y by channel, those of the random stratum twice; `un`: units of each channel.
   */
  private common(params: Params): { records: RecordSql; tables: [string, string][] } {
    const { dialect, tables, request } = this;
    const { window } = request;
    const records = new RecordSql(this.reading, params, true);
    const asOf = params.add('float', window.asOf);
    const [own, served] = this.segment(params);
    const feedback = records.feedback(records.inWindow(tables.feedback, window), own, served);
    const value = own.length === 0 ? dialect.nullText() : served.length === 0 ? 'x.seg1' : 'COALESCE(x.seg1, x.seg2, x.seg3)';
    const wanted =
      request.prompts === null
        ? ''
        : ` WHERE x.prompt IS NULL OR x.link = 1 OR ${dialect.isOneOf('x.prompt', params.add('texts', request.prompts))}`;
    const fb = `SELECT x.prompt AS prompt, x.version AS version, x.link AS link, x.signal AS signal, ${channelSql('x')} AS channel, x.y AS y,
        x.pi AS pi, x.stratum AS stratum, ${dialect.least('x.t', asOf)} AS t, ${unitSql(dialect, 'x')} AS unit, x.iid AS iid,
        CASE WHEN x.said = 1 THEN ${lowSql('x')} ELSE 0 END AS complaint, ${value} AS seg
      FROM (${feedback}) x${wanted}`;
    const ev = dialect.computesOnce
      ? `${this.events('e.channel', '')} UNION ALL ${this.events("'expertRandom'", `AND ${drawn}`)}`
      : this.events(`arrayJoin(if(ifNull(${drawn}, 0), ['expert', 'expertRandom'], [assumeNotNull(e.channel)]))`, '');
    const un = `SELECT prompt, version, channel, unit, ${dialect.count()} AS c, sum(y * p) AS yp, sum(p) AS sp, max(t) AS latest, min(t) AS earliest
      FROM ev GROUP BY prompt, version, channel, unit`;
    return {
      records,
      tables: [
        ['fb', fb],
        ['ev', ev],
        ['un', un],
      ],
    };
  }

  /** A review of the risk stratum whose probability nobody knows enters no sum. */
  private events(channel: string, more: string): string {
    return `SELECT e.prompt AS prompt, e.version AS version, ${channel} AS channel, e.unit AS unit, e.y AS y,
        CASE WHEN e.channel = 'expert' AND e.pi IS NOT NULL THEN 1 / e.pi ELSE 1. END AS p, e.t AS t, e.iid AS iid, e.seg AS seg
      FROM fb e WHERE e.link <> 1 AND e.prompt IS NOT NULL AND e.y IS NOT NULL AND e.channel NOT IN ('', 'system')
        AND NOT (e.channel = 'expert' AND COALESCE(e.stratum, '') = 'risk' AND e.pi IS NULL) ${more}`;
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
      default:
        return this.system(params, records);
    }
  }

  /** What every group has, whatever its channels; `ambiguous` and `none` are what is in no group. */
  private groups(): Part {
    const { dialect } = this;
    const alone = (signal: string): string => dialect.count(`g.signal = '${signal}' AND g.iid IS NULL`);
    return {
      kind: 'g.kind',
      prompt: 'g.prompt',
      version: 'g.version',
      values: [
        dialect.count("g.complaint = 1 AND g.channel IN ('explicit', 'expert')"),
        dialect.count("g.signal = 'system.error'"),
        alone('system.error'),
        dialect.count("g.signal = 'system.retry'"),
        alone('system.retry'),
        dialect.count(),
      ],
      from: `FROM (SELECT CASE WHEN f.link = 1 THEN 'ambiguous' WHEN f.prompt IS NULL THEN 'none' ELSE 'group' END AS kind,
          CASE WHEN f.link <> 1 THEN f.prompt END AS prompt, CASE WHEN f.link <> 1 AND f.prompt IS NOT NULL THEN f.version ELSE '' END AS version,
          f.complaint AS complaint, f.channel AS channel, f.signal AS signal, f.iid AS iid FROM fb f) g
        GROUP BY g.kind, g.prompt, g.version`,
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
      prompt: 'g.prompt',
      version: 'g.version',
      name: 'g.channel',
      values: [dialect.count(), dialect.sum('g.c'), dialect.sum('g.w'), dialect.sum('g.w * g.w'), dialect.sum('g.w * g.v')],
      from: `FROM (SELECT u.prompt AS prompt, u.version AS version, u.channel AS channel, u.c AS c, ${w} AS w, ${v} AS v FROM un u) g
        GROUP BY g.prompt, g.version, g.channel`,
    };
  }

  private days(params: Params): Part {
    const { dialect, request } = this;
    const today = Math.floor(request.window.asOf / dayMs);
    const day = `${params.add('float', today)} - floor(t / ${String(dayMs)})`;
    const first = 'g.day = g.firstday';
    return {
      kind: "'day'",
      prompt: 'g.prompt',
      version: 'g.version',
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
      from: `FROM (SELECT d.prompt AS prompt, d.version AS version, d.channel AS channel, d.day AS day, d.v AS v,
            max(d.day) OVER (PARTITION BY d.prompt, d.version, d.channel, d.unit) AS firstday
          FROM (SELECT prompt, version, channel, unit, day, sum(y * p) / sum(p) AS v
            FROM (SELECT prompt, version, channel, unit, y, p, ${day} AS day FROM ev WHERE channel IN ('explicit', 'expertRandom')) e
            GROUP BY prompt, version, channel, unit, day) d) g
        WHERE g.day < ${params.add('float', request.days)}
        GROUP BY g.prompt, g.version, g.channel, g.day`,
    };
  }

  private weeks(params: Params): Part {
    const { dialect, request } = this;
    const asOf = params.add('float', request.window.asOf);
    const week = `floor((${asOf} - t) / ${String(weekMs)})`;
    return {
      kind: "'week'",
      prompt: 'g.prompt',
      version: 'g.version',
      name: 'g.channel',
      at: 'g.week',
      values: [dialect.count(), dialect.sum('g.v'), dialect.sum('g.v * g.v')],
      from: `FROM (SELECT prompt, version, channel, unit, week, sum(y * p) / sum(p) AS v
          FROM (SELECT prompt, version, channel, unit, y, p, ${week} AS week FROM ev
            WHERE channel IN ('explicit', 'expertRandom') AND t > ${params.add('float', request.window.asOf - 2 * weekMs)}) e
          GROUP BY prompt, version, channel, unit, week) g
        GROUP BY g.prompt, g.version, g.channel, g.week`,
    };
  }

  /** Labels by interaction beside each proxy by interaction; only of versions that have a label. */
  private proxies(): Part {
    const { dialect } = this;
    const of = (channels: string): string => `channel ${channels} AND iid IS NOT NULL`;
    const labelled = 'g.label IS NOT NULL';
    const sum = (value: string, condition: string): string => dialect.sum(`CASE WHEN ${condition} THEN ${value} ELSE 0. END`);
    return {
      kind: "'proxy'",
      prompt: 'g.prompt',
      version: 'g.version',
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
      from: `FROM (SELECT f.prompt AS prompt, f.version AS version, f.channel AS channel, f.f AS f, y.label AS label
          FROM (SELECT prompt, version, channel, iid, avg(y) AS f FROM ev WHERE ${of("NOT IN ('expert', 'expertRandom')")}
              AND (prompt, version) IN (SELECT prompt, version FROM ev WHERE ${of("= 'expertRandom'")}) GROUP BY prompt, version, channel, iid) f
          LEFT JOIN (SELECT prompt, version, iid, ${dialect.nullable('avg(y)')} AS label FROM ev WHERE ${of("= 'expertRandom'")} GROUP BY prompt, version, iid) y
            ON y.prompt = f.prompt AND y.version = f.version AND y.iid = f.iid) g
        GROUP BY g.prompt, g.version, g.channel`,
    };
  }

  /**
   * Of each value: its units, and what the rest of the channel loses by them: `lost…` are these units as they are in the whole channel,
   * `kept…` what is left of them by their other events, with the weight that they have in the whole.
   */
  private segments(params: Params): Part {
    const { dialect } = this;
    const whole = this.weight(params);
    const own = { w: whole.w.replaceAll('u.', 's.'), v: '(s.yp / s.sp)' };
    const headline = "channel IN ('explicit', 'expertRandom') AND seg IS NOT NULL";
    const kept = '(u.c > s.c)';
    const other = `((u.yp - s.yp) / CASE WHEN ${kept} THEN u.sp - s.sp ELSE 1. END)`;
    const value = `SELECT s.prompt AS prompt, s.version AS version, s.channel AS channel, s.seg AS seg, s.c AS c, ${own.w} AS w, ${own.v} AS v,
        ${whole.w} AS uw, ${whole.v} AS uv, CASE WHEN ${kept} THEN 1. ELSE 0. END AS k, ${other} AS kv
      FROM (SELECT prompt, version, channel, seg, unit, ${dialect.count()} AS c, sum(y * p) AS yp, sum(p) AS sp, max(t) AS latest
        FROM ev WHERE ${headline} GROUP BY prompt, version, channel, seg, unit) s
      JOIN un u ON u.prompt = s.prompt AND u.version = s.version AND u.channel = s.channel AND u.unit = s.unit`;
    const most = `SELECT prompt, version, seg FROM (SELECT m.prompt AS prompt, m.version AS version, m.seg AS seg,
          row_number() OVER (PARTITION BY m.prompt, m.version ORDER BY m.users DESC, ${dialect.byteOrder('m.seg')}) AS place
        FROM (SELECT prompt, version, seg, ${dialect.countDistinct('unit')} AS users FROM ev WHERE ${headline} GROUP BY prompt, version, seg) m) n
      WHERE place <= ${String(maxSegments)}`;
    return {
      kind: "'segment'",
      prompt: 'g.prompt',
      version: 'g.version',
      name: dialect.join(dialect.join('g.channel', "'/'"), 'g.seg'),
      values: [
        dialect.count(),
        dialect.sum('g.c'),
        dialect.sum('g.w'),
        dialect.sum('g.w * g.w'),
        dialect.sum('g.w * g.v'),
        dialect.sum('g.k'),
        dialect.sum('g.uw * (1 - g.k)'),
        dialect.sum('g.uw * g.uw * (1 - g.k)'),
        dialect.sum('g.uw * (g.uv - g.k * g.kv)'),
      ],
      from: `FROM (${value}) g WHERE (g.prompt, g.version, g.seg) IN (${most}) GROUP BY g.prompt, g.version, g.channel, g.seg`,
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
    const wanted = request.prompts === null ? '' : ` AND ${dialect.isOneOf('i.prompt', params.add('texts', request.prompts))}`;
    const failed = "(g.status = 'error' OR g.err = 1)";
    const retried = '(g.retries >= 1 OR g.ret = 1)';
    const flag = (condition: string): string => dialect.nullable(`max(CASE WHEN ${condition} THEN 1 ELSE 0 END)`);
    return {
      kind: "'system'",
      prompt: 'g.prompt',
      version: 'g.version',
      values: [
        dialect.count(),
        dialect.count('g.rated = 1'),
        dialect.count(failed),
        dialect.count(`${failed} OR g.status = 'ok'`),
        dialect.count(retried),
        dialect.count(`${retried} OR g.retries >= 0`),
        dialect.quantile(0.5, latency('g')),
        dialect.quantile(0.95, latency('g')),
      ],
      from: `FROM (SELECT i.prompt AS prompt, i.version AS version, i.status AS status, i.retries AS retries, i.latency AS latency,
            s.rated AS rated, s.err AS err, s.ret AS ret
          FROM (${all}) i LEFT JOIN (SELECT prompt, version, iid, ${flag("channel = 'explicit' AND y IS NOT NULL")} AS rated,
              ${flag("signal = 'system.error'")} AS err, ${flag("signal = 'system.retry'")} AS ret
            FROM fb WHERE iid IS NOT NULL AND link <> 1 AND prompt IS NOT NULL GROUP BY prompt, version, iid) s
          ON s.prompt = i.prompt AND s.version = i.version AND s.iid = i.id
          WHERE i.link <> 1 AND i.prompt IS NOT NULL${wanted}) g
        GROUP BY g.prompt, g.version`,
    };
  }

  private select(part: Part): string {
    const { dialect } = this;
    const values = Array.from({ length: numbers }, (_, index) => part.values[index] ?? dialect.nullNumber());
    const columns = [
      `${part.kind} AS kind`,
      `${part.prompt} AS prompt`,
      `${part.version} AS version`,
      `${part.name ?? dialect.nullText()} AS name`,
      `${part.at === undefined ? dialect.nullNumber() : dialect.toDouble(part.at)} AS place`,
      ...values.map((value, index) => `${value} AS n${String(index + 1)}`),
    ];
    return `SELECT ${columns.join(', ')} ${part.from}`;
  }
}

function latency(alias: string): string {
  return `CASE WHEN ${alias}.latency >= 0 THEN ${alias}.latency END`;
}
