/**
 * What PostgreSQL and ClickHouse say differently. Everything here is text: values are parameters, identifiers are quoted, and nothing that a
 * user or a config wrote is ever part of a statement in another way.
 */
import { EngineError } from '../../errors.js';
import type { SqlParam, SqlStatement } from '../../ports.js';

/** What is done with a column, whatever its exact type. `other` cannot be read. */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'time' | 'localTime' | 'json' | 'map' | 'other';

export interface Column {
  name: string;
  kind: ColumnKind;
  /** As the server calls it. */
  type: string;
}

export interface TableShape {
  /** Quoted. */
  table: string;
  /** By name. */
  columns: ReadonlyMap<string, Column>;
  /** Columns each of which alone is unique: of such an id there is one revision. */
  unique: ReadonlySet<string>;
}

export type ParamType = 'text' | 'float' | 'texts' | 'floats' | 'json';

/**
 * Behind a subselect of PostgreSQL: it is computed once and not repeated in everything that uses it. A number without quotes would do the
 * same, but is taken for an expression until it is too late for a parallel plan.
 */
export const fence = " OFFSET '0'";

/** Values of one statement, in the order of their places. */
export class Params {
  readonly values: SqlParam[] = [];

  constructor(private readonly dialect: Dialect) {}

  add(type: ParamType, value: SqlParam): string {
    this.values.push(value);
    return this.dialect.placeholder(this.values.length, type);
  }
}

export interface Dialect {
  readonly kind: 'postgres' | 'clickhouse';
  /** Common table expressions are computed once, so that one statement can give several answers. */
  readonly computesOnce: boolean;
  quote(identifier: string): string;
  placeholder(number: number, type: ParamType): string;
  /** A statement of this text: a parameter that nothing uses is left out where the server would not take it. */
  finish(text: string, params: readonly SqlParam[]): SqlStatement;
  kindOf(type: string): ColumnKind;
  /** Nullable text; an empty text is none. */
  text(expression: string, kind: ColumnKind): string;
  /** An id as nullable text. Where nothing is `NULL` anyway it is the bare column, so that indexes and statistics of a join are used. */
  key(expression: string, column: Column): string;
  /** Nullable double. */
  number(expression: string, kind: ColumnKind): string;
  /** Whole ms since 1970 as a double. */
  ms(expression: string, kind: ColumnKind): string;
  /** µs since 1970 as a double, exact up to the year 2255. */
  micros(expression: string, kind: ColumnKind): string;
  /** A time to compare the bare column with, so that an index or partitions can be used. */
  timeValue(params: Params, micros: number, kind: ColumnKind): string;
  /** Scalar under a key as text; `null` for none, an empty text, an object or a list. */
  attribute(expression: string, kind: ColumnKind, key: string): string;
  /** Anything under a key as text; an empty text stays. */
  variable(expression: string, kind: ColumnKind, key: string): string;
  /** A whole JSON value as text, for decoding here. */
  json(expression: string, kind: ColumnKind): string;
  /** Select of one row for each key of the column: `k`. `from` has the column `a`. */
  keys(from: string, kind: ColumnKind): string;
  /** The last revision of each id. `columns`: expressions with names. `where` is applied before, and must hold or fail for all revisions alike. */
  lastRevisions(from: { table: string; columns: string; where: string; id: string; order: string; limit?: string }): string;
  /** The number that stands for a text in these lists, -1 for none. */
  place(expression: string, keys: readonly string[], places: readonly number[], params: Params): string;
  /** Text of a list at a place, from 1. */
  element(list: readonly string[], place: string, params: Params): string;
  /** `pattern` is RE2's and PostgreSQL's common subset. */
  matches(expression: string, pattern: string): string;
  /** Holds the words of a search, each at the beginning of a word, the last one perhaps cut short. */
  search(expression: string, words: readonly string[], params: Params): string;
  startsWith(expression: string, prefix: string): string;
  /** One text behind the other; `NULL` where one is. */
  join(a: string, b: string): string;
  /** Made Nullable, where a type is not so by itself. */
  nullable(expression: string): string;
  /** A number that stands for a text, `NULL` for none: 64 bits, so that among a million texts two share one once in 40 million times. */
  hash(expression: string, seed?: number): string;
  /** The same for two texts at once. */
  hashBoth(a: string, b: string): string;
  /** A prompt and a version with a line feed between them. */
  label(prompt: string, version: string): string;
  isOneOf(expression: string, texts: string): string;
  /** Among the few values of a select that is answered first, whatever a planner takes it for. */
  isAmong(expression: string, select: string): string;
  /** Sum of doubles; 0 of none. */
  sum(expression: string): string;
  /** Count of rows as a double. */
  count(condition?: string): string;
  countDistinct(expression: string): string;
  /** `2^x`. */
  exp2(expression: string): string;
  least(a: string, b: string): string;
  /** Median and 95 % quantile of type 7. */
  quantiles(expression: string): readonly [string, string];
  toDouble(expression: string): string;
  nullText(): string;
  nullNumber(): string;
  /** Byte order, whatever the database's collation. */
  byteOrder(expression: string): string;
  /** Statement that lists name and type of the columns of a table, in that order. */
  describe(table: string, params: Params): string;
  /** Tables can hold an id once only. */
  readonly hasUnique: boolean;
  /** Statement that gives the names of the columns that are unique alone. */
  uniqueColumns(table: string, params: Params): string;
  /** Statement for the version: text, and a number that grows with it. */
  version(): string;
  minVersion: { number: number; text: string };
}

export function statement(dialect: Dialect, build: (params: Params) => string): SqlStatement {
  const params = new Params(dialect);
  return dialect.finish(build(params), params.values);
}

const maxName = 128;

/** Parts of `schema.table`; a part with a dot in it stands in double quotes. Throws CONFIG_INVALID. */
export function tableParts(name: string, most: number): string[] {
  const parts: string[] = [];
  const shape = /(?:"((?:[^"]|"")+)"|([^".]+))(\.|$)/y;
  let end = false;
  while (!end) {
    const match = shape.exec(name);
    if (match === null) break;
    parts.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim());
    end = match[3] === '';
  }
  if (!end || parts.length > most || parts.some((part) => !isName(part))) {
    throw new EngineError(
      'CONFIG_INVALID',
      `"${name.slice(0, maxName)}" is no name of a table. Write it like schema.table in .ratchet/config.yaml.`,
    );
  }
  return parts;
}

/** Whether it can be a name at all; what it holds does not matter, because it is quoted. */
export function isName(text: string): boolean {
  return text !== '' && text.length <= maxName && !text.includes('\0');
}

/** Words of a search: letters and digits, as the full-text index of the workspace splits them. */
export function searchWords(text: string): string[] {
  return (
    text
      .normalize('NFC')
      .match(/[\p{L}\p{N}\p{M}]+/gu)
      ?.slice(0, 20) ?? []
  );
}

/** RFC 3339 with µs. */
export function isoMicros(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const rest = Math.round(micros - ms * 1000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}
