/** Keys of sources as headers. */
import type { SourceConfig } from '../../../config/types.js';
import { EngineError } from '../../../errors.js';
import type { Http } from '../../../ports.js';
import { apiFault } from './faults.js';

export interface Credentials {
  key: string | null;
  user: string | null;
}

/** Key and user of a source for its own address. Throws KEY_MISSING where config.yaml names a variable that is not set, CONFIG_INVALID without url. */
export function credentialsOf(config: SourceConfig, http: Http): Credentials & { url: string } {
  const { url } = config;
  if (url === undefined || !URL.canParse(url))
    throw new EngineError(
      'CONFIG_INVALID',
      `The source ${config.name} has no url. Write the address of the server in .ratchet/config.yaml.`,
    );
  const { origin } = new URL(url);
  const key = http.key(config, origin);
  if (key === null && config.key !== undefined) throw missing(config.key, `the key for ${origin}`);
  const user = config.user === undefined ? null : http.expand(config.user);
  if (user === null && config.user !== undefined) throw missing(config.user, `the user for ${origin}`);
  return { url, key, user };
}

function missing(reference: string, what: string): EngineError {
  const name = reference.replace(/^\$\{env:|\}$/gu, '');
  return apiFault(
    {
      step: 'auth',
      said: `The environment variable ${name} with ${what} is not set`,
      todo: 'Set it, or give the key in VS Code with “Prompt Ratchet: Set a Key…”.',
    },
    'KEY_MISSING',
  );
}

/** RFC 7617, UTF-8. */
export function basic(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}
