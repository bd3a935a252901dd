/**
 * What all servers of feedback have in common: JSON or a named reason why not, waiting where a server asks for it, and no key in any text.
 */
import { EngineError, throwIfAborted } from '../../../errors.js';
import type { Clock, Http } from '../../../ports.js';
import { apiFault, httpFaultOf } from './faults.js';
import { backoffMs, isPassing, longestWaitMs, retryAfterMs } from './retry.js';

export type Query = readonly (readonly [string, string])[];

export interface ApiAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** The parsed body; `null` for an answer of `accept` that is no JSON. */
  body: unknown;
}

export interface AskOptions {
  /** Statuses beyond 2xx that are answers here, such as 404 for "nothing of that". */
  accept?: readonly number[];
  /** Changes the text before it is parsed. */
  prepare?: (text: string) => string;
  /** The answer is a plain text, whatever its type says: `body` is a string. */
  plain?: boolean;
}

export interface ApiClientOptions {
  /** Of the server, in messages: `Phoenix`. */
  product: string;
  /** `url` of the source; paths are appended to it. */
  url: string;
  /** Of every request. */
  headers: Record<string, string>;
  /** Cut out of whatever a server writes. */
  secrets: readonly string[];
  http: Http;
  clock: Clock;
  signal: AbortSignal | undefined;
  /** How often a passing failure is tried again: 0 for a probe. */
  retries: number;
  timeoutMs?: number;
}

const longestQuote = 200;

export class ApiClient {
  readonly origin: string;
  /** Of the last answer of any status: servers say their version and their time there. */
  lastHeaders: Readonly<Record<string, string>> = {};
  private readonly base: string;

  constructor(private readonly options: ApiClientOptions) {
    const url = new URL(options.url);
    this.origin = url.origin;
    this.base = `${url.origin}${url.pathname.replace(/\/+$/u, '')}`;
  }

  /** `path` is encoded already and begins with `/`. Throws SOURCE_FAILED with `details.step`, and what the port throws. */
  get(path: string, query: Query = [], options: AskOptions = {}): Promise<ApiAnswer> {
    const pairs = query.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
    return this.ask('GET', pairs.length === 0 ? path : `${path}?${pairs.join('&')}`, undefined, options);
  }

  post(path: string, body: unknown, options: AskOptions = {}): Promise<ApiAnswer> {
    return this.ask('POST', path, JSON.stringify(body), options);
  }

  /** The server's clock (ms), by which its records are dated; ours where it does not say. */
  get serverTime(): number {
    const time = Date.parse(this.lastHeaders['date'] ?? '');
    return Number.isNaN(time) ? this.options.clock.now().getTime() : time;
  }

  private async ask(method: 'GET' | 'POST', path: string, body: string | undefined, options: AskOptions): Promise<ApiAnswer> {
    const { clock, signal, retries } = this.options;
    for (let attempt = 0; ; attempt++) {
      throwIfAborted(signal);
      let error: EngineError;
      try {
        return await this.once(method, path, body, options);
      } catch (cause) {
        if (!EngineError.is(cause, 'SOURCE_FAILED')) throw cause;
        error = cause;
      }
      const asked = typeof error.details['retryAfterMs'] === 'number' ? error.details['retryAfterMs'] : null;
      const tries = Math.min(retries, triesOf(error));
      if (error.details['retryable'] !== true || attempt >= tries || (asked ?? 0) > longestWaitMs) throw error;
      await clock.sleep(Math.max(asked ?? 0, backoffMs(attempt)), signal);
    }
  }

