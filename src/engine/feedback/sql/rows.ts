/** Statements for lists: which feedback, newest first, and what the rows hold. */
import type { SqlStatement } from '../../ports.js';
import type { Window } from '../backend.js';
import { searchWords, statement, type Dialect, type Params } from './dialect.js';
import type { Fields } from './fields.js';
import { RecordSql, revisionOrder, type Reading, type Tables } from './records.js';
import { channelSql, lowSql, unitSql } from './channelSql.js';

/** What a list is filtered by, with times in ms and users as they are in the table. */
export interface RowFilter {
  prompt: string | undefined;
  /** `null` = known prompt of an unknown version. */
  version: string | null | undefined;
  low: boolean;
  signal: string | undefined;
  user: string | undefined;
  search: string | undefined;
  since: number | null;
  until: number | null;
  minY: number | undefined;
  maxY: number | undefined;
  segment: { key: string; value: string } | undefined;
}

/** The last row that was shown. */
export interface RowCursor {
  micros: number;
  id: string;
}

/**
 * Feedback that matches, as `m` with id, at (µs) and the bare time. Where nothing of the interaction is asked for, there is no join, and the
 * newest rows are read off an index.
 */
function matching(reading: Reading, params: Params, filter: RowFilter, before: RowCursor | null): string {
  const { dialect, tables } = reading;
  const f = tables.feedback;
  const kind = f.column('time')?.kind ?? 'time';
  const tests = [`${f.bare('time')} IS NOT NULL`];
  if (filter.since !== null) tests.push(`${f.bare('time')} >= ${dialect.timeValue(params, filter.since * 1000, kind)}`);
  if (filter.until !== null) tests.push(`${f.bare('time')} < ${dialect.timeValue(params, filter.until * 1000, kind)}`);
  if (before !== null) tests.push(`${f.bare('time')} <= ${dialect.timeValue(params, before.micros, kind)}`);
  const words = filter.search === undefined ? [] : searchWords(filter.search);
  const both = dialect.join(`COALESCE(${f.text('text')}, '')`, dialect.join("' '", `COALESCE(${f.text('correction')}, '')`));
  const more = [`${f.micros('time')} AS at`, `${f.bare('time')} AS moment`];
  if (words.length > 0) more.push(`CASE WHEN ${dialect.search(both, words, params)} THEN 1 ELSE 0 END AS holds`);
  else if (filter.search !== undefined && filter.search.trim() !== '') tests.push('1 = 0');
  const served: string[] = [];
  const outer: string[] = [];
  if (words.length > 0) outer.push('m.holds = 1');
  if (filter.segment !== undefined) {
    const key = params.add('text', filter.segment.key.replace(/^(?:attributes|input\.variables|variables)\./, ''));
    more.push(`${f.attribute('attributes', key)} AS seg1`);
    const i = tables.interactions;
    if (i !== null) served.push(`${i.attribute('attributes', key)} AS seg2`, `${i.variable('variables', key)} AS seg3`);
    outer.push(`${i === null ? 'm.seg1' : 'COALESCE(m.seg1, m.seg2, m.seg3)'} = ${params.add('text', filter.segment.value)}`);
  }
  if (filter.prompt !== undefined) outer.push(`m.prompt = ${params.add('text', filter.prompt)}`);
  if (filter.version !== undefined) outer.push(`m.version = ${params.add('text', filter.version ?? '')}`);
  if (filter.signal !== undefined) {
    const signal = params.add('text', filter.signal);
    outer.push(`(m.signal = ${signal} OR ${dialect.startsWith('m.signal', params.add('text', `${filter.signal}.`))})`);
  }
  if (filter.user !== undefined) {
    const user = params.add('text', filter.user);
    more.push(`${f.text('user')} AS me`);
    outer.push(`m.me = ${user}`);
    // A person's rows are found by an index on the bare column; whoever is there once is there in no other revision.
    if (isPlainText(f, 'user') && f.shape.unique.has(f.column('id')?.name ?? '')) tests.push(`${f.bare('user')} = ${user}`);
  }
  if (filter.low) outer.push(`${lowSql(dialect, 'm')} = 1`);
  if (filter.minY !== undefined) outer.push(`m.y >= ${params.add('float', filter.minY)}`);
  if (filter.maxY !== undefined) outer.push(`m.y <= ${params.add('float', filter.maxY)}`);
  if (before !== null) {
    const at = params.add('float', before.micros);
    outer.push(`(m.at < ${at} OR (m.at = ${at} AND ${dialect.byteOrder('m.id')} > ${params.add('text', before.id)}))`);
  }
  const needsJoin = served.length > 0 || filter.prompt !== undefined || filter.version !== undefined;
  const records = new RecordSql(needsJoin ? reading : { ...reading, tables: { ...tables, interactions: null } }, params);
  const where = outer.length === 0 ? '' : ` WHERE ${outer.join(' AND ')}`;
  return `SELECT m.id AS id, m.at AS at, m.moment AS moment FROM (${records.feedback(tests.join(' AND '), more, served)}) m${where}`;
}

