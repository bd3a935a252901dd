/** Benchmarks: `npm run bench [-- file]`. Each prints a table; test/output/bench.json has the figures. */
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '../..');

export default defineConfig({
  root,
  test: {
    name: 'bench',
    include: [],
    fileParallelism: false,
    testTimeout: 600_000,
    benchmark: { include: ['test/bench/**/*.bench.ts'] },
    reporters: ['default', 'json'],
    outputFile: { json: resolve(root, 'test/output/bench.json') },
  },
});
