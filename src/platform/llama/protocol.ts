import type { ChatMessage } from '../../engine/ports.js';

/** What the parent sends to the worker process. */
export type ToWorker =
  | { type: 'load'; libraryEntry: string; modelPath: string; contextSize: number; threads: number }
  | { type: 'chat'; id: number; messages: ChatMessage[]; params: GenerationParams }
  | { type: 'cancel'; id: number };

/** What the worker sends back. */
export type FromWorker =
  | { type: 'loaded' }
  | { type: 'loadFailed'; message: string }
  | { type: 'answer'; id: number; text: string; finishReason: 'stop' | 'length'; tokensIn: number; tokensOut: number; latencyMs: number }
  | { type: 'failed'; id: number; message: string; cancelled: boolean };

export interface GenerationParams {
  temperature: number;
  maxTokens: number;
  topK: number | null;
  topP: number | null;
  seed: number | null;
  stop: string[];
}

/** Tokens that an answer may have where the profile's `max_tokens` says nothing. */
const DEFAULT_MAX_TOKENS = 256;

/** Reads the endpoint-style parameters of a profile; unknown ones have no meaning here and are left out. */
export function generationParams(params: Readonly<Record<string, unknown>>): GenerationParams {
  const number = (...names: string[]): number | null => {
    for (const name of names) {
      const value = params[name];
      if (typeof value === 'number' && Number.isFinite(value)) return value;
    }
    return null;
  };
  const stop = params['stop'];
  return {
    temperature: number('temperature') ?? 0,
    maxTokens: number('max_tokens', 'max_completion_tokens', 'maxTokens') ?? DEFAULT_MAX_TOKENS,
    topK: number('top_k', 'topK'),
    topP: number('top_p', 'topP'),
    seed: number('seed'),
    stop: typeof stop === 'string' ? [stop] : Array.isArray(stop) ? stop.filter((item) => typeof item === 'string') : [],
  };
}
