/** How a collector is served. */
import { isIP } from 'node:net';
import { EngineError } from '../../engine/errors.js';

export interface ServeLimits {
  /** A body, as it arrives and after unpacking. */
  bodyBytes: number;
  /** All bodies together that are arriving or wait to be read. */
  heldBytes: number;
  headerBytes: number;
  /** Until the headers are there, and until the whole request is. */
  headersMs: number;
  requestMs: number;
  /** A connection without a request. */
  idleMs: number;
  connections: number;
  /** How often slow ones are looked for. */
  checkMs: number;
}

const mib = 1024 * 1024;

export const defaultLimits: ServeLimits = {
  bodyBytes: mib,
  heldBytes: 32 * mib,
  headerBytes: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 30_000,
  connections: 1024,
  checkMs: 1000,
};

export interface ServeOptions {
  /** Default 127.0.0.1. Any other than this machine itself needs a token. */
  host?: string;
  /** Default 0: any free one. */
  port?: number;
  /** Asked for as `Authorization: Bearer …`; `null` = none. */
  token?: string | null;
  /** Origins of web pages that may send, such as `https://app.example`. */
  cors?: readonly string[];
  limits?: Partial<ServeLimits>;
}

export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** Throws BAD_USAGE: one clear sentence, before anything listens. */
export function checkOptions(options: ServeOptions): void {
  const { host = '127.0.0.1', token = null, cors = [] } = options;
  if (token === '') throw new EngineError('BAD_USAGE', 'The token is empty. Set one, or leave it out to collect on this machine only.');
  if (token === null && !isLoopback(host)) {
    throw new EngineError(
      'BAD_USAGE',
      `Other machines can reach ${host}, so a token is needed: put one into an environment variable and name it with --token-env.`,
    );
  }
  const wrong = cors.find((origin) => !isOrigin(origin));
  if (wrong !== undefined) {
    throw new EngineError('BAD_USAGE', `"${wrong}" is not an origin. Write it as a browser sends it, such as https://app.example.`);
  }
}

/** Scheme, host and port, nothing else; `*` and `null` would let in every page. */
function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.origin === text && !text.includes('*');
}
