import type { ModelProfile } from '../../engine/config/types.js';
import type { ChatMessage, ModelClient } from '../../engine/ports.js';
import { wireMessages } from '../openai/wireMessages.js';

function wholeOf(messages: readonly ChatMessage[]): string {
  const [only] = messages;
  return messages.length === 1 && only?.role === 'user' ? only.content : JSON.stringify(wireMessages(messages), null, 2);
}

/**
 * Answers with what it was asked, for checking suites without a model. The id `echo` of a suite gives the whole prompt as promptfoo does, a
 * chat as JSON; a profile of config.yaml gives the last user message (or, where there is none, the last message).
 */
export function createEchoClient(profile: ModelProfile): ModelClient {
  const isPromptfoo = profile.name === 'echo' && profile.model === 'echo';
  return {
    profile,
    deterministic: true,
    chat({ messages }) {
      const last = messages.findLast((message) => message.role === 'user') ?? messages.at(-1);
      return Promise.resolve({
        text: isPromptfoo ? wholeOf(messages) : (last?.content ?? ''),
        // Nothing was written, so nothing stopped.
        finishReason: null,
        tokensIn: null,
        tokensOut: null,
        latencyMs: 0,
        recorded: false,
      });
    },
    close: () => Promise.resolve(),
  };
}
