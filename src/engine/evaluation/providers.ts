import { nearest } from '../config/nearest.js';
import type { ModelProfile, WorkspaceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import type { SuiteProvider } from './types.js';

/** Settings of a promptfoo provider that are ours and no parameters of a request. */
const settings = new Set(['apiBaseUrl', 'apiHost', 'apiKey', 'apiKeyEnvar', 'organization', 'cost', 'headers', 'maxRetries']);

/**
 * Finds the profile that a suite's provider means: a name of config.yaml, or a promptfoo id (`echo`, `openai:chat:MODEL`,
 * `openai:MODEL`, `replay:FILE`, `llama:FILE`). Throws MODEL_NOT_CONFIGURED, which says what to write.
 */
export function resolveProvider(provider: SuiteProvider, config: WorkspaceConfig, suiteFile: string): ModelProfile {
  const profile = config.models.find((model) => model.name === provider.id) ?? promptfooProfile(provider);
  if (profile === null) {
    const [near] = nearest(
      provider.id,
      config.models.map((model) => model.name),
    );
    const hint =
      near === undefined
        ? 'Add it to models in .ratchet/config.yaml, or use echo, openai:chat:MODEL, llama:FILE or replay:FILE.'
        : `Did you mean "${near}"?`;
    throw new EngineError('MODEL_NOT_CONFIGURED', `The provider "${provider.id}" of ${suiteFile} is not known. ${hint}`, {
      provider: provider.id,
    });
  }
  const params = Object.fromEntries(Object.entries(provider.config).filter(([key]) => !settings.has(key)));
  return Object.keys(params).length === 0 ? profile : { ...profile, params: { ...profile.params, ...params } };
}

/** The profile of suites that name no provider. Throws MODEL_NOT_CONFIGURED. */
export function defaultProfile(config: WorkspaceConfig, suiteFile: string): ModelProfile {
  const name = config.defaults.model;
  const profile = config.models.find((model) => model.name === name) ?? (name === undefined ? config.models[0] : undefined);
  if (profile !== undefined && (name !== undefined || config.models.length === 1)) return profile;
  throw new EngineError(
    'MODEL_NOT_CONFIGURED',
    name === undefined
      ? `${suiteFile} names no provider and there is no default model. Add a model to .ratchet/config.yaml and name it in defaults: { model: … }.`
      : `The default model "${name}" is not among the models of .ratchet/config.yaml. Add it, or change defaults.model.`,
  );
}

function promptfooProfile(provider: SuiteProvider): ModelProfile | null {
  const { id, config } = provider;
  const base = { name: id, params: {} };
  if (id === 'echo') return { ...base, provider: 'echo', model: 'echo' };
  const [, kind = '', rest = ''] = /^([a-z]+):([\s\S]+)$/u.exec(id) ?? [];
  if (kind === 'replay') return { ...base, provider: 'replay', model: rest, file: rest };
  if (kind === 'llama') return { ...base, provider: 'llama', model: rest };
  if (kind !== 'openai') return null;
  // `openai:chat:MODEL` and `openai:MODEL`; the other APIs of that provider are not spoken here.
  const model = rest.startsWith('chat:') ? rest.slice('chat:'.length) : rest;
  if (
    /^(?:responses|completion|embedding|embeddings|image|realtime|assistant|moderation|audio|speech|transcription|agents|chatkit|codex-sdk|video):/u.test(
      model,
    )
  )
    return null;
  const { apiBaseUrl, apiHost, apiKeyEnvar } = config;
  const host = typeof apiHost === 'string' ? `https://${apiHost}/v1` : 'https://api.openai.com/v1';
  return {
    ...base,
    provider: 'openai',
    model,
    baseUrl: typeof apiBaseUrl === 'string' ? apiBaseUrl : typeof apiHost === 'string' ? host : '${env:OPENAI_BASE_URL}',
    key: `\${env:${typeof apiKeyEnvar === 'string' ? apiKeyEnvar : 'OPENAI_API_KEY'}}`,
  };
}
