/** Tables of a team's PostgreSQL or ClickHouse as a back end of scores and lists. */
import type { FeedbackDetail, FeedbackRow } from '../../../shared/documents.js';
import { EngineError } from '../../errors.js';
import type { SqlDatabase, SqlRow, SqlStatement } from '../../ports.js';
import type { TableMapping } from '../../config/types.js';
import type { ComplaintRow, FeedbackBackend, KnownVersions, RowsPage } from '../backend.js';
import { examplesFrom, variablesFrom, type Example } from '../backendExamples.js';
import { linkOrder } from '../scan/recordBatch.js';
import { parseTime, toIso } from '../time.js';
import type { FeedbackQuery } from '../types.js';
import { isObject, setOwn, variablesOf } from '../values.js';
import { numberAt, numberOrNull, textAt } from './decode.js';
import { decodeSums } from './decodeSums.js';
import type { Dialect } from './dialect.js';
import { traceStatement, type Reading, type Tables } from './records.js';
import {
  attributesStatement,
  complaintsStatement,
  countStatement,
  interactionColumns,
  interactionStatement,
  pageStatement,
  rowColumns,
  rowsStatement,
  usersStatement,
  type RowCursor,
  type RowFilter,
} from './rows.js';
import { sumsStatements } from './sums.js';
import { dialectOf, readTables, type DatabaseKind } from './tables.js';

const defaultLimit = 50;
const maxLimit = 1000;
const maxOthers = 100;
const maxAttributes = 50;
/** Attributes are looked for in so many of the newest rows of each table. */
const attributeRows = 20_000;
/** A pseudonym is looked for among so many users; beyond that only the raw id finds a person. */
const maxUsers = 200_000;

export interface SqlBackendOptions {
  /** Of the source, as rows say it. */
  name: string;
  kind: DatabaseKind;
  database: SqlDatabase;
  tables: TableMapping | undefined;
  /** Users of the table are raw ids: they are shown under this name. */
  pseudonym: (user: string) => string;
  signal?: AbortSignal;
}

export function createSqlBackend(options: SqlBackendOptions): FeedbackBackend {
  return new SqlBackend(options);
}

class SqlBackend implements FeedbackBackend {
  private readonly dialect: Dialect;
  private known: Promise<Tables> | null = null;
  /** Raw ids by the pseudonyms that were shown. */
  private readonly shown = new Map<string, string>();
  /** Example values of variables, by prompt. */
  private readonly values = new Map<string, Record<string, string[]>>();

  constructor(private readonly options: SqlBackendOptions) {
    this.dialect = dialectOf(options.kind);
  }

  /** In PostgreSQL one statement; in ClickHouse some side by side. */
  async sums(request: Parameters<FeedbackBackend['sums']>[0]): ReturnType<FeedbackBackend['sums']> {
    const statements = sumsStatements(await this.reading(request.known), request);
    return decodeSums((await Promise.all(statements.map((each) => this.query(each)))).flat());
  }

  async complaints(...[groups, { known, ...request }]: Parameters<FeedbackBackend['complaints']>): Promise<ComplaintRow[][]> {
    if (groups.length === 0) return [];
    const keyOf = (prompt: string | null, version: string | null): string => JSON.stringify([prompt, version]);
    const found = new Map(groups.map(({ prompt, version }): [string, ComplaintRow[]] => [keyOf(prompt, version), []]));
    for (const row of await this.query(complaintsStatement(await this.reading(known), groups, request))) {
      found.get(keyOf(textAt(row, 5), textAt(row, 6)))?.push({
        id: textAt(row, 0) ?? '',
        time: numberAt(row, 1),
        unit: textAt(row, 2) ?? '',
        text: textAt(row, 3) ?? '',
        rated: numberOrNull(row, 4) !== null,
      });
    }
    return groups.map(({ prompt, version }) => found.get(keyOf(prompt, version)) ?? []);
  }

