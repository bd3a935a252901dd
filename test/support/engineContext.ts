/** An engine context over real files, locks and git, for services that need neither models nor stores. */
import type { EngineContext, EnginePorts } from '../../src/engine/api.js';
import { createClock } from '../../src/platform/clock.js';
import { createEntropy } from '../../src/platform/entropy.js';
import { createFileSystem } from '../../src/platform/fs.js';
import { createGit } from '../../src/platform/git/git.js';
import { createLocks } from '../../src/platform/lock.js';
import { createDocuments } from '../../src/platform/lowdb/documents.js';

export function engineContext(root: string, changed: Partial<EnginePorts> & { trusted?: boolean } = {}): EngineContext {
  const { trusted = true, ...ports } = changed;
  const fs = ports.fs ?? createFileSystem();
  const locks = createLocks();
  const silent = (): void => undefined;
  return {
    root,
    options: { root, trusted },
    isTrusted: () => trusted,
    ports: {
      fs,
      locks,
      documents: createDocuments(fs, locks),
      git: createGit(root),
      clock: createClock(),
      entropy: createEntropy(),
      models: absent('models'),
      cache: absent('cache'),
      code: absent('code'),
      feedbackStore: absent('feedbackStore'),
      http: absent('http'),
      databases: absent('databases'),
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      ...ports,
    },
  };
}

/** Fails the test that uses a port it should not need. */
function absent(name: string): never {
  const fail = (_target: object, member: string | symbol): void => {
    throw new Error(`${name}.${String(member)} was used`);
  };
  return new Proxy({}, { get: fail }) as never;
}
