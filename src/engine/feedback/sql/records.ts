/**
 * Interactions and feedback as rows of expressions: the last revision of each, in the window, with the prompt and version that they speak of.
 * The rules are those of `attribution.ts`, said in SQL.
 */
import type { KnownVersions, Window } from '../backend.js';
import { signalOrder } from '../scan/recordBatch.js';
import type { SqlStatement } from '../../ports.js';
import { fence, statement, type Dialect, type Params } from './dialect.js';
import type { Fields } from './fields.js';

export interface Tables {
  interactions: Fields | null;
  feedback: Fields;
}

/** What a statement is about. */
export interface Reading {
  dialect: Dialect;
  tables: Tables;
  known: KnownVersions;
  /** There is feedback that has to be joined by its trace. */
  traces: boolean;
}

/** In order of trust, as `linkOrder` of the store. */
const links = ['none', 'ambiguous', 'flag', 'metadata', 'hash', 'exact'] as const;

/** Of feedback, in every statement. */
const saidColumns = ['id', 't', 'signal', 'y', 'stratum', 'said', 'fix', 'about'] as const;

export class RecordSql {
  /** The known versions by the hash of their text; `null` where none is known. */
  private readonly hashes: HashList | null;
  private readonly labels: string;

  private readonly dialect: Dialect;
  private readonly tables: Tables;

  /**
   * What is computed of a row is computed once, where PostgreSQL would repeat it in everything that uses it: `all` of each row, because all are
   * wanted; `joined` behind the join, which few rows pass; `asked` nowhere, so that a few rows are found by their indexes.
   */
  constructor(
    private readonly reading: Reading,
    private readonly params: Params,
    private readonly wanted: 'all' | 'joined' | 'asked' = 'asked',
  ) {
    this.dialect = reading.dialect;
    this.tables = reading.tables;
    const { known } = reading;
    const versions = [...known.bySha256].flatMap(([sha256, list]) => list.map((each) => ({ sha256, ...each })));
    this.hashes = versions.length === 0 ? null : hashList(versions);
    this.labels = params.add(
      'texts',
      versions.map((each) => `${each.prompt}\n${each.version}`),
    );
  }

  /** Both ends as in `Window`. The bare column is compared, so that an index, a partition or a primary key can be used. */
  inWindow(fields: Fields, window: Window): string {
    const kind = fields.column('time')?.kind ?? 'time';
    const time = fields.bare('time');
    const at = (ms: number): string => this.dialect.timeValue(this.params, ms * 1000, kind);
    const tests: string[] = [];
    if (window.since !== null) tests.push(window.since > window.asOf ? '1 = 0' : `${time} >= ${at(window.since)}`);
    // What is later than `asOf` counts as said then, unless that time was asked for.
    if (window.until !== null && window.until <= window.asOf) tests.push(`${time} < ${at(window.until)}`);
    if (window.asked) tests.push(`${time} < ${at(window.asOf + 1)}`);
    // A row that has no time cannot be placed in any window.
    return [...tests, `${time} IS NOT NULL`].join(' AND ');
  }

  /** Columns of an interaction: id, t, usr, ses, trace, span, prompt, version ('' = unknown), link, and `more`. */
  interactions(fields: Fields, where: string, more: readonly string[] = []): string {
    const raw = this.latest(fields, where, [
      `${fields.key('id')} AS id`,
      `${fields.ms('time')} AS t`,
      `${fields.text('user')} AS usr`,
      `${fields.text('session')} AS ses`,
      `${fields.key('trace_id')} AS trace`,
      ...this.own(fields),
      `${fields.text('variant')} AS g`,
      ...more,
    ]);
    return this.attributed(raw, ['id', 't', 'usr', 'ses', 'trace', ...more.map(nameOf)]);
  }

