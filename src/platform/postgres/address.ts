import { EngineError } from '../../engine/errors.js';
import type { SourceConfig } from '../../engine/config/types.js';

export interface PostgresAddress {
  host: string;
  port: number;
  database: string;
  /** `postgres://host:port`: what is confirmed, and what a key belongs to. */
  origin: string;
  loopback: boolean;
  /** `verify`: the certificate must hold; `encrypt`: anything that speaks TLS (libpq's `require`); `off`: only where asked for, or on this machine. */
  tls: 'verify' | 'encrypt' | 'off';
}

const modes: Readonly<Record<string, PostgresAddress['tls']>> = { 'verify-full': 'verify', require: 'encrypt', disable: 'off' };

/** Throws CONFIG_INVALID. Without `sslmode` a host beyond this machine must show a certificate that holds. */
export function postgresAddress(source: SourceConfig): PostgresAddress {
  const bad = (why: string): EngineError =>
    new EngineError(
      'CONFIG_INVALID',
      `url of the source ${source.name} ${why}. Write it like postgres://host:5432/database in .ratchet/config.yaml.`,
    );
  const text = source.url ?? '';
  if (!URL.canParse(text)) throw bad('is no address of a database');
  const url = new URL(text);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw bad('does not begin with postgres://');
  if (url.username !== '' || url.password !== '') throw bad('holds a user name or password, which belong into user: and key:');
  if (url.hostname === '') throw bad('names no host');
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '' || database.includes('/')) throw bad('names no database');
  for (const key of url.searchParams.keys()) if (key !== 'sslmode') throw bad(`has "${key.slice(0, 30)}", where only sslmode is known`);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const loopback = host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
  const mode = url.searchParams.get('sslmode');
  const tls = mode === null ? (loopback ? 'off' : 'verify') : modes[mode];
  if (tls === undefined) throw bad('has an sslmode that is none of verify-full, require and disable');
  const port = url.port === '' ? 5432 : Number(url.port);
  return { host, port, database, origin: `postgres://${url.hostname}:${String(port)}`, loopback, tls };
}
