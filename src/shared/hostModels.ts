/** What the server asks the editor of the models that the editor itself offers. The only requests that go this way. */

export interface HostChatParams {
  /** `vendor/family`, a family or an id, as the profile names it. */
  model: string;
  messages: {
    role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
    content: string;
    toolCalls?: HostToolCall[];
    toolCallId?: string;
  }[];
  /** `temperature`, `max_tokens` and the like; which of them the model heeds is its own affair. */
  params: Record<string, unknown>;
  tools: { name: string; description: string; inputSchema?: object }[];
}

export interface HostToolCall {
  id: string;
  name: string;
  input: object;
}

export interface HostChatAnswer {
  text: string;
  toolCalls: HostToolCall[];
  tokensIn: number | null;
  tokensOut: number | null;
}

export interface HostModel {
  /** As a profile names it: `vendor/family`. */
  model: string;
  label: string;
  maxInputTokens: number;
}
