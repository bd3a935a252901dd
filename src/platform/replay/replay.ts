import { readFileSync } from 'node:fs';
import { EngineError } from '../../engine/errors.js';
import { hashText, replayKey, stableJson } from '../../engine/evaluation/cacheKey.js';
import type { ModelProfile } from '../../engine/config/types.js';
import type { ChatRequest, ChatResponse, Embeddings, ModelClient, ToolCall } from '../../engine/ports.js';

type Recorded = Omit<ChatResponse, 'recorded'>;

/** Key of a request as a profile sends it: the request's parameters over the profile's own. */
function keyOf(profile: ModelProfile, request: ChatRequest): string {
  return replayKey(request.messages, { ...profile.params, ...request.params }, request.repeat);
}

function vectorKey(text: string): string {
  return hashText(stableJson({ embed: text }));
}

/** One line of a replay file, from a real answer: `{"key":…,"response":…}`. */
export function recordLine(profile: ModelProfile, request: ChatRequest, response: ChatResponse): string {
  const { text, finishReason, tokensIn, tokensOut, latencyMs, output, toolCalls, isRefusal, logprobs } = response;
  // What is not there leaves no trace: lines of plain texts are what they always were.
  const more = { output, toolCalls, isRefusal, logprobs };
  return `${JSON.stringify({ key: keyOf(profile, request), response: { text, finishReason, tokensIn, tokensOut, latencyMs, ...more } })}\n`;
}

/** Wraps a client so that every answer is handed to `write` as a line of a replay file; vectors as `{"key":…,"vector":[…]}`. */
export function recordingClient(client: ModelClient, write: (line: string) => void): ModelClient {
  const embed = async (texts: readonly string[], signal?: AbortSignal): Promise<Embeddings> => {
    if (client.embed === undefined) throw new EngineError('MODEL_UNAVAILABLE', `The model ${client.profile.name} makes no vectors.`);
    const made = await client.embed(texts, signal);
    for (const [index, text] of texts.entries()) write(`${JSON.stringify({ key: vectorKey(text), vector: made.vectors[index] ?? [] })}\n`);
    return made;
  };
  return {
    profile: client.profile,
    deterministic: client.deterministic,
    async chat(request, signal) {
      const response = await client.chat(request, signal);
      write(recordLine(client.profile, request, response));
      return response;
    },
    ...(client.embed === undefined ? {} : { embed }),
    close: () => client.close(),
  };
}

/** Answers from a JSONL of recorded requests. A miss is an error that names the request, never an invented answer. */
export function createReplayClient(profile: ModelProfile, path: string): ModelClient {
  const { answers, vectors } = readRecording(path);
  const miss = (key: string, asked: string): EngineError =>
    new EngineError(
      'REPLAY_MISS',
      `The recording ${profile.file ?? profile.model} has no answer to request ${key.slice(0, 12)} (“${asked.slice(0, 80)}”). Record it again with the real model.`,
      { key, permanent: true },
    );
  return {
    profile,
    deterministic: true,
    chat(request) {
      const key = keyOf(profile, request);
      const found = answers.get(key);
      if (found === undefined) return Promise.reject(miss(key, request.messages.at(-1)?.content ?? ''));
      return Promise.resolve({ ...found, recorded: true });
    },
    embed(texts) {
      const found: number[][] = [];
      for (const text of texts) {
        const vector = vectors.get(vectorKey(text));
        if (vector === undefined) return Promise.reject(miss(vectorKey(text), text));
        found.push(vector);
      }
      return Promise.resolve({ vectors: found, tokensIn: null });
    },
    close: () => Promise.resolve(),
  };
}

interface Recording {
  answers: Map<string, Recorded>;
  vectors: Map<string, number[]>;
}

function readRecording(path: string): Recording {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new EngineError('MODEL_UNAVAILABLE', `The recording ${path} cannot be read. Check the profile's file.`, {}, error);
  }
  const recording: Recording = { answers: new Map(), vectors: new Map() };
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || readLine(line, recording)) continue;
    throw new EngineError(
      'MODEL_UNAVAILABLE',
      `Line ${String(index + 1)} of the recording ${path} is not {"key", "response"}. Record it again.`,
    );
  }
  return recording;
}

/** Whether the line is one of a recording; what it says is put into it. */
function readLine(line: string, { answers, vectors }: Recording): boolean {
  try {
    const { key, response, vector } = JSON.parse(line) as { key?: unknown; response?: Partial<Recorded> | null; vector?: unknown };
    if (typeof key !== 'string') return false;
    if (Array.isArray(vector) && vector.every((value) => typeof value === 'number')) {
      vectors.set(key, vector);
      return true;
    }
    if (typeof response?.text !== 'string') return false;
    const {
      text,
      finishReason = null,
      tokensIn = null,
      tokensOut = null,
      latencyMs = 0,
      output,
      toolCalls,
      isRefusal,
      logprobs,
    } = response;
    answers.set(key, {
      text,
      finishReason,
      tokensIn,
      tokensOut,
      latencyMs,
      ...(output === undefined ? {} : { output }),
      ...(Array.isArray(toolCalls) ? { toolCalls: toolCalls satisfies ToolCall[] } : {}),
      ...(isRefusal === true ? { isRefusal } : {}),
      ...(Array.isArray(logprobs) ? { logprobs } : {}),
    });
    return true;
  } catch {
    // Not JSON: reported with its line number by the caller.
    return false;
  }
}
