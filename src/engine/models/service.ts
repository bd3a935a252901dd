import type { EngineContext, ModelService, ModelTest } from '../api.js';
import type { ModelProfile } from '../config/types.js';
import { EngineError } from '../errors.js';

const question = 'Answer with the one word: ready';
const longest = 200;

/** Finding, trying and listing models; nothing is written. */
export function createModelService(context: EngineContext): ModelService {
  const { ports } = context;

  async function test(profile: ModelProfile, signal?: AbortSignal): Promise<ModelTest> {
    try {
      const client = await ports.models.client(profile);
      if (profile.api === 'embeddings') {
        if (client.embed === undefined)
          throw new EngineError('MODEL_UNAVAILABLE', `${profile.model} makes no vectors. Choose another model.`);
        const { vectors, tokensIn } = await client.embed([question], signal);
        const detail = `A vector of ${String(vectors[0]?.length ?? 0)} numbers`;
        return { ok: true, detail, failed: null, latencyMs: null, tokensIn, tokensOut: null };
      }
      // No limit of tokens: some endpoints refuse the one name of it and some the other, and the answer is one word.
      const answer = await client.chat({ messages: [{ role: 'user', content: question }], params: {} }, signal);
      const { latencyMs, tokensIn, tokensOut } = answer;
      const detail = answer.text.replace(/\s+/gu, ' ').trim().slice(0, longest);
      return { ok: true, detail: detail === '' ? 'It answered with no text' : detail, failed: null, latencyMs, tokensIn, tokensOut };
    } catch (error) {
      if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
      return { ok: false, detail: error.message, failed: error.code, latencyMs: null, tokensIn: null, tokensOut: null };
    }
  }

  return {
    servers: async (signal) => (context.isTrusted() ? ((await ports.models.localServers?.(signal)) ?? []) : []),
    list: async (profile, signal) => (await ports.models.list?.(profile, signal)) ?? [],
    test,
  };
}