export function countStatement(reading: Reading, filter: RowFilter): SqlStatement {
  const { dialect } = reading;
  return statement(dialect, (params) => `SELECT ${dialect.count()} AS n FROM (${matching(reading, params, filter, null)}) c`);
}

/** Ids and times of a page: id, at. */
export function pageStatement(
  reading: Reading,
  filter: RowFilter,
  place: { before: RowCursor | null; offset: number; limit: number },
): SqlStatement {
  const { dialect } = reading;
  return statement(dialect, (params) => {
    const text = matching(reading, params, filter, place.before);
    return `SELECT p.id AS id, p.at AS at FROM (${text}) p ORDER BY p.moment DESC, ${dialect.byteOrder('p.id')} LIMIT ${String(place.limit)} OFFSET ${String(place.offset)}`;
  });
}

/** Columns of a row, in the order of `rowColumns`. */
export const rowColumns = [
  'id',
  't',
  'at',
  'prompt',
  'version',
  'link',
  'signal',
  'actor',
  'me',
  'y',
  'raw',
  'rawkind',
  'label',
  'words',
  'correction',
  'about',
  'iid',
] as const;

/** Everything of feedback with these ids, or about this interaction (`iid`); in no order. */
export function rowsStatement(reading: Reading, which: { ids: readonly string[] } | { served: string; limit: number }): SqlStatement {
  const { dialect, tables } = reading;
  return statement(dialect, (params) => {
    const f = tables.feedback;
    const where = 'ids' in which ? idsWhere(dialect, f, params, which.ids) : aboutWhere(tables, params.add('text', which.served));
    const raw = f.column('raw');
    const text = new RecordSql(reading, params).feedback(where, [
      `${f.micros('time')} AS at`,
      `${f.text('raw')} AS raw`,
      `'${raw?.kind ?? 'text'}' AS rawkind`,
      `${f.text('label')} AS label`,
      `${f.text('text')} AS words`,
      `${f.text('correction')} AS correction`,
      `${f.text('user')} AS me`,
    ]);
    const columns = rowColumns.map((name) => `r.${name} AS ${name}`).join(', ');
    if ('ids' in which) return `SELECT ${columns} FROM (${text}) r`;
    return `SELECT ${columns} FROM (${text}) r WHERE r.iid = ${params.add('text', which.served)} ORDER BY r.at DESC, ${dialect.byteOrder('r.id')} LIMIT ${String(which.limit)}`;
  });
}

export const interactionColumns = ['id', 't', 'variables', 'input', 'output', 'documents', 'latency', 'status', 'error'] as const;

export function interactionStatement(dialect: Dialect, i: Fields, id: string): SqlStatement {
  return statement(dialect, (params) => {
    const columns = [
      `${i.key('id')} AS id`,
      `${i.ms('time')} AS t`,
      `${i.json('variables')} AS variables`,
      `${i.text('input')} AS input`,
      `${i.text('output')} AS output`,
      `${i.json('documents')} AS documents`,
      `${i.number('latency_ms')} AS latency`,
      `lower(${i.text('status')}) AS status`,
      `${i.text('error_type')} AS error`,
    ].join(', ');
    return dialect.lastRevisions({
      table: `${i.shape.table} ${i.alias}`,
      columns,
      where: idsWhere(dialect, i, params, [id]),
      id: i.bare('id'),
      order: revisionOrder(i),
    });
  });
}

/**
 * The newest complaints of each of these versions: id, t, unit, words, y, prompt, version. Newest first, equal times by id. Windows in place of
 * an anti-join: everything is joined once, and no planner has to guess how many answers somebody rated well.
 */
