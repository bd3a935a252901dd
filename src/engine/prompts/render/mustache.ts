import mustache from 'mustache';
import { asFault, display, failed, missing, ownMember, RenderBudget } from './budget.js';

/** A token of the Mustache parser: kind, value, start, end, and for sections the tokens inside. */
type Token = [kind: string, value: string, start: number, end: number, children?: Token[]];

/** Looks a name up in the contexts, innermost first, own members only. */
function lookup(name: string, contexts: readonly unknown[]): unknown {
  if (name === '.') return contexts[0];
  const [first = '', ...rest] = name.split('.');
  for (const context of contexts) {
    const found = ownMember(context, first);
    if (found !== undefined)
      return rest.reduce<unknown>(
        (target, key) => ownMember(target, /^\d+$/u.test(key) && !Array.isArray(target) ? Number(key) : key),
        found,
      );
  }
  return undefined;
}

function renderTokens(tokens: readonly Token[], contexts: readonly unknown[], budget: RenderBudget): string {
  let text = '';
  for (const token of tokens) {
    budget.step();
    text += renderToken(token, contexts, budget);
    budget.size(text.length);
  }
  return text;
}

function renderToken([kind, name, start, , children = []]: Token, contexts: readonly unknown[], budget: RenderBudget): string {
  if (kind === 'text') return name;
  if (kind === '!') return '';
  if (kind === '>') throw failed(`The partial "${name}" is in another file, which is not read. Put its text here`, start);
  if (kind === '=') throw failed('Other delimiters than {{ }} are not supported. Write the tags with {{ }}', start);
  const value = lookup(name, contexts);
  if (kind === '#') {
    if (Array.isArray(value)) return value.map((item: unknown) => renderTokens(children, [item, ...contexts], budget)).join('');
    if (!value) return '';
    return renderTokens(children, value === true ? contexts : [value, ...contexts], budget);
  }
  if (kind === '^') return !value || (Array.isArray(value) && value.length === 0) ? renderTokens(children, contexts, budget) : '';
  if (value === undefined || value === null) throw missing(name, start);
  return display(value, budget);
}

/** Renders Mustache over the tokens of Mustache's own parser; nothing is escaped, since a prompt is no HTML. Throws a TemplateFault. */
export function renderMustache(source: string, vars: Record<string, unknown>, budget = new RenderBudget()): string {
  try {
    return renderTokens(new mustache.Writer().parse(source) as Token[], [vars], budget);
  } catch (error) {
    throw asFault(error);
  }
}
