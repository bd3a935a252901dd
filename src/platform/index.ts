/** Composes the Node implementations of all ports for one workspace. */
import type { EnginePorts } from '../engine/api.js';
import { join } from '../engine/paths.js';
import type { Logger } from '../engine/ports.js';
import { createClock } from './clock.js';
import { createCodeRunner } from './code/runner.js';
import { createEntropy } from './entropy.js';
import { createFileSystem } from './fs.js';
import { createGit } from './git/git.js';
import { createHttp } from './http/http.js';
import { createLocks } from './lock.js';
import { createDatabases } from './databases.js';
import { createDocuments } from './lowdb/documents.js';
import { createModels } from './models.js';
import type { ModelsOptions } from './models.js';
import { createScanner } from './scan/scanner.js';
import { createResponseCache } from './sqlite/cache.js';
import { createFeedbackStore } from './sqlite/feedbackStore.js';

export interface NodePortOptions {
  /** Absolute path of the workspace folder, with `/`. */
  root: string;
  /** Where keys come from; never a file. */
  env: Readonly<Record<string, string | undefined>>;
  /** Folder of the built bundles: workers are started from there. */
  distDir: string;
  logger: Logger;
  trusted: () => boolean;
  /** False: code of suites is not run though the workspace is trusted, as for a foreign suite in CI. */
  runsCode?: boolean;
  /** Origins that models and sources may be called at; `null` = any (the command line, where the user's own config speaks). */
  confirmedOrigins: () => string[] | null;
  /** Clients of models that the host itself offers. */
  hostClient?: ModelsOptions['hostClient'];
}

export function createNodePorts(options: NodePortOptions): EnginePorts {
  const { root, env, distDir, logger, trusted, confirmedOrigins, hostClient } = options;
  const fs = createFileSystem();
  const locks = createLocks();
  const local = join(root, '.ratchet/.local');
  const http = createHttp({ env, trusted, confirmedOrigins });
  const code = createCodeRunner({ distDir, root, env, trusted: () => options.runsCode !== false && trusted() });
  return {
    fs,
    locks,
    documents: createDocuments(fs, locks),
    git: createGit(root),
    models: createModels({
      root,
      env,
      distDir,
      logger,
      trusted,
      confirmedOrigins,
      code,
      ...(hostClient === undefined ? {} : { hostClient }),
    }),
    cache: createResponseCache({ path: join(local, 'cache.sqlite') }),
    code,
    feedbackStore: createFeedbackStore({ path: join(local, 'feedback.sqlite') }),
    scanner: createScanner({ distDir }),
    http,
    databases: createDatabases({ distDir, http, trusted, confirmedOrigins }),
    clock: createClock(),
    entropy: createEntropy(),
    logger,
  };
}
