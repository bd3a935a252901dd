/** Messages of chats as the tools write them, and the text that a person reads of them. */
import { isObject, shallow, textOf, variablesOf, type Json } from '../values.js';
import { numbered, parsed, textAt, type Attributes } from './attributes.js';

/** `[{role, content}]` from `llm.input_messages.N.message.*` (OpenInference) or `gen_ai.prompt.N.*` (OpenLLMetry); empty where there are none. */
export function numberedMessages(attributes: Attributes, prefix: string): Json[] {
  return numbered(attributes, prefix).flatMap((item) => {
    const role = textAt(item, 'message.role', 'role');
    const content =
      textAt(item, 'message.content', 'content') ??
      numbered(item, 'message.contents')
        .map((part) => textAt(part, 'message_content.text'))
        .filter((text) => text !== null)
        .join('\n');
    return role === null && content === '' ? [] : [{ role: role ?? 'user', content }];
  });
}

/**
 * What the messages of a role say, one after the other. `null` where they hold no text. Understands a bare text, OpenTelemetry's `parts`, OpenAI's
 * `content` as text or as a list of parts, `choices`, and lists and objects of these.
 */
export function textOfMessages(value: unknown, role: 'assistant' | 'user' | null, depth = 0): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  if (depth > 6) return null;
  if (Array.isArray(value)) {
    const texts = value.map((item) => textOfMessages(item, role, depth + 1)).filter((text) => text !== null);
    return texts.length === 0 ? null : texts.join('\n');
  }
  if (!isObject(value)) return null;
  const speaker = value['role'] ?? value['type'];
  const spoken = speaker === 'ai' ? 'assistant' : speaker === 'human' ? 'user' : speaker;
  const roles: unknown[] = ['system', 'user', 'assistant', 'tool', 'developer', 'function'];
  if (role !== null && roles.includes(spoken) && spoken !== role) return null;
  if (value['type'] === 'tool_call' || value['type'] === 'tool_call_response' || value['type'] === 'tool_use') return null;
  for (const key of ['parts', 'content', 'text', 'message', 'messages', 'choices', 'output', 'generations', 'kwargs']) {
    if (!Object.hasOwn(value, key)) continue;
    const text = textOfMessages(value[key], role, depth + 1);
    if (text !== null) return text;
  }
  return null;
}

/** What the last message of a user says. */
export function lastUserText(messages: unknown, depth = 0): string | null {
  if (!Array.isArray(messages)) {
    return isObject(messages) && 'messages' in messages && depth < 3 ? lastUserText(messages['messages'], depth + 1) : null;
  }
  for (let index = messages.length - 1; index >= 0; index--) {
    const message: unknown = messages[index];
    // LangChain has a list of messages for each of several calls.
    const inner = Array.isArray(message) && depth < 2 ? lastUserText(message, depth + 1) : null;
    if (inner !== null) return inner;
    if (!isObject(message)) continue;
    const text = textOfMessages(message, 'user');
    if (text !== null) return text;
  }
  return null;
}

/** Has it the form of messages, of a completion, or of a list of either? A model's own JSON answer has not. */
function isSpoken(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((item) => typeof item === 'string' || isSpoken(item));
  if (!isObject(value)) return false;
  return (
    ['role', 'parts', 'choices', 'messages', 'generations', 'message'].some((key) => Object.hasOwn(value, key)) || alone(value) !== null
  );
}

/** The text of `{"answer": "…"}` and the like, where it is all there is. */
function alone(value: Json): string | null {
  const [key, ...others] = Object.keys(value);
  const text = key !== undefined && ['output', 'answer', 'response', 'text', 'content', 'result', 'completion'].includes(key) && value[key];
  return others.length === 0 && typeof text === 'string' ? text : null;
}

/**
 * `input` of an interaction from whatever stands for it: a text stays a text, messages are kept with the user's last words beside them, any other
 * object is the variables that the prompt was filled with.
 */
export function inputOf(value: unknown): Json | null {
  const whole = shallow(typeof value === 'string' ? parsed(value) : value);
  if (whole === null || whole === undefined || whole === '') return null;
  if (typeof whole !== 'object') return { text: textOf(whole) ?? '' };
  if (isSpoken(whole) || Array.isArray(whole)) {
    const text = lastUserText(whole);
    return { ...(text === null ? {} : { text }), messages: whole };
  }
  return { variables: variablesOf(whole) };
}

/** `output` of an interaction: the text of an answer, else what there is as messages. */
export function outputOf(value: unknown): Json | null {
  const whole = shallow(typeof value === 'string' ? parsed(value) : value);
  if (whole === null || whole === undefined || whole === '') return null;
  if (typeof whole !== 'object') return { text: textOf(whole) ?? '' };
  const text = !isSpoken(whole)
    ? null
    : Array.isArray(whole)
      ? textOfMessages(whole, 'assistant')
      : (alone(whole as Json) ?? textOfMessages(whole, 'assistant'));
  if (text !== null) return { text };
  return typeof value === 'string' ? { text: value } : { messages: whole };
}