  private async once(method: 'GET' | 'POST', path: string, body: string | undefined, options: AskOptions): Promise<ApiAnswer> {
    const { http, signal, timeoutMs } = this.options;
    const answer = await http.request(
      {
        method,
        url: `${this.base}${path}`,
        headers: {
          accept: 'application/json',
          'user-agent': 'prompt-ratchet',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...this.options.headers,
        },
        ...(body === undefined ? {} : { body }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      },
      signal,
    );
    const { status, headers } = answer;
    this.lastHeaders = headers;
    const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    const isJson = /^[\w.+-]+\/(?:[\w.+-]+\+)?json$/u.test(type);
    const good = status >= 200 && status < 300;
    const accepted = options.accept?.includes(status) === true;
    if (!good && !accepted) throw this.refusal(status, headers, isJson, answer.body);
    if (good && options.plain === true) return { status, headers, body: new TextDecoder().decode(answer.body.subarray(0, 4096)) };
    if (!isJson) {
      if (accepted) return { status, headers, body: null };
      throw this.notJson(path, type);
    }
    const text = new TextDecoder().decode(answer.body);
    try {
      return { status, headers, body: JSON.parse(options.prepare?.(text) ?? text) as unknown };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw this.fault({
        step: 'data',
        said: `its answer to ${shown(path)} is no valid JSON`,
        todo: 'Check the server’s log.',
        retryable: true,
      });
    }
  }

  private fault(fault: Parameters<typeof apiFault>[0]): EngineError {
    return apiFault({ ...fault, said: `${this.origin}: ${fault.said}` });
  }

  private notJson(path: string, type: string): EngineError {
    const { product } = this.options;
    const what = type === 'text/html' || type === 'application/xhtml+xml' ? 'a web page' : type === '' ? 'something untyped' : type;
    return this.fault({
      step: 'config',
      said: `it answers ${shown(path)} with ${what} and not with JSON`,
      todo: `Check that url is the address of ${product} itself, with its path where it has one, and not of a login page or another program.`,
    });
  }

  private refusal(status: number, headers: Record<string, string>, isJson: boolean, body: Uint8Array): EngineError {
    const { product, clock } = this.options;
    const code = String(status);
    const quote = this.quoted(isJson, headers['content-type'] ?? '', body);
    if (status === 401 || status === 407)
      return this.fault({
        step: 'auth',
        status,
        said: `it does not accept the key (${code})${quote}`,
        todo: `Give the right key of ${product} for this address.`,
      });
    if (status === 403) {
      const todo = `Give a key of ${product} that may read this project.`;
      return this.fault({ step: 'permission', status, said: `the key is not allowed to read this (403)${quote}`, todo });
    }
    if (isPassing(status)) {
      const wait = retryAfterMs(headers['retry-after'], clock.now().getTime());
      const busy = status === 429;
      const later = wait === null || wait < 1000 ? 'later' : `in ${String(Math.ceil(wait / 1000))} s`;
      const error = this.fault({
        step: busy ? 'permission' : 'connect',
        status,
        said: busy ? `it asks for fewer requests (429)` : `it failed (${code})${quote}`,
        todo: `What was read is kept. Pull again ${later}.`,
        retryable: true,
      });
      return wait === null ? error : new EngineError(error.code, error.message, { ...error.details, retryAfterMs: wait });
    }
    const todo =
      status === 404 || status === 405
        ? `Check url and project, and that this ${product} is new enough.`
        : `Check the settings of this source in .ratchet/config.yaml.`;
    return this.fault({ step: 'data', status, said: `it refuses the request (${code})${quote}`, todo });
  }

  /** What a server says of a refusal, as short plain text; of a web page nothing. */
  private quoted(isJson: boolean, type: string, body: Uint8Array): string {
    if (!isJson && !type.startsWith('text/plain')) return '';
    let text = new TextDecoder().decode(body.subarray(0, 4096));
    // The first of these texts, also in a body that was cut: with its quotes it is JSON.
    if (isJson) text = unquoted(/"(?:message|detail|msg|error)"\s*:\s*("(?:[^"\\]|\\.)*")/u.exec(text)?.[1] ?? '""');
    for (const secret of this.options.secrets) if (secret.length >= 4) text = text.replaceAll(secret, '[key]');
    const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\s]+/gu, ' ').trim();
    return plain === '' ? '' : `: ${plain.slice(0, longestQuote).replace(/[.!\s]+$/u, '')}`;
  }
}

/** Where nobody listens a second try a moment later is enough, and a wait for nothing is not repeated often; a server that asks for patience gets it. */
function triesOf(error: EngineError): number {
  const fault = httpFaultOf(error);
  if (fault !== null) return fault === 'timeout' ? 1 : 2;
  return error.details['status'] === 429 ? Infinity : 4;
}

function unquoted(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}

/** Without the query, which may hold ids. */
function shown(path: string): string {
  return path.split('?')[0] ?? path;
}
