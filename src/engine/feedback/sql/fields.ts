/** Which column holds which canonical field, and as what it is read. */
import { EngineError } from '../../errors.js';
import { isName, type Column, type Dialect, type TableShape } from './dialect.js';

/** By canonical field: the names that a column has where `tables:` does not say another. */
export const interactionFields = {
  id: ['id', 'interaction_id'],
  revision: ['revision'],
  updated_at: ['updated_at'],
  time: ['time', 'created_at', 'timestamp'],
  prompt: ['prompt', 'prompt_name'],
  version: ['version', 'prompt_version'],
  sha256: ['sha256', 'prompt_sha256'],
  link: ['link'],
  variant: ['variant'],
  trace_id: ['trace_id'],
  span_id: ['span_id'],
  user: ['user_id', 'user'],
  session: ['session_id', 'session'],
  status: ['status'],
  error_type: ['error_type'],
  latency_ms: ['latency_ms'],
  retries: ['retries'],
  variables: ['variables'],
  input: ['input'],
  output: ['output'],
  documents: ['documents'],
  attributes: ['attributes'],
} as const;

export const feedbackFields = {
  id: ['id', 'feedback_id'],
  revision: ['revision'],
  updated_at: ['updated_at'],
  time: ['time', 'created_at', 'timestamp'],
  interaction_id: ['interaction_id'],
  trace_id: ['trace_id'],
  span_id: ['span_id'],
  prompt: ['prompt', 'prompt_name'],
  version: ['version', 'prompt_version'],
  sha256: ['sha256', 'prompt_sha256'],
  link: ['link'],
  signal: ['signal'],
  actor: ['actor'],
  y: ['y'],
  raw: ['raw', 'rating', 'score'],
  label: ['label'],
  text: ['text', 'comment'],
  correction: ['correction'],
  user: ['user_id', 'user'],
  session: ['session_id', 'session'],
  stratum: ['stratum'],
  inclusion_prob: ['inclusion_prob'],
  attributes: ['attributes'],
} as const;

export type InteractionField = keyof typeof interactionFields;
export type FeedbackField = keyof typeof feedbackFields;
export type Field = InteractionField | FeedbackField;

/** Columns of one table by canonical field, as expressions. `alias` goes before each column. */
export class Fields {
  constructor(
    private readonly dialect: Dialect,
    readonly shape: TableShape,
    private readonly columns: ReadonlyMap<Field, Column>,
    /** Of the table in a statement. */
    readonly alias: string,
  ) {}

  has(field: Field): boolean {
    return this.columns.has(field);
  }

  column(field: Field): Column | undefined {
    return this.columns.get(field);
  }

  /** As it is in the table, for an index to be used. */
  bare(field: Field): string {
    const column = this.columns.get(field);
    return column === undefined ? this.dialect.nullText() : `${this.alias}.${this.dialect.quote(column.name)}`;
  }

  text(field: Field): string {
    return this.read(field, this.dialect.nullText(), (e, kind) => this.dialect.text(e, kind));
  }

  key(field: Field): string {
    const column = this.columns.get(field);
    return column === undefined ? this.dialect.nullText() : this.dialect.key(this.bare(field), column);
  }

  number(field: Field): string {
    return this.read(field, this.dialect.nullNumber(), (e, kind) => this.dialect.number(e, kind));
  }

  ms(field: Field): string {
    return this.read(field, this.dialect.nullNumber(), (e, kind) => this.dialect.ms(e, kind));
  }

  micros(field: Field): string {
    return this.read(field, this.dialect.nullNumber(), (e, kind) => this.dialect.micros(e, kind));
  }

  json(field: Field): string {
    return this.read(field, this.dialect.nullText(), (e, kind) => this.dialect.json(e, kind));
  }

  attribute(field: Field, key: string): string {
    return this.read(field, this.dialect.nullText(), (e, kind) => this.dialect.attribute(e, kind, key));
  }

  variable(field: Field, key: string): string {
    return this.read(field, this.dialect.nullText(), (e, kind) => this.dialect.variable(e, kind, key));
  }

  private read(field: Field, missing: string, expression: (e: string, kind: Column['kind']) => string): string {
    const column = this.columns.get(field);
    return column === undefined ? missing : expression(this.bare(field), column.kind);
  }
}

const numeric: readonly Field[] = ['y', 'inclusion_prob', 'latency_ms', 'retries', 'revision'];
const times: readonly Field[] = ['time', 'updated_at'];

/**
 * `mapping`: by canonical field the column that holds it. Throws SOURCE_FAILED with the step `data` for a column that is not there or cannot
 * be read as what the field is.
 */
export function resolveFields(
  dialect: Dialect,
  shape: TableShape,
  what: { table: string; defaults: Readonly<Record<string, readonly string[]>>; mapping: Readonly<Record<string, string>>; alias: string },
): Fields {
  const wrong = (message: string): EngineError => new EngineError('SOURCE_FAILED', message, { step: 'data' });
  for (const field of Object.keys(what.mapping)) {
    if (!Object.hasOwn(what.defaults, field))
      throw new EngineError(
        'CONFIG_INVALID',
        `"${field.slice(0, 50)}" is no field of ${what.table}. Use ${Object.keys(what.defaults).join(', ')}.`,
      );
  }
  const columns = new Map<Field, Column>();
  for (const [field, names] of Object.entries(what.defaults) as [Field, readonly string[]][]) {
    const named = Object.hasOwn(what.mapping, field) ? what.mapping[field] : undefined;
    const found = (named === undefined ? names : [named]).map((name) => shape.columns.get(name)).find((each) => each !== undefined);
    if (named !== undefined && (found === undefined || !isName(named)))
      throw wrong(`The table ${what.table} has no column "${named.slice(0, 50)}" for ${field}. Correct tables: in .ratchet/config.yaml.`);
    if (found === undefined) continue;
    if (isReadable(field, found)) columns.set(field, found);
    else if (named !== undefined || field === 'time')
      throw wrong(
        `The column "${found.name}" of ${what.table} is of type ${found.type}, which cannot be read as ${field}. Give a view with another type.`,
      );
  }
  for (const field of ['id', 'time'] as const) {
    if (!columns.has(field))
      throw wrong(`The table ${what.table} has no column for ${field}. Name one in tables: of .ratchet/config.yaml.`);
  }
  return new Fields(dialect, shape, columns, what.alias);
}

function isReadable(field: Field, { kind }: Column): boolean {
  if (times.includes(field)) return kind === 'time' || kind === 'localTime' || kind === 'number';
  if (numeric.includes(field)) return kind === 'number' || (field === 'y' && kind === 'boolean');
  if (field === 'attributes' || field === 'variables') return kind === 'json' || kind === 'map' || kind === 'text';
  return kind !== 'other' || field === 'documents';
}
