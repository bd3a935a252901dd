import type { ModelProfile } from '../config/types.js';

type Settings = Readonly<Record<string, unknown>>;

/** An endpoint that speaks OpenAI's chat API, by the name that promptfoo's ids begin with. */
interface Endpoint {
  baseUrl: string;
  /** Variable with the key; absent where none is needed, as on this machine. */
  key?: string;
}

const endpoints: Readonly<Record<string, Endpoint>> = {
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', key: 'OPENROUTER_API_KEY' },
  groq: { baseUrl: '${env:GROQ_API_BASE_URL:-https://api.groq.com/openai/v1}', key: 'GROQ_API_KEY' },
  mistral: { baseUrl: '${env:MISTRAL_API_BASE_URL:-https://api.mistral.ai/v1}', key: 'MISTRAL_API_KEY' },
  deepseek: { baseUrl: 'https://api.deepseek.com/v1', key: 'DEEPSEEK_API_KEY' },
  together: { baseUrl: 'https://api.together.xyz/v1', key: 'TOGETHER_API_KEY' },
  togetherai: { baseUrl: 'https://api.together.xyz/v1', key: 'TOGETHER_API_KEY' },
  fireworks: { baseUrl: '${env:FIREWORKS_API_BASE_URL:-https://api.fireworks.ai/inference/v1}', key: 'FIREWORKS_API_KEY' },
  cerebras: { baseUrl: 'https://api.cerebras.ai/v1', key: 'CEREBRAS_API_KEY' },
  perplexity: { baseUrl: 'https://api.perplexity.ai', key: 'PERPLEXITY_API_KEY' },
  xai: { baseUrl: '${env:XAI_API_BASE_URL:-https://api.x.ai/v1}', key: 'XAI_API_KEY' },
  hyperbolic: { baseUrl: 'https://api.hyperbolic.xyz/v1', key: 'HYPERBOLIC_API_KEY' },
  github: { baseUrl: 'https://models.github.ai/inference', key: 'GITHUB_TOKEN' },
  ollama: { baseUrl: '${env:OLLAMA_BASE_URL:-http://localhost:11434}/v1' },
  localai: { baseUrl: '${env:LOCALAI_BASE_URL:-http://localhost:8080/v1}' },
  vllm: { baseUrl: '${env:VLLM_BASE_URL:-http://localhost:8000/v1}' },
  lmstudio: { baseUrl: '${env:LMSTUDIO_BASE_URL:-http://localhost:1234/v1}' },
};

/** What stands between the name of an endpoint and that of the model. */
const apis: Readonly<Record<string, NonNullable<ModelProfile['api']>>> = {
  chat: 'chat',
  responses: 'responses',
  completion: 'completions',
  completions: 'completions',
  embedding: 'embeddings',
  embeddings: 'embeddings',
};

/** Names of APIs that are not spoken here: an id with one of them is not a model that is called so. */
const otherApis = new Set(
  'image realtime assistant moderation audio speech transcription agents chatkit codex-sdk codex-app-server video text'.split(' '),
);

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function split(rest: string): { api: NonNullable<ModelProfile['api']>; model: string } | null {
  const [, word = '', model = ''] = /^([a-z-]+):([\s\S]+)$/u.exec(rest) ?? [];
  if (otherApis.has(word)) return null;
  return Object.hasOwn(apis, word) ? { api: apis[word] ?? 'chat', model } : { api: 'chat', model: rest };
}

/** Profile of a promptfoo id of an endpoint, without parameters; `null` where the id is of something else. */
export function endpointProfile(id: string, config: Settings): ModelProfile | null {
  const [, kind = '', rest = ''] = /^([a-z]+):([\s\S]+)$/u.exec(id) ?? [];
  const found = rest === '' ? null : split(rest);
  if (found === null) return null;
  const { api, model } = found;
  const base = { name: id, provider: 'openai' as const, model, params: {}, ...(api === 'chat' ? {} : { api }) };
  if (kind === 'azure' || kind === 'azureopenai') return azure(base, config);
  const known =
    kind === 'openai'
      ? { baseUrl: '${env:OPENAI_BASE_URL}', key: 'OPENAI_API_KEY' }
      : Object.hasOwn(endpoints, kind)
        ? endpoints[kind]
        : undefined;
  if (known === undefined) return null;
  const host = text(config['apiHost']);
  const key = text(config['apiKeyEnvar']) ?? known.key;
  // promptfoo's address of Ollama has no /v1: there its own API is asked.
  const given = kind === 'ollama' ? text(config['apiBaseUrl'])?.replace(/\/*$/u, '/v1') : text(config['apiBaseUrl']);
  return {
    ...base,
    baseUrl: given ?? (host === undefined ? known.baseUrl : `https://${host}/v1`),
    ...(key === undefined ? {} : { key: `\${env:${key}}` }),
  };
}

/** Azure has the deployment in its address, the key in a header of its own, and wants to hear of a version. */
function azure(base: ModelProfile, config: Settings): ModelProfile {
  const host =
    text(config['apiHost'])
      ?.replace(/^https?:\/\//u, '')
      .replace(/\/+$/u, '') ?? '${env:AZURE_API_HOST}';
  const root = text(config['apiBaseUrl'])?.replace(/\/+$/u, '') ?? `https://${host}`;
  const version = text(config['apiVersion']) ?? '2024-12-01-preview';
  const responses = base.api === 'responses';
  return {
    ...base,
    baseUrl: responses ? `${root}/openai/v1` : `${root}/openai/deployments/${encodeURIComponent(base.model)}`,
    key: `\${env:${text(config['apiKeyEnvar']) ?? 'AZURE_API_KEY'}}`,
    keyHeader: 'api-key',
    query: { 'api-version': responses ? 'preview' : version },
  };
}

/** Models that think before they answer take neither a temperature nor `max_tokens`. */
const reasons = /^(?:o\d|gpt-5|codex)/u;

/** promptfoo sends these to OpenAI where a suite says nothing, so an unchanged suite gets the same answers. */
export function promptfooDefaults(profile: ModelProfile, config: Settings): Record<string, unknown> | undefined {
  const wanted =
    /^openai:/u.test(profile.name) && profile.api !== 'embeddings' && config['omitDefaults'] !== true && !reasons.test(profile.model);
  return wanted ? { temperature: 0, max_tokens: 1024 } : undefined;
}

/** Endpoints whose own APIs are not spoken here, and how they can be asked all the same. */
const foreign: Readonly<Record<string, string>> = {
  anthropic: 'https://api.anthropic.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta/openai',
  vertex: 'the OpenAI-compatible address of your Vertex project',
  bedrock: 'a gateway that speaks OpenAI’s API',
  cohere: 'https://api.cohere.ai/compatibility/v1',
};

/** What to do about an id of an API that is not spoken; `null` where it is none of those. */
export function foreignHint(id: string): string | null {
  const kind = id.split(':', 1)[0] ?? '';
  const address = Object.hasOwn(foreign, kind) ? foreign[kind] : undefined;
  if (address === undefined) return null;
  return `The API of ${kind} is not spoken here. Add a model with provider: openai and its compatible address (${address}) to .ratchet/config.yaml and name that.`;
}
