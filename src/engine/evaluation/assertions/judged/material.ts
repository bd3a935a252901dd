/** What judged kinds have in common: the question, the context, the judge, and prompts of the suite's own. */
import { isRecord, parseYaml } from '../../../config/yaml.js';
import type { ChatMessage, Role } from '../../../ports.js';
import { renderJinja } from '../../../prompts/render/jinja.js';
import type { JudgePort } from '../../judges/types.js';
import { textOf } from '../outcome.js';
import { NotEvaluated, type AssertionCall } from '../types.js';

/** Throws NotEvaluated where no judge can be asked. */
export function judgeOf({ tools }: AssertionCall): JudgePort {
  if (tools.judge === undefined) throw new NotEvaluated('models judge in runs only');
  return tools.judge;
}

/** `query` of the variables, else what the model was asked. */
export function questionOf({ input }: AssertionCall): string {
  const { query } = input.vars;
  return typeof query === 'string' && query !== '' ? query : (input.prompt ?? '');
}

/** Throws NotEvaluated where the value is missing. */
export function criteriaOf({ value, text }: AssertionCall): string {
  if (value === null || value === undefined || text.trim() === '')
    throw new NotEvaluated('its value is empty, so there is nothing to judge by');
  return text;
}

/** A score that is computed reaches a threshold that it equals but for rounding. */
export const reaches = (score: number, threshold: number): boolean => score >= threshold - 1e-9;

export const thresholdOf = ({ assertion }: AssertionCall, fallback: number): number => assertion.threshold ?? fallback;

/** The prompt that the suite wrote for its judge; `undefined` where it wrote none. */
export const ownPrompt = ({ assertion, input }: AssertionCall): unknown => assertion.rubricPrompt ?? input.judge?.rubricPrompt ?? undefined;

/** Throws NotEvaluated for a prompt of the suite's own where the kind's answer is not one that such a prompt can ask for. */
export function withoutOwnPrompt(call: AssertionCall): void {
  if (call.assertion.rubricPrompt !== undefined && call.assertion.rubricPrompt !== null)
    throw new NotEvaluated('a rubricPrompt of its own is not used here for this type. Remove it');
}

/**
 * Messages of a rubric prompt: a text, a list of messages, or a text that holds such a list as JSON or YAML. Each message is rendered by itself, so
 * that no value can break out of its message. Throws NotEvaluated where it cannot be rendered.
 */
export function renderedPrompt(prompt: unknown, vars: Record<string, unknown>): ChatMessage[] {
  const render = (template: string): string => {
    try {
      return renderJinja(template, vars);
    } catch (error) {
      throw new NotEvaluated(`its rubricPrompt cannot be rendered (${error instanceof Error ? error.message : String(error)})`);
    }
  };
  const list = messageList(prompt);
  if (list !== null) return list.map(({ role, content }) => ({ role, content: render(content) }));
  return [{ role: 'user', content: render(textOf(prompt)) }];
}

const roles = new Set<string>(['system', 'developer', 'user', 'assistant']);

function messageList(prompt: unknown): { role: Role; content: string }[] | null {
  const list = typeof prompt === 'string' && /^\s*(?:\[|- role:)/u.test(prompt) ? parseYaml('rubricPrompt', prompt).value : prompt;
  if (!Array.isArray(list) || list.length === 0) return null;
  const messages: { role: Role; content: string }[] = [];
  for (const item of list as unknown[]) {
    if (!isRecord(item) || typeof item['role'] !== 'string' || !roles.has(item['role'])) return null;
    messages.push({ role: item['role'] as Role, content: textOf(item['content'] ?? '') });
  }
  return messages;
}

/** Variables of rubric prompts: the case's, and the answer, read as JSON where it is some. */
export function promptVars({ input }: AssertionCall, more: Record<string, unknown>): Record<string, unknown> {
  return { ...input.vars, ...more };
}

export function asData(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : text;
  } catch {
    // An answer in words, as most are.
    return text;
  }
}
