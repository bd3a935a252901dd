/** Texts that are JSON, or become a chat only when they are rendered. */
import { isRecord } from '../../config/yaml.js';
import { EngineError } from '../../errors.js';
import type { ChatMessage } from '../../ports.js';
import { readChatList } from '../formats/chatYaml.js';
import { layoutOf } from '../parse.js';
import type { PromptDocument } from '../types.js';
import { TemplateFault } from './budget.js';
import { renderJinja } from './jinja.js';
import { renderEntry } from './parts.js';

const parsed = new WeakMap<PromptDocument, unknown>();

/** The data of a prompt whose text is JSON but no chat; `undefined` for any other. */
function dataOf(document: PromptDocument): unknown {
  if (document.format !== 'text' || document.dialect !== 'jinja') return undefined;
  if (parsed.has(document)) return parsed.get(document);
  const [message] = layoutOf(document).messages;
  const text = message === undefined ? '' : message.map.text.slice(message.start, message.end);
  let data: unknown;
  if (/^\s*[[{]/u.test(text)) {
    try {
      data = JSON.parse(text);
    } catch {
      // A text like any other; after rendering it may still be a chat.
      data = undefined;
    }
  }
  parsed.set(document, data);
  return data;
}

/**
 * A prompt whose text is JSON: each of its texts is rendered alone and the whole written anew, as promptfoo does, so that no value can break
 * it. `null` for any other prompt. Throws VARIABLE_MISSING, TEMPLATE_FAILED.
 */
export function renderJson(document: PromptDocument, vars: Record<string, unknown>): ChatMessage[] | null {
  const data = dataOf(document);
  if (data === undefined) return null;
  const deep = (value: unknown): unknown => {
    if (typeof value === 'string') return renderJinja(value, vars);
    if (Array.isArray(value)) return value.map(deep);
    return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deep(item)])) : value;
  };
  try {
    return [{ role: 'user', content: JSON.stringify(deep(data), null, 2) }];
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    throw new EngineError(error.code, `${error.message} (${document.file}). Give it a value.`, {
      variable: error.variable,
      file: document.file,
    });
  }
}

/**
 * A single user message whose rendered text is a chat, JSON or YAML (`- role: …`), is that chat: promptfoo decides so after rendering. Unlike
 * there, other JSON stays text. Throws PROMPT_INVALID where it starts as a chat and cannot be read: a value may have broken it.
 */
export function chatOfText(messages: ChatMessage[], file: string): ChatMessage[] {
  const [only, ...more] = messages;
  if (only === undefined || more.length > 0 || only.role !== 'user' || only.parts !== undefined) return messages;
  const text = only.content.trim();
  const isYaml = text.startsWith('- role:');
  if (!isYaml && !/^\[\s*\{/u.test(text)) return messages;
  const broken = (): EngineError =>
    new EngineError(
      'PROMPT_INVALID',
      `The prompt starts as a chat and cannot be read as one (${file}). Quote the values in it, or use the filter dump.`,
    );
  if (!isYaml) {
    try {
      JSON.parse(text);
    } catch {
      if (!/"role"\s*:/u.test(text)) return messages;
      throw broken();
    }
  }
  const layout = readChatList(file, text);
  if (layout === null || layout.problems.some(({ severity, code }) => severity === 'error' && code !== 'TEMPLATE_INVALID')) {
    if (isYaml || layout !== null) throw broken();
    return messages;
  }
  if (layout.chat === undefined) return layout.messages.map(({ role, map, start, end }) => ({ role, content: map.text.slice(start, end) }));
  return layout.chat.map((entry) =>
    renderEntry(
      entry,
      ({ map, start, end }) => map.text.slice(start, end),
      (own) => own,
    ),
  );
}
