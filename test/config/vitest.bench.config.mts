/** Benchmarks: `npm run bench`. Each prints a table; test/output/bench.json has the figures. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '../..');
mkdirSync(resolve(root, 'test/output'), { recursive: true });

export default defineConfig({
  root,
  test: {
    name: 'bench',
    include: [],
    fileParallelism: false,
    testTimeout: 600_000,
    benchmark: { include: ['test/bench/**/*.bench.ts'], outputJson: resolve(root, 'test/output/bench.json') },
  },
});