  async page(query: FeedbackQuery, known: KnownVersions): Promise<RowsPage> {
    const nothing: RowsPage = { rows: [], total: 0, nextCursor: null };
    if (query.source !== undefined && query.source !== this.options.name) return nothing;
    const reading = await this.reading(known);
    const filter = await this.filterOf(query, reading.tables);
    if (filter === null) return nothing;
    const limit = Math.min(maxLimit, Math.max(1, Math.floor(query.limit ?? defaultLimit)));
    const before = query.cursor === undefined ? null : parseCursor(query.cursor);
    const offset = before === null ? Math.max(0, Math.floor(query.offset ?? 0)) : 0;
    const [counted, found] = await Promise.all([
      this.query(countStatement(reading, filter)),
      this.query(pageStatement(reading, filter, { before, offset, limit: limit + 1 })),
    ]);
    const places = found.slice(0, limit).map((row): RowCursor => ({ id: textAt(row, 0) ?? '', micros: numberAt(row, 1) }));
    const last = places.at(-1);
    return {
      rows: await this.rows(
        reading,
        places.map((place) => place.id),
      ),
      total: numberAt(counted[0] ?? [], 0),
      nextCursor: found.length > limit && last !== undefined ? `${String(last.micros)}.${last.id}` : null,
    };
  }

  async detail(id: string, known: KnownVersions): Promise<FeedbackDetail | null> {
    const reading = await this.reading(known);
    const { tables } = reading;
    const [found] = await this.query(rowsStatement(reading, { ids: [id] }));
    if (found === undefined) return null;
    const row = this.rowOf(found);
    const served = textAt(found, rowColumns.indexOf('iid'));
    if (served === null || tables.interactions === null) return { row, interaction: null, others: [] };
    const [interaction, others] = await Promise.all([
      this.query(interactionStatement(this.dialect, tables.interactions, served)),
      this.query(rowsStatement(reading, { served, limit: maxOthers + 1 })),
    ]);
    return {
      row,
      interaction: interaction[0] === undefined ? null : interactionOf(interaction[0]),
      others: others
        .map((each) => this.rowOf(each))
        .filter((each) => each.id !== id)
        .slice(0, maxOthers),
    };
  }

  async attributes(): Promise<string[]> {
    const tables = await this.tables();
    const all = [tables.feedback, ...(tables.interactions === null ? [] : [tables.interactions])];
    const answers = await Promise.all(
      all.map((each) => this.query(attributesStatement(this.dialect, each, attributeRows, 10 * maxAttributes))),
    );
    const counts = new Map<string, number>();
    for (const row of answers.flat()) {
      const name = textAt(row, 0);
      if (name !== null) counts.set(name, (counts.get(name) ?? 0) + numberAt(row, 1));
    }
    return [...counts]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, maxAttributes)
      .map(([name]) => name);
  }

  /** Asked by each hover over a placeholder: example values of before are as good as new ones. */
  async variables(prompt: string, known: KnownVersions): Promise<Record<string, string[]>> {
    const before = this.values.get(prompt);
    if (before !== undefined) return before;
    const found = await variablesFrom(this, prompt, known);
    if (Object.keys(found).length > 0) this.values.set(prompt, found);
    return found;
  }

  examples(prompt: string, limit: number, known: KnownVersions): Promise<Example[]> {
    return examplesFrom(this, prompt, limit, known);
  }

  private async reading(known: KnownVersions): Promise<Reading> {
    const tables = await this.tables();
    const asked = traceStatement(this.dialect, tables);
    return { dialect: this.dialect, tables, known, traces: asked !== null && (await this.query(asked)).length > 0 };
  }

  private async tables(): Promise<Tables> {
    const { database, kind, tables, signal } = this.options;
    this.known ??= readTables(database, kind, tables, signal);
    try {
      return await this.known;
    } catch (error) {
      this.known = null;
      throw error;
    }
  }

  private async query(statement: SqlStatement): Promise<SqlRow[]> {
    try {
      return await this.options.database.query(statement, this.options.signal);
    } catch (error) {
      // The tables may have been changed.
      this.known = null;
      throw error;
    }
  }

  private async rows(reading: Reading, ids: readonly string[]): Promise<FeedbackRow[]> {
    if (ids.length === 0) return [];
    const found = await this.query(rowsStatement(reading, { ids }));
    const byId = new Map(found.map((row) => [textAt(row, 0) ?? '', row]));
    return ids.flatMap((id) => {
      const row = byId.get(id);
      return row === undefined ? [] : [this.rowOf(row)];
    });
  }

  private rowOf(row: SqlRow): FeedbackRow {
    const at = (name: (typeof rowColumns)[number]): number => rowColumns.indexOf(name);
    const user = textAt(row, at('me'));
    return {
      id: textAt(row, at('id')) ?? '',
      time: toIso(numberAt(row, at('t'))),
      source: this.options.name,
      line: null,
      prompt: textAt(row, at('prompt')),
      version: textAt(row, at('version')),
      link: linkOrder[numberAt(row, at('link'))] ?? 'none',
      signal: textAt(row, at('signal')) ?? '',
      actor: textAt(row, at('actor')) ?? '',
      user: user === null ? null : this.pseudonymOf(user),
      y: numberOrNull(row, at('y')),
      raw: rawOf(textAt(row, at('raw')), textAt(row, at('rawkind')) ?? 'text'),
      label: textAt(row, at('label')),
      text: textAt(row, at('words')),
      correction: textAt(row, at('correction')),
      interaction: textAt(row, at('about')),
    };
  }

  private pseudonymOf(user: string): string {
    const pseudonym = this.options.pseudonym(user);
    if (this.shown.size >= maxUsers) this.shown.clear();
    this.shown.set(pseudonym, user);
    return pseudonym;
  }

  /** `null`: nothing can match. */
  private async filterOf(query: FeedbackQuery, tables: Tables): Promise<RowFilter | null> {
    const user = query.user === undefined ? undefined : await this.rawUser(query.user, tables);
    return {
      prompt: query.prompt,
      version: query.version,
      low: query.low === true,
      signal: query.signal,
      user,
      search: query.search,
      since: timeLimit(query.since, 'since'),
      until: timeLimit(query.until, 'until'),
      minY: query.minY,
      maxY: query.maxY,
      segment: query.segment,
    };
  }

  /** A pseudonym as it is shown leads back to the raw id of the table; anything else is a raw id. */
  private async rawUser(text: string, tables: Tables): Promise<string> {
    if (!/^[0-9a-f]{32}$/.test(text)) return text;
    const before = this.shown.get(text);
    if (before !== undefined) return before;
    for (const row of await this.query(usersStatement(this.dialect, tables.feedback, maxUsers))) {
      const raw = textAt(row, 0);
      if (raw !== null && this.pseudonymOf(raw) === text) return raw;
    }
    return text;
  }
}

