import { createHash } from 'node:crypto';
import { EngineError } from '../../engine/errors.js';
import type { ModelProfile } from '../../engine/config/types.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Name of the environment variable that brings the key of one origin to the server: set at spawn, from SecretStorage. */
export function keyVariable(origin: string): string {
  return `PROMPT_RATCHET_KEY_${createHash('sha256').update(origin).digest('hex').slice(0, 16)}`;
}

const OPENAI = 'https://api.openai.com/v1';

/**
 * Address of a profile's endpoint; `${env:NAME}` and `${env:NAME:-address}` are taken from the environment. Where nothing is said it is
 * OpenAI's own.
 */
export function addressOf(profile: ModelProfile, env: Environment): string {
  const address = profile.baseUrl?.replace(
    /\$\{env:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/gu,
    (_, name: string, other: string | undefined) => {
      const found = env[name];
      return (found === undefined || found === '' ? other : found.replace(/\/+$/u, '')) ?? '';
    },
  );
  return address === undefined || address === '' ? OPENAI : address;
}

/** `scheme://host:port` of a profile's endpoint. Throws CONFIG_INVALID where the address is none of http(s) or holds credentials. */
export function originOf(profile: ModelProfile, env: Environment): string {
  const address = addressOf(profile, env);
  const bad = (why: string): EngineError =>
    new EngineError('CONFIG_INVALID', `baseUrl of the model ${profile.name} ${why}. Write it as https://host/v1 in .ratchet/config.yaml.`);
  // A host that is missing must not make the next part of the path the host.
  const part = /[^}]\$\{env:(\w+)\}|\$\{env:(\w+)\}[^$]/u.exec(profile.baseUrl ?? '');
  const name = part?.[1] ?? part?.[2];
  if (name !== undefined && (env[name] ?? '') === '') throw bad(`needs the environment variable ${name}, which is not set`);
  if (!URL.canParse(address)) throw bad('is no web address');
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw bad('is neither http nor https');
  if (url.username !== '' || url.password !== '') throw bad('holds a user name or password');
  return url.origin;
}

/** This machine only; a name that merely looks like it (`localhost.example`) is not. */
export function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/**
 * The key for an origin: the profile's `${env:NAME}`, else the one that the user gave for this very origin.
 * `null` where none is needed (loopback). Throws KEY_MISSING, CONFIG_INVALID for a literal key.
 */
export function resolveKey(profile: ModelProfile, origin: string, env: Environment): string | null {
  const own = env[keyVariable(origin)];
  if (profile.key !== undefined) {
    const name = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(profile.key)?.[1];
    if (name === undefined) {
      throw new EngineError(
        'CONFIG_INVALID',
        `The key of the model ${profile.name} must be a reference such as \${env:NAME}, never the key itself. Take it out of .ratchet/config.yaml.`,
      );
    }
    const value = env[name];
    if (value !== undefined && value !== '') return value;
    if (own !== undefined && own !== '') return own;
    throw new EngineError(
      'KEY_MISSING',
      `The environment variable ${name} with the key for ${origin} is not set. Set it, or give the key in VS Code with “Prompt Ratchet: Set a Key…”.`,
      { origin },
    );
  }
  if (own !== undefined && own !== '') return own;
  if (isLoopback(origin)) return null;
  throw new EngineError(
    'KEY_MISSING',
    `There is no key for ${origin}. Add key: "\${env:NAME}" to the model ${profile.name}, or give it in VS Code with “Prompt Ratchet: Set a Key…”.`,
    { origin },
  );
}

/** A profile's headers with `${env:NAME}` filled in. Throws KEY_MISSING where a variable is not set. */
export function expandHeaders(profile: ModelProfile, env: Environment): Record<string, string> {
  const expand = (value: string, header: string): string =>
    value.replace(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/gu, (_, name: string) => {
      const found = env[name];
      if (found !== undefined && found !== '') return found;
      throw new EngineError(
        'KEY_MISSING',
        `The environment variable ${name} of the header ${header} is not set. Set it for the model ${profile.name}.`,
      );
    });
  return Object.fromEntries(Object.entries(profile.headers ?? {}).map(([header, value]) => [header, expand(value, header)]));
}
