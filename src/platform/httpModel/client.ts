import type { HttpModel, ModelProfile } from '../../engine/config/types.js';
import { isRecord } from '../../engine/config/yaml.js';
import { EngineError } from '../../engine/errors.js';
import type { ChatMessage, ChatRequest, ChatResponse, CodeRunner, ModelClient } from '../../engine/ports.js';
import { isInside, normalise } from '../../engine/paths.js';
import { fault, kindOfStatus, retryAfterMs, toFault } from '../openai/faults.js';
import { sameOriginFetch } from '../openai/fetch.js';
import { expandHeaders, originOf } from '../openai/origin.js';
import { wireMessages } from '../openai/wireMessages.js';
import { readProviderResult, valueAtPath } from './answer.js';
import { addressOf, bodyOf, headersOf } from './body.js';

const timeoutMs = 120_000;
/** For a short piece of code on one answer. */
const codeMs = 10_000;

/** Client of an endpoint with a shape of its own: the suite says what is sent and where the answer stands. Throws CONFIG_INVALID, KEY_MISSING. */
export function createHttpClient(
  profile: ModelProfile,
  env: Readonly<Record<string, string | undefined>>,
  code: CodeRunner | null,
): ModelClient {
  const origin = originOf(profile, env);
  const model: HttpModel = profile.http ?? { method: 'POST' };
  const headers = expandHeaders(profile, env);
  const secrets = Object.entries(profile.headers ?? {}).flatMap(([name, value]) => (value.includes('${env:') ? [headers[name] ?? ''] : []));
  const send = sameOriginFetch(origin);
  const closed = new AbortController();

  async function chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatResponse> {
    const limit = request.timeoutMs ?? profile.timeoutMs ?? timeoutMs;
    const late = AbortSignal.timeout(limit);
    const any = AbortSignal.any([late, closed.signal, ...(signal === undefined ? [] : [signal])]);
    const start = performance.now();
    try {
      const response = await exchange(request, any);
      const latencyMs = performance.now() - start;
      const said = await transformed(response, request, any);
      const failed = isRecord(said) && !('output' in said) ? said['error'] : null;
      if (typeof failed === 'string' && failed !== '') throw fault('server', origin, failed, null, { retryable: false });
      const answer = readProviderResult(said);
      if (answer === null) throw fault('bad-answer', origin, 'transformResponse found no answer', null, { retryable: false });
      return { ...clean(answer), latencyMs, recorded: false };
    } catch (error) {
      if (signal?.aborted === true || closed.signal.aborted) throw new EngineError('CANCELLED', 'Stopped.');
      if (late.aborted && !EngineError.is(error)) throw fault('timeout', origin, `no answer within ${String(limit / 1000)} s`, null);
      throw toFault(error, origin, null, Date.now());
    }
  }

  async function exchange(request: ChatRequest, signal: AbortSignal): Promise<{ response: Response; text: string }> {
    const vars = { ...request.vars, prompt: promptText(request.messages) };
    const url = addressOf(profile.baseUrl ?? '', profile.query, vars);
    // A value must not send the request elsewhere than to the origin that was confirmed.
    if (url.origin !== origin) throw fault('redirect', origin, `the address became ${url.origin}`, null);
    const sent = headersOf(headers, vars);
    const body = model.body === undefined ? null : bodyOf(model.body, vars, sent['content-type']?.includes('json') === true);
    if (body?.isJson === true) sent['content-type'] ??= 'application/json';
    const response = await send(url.href, { method: model.method, headers: sent, signal, ...(body === null ? {} : { body: body.text }) });
    const text = await response.text();
    if (await accepts(response.status, signal)) return { response, text };
    const wait = retryAfterMs(response.headers, Date.now());
    const said = text.trim() === '' ? `status ${String(response.status)}` : `status ${String(response.status)}, ${text}`;
    throw fault(kindOfStatus(response.status), origin, hide(said), null, {
      status: response.status,
      ...(wait === null ? {} : { retryAfterMs: wait }),
    });
  }

  async function accepts(status: number, signal: AbortSignal): Promise<boolean> {
    if (model.validateStatus === undefined) return status >= 200 && status < 300;
    return (await run(model.validateStatus, ['status'], [status], signal)) === true;
  }

  async function transformed(
    { response, text }: { response: Response; text: string },
    request: ChatRequest,
    signal: AbortSignal,
  ): Promise<unknown> {
    const json = parsed(text);
    const expression = model.transformResponse;
    if (expression === undefined) return json === undefined ? text : json;
    const plain = valueAtPath(expression, json);
    if (plain !== null) return plain.value;
    const { status, statusText } = response;
    const context = { vars: request.vars ?? {}, response: { status, statusText, headers: Object.fromEntries(response.headers) } };
    return run(expression, ['json', 'text', 'context'], [json ?? null, text, context], signal);
  }

  async function run(text: string, parameters: string[], args: unknown[], signal: AbortSignal): Promise<unknown> {
    if (code === null) throw new EngineError('SUITE_INVALID', 'Code of providers is not run here.', { permanent: true });
    const file = /^file:\/\/(.+\.(?:[cm]?[jt]s|py))(?::(\w+))?$/u.exec(text);
    const path = file?.[1] === undefined ? null : model.folder === undefined ? file[1] : `${model.folder}/${file[1]}`;
    if (path !== null && !isInside(normalise(path), '.')) {
      throw new EngineError('OUTSIDE_WORKSPACE', `${text} is outside the workspace. Move the file into the workspace.`, {
        permanent: true,
      });
    }
    const name = file?.[2] === undefined ? {} : { name: file[2] };
    try {
      return await code.call(
        {
          code: {
            language: path?.endsWith('.py') === true ? 'python' : 'javascript',
            ...(path === null ? { text } : { file: path, ...name }),
          },
          purpose: 'http',
          args,
          parameters,
          timeoutMs: codeMs,
          ...(model.folder === undefined ? {} : { folder: model.folder }),
        },
        signal,
      );
    } catch (error) {
      if (EngineError.is(error)) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new EngineError(
        'ANSWER_UNREADABLE',
        `The code of the provider ${profile.name} failed on the answer: ${hide(message)}. Mend it.`,
        {
          kind: 'bad-answer',
          retryable: false,
        },
      );
    }
  }

  const hide = (text: string): string =>
    secrets.reduce((shown, secret) => (secret.length < 8 ? shown : shown.replaceAll(secret, '[key]')), text);
  const clean = <T>(answer: T): T => {
    const text = JSON.stringify(answer);
    const shown = hide(text);
    return shown === text ? answer : (JSON.parse(shown) as T);
  };

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

/** One message is its text; a chat goes as the JSON that promptfoo would have for it. */
export function promptText(messages: readonly ChatMessage[]): string {
  const [only] = messages;
  return messages.length === 1 && only?.role === 'user' && only.parts === undefined ? only.content : JSON.stringify(wireMessages(messages));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No JSON: the text is the answer.
    return undefined;
  }
}
