import { readFileSync } from 'node:fs';
import { EngineError } from '../../engine/errors.js';
import { replayKey } from '../../engine/evaluation/cacheKey.js';
import type { ModelProfile } from '../../engine/config/types.js';
import type { ChatRequest, ChatResponse, ModelClient } from '../../engine/ports.js';

interface Recorded {
  text: string;
  finishReason: string | null;
  tokensIn: number | null;
  tokensOut: number | null;
  latencyMs: number;
}

/** Key of a request as a profile sends it: the request's parameters over the profile's own. */
function keyOf(profile: ModelProfile, request: ChatRequest): string {
  return replayKey(request.messages, { ...profile.params, ...request.params }, request.repeat);
}

/** One line of a replay file, from a real answer: `{"key":…,"response":…}`. */
export function recordLine(profile: ModelProfile, request: ChatRequest, response: ChatResponse): string {
  const { text, finishReason, tokensIn, tokensOut, latencyMs } = response;
  return `${JSON.stringify({ key: keyOf(profile, request), response: { text, finishReason, tokensIn, tokensOut, latencyMs } })}\n`;
}

/** Wraps a client so that every answer is handed to `write` as a line of a replay file. */
export function recordingClient(client: ModelClient, write: (line: string) => void): ModelClient {
  return {
    profile: client.profile,
    deterministic: client.deterministic,
    async chat(request, signal) {
      const response = await client.chat(request, signal);
      write(recordLine(client.profile, request, response));
      return response;
    },
    close: () => client.close(),
  };
}

/** Answers from a JSONL of recorded requests. A miss is an error that names the request, never an invented answer. */
export function createReplayClient(profile: ModelProfile, path: string): ModelClient {
  const answers = readRecording(path);
  return {
    profile,
    deterministic: true,
    chat(request) {
      const key = keyOf(profile, request);
      const found = answers.get(key);
      if (found === undefined) {
        const asked = request.messages.at(-1)?.content ?? '';
        return Promise.reject(
          new EngineError(
            'REPLAY_MISS',
            `The recording ${profile.file ?? profile.model} has no answer to request ${key.slice(0, 12)} (“${asked.slice(0, 80)}”). Record it again with the real model.`,
            { key, permanent: true },
          ),
        );
      }
      return Promise.resolve({ ...found, recorded: true });
    },
    close: () => Promise.resolve(),
  };
}

function readRecording(path: string): Map<string, Recorded> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new EngineError('MODEL_UNAVAILABLE', `The recording ${path} cannot be read. Check the profile's file.`, {}, error);
  }
  const answers = new Map<string, Recorded>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const entry = parseLine(line);
    if (entry === null) {
      throw new EngineError(
        'MODEL_UNAVAILABLE',
        `Line ${String(index + 1)} of the recording ${path} is not {"key", "response"}. Record it again.`,
      );
    }
    answers.set(entry.key, entry.response);
  }
  return answers;
}

function parseLine(line: string): { key: string; response: Recorded } | null {
  try {
    const { key, response } = JSON.parse(line) as { key?: unknown; response?: Partial<Recorded> | null };
    if (typeof key !== 'string' || typeof response?.text !== 'string') return null;
    const { text, finishReason = null, tokensIn = null, tokensOut = null, latencyMs = 0 } = response;
    return { key, response: { text, finishReason, tokensIn, tokensOut, latencyMs } };
  } catch {
    // Not JSON: reported with its line number by the caller.
    return null;
  }
}
