import { nearest } from '../config/nearest.js';
import type { ModelProfile, WorkspaceConfig } from '../config/types.js';
import { isRecord } from '../config/yaml.js';
import { EngineError } from '../errors.js';
import { codeProfile } from './codeProvider.js';
import { endpointProfile, foreignHint, promptfooDefaults } from './endpoints.js';
import { httpProfile } from './httpProvider.js';
import { sentParams } from './modelParams.js';
import type { SuiteProvider } from './types.js';

/**
 * Finds the profile that a suite's provider means: a name of config.yaml, or a promptfoo id (`echo`, `openai:chat:MODEL`, `ollama:chat:MODEL`,
 * `https://…`, `replay:FILE`, `llama:FILE`, …). Throws MODEL_NOT_CONFIGURED, which says what to write, and CONFIG_INVALID.
 */
export function resolveProvider(provider: SuiteProvider, config: WorkspaceConfig, suiteFile: string): ModelProfile {
  const own = config.models.find((model) => model.name === provider.id);
  const profile = own ?? promptfooProfile(provider, suiteFile);
  if (profile === null) {
    const [near] = nearest(
      provider.id,
      config.models.map((model) => model.name),
    );
    const hint =
      foreignHint(provider.id) ??
      (near === undefined
        ? 'Add it to models in .ratchet/config.yaml, or use echo, openai:chat:MODEL, ollama:chat:MODEL, llama:FILE or replay:FILE.'
        : `Did you mean "${near}"?`);
    throw new EngineError('MODEL_NOT_CONFIGURED', `The provider "${provider.id}" of ${suiteFile} is not known. ${hint}`, {
      provider: provider.id,
    });
  }
  if ((profile.provider === 'http' || profile.provider === 'code') && own === undefined) return profile;
  return withSettings(profile, provider.config, own === undefined);
}

/** The profile with what the suite says of parameters, headers, price and time. */
function withSettings(profile: ModelProfile, config: Record<string, unknown>, isPromptfoo: boolean): ModelProfile {
  const params = sentParams(config);
  const defaults = isPromptfoo ? promptfooDefaults(profile, config) : undefined;
  const headers = { ...profile.headers, ...headersOf(config) };
  const price = priceOf(config);
  const { timeoutMs } = config;
  return {
    ...profile,
    params: { ...profile.params, ...params },
    ...(defaults === undefined ? {} : { defaults }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(price === null ? {} : { price }),
    ...(typeof timeoutMs === 'number' && timeoutMs > 0 ? { timeoutMs } : {}),
  };
}

function headersOf(config: Record<string, unknown>): Record<string, string> {
  const { organization, headers } = config;
  const given = isRecord(headers)
    ? Object.entries(headers).filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    : [];
  return {
    ...(typeof organization === 'string' ? { 'OpenAI-Organization': organization } : {}),
    ...Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
  };
}

/** promptfoo has prices a token, for both ways or each; ours are a million tokens. */
function priceOf({ cost, inputCost, outputCost }: Record<string, unknown>): { in: number; out: number } | null {
  const into = inputCost ?? cost;
  const out = outputCost ?? cost;
  return typeof into === 'number' && typeof out === 'number' ? { in: into * 1e6, out: out * 1e6 } : null;
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

function promptfooProfile({ id, config }: SuiteProvider, suiteFile: string): ModelProfile | null {
  const base = { name: id, params: {} };
  if (id === 'echo') return { ...base, provider: 'echo', model: 'echo' };
  const special = httpProfile(id, config, suiteFile) ?? codeProfile(id, config, suiteFile);
  if (special !== null) return special;
  const [, kind = '', rest = ''] = /^([a-z]+):([\s\S]+)$/u.exec(id) ?? [];
  if (kind === 'replay') return { ...base, provider: 'replay', model: rest, file: rest };
  if (kind === 'llama') return { ...base, provider: 'llama', model: rest };
  if (kind === 'vscode') return { ...base, provider: 'vscode', model: rest };
  return endpointProfile(id, config);
}
