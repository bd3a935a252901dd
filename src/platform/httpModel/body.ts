import { EngineError } from '../../engine/errors.js';
import { isRecord } from '../../engine/config/yaml.js';
import { renderJinja } from '../../engine/prompts/render/jinja.js';

type Vars = Readonly<Record<string, unknown>>;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No JSON: a text.
    return undefined;
  }
}

function rendered(text: string, vars: Vars): string {
  if (!text.includes('{{') && !text.includes('{%')) return text;
  try {
    return renderJinja(text, vars);
  } catch (error) {
    throw new EngineError(
      'TEMPLATE_FAILED',
      `The request of the provider cannot be made: ${error instanceof Error ? error.message : String(error)}.`,
      {
        permanent: true,
      },
    );
  }
}

/** Texts of a body's data are templates. One that is nothing but a tag and gives an object or a list as JSON stands for that data. */
function filled(value: unknown, vars: Vars): unknown {
  if (typeof value === 'string') {
    const text = rendered(value, vars);
    const data = /^\s*\{\{[^{}]*\}\}\s*$/u.test(value) ? jsonOf(text) : undefined;
    return typeof data === 'object' && data !== null ? data : text;
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, vars));
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, vars)]));
  return value;
}

/**
 * The text of a request's body. A template that is JSON, or that goes as JSON, keeps its shape whatever the values hold: a value cannot end
 * the string that it stands in.
 */
export function bodyOf(template: unknown, vars: Vars, isJson: boolean): { text: string; isJson: boolean } {
  if (typeof template !== 'string') return { text: JSON.stringify(filled(template, vars)), isJson: true };
  const data = jsonOf(template);
  if (typeof data === 'object' && data !== null) return { text: JSON.stringify(filled(data, vars)), isJson: true };
  if (!isJson) return { text: rendered(template, vars), isJson: false };
  const escaped = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [name, typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : value]),
  );
  return { text: rendered(template, escaped), isJson: true };
}

/** The address with its templates filled in; what is filled in is part of the path or the query, never of the origin. */
export function addressOf(template: string, query: Readonly<Record<string, string>> | undefined, vars: Vars): URL {
  const safe = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [name, typeof value === 'string' ? encodeURIComponent(value) : value]),
  );
  const url = new URL(rendered(template, safe));
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, rendered(value, vars));
  return url;
}

/** Header values are templates too; a line end in a value would be another header. */
export function headersOf(headers: Readonly<Record<string, string>>, vars: Vars): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), rendered(value, vars).replace(/[\r\n]+/gu, ' ')]),
  );
}
