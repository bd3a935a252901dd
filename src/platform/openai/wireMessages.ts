import type { ChatMessage, ContentPart, ToolCall } from '../../engine/ports.js';

/** A message as chat endpoints take it. */
export interface WireMessage {
  role: string;
  content: string | ContentPart[] | null;
  name?: string;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
}

export function wireMessages(messages: readonly ChatMessage[]): WireMessage[] {
  return messages.map(({ role, content, parts, toolCalls, toolCallId, name }) => ({
    role,
    // Endpoints want no text rather than an empty one beside calls.
    content: parts ?? (toolCalls !== undefined && content === '' ? null : content),
    ...(name === undefined ? {} : { name }),
    ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  }));
}

/** What the Responses API takes: calls of tools and their results are items beside the messages. */
export function wireInput(messages: readonly ChatMessage[]): Record<string, unknown>[] {
  return messages.flatMap((message): Record<string, unknown>[] => {
    const { role, content, parts, toolCalls = [], toolCallId } = message;
    if (role === 'tool') return [{ type: 'function_call_output', call_id: toolCallId ?? '', output: content }];
    const calls = toolCalls.map((call) => ({
      type: 'function_call',
      call_id: call.id,
      name: call.function.name,
      arguments: call.function.arguments,
    }));
    if (parts === undefined && content === '' && calls.length > 0) return calls;
    return [{ role, content: parts === undefined ? content : parts.map((part) => inputPart(part, role)) }, ...calls];
  });
}

function inputPart(part: ContentPart, role: string): Record<string, unknown> {
  switch (part.type) {
    case 'text':
      return { type: role === 'assistant' ? 'output_text' : 'input_text', text: part.text };
    case 'image_url':
      return { type: 'input_image', image_url: part.image_url.url, detail: part.image_url.detail ?? 'auto' };
    case 'input_audio':
      return { type: 'input_audio', input_audio: part.input_audio };
    case 'file':
      return { type: 'input_file', ...part.file };
  }
}
