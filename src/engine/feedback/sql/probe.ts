/** Does a database work, and if not, at which step? Asks for as little as shows it. */
import type { SourceConfig } from '../../config/types.js';
import type { EngineError } from '../../errors.js';
import type { SqlDatabase, SqlRow, SqlStatement } from '../../ports.js';
import { signalOrder } from '../scan/recordBatch.js';
import type { ProbeResult, ProbeStep } from '../sources/source.js';
import { toIso } from '../time.js';
import { numberAt, numberOrNull, textAt } from './decode.js';
import { statement, type Dialect } from './dialect.js';
import type { Fields } from './fields.js';
import type { Tables } from './records.js';
import { defaultTables, dialectOf, readTables, type DatabaseKind } from './tables.js';

/** So many of the newest rows are looked at for values that enter no score. */
const newestRows = 1000;

/** Throws what `SqlDatabase.query` and `readTables` throw; the caller says it as a step. */
export async function probeDatabase(
  database: SqlDatabase,
  kind: DatabaseKind,
  source: SourceConfig,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  const dialect = dialectOf(kind);
  const name = kind === 'postgres' ? 'PostgreSQL' : 'ClickHouse';
  const [found] = await database.query({ text: dialect.version(), params: [] }, signal);
  const version = textAt(found ?? [], 0) ?? '';
  const answer = (failed: ProbeStep | null, detail: string, todo: string | null, caps: string[] = []): ProbeResult => ({
    ok: failed === null,
    failed,
    detail,
    todo,
    version,
    caps,
  });
  if (numberAt(found ?? [], 1) < dialect.minVersion.number) {
    return answer('version', `${name} ${version} is too old.`, `Use ${name} ${dialect.minVersion.text} or later.`);
  }
  const tables = await readTables(database, kind, source.tables, signal);
  const [newest] = await database.query(newestStatement(dialect, tables.feedback), signal);
  const table = source.tables?.feedback.table ?? defaultTables.feedback;
  const rows = numberAt(newest ?? [], 0);
  if (rows === 0) {
    return answer(
      'data',
      `${name} ${version} can be read; ${table} has no rows.`,
      `Write feedback into ${table}, or name another table in tables:.`,
    );
  }
  if (tables.interactions !== null) await database.query(firstStatement(dialect, tables.interactions), signal);
  const last = numberOrNull(newest ?? [], 1);
  const [strange, unscored] = [numberAt(newest ?? [], 2), numberAt(newest ?? [], 3)];
  const faults = [
    ...(strange === 0
      ? []
      : [
          `${String(strange)} of the newest ${String(rows)} have a signal that is not known (known are ${signalOrder.slice(0, 3).join(', ')}, …)`,
        ]),
    ...(unscored === 0 ? [] : [`${String(unscored)} of the newest ${String(rows)} have a y outside of 0 to 1`]),
  ];
  const said = `${name} ${version} can be read; the newest feedback in ${table} is of ${last === null ? 'no time' : toIso(last)}.`;
  const all = strange === rows;
  const detail = [said, ...faults.map((fault) => `${fault}: they enter no score.`)].join(' ');
  if (all) return answer('data', detail, 'Give signal the names of the canonical schema, in a view if need be.');
  return answer(null, detail, null, capsOf(tables));
}

function capsOf({ feedback, interactions }: Tables): string[] {
  return [
    'feedback',
    ...(interactions === null ? [] : ['interactions']),
    ...(feedback.has('text') ? ['comments'] : []),
    ...(feedback.has('correction') ? ['corrections'] : []),
    ...(feedback.has('attributes') || interactions?.has('attributes') === true ? ['segments'] : []),
  ];
}

/** Of the newest rows: number, time of the last, unknown signals, values out of range. */
function newestStatement(dialect: Dialect, f: Fields): SqlStatement {
  return statement(dialect, (params) => {
    const known = dialect.isOneOf('n.signal', params.add('texts', [...signalOrder]));
    return `SELECT ${dialect.count()} AS rows, max(n.t) AS t, ${dialect.count(`NOT ${known} OR n.signal IS NULL`)} AS strange, ${dialect.count('n.y < 0 OR n.y > 1')} AS outside
      FROM (SELECT ${f.text('signal')} AS signal, ${f.number('y')} AS y, ${f.ms('time')} AS t FROM ${f.shape.table} ${f.alias}
        WHERE ${f.bare('time')} IS NOT NULL ORDER BY ${f.bare('time')} DESC LIMIT ${String(newestRows)}) n`;
  });
}

/** May it be read at all? */
function firstStatement(dialect: Dialect, i: Fields): SqlStatement {
  return statement(dialect, () => `SELECT ${i.key('id')} AS id FROM ${i.shape.table} ${i.alias} LIMIT 1`);
}

/** Rows of each table, a record once whatever its revisions. */
export async function countRecords(
  database: SqlDatabase,
  kind: DatabaseKind,
  source: SourceConfig,
  signal?: AbortSignal,
): Promise<{ interactions: number; feedback: number }> {
  const dialect = dialectOf(kind);
  const tables = await readTables(database, kind, source.tables, signal);
  const count = async (fields: Fields | null): Promise<number> => {
    if (fields === null) return 0;
    const unique = fields.shape.unique.has(fields.column('id')?.name ?? '');
    const what = unique ? dialect.count() : dialect.countDistinct(fields.bare('id'));
    const [row] = await database.query({ text: `SELECT ${what} AS n FROM ${fields.shape.table} ${fields.alias}`, params: [] }, signal);
    return numberAt(row ?? ([] as SqlRow), 0);
  };
  return { interactions: await count(tables.interactions), feedback: await count(tables.feedback) };
}

/** Which step an error of a database is of. */
export function stepOfDatabase(error: EngineError): ProbeStep {
  if (error.code === 'UNTRUSTED_WORKSPACE' || error.code === 'ORIGIN_NOT_CONFIRMED') return 'trust';
  if (error.code === 'KEY_MISSING') return 'auth';
  if (error.code === 'CONFIG_INVALID') return 'config';
  const step = error.details['step'];
  return steps.find((each) => each === step) ?? 'data';
}

const steps: readonly ProbeStep[] = ['name', 'connect', 'tls', 'auth', 'permission', 'version', 'data'];
