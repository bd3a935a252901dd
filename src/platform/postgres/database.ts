import type { Client, ClientConfig } from 'pg';
import { throwIfAborted, type EngineError } from '../../engine/errors.js';
import type { SqlDatabase, SqlRow, SqlStatement } from '../../engine/ports.js';
import type { PostgresAddress } from './address.js';
import { postgresFault } from './faults.js';

export interface PostgresOptions {
  /** Name of the source. */
  name: string;
  address: PostgresAddress;
  user: string | undefined;
  /** Read when it connects. */
  password: () => string | null;
  /** Throws where the database must not be asked now. */
  guard: () => void;
  driver: () => { Client: new (config: ClientConfig) => Client };
  timeoutMs: number;
}

export interface ClosableDatabase extends SqlDatabase {
  close(): Promise<void>;
}

const connectMs = 10_000;

/**
 * One connection, made at the first statement and kept; statements go one after the other, each in a read-only transaction with a time limit.
 * What the surroundings say of PostgreSQL (PGHOST, PGPASSWORD, PGOPTIONS, a password file) is not looked at: the config speaks.
 */
export function createPostgresDatabase(options: PostgresOptions): ClosableDatabase {
  const { name, address, timeoutMs } = options;
  let client: Promise<Client> | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  const fault = (error: unknown): EngineError => postgresFault(error, name, address.origin);

  function settings(): ClientConfig {
    const password = options.password() ?? '';
    return {
      host: address.host,
      port: address.port,
      database: address.database,
      user: options.user ?? 'postgres',
      // A function, so that no other password is looked for where there is none.
      password: () => password,
      ssl: address.tls === 'off' ? false : { rejectUnauthorized: address.tls === 'verify', servername: address.host },
      // Not from the surroundings.
      options: '-c default_transaction_read_only=on',
      application_name: 'prompt-ratchet',
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
    };
  }

  async function connect(): Promise<Client> {
    const { Client: Driver } = options.driver();
    const made = new Driver(settings());
    // A connection that breaks while nobody asks: the next statement makes another.
    made.on('error', () => {
      client = null;
    });
    try {
      await made.connect();
      return made;
    } catch (error) {
      client = null;
      await made.end().catch(() => undefined);
      throw fault(error);
    }
  }

  async function run(statement: SqlStatement, signal: AbortSignal | undefined): Promise<SqlRow[]> {
    throwIfAborted(signal);
    options.guard();
    client ??= connect();
    const connection = await client;
    holds(connection, true);
    const stop = (): void => {
      void cancel(connection);
    };
    signal?.addEventListener('abort', stop, { once: true });
    try {
      await connection.query(
        `BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${String(timeoutMs)}; SET LOCAL work_mem = '64MB'; SET LOCAL timezone = 'UTC'; SET LOCAL jit = off; SET LOCAL extra_float_digits = 3`,
      );
      const result = await connection.query<unknown[]>({
        text: statement.text,
        values: statement.params as unknown[],
        rowMode: 'array',
        types: plain,
      });
      await connection.query('COMMIT');
      return result.rows;
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => {
        client = null;
      });
      throwIfAborted(signal);
      throw fault(error);
    } finally {
      signal?.removeEventListener('abort', stop);
      // Whoever has nothing else to do may end although this connection stands.
      holds(connection, false);
    }
  }

  /** The server's own way to end a statement: a second connection with the number of the first. */
  async function cancel(connection: Client): Promise<void> {
    const { Client: Driver } = options.driver();
    const other = new Driver(settings());
    other.on('error', () => undefined);
    try {
      await other.connect();
      await other.query('SELECT pg_cancel_backend($1)', [(connection as unknown as { processID: number }).processID]);
    } catch {
      // The time limit of the statement ends it.
    } finally {
      await other.end().catch(() => undefined);
    }
  }

  return {
    query(statement, signal) {
      const next = queue.then(
        () => run(statement, signal),
        () => run(statement, signal),
      );
      queue = next;
      return next;
    },
    async close() {
      const open = client;
      client = null;
      await open?.then((connection) => connection.end()).catch(() => undefined);
    },
  };
}

/** Whether the process has to wait for this connection; missing in the driver's types. */
function holds(connection: Client, waits: boolean): void {
  const socket = connection as unknown as { ref(): void; unref(): void };
  if (waits) socket.ref();
  else socket.unref();
}

/** Everything as its text: the engine reads what it needs. */
const plain = { getTypeParser: () => (value: unknown) => value };
