/** Sources that are databases of a team: never copied, asked where they lie. */
import type { SourceConfig, WorkspaceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import type { Databases } from '../ports.js';
import { stableJson } from '../evaluation/cacheKey.js';
import type { FeedbackBackend } from './backend.js';
import type { ProbeResult } from './sources/source.js';
import { createSqlBackend } from './sql/backend.js';
import { countRecords, probeDatabase, stepOfDatabase } from './sql/probe.js';
import type { DatabaseKind } from './sql/tables.js';

export function databaseKind(kind: string): DatabaseKind | null {
  return kind === 'postgres' || kind === 'clickhouse' ? kind : null;
}

export interface NamedBackend {
  /** Of the source. */
  name: string;
  backend: FeedbackBackend;
}

/** Back ends of all sources that are databases; each is kept as long as its source stays as it is, with what it knows of its tables. */
export class DatabaseSources {
  private backends = new Map<string, NamedBackend>();

  constructor(private readonly databases: Databases) {}

  /** Connects to nothing. A source whose address cannot be used is a back end that fails when it is asked. */
  all(config: WorkspaceConfig, pseudonym: (user: string) => string): NamedBackend[] {
    const now = new Map<string, NamedBackend>();
    for (const source of config.sources) {
      const kind = databaseKind(source.kind);
      if (kind === null) continue;
      const key = stableJson(source);
      now.set(key, this.backends.get(key) ?? { name: source.name, backend: this.create(source, kind, pseudonym) });
    }
    this.backends = now;
    return [...now.values()];
  }

  private create(source: SourceConfig, kind: DatabaseKind, pseudonym: (user: string) => string): FeedbackBackend {
    // Opened with each statement: the port shares its clients, and says only then what is wrong with the address.
    const database = {
      query: async (...given: Parameters<ReturnType<Databases['open']>['query']>) => this.databases.open(source).query(...given),
    };
    return createSqlBackend({ name: source.name, kind, database, tables: source.tables, pseudonym });
  }
}

/** Never throws but CANCELLED. */
export async function probeDatabaseSource(
  databases: Databases,
  source: SourceConfig,
  kind: DatabaseKind,
  signal?: AbortSignal,
): Promise<ProbeResult> {
  try {
    return await probeDatabase(databases.open(source), kind, source, signal);
  } catch (error) {
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    // Sentences of errors end with what to do.
    const cut = error.message.lastIndexOf('. ', error.message.length - 2);
    const [detail, todo] = cut < 0 ? [error.message, null] : [error.message.slice(0, cut + 1), error.message.slice(cut + 2)];
    return { ok: false, failed: stepOfDatabase(error), detail, todo, version: null, caps: [] };
  }
}

/** How many records there are: what a pull says of a source that is never copied. */
export function countDatabaseSource(
  databases: Databases,
  source: SourceConfig,
  kind: DatabaseKind,
  signal?: AbortSignal,
): Promise<{ interactions: number; feedback: number }> {
  return countRecords(databases.open(source), kind, source, signal);
}
