import type { ClickHouseClient, ClickHouseClientConfigOptions } from '@clickhouse/client';
import { throwIfAborted } from '../../engine/errors.js';
import type { SqlRow, SqlStatement } from '../../engine/ports.js';
import type { ClosableDatabase } from '../postgres/database.js';
import type { ClickhouseAddress } from './address.js';
import { clickhouseFault, isReadonlyProfile } from './faults.js';

export interface ClickhouseOptions {
  /** Name of the source. */
  name: string;
  address: ClickhouseAddress;
  user: string | undefined;
  /** Read when the first statement is asked. */
  password: () => string | null;
  /** Throws where the database must not be asked now. */
  guard: () => void;
  driver: () => { createClient: (config: ClickHouseClientConfigOptions) => ClickHouseClient };
  timeoutMs: number;
}

/** Statements over HTTP, side by side; each is read-only and has a time limit. */
export function createClickhouseDatabase(options: ClickhouseOptions): ClosableDatabase {
  const { name, address, timeoutMs } = options;
  let client: ClickHouseClient | null = null;
  /** The user's own profile is read-only: it lets no setting be changed, and none is needed. */
  let profiled = false;

  function connect(): ClickHouseClient {
    client ??= options.driver().createClient({
      url: address.origin,
      pathname: address.path,
      username: options.user ?? 'default',
      password: options.password() ?? '',
      database: address.database,
      application: 'prompt-ratchet',
      request_timeout: timeoutMs + 5000,
      max_open_connections: 4,
      log: { level: 127 },
    });
    return client;
  }

  async function ask(statement: SqlStatement, signal: AbortSignal | undefined): Promise<SqlRow[]> {
    const params = Object.fromEntries(statement.params.map((value, index) => [`p${String(index + 1)}`, value]));
    const settings = {
      readonly: '2',
      max_execution_time: Math.ceil(timeoutMs / 1000),
      cancel_http_readonly_queries_on_client_close: 1 as const,
      // Compiling our long expressions takes longer than what it saves on some million rows.
      compile_expressions: 0 as const,
    };
    const result = await connect().query({
      query: statement.text,
      format: 'JSONCompact',
      query_params: params,
      ...(profiled ? {} : { clickhouse_settings: settings }),
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    return (await result.json<SqlRow>()).data;
  }

  return {
    async query(statement, signal) {
      throwIfAborted(signal);
      options.guard();
      try {
        try {
          return await ask(statement, signal);
        } catch (error) {
          if (profiled || !isReadonlyProfile(error)) throw error;
          profiled = true;
          return await ask(statement, signal);
        }
      } catch (error) {
        throwIfAborted(signal);
        throw clickhouseFault(error, name, address.origin);
      }
    },
    async close() {
      const open = client;
      client = null;
      await open?.close();
    },
  };
}
