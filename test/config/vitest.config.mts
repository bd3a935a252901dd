/**
 * One project per level of the pyramid. `unit` needs nothing built; `server` and `cli` run the bundles in dist/;
 * `webview` and `e2e` need a Chromium (test/e2e has its own configuration).
 */
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '../..');
const project = (name: string, include: string[], more: Record<string, unknown> = {}) => ({ root, test: { name, include, ...more } });

export default defineConfig({
  root,
  test: {
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/simulator/**/*.test.ts', 'test/generator/**/*.test.ts'], { testTimeout: 20_000 }),
      project('server', ['test/server/**/*.test.ts'], { testTimeout: 30_000, hookTimeout: 30_000 }),
      project('cli', ['test/cli/**/*.test.ts'], { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('webview', ['test/webview/**/*.test.ts'], { testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false }),
      // Real servers in environments of Python: one after the other, since each holds some hundred MB.
      project('servers', ['test/servers/**/*.test.ts'], { testTimeout: 120_000, hookTimeout: 900_000, fileParallelism: false }),
      // What needs the local model: one process at a time holds 850 MB.
      project('model', ['test/model/**/*.test.ts'], { testTimeout: 900_000, hookTimeout: 900_000, fileParallelism: false }),
    ],
  },
});
