/** Who may speak to the collector: the right host, a named origin, the token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from './options.js';

export interface Refused {
  status: 401 | 403;
  message: string;
  headers?: Record<string, string>;
}

export class Guard {
  private readonly token: Buffer | null;
  private readonly origins: ReadonlySet<string>;

  constructor(
    private readonly local: boolean,
    token: string | null,
    cors: readonly string[],
  ) {
    this.token = token === null ? null : digest(token);
    this.origins = new Set(cors);
  }

  /**
   * A page on the web can make a browser ask this machine (directly, or under a name of its own that points here). The
   * browser then says so in `Origin` or in `Host`.
   */
  checkPlace(request: IncomingMessage): Refused | null {
    const { host, origin } = request.headers;
    if (this.local && !isLocalHost(host)) {
      return { status: 403, message: 'The collector answers to the name of this machine only (127.0.0.1, localhost).' };
    }
    if (origin !== undefined && !this.origins.has(origin)) {
      return { status: 403, message: 'Pages of this origin may not send feedback. Name it with --cors when starting the collector.' };
    }
    return null;
  }

  /** Digests have one length, so that the comparison takes the same time for any guess. */
  checkToken(request: IncomingMessage): Refused | null {
    if (this.token === null) return null;
    const given = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (timingSafeEqual(digest(given), this.token)) return null;
    return {
      status: 401,
      message: 'The token is missing or wrong. Send it as Authorization: Bearer TOKEN.',
      headers: { 'www-authenticate': 'Bearer realm="ratchet collect"' },
    };
  }

  /** Headers for an answer to a page, whatever it is; empty where no named origin asks. */
  corsHeaders(request: IncomingMessage): Record<string, string> {
    const { origin } = request.headers;
    if (this.origins.size === 0) return {};
    if (origin === undefined || !this.origins.has(origin)) return { vary: 'Origin' };
    return { vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': 'Retry-After' };
  }

  preflightHeaders(request: IncomingMessage, methods: string): Record<string, string> {
    return {
      ...this.corsHeaders(request),
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'Authorization, Content-Type, Content-Encoding',
      'access-control-max-age': '600',
      ...(request.headers['access-control-request-private-network'] === 'true' ? { 'access-control-allow-private-network': 'true' } : {}),
    };
  }
}

function isLocalHost(host: string | undefined): boolean {
  const name = /^(\[[0-9a-f:]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1];
  return name !== undefined && isLoopback(name);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