  /**
   * Columns of feedback: id, t, signal, actor, y, pi, stratum, comment and fix (whether there is one), usr, ses, iid (of the interaction that is
   * there), prompt, version ('' = unknown), link, sp, sv and sl (those of the interaction), and `more`; of `moreServed` by name, from the interaction.
   * `keep`: a condition on what the last revision itself says (id, t, signal, actor, y, said, fix), so that few rows are joined.
   */
  feedback(where: string, more: readonly string[] = [], moreServed: readonly string[] = [], keep?: (alias: string) => string): string {
    const { dialect } = this;
    const { feedback: f, interactions: i } = this.tables;
    const last = this.latest(f, where, [
      `${f.key('id')} AS id`,
      `${f.ms('time')} AS t`,
      `${f.text('signal')} AS signal`,
      `${f.text('actor')} AS actor`,
      `CASE WHEN ${f.number('y')} >= 0 AND ${f.number('y')} <= 1 THEN ${f.number('y')} END AS y`,
      `${f.number('inclusion_prob')} AS pi`,
      `${f.text('stratum')} AS stratum`,
      `CASE WHEN ${f.text('text')} IS NULL THEN 0 ELSE 1 END AS said`,
      `CASE WHEN ${f.text('correction')} IS NULL THEN 0 ELSE 1 END AS fix`,
      `${f.text('user')} AS usr`,
      `${f.text('session')} AS ses`,
      `${f.key('interaction_id')} AS about`,
      `${f.key('trace_id')} AS trace`,
      `${f.key('span_id')} AS span`,
      ...this.own(f),
      `${dialect.nullText()} AS g`,
      ...more,
    ]);
    const own = this.attributed(keep === undefined ? last : `SELECT z.* FROM (${last}) z WHERE ${keep('z')}`, [
      ...saidColumns,
      'actor',
      'pi',
      'usr',
      'ses',
      'trace',
      'span',
      ...more.map(nameOf),
    ]);
    const common = `${picked('o', [...saidColumns, ...more.map(nameOf)])}, ${actorOf('o')} AS actor, CASE WHEN o.pi > 0 AND o.pi <= 1 THEN o.pi END AS pi`;
    const said = `o.signal IN (${signalOrder.map((signal) => `'${signal}'`).join(', ')})`;
    if (i === null) {
      const nothing = moreServed.map((each) => `, ${dialect.nullText()} AS ${nameOf(each)}`).join('');
      return `SELECT ${common}, o.usr AS usr, o.ses AS ses, ${dialect.nullText()} AS iid, o.prompt AS prompt, o.version AS version, o.link AS link,
        ${dialect.nullText()} AS sp, ${dialect.nullText()} AS sv, ${dialect.nullNumber()} AS sl${nothing}
        FROM (${own}) o WHERE ${said}`;
    }
    const by = this.byTrace(where, f, i, moreServed);
    const extra = moreServed.map((each) => `, ${by.pick(nameOf(each))} AS ${nameOf(each)}`).join('');
    const joined = `SELECT ${common}, COALESCE(o.usr, ${by.pick('usr')}) AS usr, COALESCE(o.ses, ${by.pick('ses')}) AS ses, ${by.pick('id')} AS iid${extra},
        o.prompt AS op, o.version AS ov, o.link AS ol, ${by.pick('prompt')} AS sp, ${by.pick('version')} AS sv, ${by.link} AS sl
      FROM (${own}) o LEFT JOIN (${this.interactions(i, '1 = 1', moreServed)}) i ON i.id = o.about ${by.joins} WHERE ${said}${this.fence('joined')}`;
    return combined(joined, [...saidColumns, ...more.map(nameOf), 'actor', 'pi', 'usr', 'ses', 'iid', ...moreServed.map(nameOf)]);
  }

  /**
   * Feedback that names no interaction finds it by trace and span, else by a trace that has one interaction with a prompt; where there are
   * several it is ambiguous. Joins of their own: only the few traces that are needed are looked at.
   */
  private byTrace(
    where: string,
    f: Fields,
    i: Fields,
    more: readonly string[],
  ): { joins: string; pick: (name: string) => string; link: string } {
    if (!this.reading.traces || !f.has('trace_id') || !i.has('trace_id')) return { joins: '', pick: (name) => `i.${name}`, link: 'i.link' };
    const { dialect } = this;
    const wanted = `SELECT ${f.bare('trace_id')} FROM ${f.shape.table} ${f.alias} WHERE ${where} AND ${f.key('interaction_id')} IS NULL AND ${f.key('trace_id')} IS NOT NULL`;
    const there = this.interactions(i, `${i.bare('trace_id')} IN (${wanted})`, [
      ...more,
      `${i.key('span_id')} AS span`,
      `CASE WHEN ${i.text('prompt')} IS NULL AND ${i.text('sha256')} IS NULL THEN 0 ELSE 1 END AS prompted`,
    ]);
    const names = ['id', 'usr', 'ses', 'prompt', 'version', 'link', ...more.map(nameOf)];
    const one = names.map((name) => `${dialect.nullable(`min(t.${name})`)} AS ${name}`).join(', ');
    const grouped = (by: string[], test: string): string =>
      `SELECT ${by.map((name) => `t.${name} AS ${name}`).join(', ')}, ${dialect.nullable(dialect.count())} AS n, ${one} FROM (${there}) t
        WHERE t.trace IS NOT NULL AND ${test} GROUP BY ${by.map((name) => `t.${name}`).join(', ')}`;
    const joins = `LEFT JOIN (${grouped(['trace', 'span'], 't.span IS NOT NULL')}) s1 ON s1.trace = o.trace AND s1.span = o.span
      LEFT JOIN (${grouped(['trace'], 't.prompted = 1')}) t1 ON t1.trace = o.trace`;
    const choose = (own: string, span: string, trace: string): string =>
      `CASE WHEN o.about IS NOT NULL THEN ${own} WHEN s1.n = 1 THEN ${span} WHEN s1.n IS NULL AND t1.n = 1 THEN ${trace}`;
    return {
      joins,
      pick: (name) => `${choose(`i.${name}`, `s1.${name}`, `t1.${name}`)} END`,
      link: `${choose('i.link', 's1.link', 't1.link')} WHEN s1.n > 1 OR t1.n > 1 THEN 1 END`,
    };
  }

