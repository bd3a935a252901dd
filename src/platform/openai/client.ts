import type { OpenAI } from 'openai';
import type { ModelProfile } from '../../engine/config/types.js';
import { isRecord } from '../../engine/config/yaml.js';
import { EngineError } from '../../engine/errors.js';
import type { ChatRequest, ChatResponse, Embeddings, ModelClient } from '../../engine/ports.js';
import { fault, toFault } from './faults.js';
import { sameOriginFetch } from './fetch.js';
import { addressOf, expandHeaders, originOf, resolveKey } from './origin.js';
import { readCompletion, readResponse } from './readAnswer.js';
import type { Answer } from './readAnswer.js';
import { apiRequest } from './requestBody.js';

const timeoutMs = 120_000;
/** Texts in one request for vectors; endpoints take 2048 or fewer, and answers have to stay under the limit of bytes. */
const textsAtOnce = 96;

/** Client of an OpenAI-compatible endpoint. Retries are the runner's: this makes one request a call. Throws KEY_MISSING, CONFIG_INVALID. */
export function createOpenaiClient(profile: ModelProfile, env: Readonly<Record<string, string | undefined>>): ModelClient {
  const origin = originOf(profile, env);
  const key = resolveKey(profile, origin, env);
  const bearer = key === null || profile.keyHeader !== undefined ? { Authorization: null } : {};
  const own = key === null || profile.keyHeader === undefined ? {} : { [profile.keyHeader]: key };
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
    defaultHeaders: { ...expandHeaders(profile, env), ...bearer, ...own },
    defaultQuery: profile.query,
  } satisfies ConstructorParameters<typeof OpenAI>[0];
  let client: OpenAI | null = null;
  const closed = new AbortController();

  /** One request; what it answers is JSON of any shape. */
  async function post(path: string, body: unknown, limit: number, signal: AbortSignal | undefined): Promise<unknown> {
    const library = await import('./openaiPackage.js');
    client ??= new library.OpenAI(settings);
    const race = raceOf(limit, [closed.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      return await race.first(client.post(path, { body, signal: race.signal, timeout: limit }));
    } catch (error) {
      if (signal?.aborted === true || closed.signal.aborted) throw new EngineError('CANCELLED', 'Stopped.');
      if (race.late() || (error instanceof Error && error.name === 'APIConnectionTimeoutError')) {
        throw fault('timeout', origin, `no answer of the model ${profile.name} within ${String(limit / 1000)} s`, key);
      }
      throw toFault(error, origin, key, Date.now(), library);
    } finally {
      race.end();
    }
  }

  async function chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatResponse> {
    const { path, body, isJson } = apiRequest(profile, request);
    const start = performance.now();
    const said = await post(path, body, request.timeoutMs ?? profile.timeoutMs ?? timeoutMs, signal);
    const answer = profile.api === 'responses' ? readResponse(said, isJson) : readCompletion(said, isJson);
    if (answer === null) throw fault('bad-answer', origin, wrongAnswer(said), key);
    return { ...withoutKey(answer, key), latencyMs: performance.now() - start, recorded: false };
  }

  async function embed(texts: readonly string[], signal?: AbortSignal): Promise<Embeddings> {
    const vectors: number[][] = [];
    let tokensIn: number | null = 0;
    const { dimensions } = profile.params;
    for (let from = 0; from < texts.length; from += textsAtOnce) {
      const input = texts.slice(from, from + textsAtOnce);
      const body = { model: profile.model, input, ...(dimensions === undefined ? {} : { dimensions }), encoding_format: 'float' };
      const said = await post('/embeddings', body, profile.timeoutMs ?? timeoutMs, signal);
      const found = readVectors(said, input.length);
      if (found === null) throw fault('bad-answer', origin, 'the answer has not one vector for each text', key);
      vectors.push(...found.vectors);
      tokensIn = tokensIn === null || found.tokensIn === null ? null : tokensIn + found.tokensIn;
    }
    return { vectors, tokensIn };
  }

  return {
    profile,
    deterministic: false,
    chat,
    embed,
    close: () => {
      closed.abort();
      return Promise.resolve();
    },
  };
}

/**
 * Ends work as soon as one of the signals or the time limit says so. One controller and one timer: the combined signals of the platform cost
 * more than the rest of a request to a near endpoint. The package itself may go on listening to a body that hangs.
 */
function raceOf(limit: number, signals: readonly AbortSignal[]) {
  const controller = new AbortController();
  let isLate = false;
  let onAbort = (): void => undefined;
  const abort = (): void => {
    controller.abort();
    onAbort();
  };
  const timer = setTimeout(() => {
    isLate = true;
    abort();
  }, limit);
  for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
  if (signals.some((signal) => signal.aborted)) controller.abort();
  return {
    signal: controller.signal,
    late: () => isLate,
    first: <T>(work: PromiseLike<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        onAbort = () => {
          reject(new Error('aborted'));
        };
        work.then(resolve, reject);
        if (controller.signal.aborted) onAbort();
      }),
    end: () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}

function wrongAnswer(said: unknown): string {
  if (!isRecord(said)) return 'the answer is no JSON object';
  const { error } = said;
  const message = isRecord(error) ? error['message'] : error;
  return typeof message === 'string' && message !== '' ? message : 'the answer has no choices';
}

function readVectors(said: unknown, count: number): Embeddings | null {
  const data = isRecord(said) ? said['data'] : null;
  if (!isRecord(said) || !Array.isArray(data) || data.length !== count) return null;
  const vectors = new Array<number[]>(count);
  for (const [place, entry] of (data as unknown[]).entries()) {
    if (!isRecord(entry) || !Array.isArray(entry['embedding'])) return null;
    const vector = entry['embedding'] as unknown[];
    if (vector.length === 0 || !vector.every((value) => typeof value === 'number' && Number.isFinite(value))) return null;
    // An endpoint may answer out of order and says so by the index.
    const index = typeof entry['index'] === 'number' ? entry['index'] : place;
    vectors[index] = vector as number[];
  }
  if (vectors.length !== count || Object.keys(vectors).length !== count) return null;
  const usage = isRecord(said['usage']) ? said['usage'] : {};
  return { vectors, tokensIn: typeof usage['prompt_tokens'] === 'number' ? usage['prompt_tokens'] : null };
}

/** An endpoint that repeats its headers must not bring the key into caches, journals and reports. */
function withoutKey(answer: Answer, key: string | null): Answer {
  // A shorter one is no key, and would blot out ordinary words.
  if (key === null || key.length < 8) return answer;
  const text = JSON.stringify(answer);
  return text.includes(key) ? (JSON.parse(text.replaceAll(key, '[key]')) as Answer) : answer;
}
