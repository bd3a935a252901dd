import type { ModelProfile } from '../../src/engine/config/types.js';
import type { ChatRequest, ChatResponse, ModelClient, Models, ResponseCache } from '../../src/engine/ports.js';

type Answer = string | Error | Partial<ChatResponse> | Promise<string>;

/** Models whose answers a test decides; every request is kept. */
export function fakeModels(
  answer: (request: ChatRequest, profile: ModelProfile, signal: AbortSignal | undefined) => Answer,
  options: { deterministic?: boolean } = {},
): Models & { asked: ChatRequest[]; most: number } {
  let active = 0;
  const clients = new Map<string, ModelClient>();
  const models = {
    asked: [] as ChatRequest[],
    /** Requests under way at once, at most. */
    most: 0,
    client: (profile: ModelProfile) => {
      const known = clients.get(profile.name);
      if (known !== undefined) return Promise.resolve(known);
      const client: ModelClient = {
        profile,
        deterministic: options.deterministic ?? false,
        close: () => Promise.resolve(),
        async chat(request, signal) {
          models.asked.push(request);
          active++;
          models.most = Math.max(models.most, active);
          try {
            const text = await answer(request, profile, signal);
            if (text instanceof Error) throw text;
            const said = typeof text === 'string' ? { text } : { text: '', ...text };
            return { finishReason: 'stop', tokensIn: 100, tokensOut: 10, latencyMs: 5, recorded: false, ...said };
          } finally {
            active--;
          }
        },
      };
      clients.set(profile.name, client);
      return Promise.resolve(client);
    },
    probe: () => Promise.resolve({ ok: true, detail: 'fake', todo: null }),
    close: () => Promise.resolve(),
  };
  return models;
}

export function memoryCache(): ResponseCache & { entries: Map<string, ChatResponse> } {
  const entries = new Map<string, ChatResponse>();
  return {
    entries,
    get: (key) => Promise.resolve(entries.get(key) ?? null),
    set: (key, value) => {
      entries.set(key, value);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