  /** What the record says itself: p, v, l, s. A shape without a place for a prompt speaks of the only one. */
  private own(fields: Fields): string[] {
    const silent = !fields.has('prompt') && !fields.has('version') && !fields.has('sha256');
    const alone = silent && (fields !== this.tables.feedback || this.tables.interactions === null);
    const { onlyPrompt } = this.reading.known;
    const prompt = alone && onlyPrompt !== null ? this.params.add('text', onlyPrompt) : fields.text('prompt');
    const link = fields.text('link');
    const code = links.map((name, index) => `WHEN '${name}' THEN ${String(index)}`).join(' ');
    return [
      `${this.dialect.nullable(prompt)} AS p`,
      `${fields.text('version')} AS v`,
      fields.has('link') ? `CASE WHEN ${link} IS NULL THEN 5 ELSE CASE ${link} ${code} ELSE 0 END END AS l` : '5 AS l',
      `lower(${fields.text('sha256')}) AS s`,
    ];
  }

  private fence(place: 'all' | 'joined'): string {
    return this.dialect.computesOnce && (this.wanted === 'all' || this.wanted === place) ? fence : '';
  }

  private latest(fields: Fields, where: string, columns: readonly string[]): string {
    const from = `${fields.shape.table} ${fields.alias}`;
    const id = fields.column('id');
    if (id !== undefined && fields.shape.unique.has(id.name)) return `SELECT ${columns.join(', ')} FROM ${from} WHERE ${where}`;
    return this.dialect.lastRevisions({
      table: from,
      columns: columns.join(', '),
      where,
      id: fields.bare('id'),
      order: revisionOrder(fields),
    });
  }

  /** `from` has p, v, l, s, g; `names` are what else is kept of it. */
  private attributed(from: string, names: readonly string[]): string {
    const { dialect, labels, params, hashes } = this;
    const isVersion = `(${dialect.matches('a.g', '^v[0-9]+$')} OR ${dialect.isOneOf(dialect.label('a.p', 'a.g'), labels)})`;
    const ruleOf = (found: string): string => `CASE WHEN a.l = 1 THEN 1
      WHEN a.v IS NOT NULL THEN CASE WHEN a.l = 0 OR a.p IS NULL THEN 0 ELSE 5 END
      ${found}
      WHEN a.g IS NOT NULL AND a.p IS NOT NULL AND ${isVersion} THEN 2 ELSE 0 END`;
    const [own, kept] = [picked('a', names), picked('c', names)];
    const select = `SELECT ${own}, a.p AS p, a.v AS v, a.l AS l, a.g AS g`;
    if (hashes === null) {
      return `SELECT ${kept}, c.p AS prompt, COALESCE(CASE WHEN c.rule = 5 THEN c.v WHEN c.rule = 2 THEN c.g END, '') AS version,
        CASE WHEN c.rule = 5 THEN c.l ELSE c.rule END AS link
      FROM (${select}, ${ruleOf('')} AS rule FROM (${from}) a${this.fence('all')}) c`;
    }
    // Asked only of records that have a hash and no version: a list in a parameter, and no join of every row.
    const key = `CASE WHEN a.p IS NULL THEN a.s ELSE ${dialect.label('a.s', 'a.p')} END`;
    const found = `CASE WHEN a.v IS NULL AND a.s IS NOT NULL THEN ${dialect.place(key, hashes.keys, hashes.places, params)} ELSE -1 END`;
    const hp = dialect.element(hashes.prompts, 'c.found', params);
    const hv = dialect.element(hashes.versions, 'c.found', params);
    return `SELECT ${kept}, CASE WHEN c.rule = 4 AND c.p IS NULL THEN ${hp} ELSE c.p END AS prompt,
        COALESCE(CASE WHEN c.rule = 5 THEN c.v WHEN c.rule = 4 THEN ${hv} WHEN c.rule = 2 THEN c.g END, '') AS version,
        CASE WHEN c.rule = 5 THEN c.l ELSE c.rule END AS link
      FROM (${select}, a.found AS found, ${ruleOf('WHEN a.found = 0 THEN 1 WHEN a.found > 0 THEN 4')} AS rule
        FROM (SELECT a.*, ${found} AS found FROM (${from}) a) a${this.fence('all')}) c`;
  }
}

