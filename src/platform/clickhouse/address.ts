import { EngineError } from '../../engine/errors.js';
import type { SourceConfig } from '../../engine/config/types.js';
import { isLoopback } from '../openai/origin.js';

export interface ClickhouseAddress {
  /** `https://host:port`: what is confirmed, and what a key belongs to. */
  origin: string;
  /** Of a proxy in front of it; '' for none. */
  path: string;
  database: string;
  loopback: boolean;
}

/** Throws CONFIG_INVALID. `project` of the source names the database; it is `default` where nothing does. */
export function clickhouseAddress(source: SourceConfig): ClickhouseAddress {
  const bad = (why: string): EngineError =>
    new EngineError('CONFIG_INVALID', `url of the source ${source.name} ${why}. Write it like https://host:8443 in .ratchet/config.yaml.`);
  const text = source.url ?? '';
  if (!URL.canParse(text)) throw bad('is no web address');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw bad('is neither http nor https');
  if (url.username !== '' || url.password !== '') throw bad('holds a user name or password, which belong into user: and key:');
  if (url.search !== '') throw bad('has settings behind a question mark, which are not taken');
  const path = url.pathname.replace(/\/+$/, '');
  return { origin: url.origin, path, database: source.project ?? 'default', loopback: isLoopback(url.origin) };
}
