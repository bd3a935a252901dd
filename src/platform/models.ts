import { join } from 'node:path';
import type { ModelProfile } from '../engine/config/types.js';
import { EngineError } from '../engine/errors.js';
import { stableJson } from '../engine/evaluation/cacheKey.js';
import type { CodeRunner, Logger, ModelClient, Models } from '../engine/ports.js';
import { createCodeClient } from './codeModel/client.js';
import { createEchoClient } from './echo/echo.js';
import { createHttpClient } from './httpModel/client.js';
import { createLlamaClient, llamaProblem } from './llama/client.js';
import { createOpenaiClient } from './openai/client.js';
import { findLocalServers } from './openai/localServers.js';
import { isLoopback, originOf } from './openai/origin.js';
import { listModels, probeOpenai } from './openai/probe.js';
import { recorder } from './replay/recorder.js';
import { createReplayClient, recordingClient } from './replay/replay.js';
import { insideWorkspace, writableInWorkspace } from './replay/inside.js';

export interface ModelsOptions {
  root: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Folder of the built bundles; the local model's worker is `llamaWorker.js` there. */
  distDir: string;
  logger: Logger;
  trusted: () => boolean;
  /** Origins beyond this machine that may be called; `null` = any. */
  confirmedOrigins: () => string[] | null;
  /** Runs what suites write to read answers of their own endpoints. */
  code?: CodeRunner;
  /** Clients of models that the host itself offers (`vscode`). Absent: there are none. */
  hostClient?: (profile: ModelProfile) => ModelClient;
}

/** All model clients of one workspace: one per profile, shared by everything that asks, closed together. */
export function createModels(options: ModelsOptions): Models {
  const clients = new Map<string, ModelClient>();
  const workerPath = join(options.distDir, 'llamaWorker.js');
  const llama = { root: options.root, env: options.env, workerPath };

  function guard(profile: ModelProfile): void {
    if (!options.trusted()) {
      throw new EngineError('UNTRUSTED_WORKSPACE', 'Models are not called in an untrusted workspace. Trust the workspace first.');
    }
    if (profile.provider !== 'openai' && profile.provider !== 'http') return;
    const origin = originOf(profile, options.env);
    const confirmed = options.confirmedOrigins();
    if (confirmed !== null && !isLoopback(origin) && !confirmed.includes(origin)) {
      throw new EngineError(
        'ORIGIN_NOT_CONFIRMED',
        `The model ${profile.name} would send prompts to ${origin}. Confirm this address first.`,
        { origin },
      );
    }
  }

  function create(profile: ModelProfile): ModelClient {
    const client = plain(profile);
    if (profile.record !== true || profile.file === undefined || profile.provider === 'replay') return client;
    return recordingClient(client, recorder(writableInWorkspace(options.root, profile.file), options.logger));
  }

  function plain(profile: ModelProfile): ModelClient {
    switch (profile.provider) {
      case 'echo':
        return createEchoClient(profile);
      case 'replay':
        return createReplayClient(profile, insideWorkspace(options.root, profile.file ?? profile.model));
      case 'llama':
        return createLlamaClient(profile, llama);
      case 'openai':
        return createOpenaiClient(profile, options.env);
      case 'http':
        return createHttpClient(profile, options.env, options.code ?? null);
      case 'code':
        if (options.code !== undefined) return createCodeClient(profile, options.code);
        throw new EngineError('MODEL_UNAVAILABLE', 'Providers that are code are not run here.', { permanent: true });
      case 'vscode':
        if (options.hostClient !== undefined) return options.hostClient(profile);
        throw new EngineError(
          'MODEL_UNAVAILABLE',
          `The model ${profile.name} is one of VS Code's and can be asked in VS Code only. Choose another model for the command line.`,
          { permanent: true },
        );
    }
  }

  return {
    // Every call passes the guard: trust or a confirmation may have been withdrawn since the client was made.
    client(profile) {
      try {
        guard(profile);
        const key = stableJson(profile);
        let client = clients.get(key);
        if (client === undefined) {
          client = create(profile);
          clients.set(key, client);
          options.logger.debug(`Model ${profile.name} (${profile.provider}) is ready to be asked.`);
        }
        return Promise.resolve(client);
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
    },

    async probe(profile, signal) {
      try {
        guard(profile);
        if (profile.provider === 'openai') return await probeOpenai(profile, options.env, signal);
        if (profile.provider === 'llama') {
          const problem = llamaProblem(profile, llama);
          return problem === null
            ? { ok: true, detail: `${profile.model} and its runtime are on this machine`, todo: null }
            : { ok: false, detail: `the local model ${profile.model} is not ready`, todo: problem };
        }
        await create(profile).close();
        return { ok: true, detail: profile.provider === 'replay' ? 'recorded answers' : 'answers with what it is asked', todo: null };
      } catch (error) {
        if (!EngineError.is(error)) throw error;
        return { ok: false, detail: `${profile.name} cannot be asked (${error.code})`, todo: error.message };
      }
    },

    async list(profile, signal) {
      guard(profile);
      return listModels(profile, options.env, signal);
    },

    localServers: (signal) => (options.trusted() ? findLocalServers(signal) : Promise.resolve([])),

    async close() {
      const all = [...clients.values()];
      clients.clear();
      await Promise.all(all.map((client) => client.close()));
    },
  };
}