/** What a hash alone, or a hash and a prompt with a line feed between them, stands for. */
interface HashList {
  keys: string[];
  /** By key: the place in the other lists, from 1; 0 where several versions have that text. */
  places: number[];
  prompts: string[];
  versions: string[];
}

function hashList(versions: readonly { sha256: string; prompt: string; version: string }[]): HashList {
  const places = new Map<string, number>();
  for (const [index, { sha256, prompt }] of versions.entries()) {
    const hash = sha256.toLowerCase();
    for (const key of [hash, `${hash}\n${prompt}`]) places.set(key, places.has(key) ? 0 : index + 1);
  }
  return {
    keys: [...places.keys()],
    places: [...places.values()],
    prompts: versions.map((each) => each.prompt),
    versions: versions.map((each) => each.version),
  };
}

/** Both speak: the better link counts; where the links are equal it is ambiguous. `sl` NULL: there is no interaction. */
function combined(from: string, columns: readonly string[]): string {
  const differ = `j.op <> j.sp`;
  // 0 own, 1 the interaction's, 2 ambiguous, 3 none.
  const rule = `CASE WHEN j.sl IS NULL THEN 0
    WHEN j.sl < 2 THEN CASE WHEN j.ol <> 0 THEN 0 WHEN j.sl = 1 THEN 2 WHEN ${differ} THEN 2 ELSE 3 END
    WHEN j.ol < 2 THEN CASE WHEN ${differ} THEN 2 ELSE 1 END
    WHEN j.op = j.sp AND j.ov = j.sv THEN CASE WHEN j.ol >= j.sl THEN 0 ELSE 1 END
    WHEN j.ol = j.sl THEN 2 WHEN j.ol > j.sl THEN 0 ELSE 1 END`;
  return `SELECT ${picked('r', columns)}, CASE WHEN r.rule = 0 THEN r.op WHEN r.rule = 1 THEN r.sp ELSE COALESCE(r.op, r.sp) END AS prompt,
      CASE WHEN r.rule = 0 THEN r.ov WHEN r.rule = 1 THEN COALESCE(r.sv, '') ELSE '' END AS version,
      CASE WHEN r.rule = 0 THEN r.ol WHEN r.rule = 1 THEN r.sl WHEN r.rule = 2 THEN 1 ELSE 0 END AS link,
      r.sp AS sp, r.sv AS sv, r.sl AS sl
    FROM (SELECT ${picked('j', columns)}, j.op AS op, j.ov AS ov, j.ol AS ol, j.sp AS sp, j.sv AS sv, j.sl AS sl, ${rule} AS rule FROM (${from}) j) r`;
}

function picked(alias: string, names: readonly string[]): string {
  return names.map((name) => `${alias}.${name} AS ${name}`).join(', ');
}

/** Who gives such a signal, where the record does not say. */
function actorOf(alias: string): string {
  return `COALESCE(${alias}.actor, CASE WHEN ${alias}.signal LIKE 'review.%' THEN 'expert' WHEN ${alias}.signal LIKE 'judge.%' THEN 'llm_judge'
    WHEN ${alias}.signal LIKE 'code.%' THEN 'code' WHEN ${alias}.signal LIKE 'system.%' THEN 'system' ELSE 'end_user' END)`;
}

function nameOf(column: string): string {
  return column.slice(column.lastIndexOf(' ') + 1);
}

/** Whether there is feedback that has to be joined by its trace: a row, or none. `null`: there cannot be any. */
export function traceStatement(dialect: Dialect, { feedback: f, interactions: i }: Tables): SqlStatement | null {
  if (i === null || !f.has('trace_id') || !i.has('trace_id')) return null;
  return statement(
    dialect,
    () =>
      `SELECT 1 AS one FROM ${f.shape.table} ${f.alias} WHERE ${f.key('interaction_id')} IS NULL AND ${f.key('trace_id')} IS NOT NULL LIMIT 1`,
  );
}

/** Newest first, as `revision`, then the time of the change, decides. */
export function revisionOrder(fields: Fields): string {
  const order: string[] = [];
  if (fields.has('revision')) order.push(`COALESCE(${fields.number('revision')}, 0) DESC`);
  order.push(fields.has('updated_at') ? `COALESCE(${fields.ms('updated_at')}, ${fields.ms('time')}) DESC` : `${fields.ms('time')} DESC`);
  return order.join(', ');
}
