import { isRecord } from '../config/yaml.js';
import { renderJinja } from '../prompts/render/jinja.js';
import { scanJinja } from '../prompts/tags/jinja.js';

/** A tag with nothing but `env` in it, such as `{{ env.NAME }}` or `{{ env['NAME'] | default('x') }}`. */
const envTag = /\{\{-?\s*env\s*[.[][^{}]*\}\}/gu;

/**
 * A file's data with `{{ env.NAME }}` put in wherever it stands, as promptfoo does before anything else is read. A name that is not set stays
 * as it is written, so that it is seen where it is used.
 */
export function withEnvironment(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return value.includes('env') ? value.replace(envTag, (tag) => rendered(tag, env)) : value;
  if (Array.isArray(value)) return value.map((item) => withEnvironment(item, env));
  if (!isRecord(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(copy, key, { value: withEnvironment(item, env), enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

function rendered(tag: string, env: Readonly<Record<string, string>>): string {
  if (scanJinja(tag).tags.some(({ names }) => names.some(({ name }) => name !== 'env'))) return tag;
  try {
    return renderJinja(tag, { env });
  } catch {
    // Not set, or no template: it is left for whoever uses it to say so.
    return tag;
  }
}

/** `env` of a suite: names with values that are texts, numbers or truths. */
export function environmentOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  const known = Object.entries(value).filter(([, item]) => ['string', 'number', 'boolean'].includes(typeof item));
  return Object.fromEntries(known.map(([name, item]) => [name, String(item)]));
}
