import type { OpenAI } from 'openai';
import type { ModelProfile } from '../../engine/config/types.js';
import { EngineError } from '../../engine/errors.js';
import type { ChatRequest, ChatResponse, ModelClient } from '../../engine/ports.js';
import { fault, toFault } from './faults.js';
import { addressOf, originOf, resolveKey } from './origin.js';

const TIMEOUT_MS = 120_000;
const MAX_REDIRECTS = 3;

/** What we read of an answer; endpoints that call themselves compatible differ in the rest. */
interface Completion {
  choices?: { message?: { content?: unknown; refusal?: unknown } | null; finish_reason?: unknown }[];
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null;
}

/**
 * Redirects are followed only within the origin that the key belongs to; anywhere else they are a fault, so neither key nor
 * prompt reaches an address that the user did not name.
 */
export function sameOriginFetch(origin: string): typeof fetch {
  return async (input, init) => {
    let address = input instanceof Request ? input.url : String(input);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await fetch(address, { ...init, redirect: 'manual' });
      if (response.status < 300 || response.status > 399) return response;
      await response.body?.cancel();
      const location = response.headers.get('location') ?? '';
      const target = URL.canParse(location, address) ? new URL(location, address) : null;
      if (target?.origin !== origin) throw fault('redirect', origin, `it redirects to ${target?.origin ?? 'nowhere'}`, null);
      // Only 307 and 308 keep the method and the body; after another status there is no request left to repeat.
      if (response.status !== 307 && response.status !== 308) throw fault('redirect', origin, `it redirects to ${target.pathname}`, null);
      address = target.href;
    }
    throw fault('redirect', origin, 'it redirects in a circle', null);
  };
}

/** Client of an OpenAI-compatible endpoint. Retries are the runner's: this makes one request a call. Throws KEY_MISSING, CONFIG_INVALID. */
export function createOpenaiClient(profile: ModelProfile, env: Readonly<Record<string, string | undefined>>): ModelClient {
  const origin = originOf(profile, env);
  const key = resolveKey(profile, origin, env);
  // Everything that the package would else take from the environment is given here: an organisation id or a debug log is not ours to send or write.
  const settings = {
    apiKey: key ?? 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: addressOf(profile, env),
    maxRetries: 0,
    logLevel: 'off',
    fetch: sameOriginFetch(origin),
    defaultHeaders: key === null ? { Authorization: null } : {},
  } satisfies ConstructorParameters<typeof OpenAI>[0];
  let client: OpenAI | null = null;
  const closed = new AbortController();

  async function chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatResponse> {
    const limit = request.timeoutMs ?? profile.timeoutMs ?? TIMEOUT_MS;
    const timeout = AbortSignal.timeout(limit);
    const any = AbortSignal.any([timeout, closed.signal, ...(signal === undefined ? [] : [signal])]);
    const library = await import('./openaiPackage.js');
    client ??= new library.OpenAI(settings);
    const start = performance.now();
    try {
      const body = { ...profile.params, ...request.params, model: profile.model, messages: request.messages, stream: false };
      const completion: unknown = await untilAborted(client.post('/chat/completions', { body, signal: any, timeout: limit }), any);
      return { ...read(completion as Completion | string | null, origin, key), latencyMs: performance.now() - start, recorded: false };
    } catch (error) {
      if (signal?.aborted === true || closed.signal.aborted) throw new EngineError('CANCELLED', 'Stopped.');
      if (timeout.aborted || (error instanceof Error && error.name === 'APIConnectionTimeoutError')) {
        throw new EngineError(
          'TIMEOUT',
          `${origin} did not answer within ${String(limit / 1000)} s. Raise timeoutMs of the model ${profile.name} or try again later.`,
          { retryable: true },
        );
      }
      throw toFault(error, origin, key, Date.now(), library);
    }
  }

  return {
    profile,
    deterministic: false,
    chat,
    close: () => {
      closed.abort();
      return Promise.resolve();
    },
  };
}

/** The package stops listening to the signal once the headers are there; a body that hangs must not hold us. */
async function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = (): void => {
      reject(new Error('aborted'));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function read(completion: Completion | string | null, origin: string, key: string | null): Omit<ChatResponse, 'latencyMs' | 'recorded'> {
  if (completion === null || typeof completion !== 'object') throw fault('bad-answer', origin, 'the answer is no JSON object', key);
  const choice = completion.choices?.[0];
  if (choice?.message === undefined || choice.message === null) throw fault('bad-answer', origin, 'the answer has no choices', key);
  const { content, refusal } = choice.message;
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return {
    // An endpoint that repeats its headers must not bring the key into caches, journals and reports.
    text: withoutKey(textOf(content) ?? (typeof refusal === 'string' ? refusal : ''), key),
    finishReason: typeof choice.finish_reason === 'string' ? choice.finish_reason : null,
    tokensIn: number(completion.usage?.prompt_tokens),
    tokensOut: number(completion.usage?.completion_tokens),
  };
}

function withoutKey(text: string, key: string | null): string {
  // A shorter one is no key, and would blot out ordinary words.
  return key === null || key.length < 8 ? text : text.replaceAll(key, '[key]');
}

/** Content is a text, or parts of which only the texts are an answer. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('');
}
