import { EngineError } from '../errors.js';
import { display, RenderBudget } from '../prompts/render/budget.js';
import { renderJinja } from '../prompts/render/jinja.js';
import { scanJinja } from '../prompts/tags/jinja.js';

/** Substitutions are made in rounds, so that a variable may name one that names another; a circle ends with the rounds. */
const rounds = 5;
const maxLength = 1024 * 1024;

/**
 * The variables of a case as promptfoo hands them to assertions: `{{ name }}` in a text is replaced by the variable of that name,
 * as JavaScript writes it, and one line end at the end of a text is dropped. Unlike there, a value that grows over 1 MiB is left as it is.
 */
export function resolveVars(vars: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const resolved: Record<string, unknown> = Object.fromEntries(
    Object.entries(vars).map(([name, value]) => [name, typeof value === 'string' ? value.replace(/\r?\n$/u, '') : value]),
  );
  for (let round = 0; round < rounds; round++) {
    let changed = false;
    for (const [name, value] of Object.entries(resolved)) {
      if (typeof value !== 'string' || !value.includes('{{')) continue;
      const text = value.replace(/\{\{\s*(\w+)\s*\}\}/gu, (placeholder, other: string) => {
        const found = Object.hasOwn(resolved, other) && other !== name ? resolved[other] : undefined;
        return found === undefined ? placeholder : found === null ? 'null' : display(found, new RenderBudget());
      });
      if (text === value || text.length > maxLength) continue;
      resolved[name] = text;
      changed = true;
    }
    if (!changed) break;
  }
  return resolved;
}

/**
 * The variables as promptfoo hands them to prompts: each text is a template of its own over all of them (`resolved`, see `resolveVars`) and
 * `env`, unless it names a variable that is not there or is no whole template; then it stays as it is. Throws TEMPLATE_FAILED.
 */
export function templateVars(
  resolved: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  const all: Record<string, unknown> = { env, ...resolved };
  const rendered = { ...all };
  const budget = new RenderBudget();
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof value !== 'string' || !/\{[{%#]/u.test(value)) continue;
    const { tags, problems } = scanJinja(value);
    const unknown = tags.some(({ names }) => names.some((used) => !Object.hasOwn(all, used.name) || all[used.name] === undefined));
    if (unknown || problems.length > 0) continue;
    try {
      rendered[name] = renderJinja(value, all, budget);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new EngineError('TEMPLATE_FAILED', `The variable "${name}" is a template that cannot be rendered: ${why}.`, { variable: name });
    }
  }
  return rendered;
}
