import type { ModelProfile } from '../../engine/config/types.js';
import { fault, kindOfStatus, toFault } from './faults.js';
import { sameOriginFetch } from './fetch.js';
import { addressOf, expandHeaders, originOf, resolveKey } from './origin.js';

const PROBE_MS = 5000;

/** Ids that an endpoint lists, sorted. Throws as the client does. */
export async function listModels(
  profile: ModelProfile,
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<string[]> {
  const origin = originOf(profile, env);
  const key = resolveKey(profile, origin, env);
  try {
    const response = await askForModels(profile, env, key, signal);
    if (!response.ok)
      throw fault(kindOfStatus(response.status), origin, `status ${String(response.status)} for its list of models`, key, {
        status: response.status,
      });
    const body = (await response.json()) as { data?: ({ id?: unknown } | null)[] } | null;
    return (body?.data ?? [])
      .map((model) => model?.id)
      .filter((id) => typeof id === 'string')
      .sort();
  } catch (error) {
    throw toFault(error, origin, key, Date.now());
  }
}

function askForModels(
  profile: ModelProfile,
  env: Readonly<Record<string, string | undefined>>,
  key: string | null,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const search = profile.query === undefined ? '' : `?${new URLSearchParams(profile.query).toString()}`;
  const base = addressOf(profile, env).replace(/\/+$/, '');
  return sameOriginFetch(originOf(profile, env))(`${base}/models${search}`, {
    headers: {
      ...expandHeaders(profile, env),
      ...(key === null ? {} : profile.keyHeader === undefined ? { Authorization: `Bearer ${key}` } : { [profile.keyHeader]: key }),
    },
    signal: AbortSignal.any([AbortSignal.timeout(PROBE_MS), ...(signal === undefined ? [] : [signal])]),
  });
}

/** Asks an endpoint for its list of models: reachable, key accepted, and is the profile's model there? Costs nothing. Throws as the client does. */
export async function probeOpenai(
  profile: ModelProfile,
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<{ ok: boolean; detail: string; todo: string | null }> {
  const origin = originOf(profile, env);
  const key = resolveKey(profile, origin, env);
  try {
    const response = await askForModels(profile, env, key, signal);
    if (response.status === 401 || response.status === 403) {
      await response.body?.cancel();
      return { ok: false, detail: `${origin} refuses the key (${String(response.status)})`, todo: 'Give the right key for this endpoint.' };
    }
    if (!response.ok) {
      await response.body?.cancel();
      // Not every compatible server lists its models; that it answers is what matters here.
      return {
        ok: response.status === 404,
        detail: `${origin} answers (${String(response.status)} for /models)`,
        todo: response.status === 404 ? null : 'Try again later.',
      };
    }
    const body = (await response.json()) as { data?: { id?: unknown }[] } | null;
    const ids = (body?.data ?? []).map((model) => model.id).filter((id) => typeof id === 'string');
    if (ids.length > 0 && !ids.includes(profile.model)) {
      return {
        ok: false,
        detail: `${origin} answers but does not list ${profile.model}`,
        todo: `Use one of its models: ${ids.slice(0, 5).join(', ')}.`,
      };
    }
    return { ok: true, detail: `${origin} answers`, todo: null };
  } catch (error) {
    const { message } = toFault(error, origin, key, Date.now());
    return { ok: false, detail: message, todo: `Start the server at ${origin}, or change baseUrl of the model ${profile.name}.` };
  }
}
