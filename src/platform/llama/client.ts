import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ModelProfile } from '../../engine/config/types.js';
import { EngineError } from '../../engine/errors.js';
import type { ChatRequest, ChatResponse, ModelClient } from '../../engine/ports.js';
import { LlamaHost } from './host.js';
import { findModelFile } from './modelFile.js';
import { cacheFolder, libraryEntry, modelFolders } from './paths.js';
import { generationParams } from './protocol.js';

const CONTEXT_SIZE = 8192;

export interface LlamaOptions {
  root: string;
  env: Readonly<Record<string, string | undefined>>;
  workerPath: string;
}

/**
 * Threads of the native code. Its barriers spin: where another process takes one of the cores, a run on all of them was
 * 30 times slower than on all but one (measured on two cores: 20 s against 0.5 s a case). `threads` in the profile's params overrides.
 */
function threadCount(params: Readonly<Record<string, unknown>>): number {
  const own = params['threads'];
  if (typeof own === 'number' && Number.isInteger(own) && own > 0) return own;
  return Math.max(1, Math.min(8, availableParallelism() - 1));
}

/** What is missing before the local model can be used: a sentence with what to do, or `null`. */
export function llamaProblem(profile: ModelProfile, options: LlamaOptions): string | null {
  const cacheDir = cacheFolder(options.env);
  if (!existsSync(libraryEntry(cacheDir))) {
    return 'The local model runtime is not installed. Run “Prompt Ratchet: Set Up a Local Model…” in VS Code, or npm start in a checkout.';
  }
  if (findModelFile(profile.model, options.env, cacheDir, options.root) === null) {
    return `The model file ${profile.model} is neither in ${modelFolders(options.env, cacheDir).join(' nor in ')}. Run “Prompt Ratchet: Set Up a Local Model…” or set PROMPT_RATCHET_MODELS to its folder.`;
  }
  return null;
}

/** Client of a local GGUF model. Throws MODEL_UNAVAILABLE where the runtime or the file is missing. */
export function createLlamaClient(profile: ModelProfile, options: LlamaOptions): ModelClient {
  const problem = llamaProblem(profile, options);
  if (problem !== null) throw new EngineError('MODEL_UNAVAILABLE', problem);
  const cacheDir = cacheFolder(options.env);
  const contextSize = profile.params['context_size'];
  const host = new LlamaHost({
    workerPath: options.workerPath,
    libraryEntry: libraryEntry(cacheDir),
    modelPath: findModelFile(profile.model, options.env, cacheDir, options.root) ?? profile.model,
    contextSize: typeof contextSize === 'number' ? contextSize : CONTEXT_SIZE,
    threads: threadCount(profile.params),
  });
  return {
    profile,
    deterministic: generationParams(profile.params).temperature === 0,
    chat: (request: ChatRequest, signal?: AbortSignal): Promise<ChatResponse> =>
      request.messages.some(({ parts, toolCalls }) => parts !== undefined || toolCalls !== undefined)
        ? Promise.reject(textsOnly(profile))
        : host.chat(request.messages, generationParams({ ...profile.params, ...request.params }), signal),
    close: (): Promise<void> => {
      host.close();
      return Promise.resolve();
    },
  };
}

/** Rather no answer than one to half of the question. */
function textsOnly({ name }: ModelProfile): EngineError {
  return new EngineError(
    'MODEL_REQUEST_REFUSED',
    `The local model ${name} reads texts only, and the prompt has pictures, files or calls of tools. Use a model of an endpoint.`,
    { kind: 'bad-request', retryable: false },
  );
}
