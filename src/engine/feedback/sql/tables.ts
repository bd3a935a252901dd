/** What the tables of a team look like: asked once, and again after something failed. */
import type { TableMapping } from '../../config/types.js';
import { EngineError } from '../../errors.js';
import type { SqlDatabase } from '../../ports.js';
import { clickhouseDialect, clickhouseTable } from './clickhouseDialect.js';
import { textAt } from './decode.js';
import { statement, type Column, type Dialect, type TableShape } from './dialect.js';
import { feedbackFields, interactionFields, resolveFields } from './fields.js';
import { postgresDialect, postgresTable } from './postgresDialect.js';
import type { Tables } from './records.js';

export type DatabaseKind = Dialect['kind'];

export const defaultTables = { interactions: 'ratchet_interactions', feedback: 'ratchet_feedback' } as const;

export function dialectOf(kind: DatabaseKind): Dialect {
  return kind === 'postgres' ? postgresDialect : clickhouseDialect;
}

/** Throws SOURCE_FAILED with `details.step`, CONFIG_INVALID for a name that is none. */
export async function readTables(
  database: SqlDatabase,
  kind: DatabaseKind,
  mapping: TableMapping | undefined,
  signal?: AbortSignal,
): Promise<Tables> {
  const dialect = dialectOf(kind);
  const wanted = mapping ?? { feedback: { table: defaultTables.feedback }, interactions: { table: defaultTables.interactions } };
  const feedback = await readShape(database, dialect, wanted.feedback.table, signal);
  const interactions = wanted.interactions === undefined ? null : await readShape(database, dialect, wanted.interactions.table, signal);
  const fieldsOf = (
    shape: TableShape,
    of: { table: string; columns?: Record<string, string> },
    defaults: Record<string, readonly string[]>,
    alias: string,
  ) => resolveFields(dialect, shape, { table: of.table, defaults, mapping: of.columns ?? {}, alias });
  const said = fieldsOf(feedback, wanted.feedback, feedbackFields, 'f');
  if (!said.has('signal'))
    throw new EngineError(
      'SOURCE_FAILED',
      `The table ${wanted.feedback.table} has no column for signal. Name one in tables: of .ratchet/config.yaml.`,
      {
        step: 'data',
      },
    );
  return {
    feedback: said,
    interactions:
      interactions === null || wanted.interactions === undefined
        ? null
        : fieldsOf(interactions, wanted.interactions, interactionFields, 'i'),
  };
}

async function readShape(database: SqlDatabase, dialect: Dialect, name: string, signal?: AbortSignal): Promise<TableShape> {
  const table = dialect.kind === 'postgres' ? postgresTable(name) : clickhouseTable(name);
  const columns = new Map<string, Column>();
  for (const row of await database.query(
    statement(dialect, (params) => dialect.describe(table, params)),
    signal,
  )) {
    const column = textAt(row, 0) ?? '';
    const type = textAt(row, 1) ?? '';
    columns.set(column, { name: column, type, kind: dialect.kindOf(type) });
  }
  if (columns.size === 0) {
    throw new EngineError(
      'SOURCE_FAILED',
      `There is no table ${name} for this user. Make it as the README says, or name your own in tables: of .ratchet/config.yaml.`,
      { step: 'permission' },
    );
  }
  const rows = dialect.hasUnique
    ? await database.query(
        statement(dialect, (params) => dialect.uniqueColumns(table, params)),
        signal,
      )
    : [];
  return { table, columns, unique: new Set(rows.map((row) => textAt(row, 0) ?? '')) };
}