function parseCursor(cursor: string): RowCursor {
  const match = /^(-?\d+)\.(.*)$/s.exec(cursor);
  if (match === null) throw new EngineError('BAD_USAGE', 'That cursor is none of ours. Use the nextCursor of the page before.');
  return { micros: Number(match[1]), id: match[2] ?? '' };
}

function timeLimit(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const time = parseTime(text);
  if (time === null) throw new EngineError('BAD_USAGE', `"${text}" is not a time for ${name}. Write it like 2026-11-23T19:20:26Z.`);
  return time;
}

/** As it was said: a column of texts may hold numbers and truth values. */
function rawOf(value: string | null, kind: string): FeedbackRow['raw'] {
  if (value === null) return null;
  if (/^(true|false)$/i.test(value) || kind === 'boolean') return /^(true|t|1)$/i.test(value);
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : value;
}

function interactionOf(row: SqlRow): FeedbackDetail['interaction'] {
  const at = (name: (typeof interactionColumns)[number]): number => interactionColumns.indexOf(name);
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(variablesOf(parseJson(textAt(row, at('variables')))))) setOwn(variables, name, value);
  const documents = parseJson(textAt(row, at('documents')));
  const failed = textAt(row, at('status')) === 'error' ? 'error' : null;
  return {
    id: textAt(row, at('id')) ?? '',
    time: toIso(numberAt(row, at('t'))),
    variables,
    input: textAt(row, at('input')),
    output: textAt(row, at('output')),
    documents: (Array.isArray(documents) ? documents : []).filter(isObject).map((each) => ({
      id: typeof each['id'] === 'string' ? each['id'] : '',
      score: typeof each['score'] === 'number' ? each['score'] : null,
      text: typeof each['text'] === 'string' ? each['text'] : null,
    })),
    latencyMs: numberOrNull(row, at('latency')),
    error: textAt(row, at('error')) ?? failed,
  };
}

/** `null` for what is no JSON: a column may hold anything. */
function parseJson(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Shown as nothing; the rest of the record stands.
    return null;
  }
}
