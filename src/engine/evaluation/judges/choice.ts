/** Which model judges. */
import type { ModelProfile, WorkspaceConfig } from '../../config/types.js';
import { isRecord } from '../../config/yaml.js';
import { EngineError } from '../../errors.js';
import { NotEvaluated } from '../assertions/types.js';
import { resolveProvider } from '../providers.js';
import type { SuiteProvider } from '../types.js';

export type JudgeKind = 'text' | 'embedding';

/**
 * The first that is named for the kind: by the assertion, by the test or the suite's default, by `defaults` of config.yaml. A provider may be an id,
 * `{ id, config }`, `{ 'id': { config } }`, or `{ text, embedding }`; one that only makes vectors does not judge, and the other way round.
 * Throws NotEvaluated where none is named, and MODEL_NOT_CONFIGURED for a name that is not known.
 */
export function judgeProfile(kind: JudgeKind, written: readonly unknown[], config: WorkspaceConfig, suiteFile: string): ModelProfile {
  for (const candidate of written) {
    const provider = providerOf(kind, candidate);
    if (provider === null) continue;
    const profile = named(provider, config, suiteFile);
    const isNamedForKind = isRecord(candidate) && Object.hasOwn(candidate, kind);
    if (isNamedForKind || kind === (profile.api === 'embeddings' ? 'embedding' : 'text')) return profile;
  }
  const name = kind === 'text' ? config.defaults.judge : config.defaults.embedding;
  if (name === undefined) {
    const what = kind === 'text' ? 'no model is set to judge' : 'no model is set to make vectors of texts';
    const key = kind === 'text' ? 'judge' : 'embedding';
    throw new NotEvaluated(
      `${what}. Add defaults: { ${key}: NAME } to .ratchet/config.yaml, with a model of that name, or provider: to the assertion`,
    );
  }
  const profile = config.models.find((model) => model.name === name);
  if (profile !== undefined) return profile;
  throw new NotEvaluated(`the model "${name}" of defaults in .ratchet/config.yaml is not among its models. Add it, or change the name`);
}

function named(provider: SuiteProvider, config: WorkspaceConfig, suiteFile: string): ModelProfile {
  try {
    return resolveProvider(provider, config, suiteFile);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    throw new EngineError(error.code, error.message, { ...error.details, judge: true });
  }
}

function providerOf(kind: JudgeKind, written: unknown): SuiteProvider | null {
  if (typeof written === 'string' && written !== '') return { id: written, label: null, config: {}, range: null };
  if (!isRecord(written)) return null;
  if (typeof written['id'] === 'string') {
    const { id, label, config } = written;
    return { id, label: typeof label === 'string' ? label : null, config: isRecord(config) ? config : {}, range: null };
  }
  const kinds = ['text', 'embedding', 'classification', 'moderation'];
  if (kinds.some((name) => Object.hasOwn(written, name))) return providerOf(kind, written[kind]);
  const [entry, ...more] = Object.entries(written);
  if (entry === undefined || more.length > 0 || !isRecord(entry[1])) return null;
  const { config } = entry[1];
  return { id: entry[0], label: null, config: isRecord(config) ? config : {}, range: null };
}

/** A provider that stands at such an assertion makes vectors, whatever its profile says. */
export function forVectors(provider: unknown): unknown {
  if (provider === undefined || provider === null) return undefined;
  return isRecord(provider) && (Object.hasOwn(provider, 'embedding') || Object.hasOwn(provider, 'text'))
    ? provider
    : { embedding: provider };
}
