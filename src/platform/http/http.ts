import { EngineError, throwIfAborted } from '../../engine/errors.js';
import type { Http, HttpRequest, HttpResponse } from '../../engine/ports.js';
import { isLoopback, keyVariable } from '../openai/origin.js';
import { httpFault, toHttpFault } from './faults.js';

export interface HttpOptions {
  env: Readonly<Record<string, string | undefined>>;
  trusted: () => boolean;
  /** Origins beyond this machine that may be asked; `null` = any. */
  confirmedOrigins: () => string[] | null;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const reference = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** Requests to sources by Node's `fetch`. Every call passes the guard: trust or a confirmation may have been withdrawn. */
export function createHttp(options: HttpOptions): Http {
  function guard(url: string): string {
    const parsed = URL.canParse(url) ? new URL(url) : null;
    if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:'))
      throw new EngineError(
        'CONFIG_INVALID',
        'The address of a source is no web address. Write it as https://host in .ratchet/config.yaml.',
      );
    if (parsed.username !== '' || parsed.password !== '')
      throw new EngineError('CONFIG_INVALID', 'The address of a source holds a user name or password. Write key: "${env:NAME}" instead.');
    if (!options.trusted())
      throw new EngineError('UNTRUSTED_WORKSPACE', 'Sources are not asked in an untrusted workspace. Trust the workspace first.');
    const confirmed = options.confirmedOrigins();
    if (confirmed !== null && !isLoopback(parsed.origin) && !confirmed.includes(parsed.origin)) {
      throw new EngineError('ORIGIN_NOT_CONFIRMED', `Feedback would be read from ${parsed.origin}. Confirm this address first.`, {
        origin: parsed.origin,
      });
    }
    return parsed.origin;
  }

  return {
    async request(request, signal) {
      throwIfAborted(signal);
      const origin = guard(request.url);
      const limit = request.timeoutMs ?? TIMEOUT_MS;
      const timeout = AbortSignal.timeout(limit);
      const any = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
      try {
        return await follow(request, origin, any);
      } catch (error) {
        throwIfAborted(signal);
        if (timeout.aborted) throw httpFault('timeout', origin, `no answer came within ${String(limit / 1000)} s`);
        throw toHttpFault(error, origin);
      }
    },

    key(source, origin) {
      const given = options.env[keyVariable(origin)];
      const own = given === undefined || given === '' ? null : given;
      if (source.key === undefined) return own;
      const name = reference.exec(source.key)?.[1];
      if (name === undefined) {
        throw new EngineError(
          'CONFIG_INVALID',
          `The key of the source ${source.name} must be a reference such as \${env:NAME}, never the key itself. Take it out of .ratchet/config.yaml.`,
        );
      }
      const value = options.env[name];
      return value === undefined || value === '' ? own : value;
    },

    expand(value) {
      const name = reference.exec(value)?.[1];
      if (name === undefined) return value;
      const found = options.env[name];
      return found === undefined || found === '' ? null : found;
    },
  };
}

/** Redirects by hand: within the origin that the key belongs to, and only where the request stays what it was. */
async function follow(request: HttpRequest, origin: string, signal: AbortSignal): Promise<HttpResponse> {
  let url = request.url;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await fetch(url, {
      method: request.method,
      headers: { accept: 'application/json', ...request.headers },
      redirect: 'manual',
      signal,
      ...(request.body === undefined ? {} : { body: request.body as string | Uint8Array<ArrayBuffer> }),
    });
    if (![301, 302, 303, 307, 308].includes(response.status)) return await readBody(response, origin, request.maxBytes ?? MAX_BYTES);
    await response.body?.cancel();
    const location = response.headers.get('location') ?? '';
    const target = URL.canParse(location, url) ? new URL(location, url) : null;
    if (target?.origin !== origin) {
      const where = target === null ? 'nowhere' : target.origin;
      throw httpFault('redirect', origin, `it redirects to ${where}, and no key is taken there`);
    }
    // Of a POST only 307 and 308 keep method and body; after another status there is no request left to repeat.
    if (request.method === 'POST' && response.status !== 307 && response.status !== 308)
      throw httpFault('redirect', origin, `it redirects to ${target.pathname}`);
    url = target.href;
  }
  throw httpFault('redirect', origin, 'it redirects in a circle', 'Check the address.');
}

/** Stops at `maxBytes` of what the body unpacks to, so that neither a flood nor a bomb fills the memory. */
async function readBody(response: Response, origin: string, maxBytes: number): Promise<HttpResponse> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body !== null) {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      length += chunk.byteLength;
      if (length > maxBytes) throw httpFault('tooLarge', origin, `its answer is larger than ${String(Math.round(maxBytes / 1048576))} MiB`);
      chunks.push(chunk);
    }
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}
