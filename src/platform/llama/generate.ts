import type { ChatMessage } from '../../engine/ports.js';
import type { ChatHistoryItem, ChatWrapper, LlamaText, Model, Sequence, Token } from './library.js';
import type { GenerationParams } from './protocol.js';

/**
 * Prompt tokens are evaluated in batches that start at multiples of this, always. A batch's result depends on its own
 * tokens and on the cache before it, so a cached batch is the same as one computed afresh, bit for bit.
 */
const CHUNK = 16;

export interface Generated {
  text: string;
  finishReason: 'stop' | 'length';
  tokensIn: number;
  tokensOut: number;
}

/**
 * Answers chats on one sequence and keeps the common prefix of consecutive prompts in the KV cache.
 *
 * The answer is meant not to depend on what was asked before. Reusing whatever prefix happens to match would make the sizes of
 * the evaluated batches, hence the rounding of the logits, depend on the order of the requests; so only whole chunks that were
 * evaluated as prompt chunks are reused, and never cells that were written while an answer was generated.
 * Seen with the demo model on short answers (40 cases of a few words): two runs and a shuffled run gave the same. For long answers
 * it is not shown: rounding may differ between builds and machines, and one token that falls the other way changes the rest.
 */
export class Generator {
  /** The tokens in the cache that were evaluated in whole chunks. */
  private cached: Token[] = [];

  constructor(
    private readonly model: Model,
    private readonly sequence: Sequence,
    private readonly wrapper: ChatWrapper,
    private readonly contextSize: number,
  ) {}

  async generate(messages: ChatMessage[], params: GenerationParams, isCancelled: () => boolean): Promise<Generated> {
    const { contextText, stopGenerationTriggers } = this.wrapper.generateContextState({ chatHistory: history(messages) });
    const tokens = contextText.tokenize(this.model.tokenizer);
    if (tokens.length + 1 >= this.contextSize) {
      throw new Error(
        `The prompt has ${String(tokens.length)} tokens, the local model takes ${String(this.contextSize)}. Shorten it or raise context_size in the profile's params.`,
      );
    }
    const rest = await this.evaluatePrompt(tokens, isCancelled);
    const stops = [...params.stop, ...textStops(stopGenerationTriggers)].filter((stop) => stop !== '');
    const limit = Math.min(params.maxTokens, this.contextSize - tokens.length - 1);
    const output: Token[] = [];
    let text = '';
    let finishReason: 'stop' | 'length' = 'stop';
    const sampling = {
      temperature: params.temperature,
      ...(params.topK === null ? {} : { topK: params.topK }),
      ...(params.topP === null ? {} : { topP: params.topP }),
      ...(params.seed === null ? {} : { seed: params.seed }),
    };
    for await (const token of this.sequence.evaluate(rest, sampling)) {
      if (isCancelled()) throw new Cancelled();
      output.push(token);
      text = this.model.detokenize(output);
      const stop = firstStop(text, stops);
      if (stop !== null) {
        text = text.slice(0, stop);
        break;
      }
      if (output.length >= limit) {
        finishReason = 'length';
        break;
      }
    }
    return { text, finishReason, tokensIn: tokens.length, tokensOut: output.length };
  }

  /** Brings the cache to the prompt's whole chunks; returns the tokens after them (at least one). */
  private async evaluatePrompt(tokens: Token[], isCancelled: () => boolean): Promise<Token[]> {
    const whole = Math.floor((tokens.length - 1) / CHUNK) * CHUNK;
    let common = 0;
    while (common < Math.min(whole, this.cached.length) && tokens[common] === this.cached[common]) common++;
    common -= common % CHUNK;
    this.cached.length = common;
    if (this.sequence.nextTokenIndex > common) {
      if (common === 0) await this.sequence.clearHistory();
      else await this.sequence.eraseContextTokenRanges([{ start: common, end: this.sequence.nextTokenIndex }]);
    }
    // A model whose cache cannot be cut in place (recurrent, sliding window) may have dropped more than was asked for.
    if (this.sequence.nextTokenIndex !== common) {
      await this.sequence.clearHistory();
      common = 0;
      this.cached.length = 0;
    }
    for (let at = common; at < whole; at += CHUNK) {
      if (isCancelled()) throw new Cancelled();
      const chunk = tokens.slice(at, at + CHUNK);
      await this.sequence.evaluateWithoutGeneratingNewTokens(chunk);
      this.cached.push(...chunk);
    }
    return tokens.slice(whole);
  }
}

export class Cancelled extends Error {
  constructor() {
    super('Stopped.');
    this.name = 'Cancelled';
  }
}

/** The chat as the library's history; it ends with the model's turn, open for the answer. */
export function history(messages: readonly ChatMessage[]): ChatHistoryItem[] {
  const items = messages.map((message): ChatHistoryItem => {
    if (message.role === 'system' || message.role === 'developer') return { type: 'system', text: message.content };
    if (message.role === 'assistant') return { type: 'model', response: [message.content] };
    return { type: 'user', text: message.content };
  });
  if (items.at(-1)?.type !== 'model') items.push({ type: 'model', response: [] });
  return items;
}

/** End-of-generation tokens end the generator by themselves; what is left are triggers written as text. */
function textStops(triggers: readonly LlamaText[]): string[] {
  return triggers.filter(({ values }) => values.every((part) => typeof part === 'string')).map(({ values }) => values.join(''));
}

function firstStop(text: string, stops: readonly string[]): number | null {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return found.length === 0 ? null : Math.min(...found);
}
