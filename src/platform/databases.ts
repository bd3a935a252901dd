/** Databases of teams: opened by source, guarded as every other address, their drivers loaded when first needed. */
import type { ClientConfig, Client } from 'pg';
import type { ClickHouseClient, ClickHouseClientConfigOptions } from '@clickhouse/client';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { EngineError } from '../engine/errors.js';
import type { SourceConfig } from '../engine/config/types.js';
import { stableJson } from '../engine/evaluation/cacheKey.js';
import type { Databases, Http, SqlDatabase } from '../engine/ports.js';
import { clickhouseAddress } from './clickhouse/address.js';
import { createClickhouseDatabase } from './clickhouse/database.js';
import { postgresAddress } from './postgres/address.js';
import { createPostgresDatabase, type ClosableDatabase } from './postgres/database.js';

export interface DatabasesOptions {
  /** Folder of the built bundles: `postgres.js` and `clickhouse.js` are the drivers. */
  distDir: string;
  /** Keys and references, as for every other source. */
  http: Pick<Http, 'key' | 'expand'>;
  trusted: () => boolean;
  /** Origins beyond this machine that may be asked; `null` = any. */
  confirmedOrigins: () => string[] | null;
  /** Time limit of a statement. */
  timeoutMs?: number;
}

const defaultTimeoutMs = 120_000;

export function createDatabases(options: DatabasesOptions): Databases {
  const open = new Map<string, ClosableDatabase>();
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const load = (name: string): unknown => createRequire(join(options.distDir, 'drivers.js'))(join(options.distDir, name));

  function guard(source: SourceConfig, { origin, loopback }: { origin: string; loopback: boolean }): void {
    if (!options.trusted())
      throw new EngineError('UNTRUSTED_WORKSPACE', 'Databases are not asked in an untrusted workspace. Trust the workspace first.');
    const confirmed = options.confirmedOrigins();
    if (confirmed !== null && !loopback && !confirmed.includes(origin)) {
      throw new EngineError(
        'ORIGIN_NOT_CONFIRMED',
        `Feedback of ${source.name} would be read from ${origin}. Confirm this address first.`,
        {
          origin,
        },
      );
    }
  }

  function create(source: SourceConfig): ClosableDatabase {
    const address = source.kind === 'postgres' ? postgresAddress(source) : clickhouseAddress(source);
    const common = {
      name: source.name,
      user: source.user === undefined ? undefined : userOf(source, options.http),
      password: () => passwordOf(source, address.origin, options.http),
      guard: () => {
        guard(source, address);
      },
      timeoutMs,
    };
    if ('tls' in address) {
      return createPostgresDatabase({
        ...common,
        address,
        driver: () => load('postgres.js') as { Client: new (config: ClientConfig) => Client },
      });
    }
    return createClickhouseDatabase({
      ...common,
      address,
      driver: () => load('clickhouse.js') as { createClient: (config: ClickHouseClientConfigOptions) => ClickHouseClient },
    });
  }

  return {
    open(source): SqlDatabase {
      const key = stableJson(source);
      let database = open.get(key);
      if (database === undefined) {
        database = create(source);
        open.set(key, database);
      }
      return database;
    },
    async close() {
      const all = [...open.values()];
      open.clear();
      await Promise.all(all.map((each) => each.close()));
    },
  };
}

function userOf(source: SourceConfig, http: DatabasesOptions['http']): string {
  const user = http.expand(source.user ?? '');
  if (user !== null) return user;
  throw new EngineError('KEY_MISSING', `The variable that user of the source ${source.name} names is not set. Set it.`);
}

/** `null`: none is given, which is right for a database that trusts whoever connects. Throws KEY_MISSING where one is meant and not there. */
function passwordOf(source: SourceConfig, origin: string, http: DatabasesOptions['http']): string | null {
  const password = http.key(source, origin);
  if (password !== null || source.key === undefined) return password;
  throw new EngineError(
    'KEY_MISSING',
    `The key of the source ${source.name} is not set: ${source.key}. Set that environment variable, or give the key in VS Code with “Prompt Ratchet: Set a Key…”.`,
    { origin },
  );
}
