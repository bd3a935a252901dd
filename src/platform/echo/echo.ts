import type { ModelProfile } from '../../engine/config/types.js';
import type { ModelClient } from '../../engine/ports.js';

/** Answers with the last user message (or, where there is none, the last message): promptfoo's `echo`, for checking suites without a model. */
export function createEchoClient(profile: ModelProfile): ModelClient {
  return {
    profile,
    deterministic: true,
    chat({ messages }) {
      const last = messages.findLast((message) => message.role === 'user') ?? messages.at(-1);
      return Promise.resolve({
        text: last?.content ?? '',
        finishReason: 'stop',
        tokensIn: null,
        tokensOut: null,
        latencyMs: 0,
        recorded: false,
      });
    },
    close: () => Promise.resolve(),
  };
}
