/** The whole engine over a folder of its own, as the command line has it, for a pull from a real server. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Engine } from '../../../src/engine/api.js';
import type { SourceConfig } from '../../../src/engine/config/types.js';
import { createEngine } from '../../../src/engine/index.js';
import { createNodePorts } from '../../../src/platform/index.js';
import type { PullSource } from '../../../src/shared/documents.js';

export interface ServerEngine {
  root: string;
  engine: Engine;
  /** Pulls the one source; throws where the pull as a whole fails. */
  pull(options?: { full?: boolean }): Promise<PullSource>;
  /** Mean (four digits: what is older weighs a little less), events and users of the explicit channel, by version of the prompt. */
  scores(prompt: string): Promise<Record<string, { mean: number; events: number; users: number }>>;
  close(): Promise<void>;
}

export function openEngine(source: SourceConfig, env: Record<string, string> = {}): ServerEngine {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ratchet-servers-')));
  mkdirSync(join(root, '.ratchet'), { recursive: true });
  writeFileSync(join(root, '.ratchet/config.yaml'), stringify({ version: 1, sources: [source] }));
  const silent = (): void => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  const ports = createNodePorts({ root, env, distDir: join(root, 'none'), logger, trusted: () => true, confirmedOrigins: () => null });
  const engine = createEngine(ports, { root, trusted: true });
  return {
    root,
    engine,
    async pull(options = {}) {
      const { sources } = await engine.feedback.pull(options);
      const [found] = sources;
      if (found === undefined) throw new Error('No source was pulled.');
      return found;
    },
    async scores(prompt) {
      const { prompts } = await engine.scoring.score({});
      const versions = prompts.find((each) => each.prompt === prompt)?.versions ?? [];
      return Object.fromEntries(
        versions.map(({ version, channels }) => {
          const { mean = NaN, events = 0, users = 0 } = channels.explicit ?? {};
          return [String(version), { mean: Math.round(mean * 1e4) / 1e4, events, users }];
        }),
      );
    },
    async close() {
      await engine.dispose();
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