export function complaintsStatement(
  reading: Reading,
  groups: readonly { prompt: string; version: string | null }[],
  request: { window: Window; limit: number },
): SqlStatement {
  const { dialect, tables } = reading;
  return statement(dialect, (params) => {
    const f = tables.feedback;
    const records = new RecordSql(reading, params, 'joined');
    const wanted = params.add(
      'texts',
      groups.map(({ prompt, version }) => `${prompt}\n${version ?? ''}`),
    );
    const flag = (condition: string): string => `CASE WHEN ${condition} THEN 1 ELSE 0 END`;
    const low = (alias: string): string => `(${alias}.said = 1 AND ${lowSql(dialect, alias)} = 1)`;
    const well = (alias: string): string => `(${alias}.y >= 0.5 AND ${alias}.signal LIKE 'explicit.%')`;
    const complaint = `${low('m')} AND ${channelSql(dialect, 'm')} IN ('explicit', 'expert')`;
    const content = `m.iid IS NOT NULL AND ${well('m')} AND ${channelSql(dialect, 'm')} = 'explicit'`;
    // Who was content matters only where there are words without a rating.
    const unrated = `EXISTS (SELECT 1 FROM ${f.shape.table} ${f.alias} WHERE ${f.text('text')} IS NOT NULL AND ${f.number('y')} IS NULL)`;
    const all = `SELECT m.id AS id, ${dialect.least('m.t', params.add('float', request.window.asOf))} AS t, ${unitSql(dialect, 'm')} AS unit, m.words AS words,
        m.y AS y, m.prompt AS prompt, m.version AS version, ${dialect.hash('m.iid')} AS iid, ${flag(complaint)} AS complaint, ${flag(content)} AS content
      FROM (${records.feedback(records.inWindow(f, request.window), [`${f.text('text')} AS words`], [], (z) => `${low(z)} OR (${well(z)} AND ${unrated})`)}) m
      WHERE m.link <> 1 AND ${dialect.isOneOf(dialect.label('m.prompt', 'm.version'), wanted)}`;
    // Of whoever was content nothing but that is sorted.
    const kept = (['id', 't', 'unit', 'words'] as const)
      .map((name) => `CASE WHEN x.complaint = 1 THEN x.${name} END AS ${name}`)
      .join(', ');
    const marked = `SELECT ${kept}, x.y AS y, x.prompt AS prompt, x.version AS version, x.iid AS iid, x.complaint AS complaint,
        max(x.content) OVER (PARTITION BY x.iid, x.prompt, x.version) AS content FROM (${all}) x WHERE x.complaint = 1 OR x.content = 1`;
    const ranked = `SELECT k.id AS id, k.t AS t, k.unit AS unit, k.words AS words, k.y AS y, k.prompt AS prompt, k.version AS version,
        row_number() OVER (PARTITION BY k.prompt, k.version ORDER BY k.t DESC, ${dialect.byteOrder('k.id')}) AS nth
      FROM (${marked}) k WHERE k.complaint = 1 AND (k.y IS NOT NULL OR k.iid IS NULL OR k.content = 0)`;
    return `SELECT r.id AS id, r.t AS t, r.unit AS unit, r.words AS words, r.y AS y, r.prompt AS prompt, r.version AS version
      FROM (${ranked}) r WHERE r.nth <= ${String(Math.floor(request.limit))} ORDER BY r.nth`;
  });
}

/** Names of attributes in the newest rows of a table, most frequent first: name, count. */
export function attributesStatement(dialect: Dialect, fields: Fields, sample: number, limit: number): SqlStatement {
  return statement(dialect, () => {
    const column = fields.column('attributes');
    if (column === undefined) return `SELECT k, n FROM (SELECT ${dialect.nullText()} AS k, ${dialect.nullNumber()} AS n) s WHERE n > 0`;
    const from = `SELECT ${fields.bare('attributes')} AS a FROM ${fields.shape.table} ${fields.alias} WHERE ${fields.bare('time')} IS NOT NULL
      ORDER BY ${fields.bare('time')} DESC LIMIT ${String(sample)}`;
    return `SELECT k, ${dialect.count()} AS n FROM (${dialect.keys(from, column.kind)}) s GROUP BY k ORDER BY n DESC, ${dialect.byteOrder('k')} LIMIT ${String(limit)}`;
  });
}

/** Users of the table that a pseudonym could be of: usr. */
export function usersStatement(dialect: Dialect, fields: Fields, limit: number): SqlStatement {
  return statement(
    dialect,
    () =>
      `SELECT DISTINCT ${fields.text('user')} AS usr FROM ${fields.shape.table} ${fields.alias} WHERE ${fields.text('user')} IS NOT NULL LIMIT ${String(limit)}`,
  );
}

/** Feedback that names this interaction, or one of its trace. */
function aboutWhere({ feedback: f, interactions: i }: Tables, id: string): string {
  const named = `${f.key('interaction_id')} = ${id}`;
  if (i === null || !f.has('trace_id') || !i.has('trace_id')) return named;
  const traces = `SELECT ${i.bare('trace_id')} FROM ${i.shape.table} ${i.alias} WHERE ${i.key('id')} = ${id}`;
  return `(${named} OR (${f.key('interaction_id')} IS NULL AND ${f.key('trace_id')} IS NOT NULL AND ${f.bare('trace_id')} IN (${traces})))`;
}

/** The bare column is compared where it is text, so that an index can be used. */
function idsWhere(dialect: Dialect, fields: Fields, params: Params, ids: readonly string[]): string {
  return dialect.isOneOf(fields.key('id'), params.add('texts', ids));
}

function isPlainText(fields: Fields, field: 'id' | 'user'): boolean {
  return /^(text|character varying|String|LowCardinality\(String\))$/.test(fields.column(field)?.type ?? '');
}
