import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ModelProfile } from '../config/types.js';
import type { ChatMessage, ChatRequest } from '../ports.js';

/** Raised when what we send for the same request changes, so that older answers are not taken for new ones. */
const REQUEST_VERSION = 1;

/** JSON with the keys of every object sorted: equal data, equal text. */
export function stableJson(value: unknown): string {
  return sorted(value) ?? 'null';
}

/** Written out by hand: with a replacer that sorts, `JSON.stringify` takes three times as long, and each request has a key. */
function sorted(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return JSON.stringify(given);
  if ('toJSON' in given && typeof given.toJSON === 'function') return sorted((given as { toJSON(): unknown }).toJSON());
  if (Array.isArray(given)) return `[${given.map((item) => sorted(item) ?? 'null').join(',')}]`;
  const parts: string[] = [];
  for (const key of Object.keys(given).sort()) {
    const text = sorted((given as Record<string, unknown>)[key]);
    if (text !== undefined) parts.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

/** SHA-256 in hex of the UTF-8 text. */
export function hashText(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** Key of one request in the response cache: provider, endpoint, model, parameters, messages and repeat. A key never goes in. */
export function cacheKey(profile: ModelProfile, request: ChatRequest): string {
  const { provider, model, baseUrl = null, file = null } = profile;
  return hashText(
    stableJson({
      v: REQUEST_VERSION,
      provider,
      model,
      baseUrl,
      file,
      params: { ...profile.params, ...request.params },
      messages: request.messages,
      // Only of those that make something of them: the keys of all others stay what they were.
      ...(profile.http === undefined ? {} : { http: profile.http, query: profile.query, vars: request.vars }),
      ...(profile.api === undefined ? {} : { api: profile.api }),
      repeat: request.repeat ?? 1,
    }),
  );
}

/**
 * Key of a recorded request: what was asked, not whom. The first repeat has the same key whether it was named or not.
 */
export function replayKey(messages: readonly ChatMessage[], params: Readonly<Record<string, unknown>>, repeat = 1): string {
  return hashText(stableJson({ messages, params, repeat }));
}
