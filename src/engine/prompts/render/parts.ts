import { isRecord } from '../../config/yaml.js';
import type { ChatMessage, ContentPart, ToolCall } from '../../ports.js';
import type { ChatEntry, LayoutMessage } from '../layout.js';

type RenderText = (text: string) => string;

/** Texts at any depth as the template engine has them. */
function renderedDeep(value: unknown, render: RenderText): unknown {
  if (typeof value === 'string') return value.includes('{{') || value.includes('{%') ? render(value) : value;
  if (Array.isArray(value)) return value.map((item) => renderedDeep(item, render));
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderedDeep(item, render)]));
  return value;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A part in the chat API's own shape; files write some of them as other APIs do. */
function partOf(raw: Record<string, unknown>): ContentPart {
  const { type, image_url: image, input_audio: audio, file } = raw;
  if (type === 'input_audio' && isRecord(audio)) return { type, input_audio: { data: text(audio['data']), format: text(audio['format']) } };
  if (type === 'file' && isRecord(file))
    return { type, file: Object.fromEntries(Object.entries(file).map(([key, value]) => [key, text(value)])) };
  const source = raw['source'];
  const url = isRecord(image)
    ? text(image['url'])
    : typeof image === 'string'
      ? image
      : isRecord(source) && typeof source['data'] === 'string'
        ? `data:${text(source['media_type'])};base64,${source['data']}`
        : text(isRecord(source) ? source['url'] : raw['url']);
  const detail = isRecord(image) && typeof image['detail'] === 'string' ? { detail: image['detail'] } : {};
  return { type: 'image_url', image_url: { url, ...detail } };
}

function callsOf(value: unknown): ToolCall[] {
  return (Array.isArray(value) ? value : []).filter(isRecord).flatMap((call) => {
    const asked = call['function'];
    if (!isRecord(asked)) return [];
    const given = asked['arguments'];
    const called = { name: text(asked['name']), arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}) };
    return [{ id: text(call['id']), type: 'function' as const, function: called }];
  });
}

/** One message of a chat with whatever stands beside its text. */
export function renderEntry(entry: ChatEntry, renderMessage: (message: LayoutMessage) => string, render: RenderText): ChatMessage {
  const parts = entry.parts.map((part): ContentPart =>
    'text' in part ? { type: 'text', text: renderMessage(part.text) } : partOf(renderedDeep(part.raw, render) as Record<string, unknown>),
  );
  const more = renderedDeep(entry.more, render) as Record<string, unknown>;
  return {
    role: entry.role,
    ...withParts(parts),
    ...(typeof more['name'] === 'string' ? { name: more['name'] } : {}),
    ...(more['tool_calls'] === undefined ? {} : { toolCalls: callsOf(more['tool_calls']) }),
    ...(typeof more['tool_call_id'] === 'string' ? { toolCallId: more['tool_call_id'] } : {}),
  };
}

/** The text of parts, and the parts where there is more than text. */
export function withParts(parts: readonly ContentPart[]): Pick<ChatMessage, 'content' | 'parts'> {
  const content = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return parts.every((part) => part.type === 'text') ? { content } : { content, parts: [...parts] };
}

/** A picture, sound or file by its address, as dotprompt's `media` and Prompty's images mean it. */
export function mediaPart(url: string, contentType = ''): ContentPart {
  const data = /^data:([\w.+-]+\/[\w.+-]+);base64,(.*)$/su.exec(url);
  const kind = contentType === '' ? (data?.[1] ?? 'image') : contentType;
  if (data !== null && kind.startsWith('audio/'))
    return { type: 'input_audio', input_audio: { data: data[2] ?? '', format: kind.slice('audio/'.length) } };
  if (data !== null && kind === 'application/pdf') return { type: 'file', file: { filename: 'file.pdf', file_data: url } };
  return { type: 'image_url', image_url: { url } };
}
