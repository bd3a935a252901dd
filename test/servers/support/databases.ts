/** The port of databases with its drivers as they ship: bundled into a folder of its own. */
import { buildSync } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeOptions, OUTPUTS } from '../../../src/build/esbuild.mjs';
import type { Databases } from '../../../src/engine/ports.js';
import { createDatabases } from '../../../src/platform/databases.js';
import { createHttp } from '../../../src/platform/http/http.js';

export interface DatabaseSurroundings {
  env?: Record<string, string>;
  trusted?: () => boolean;
  confirmed?: () => string[] | null;
  timeoutMs?: number;
}

export function openDatabases({ env = {}, trusted = () => true, confirmed = () => null, timeoutMs }: DatabaseSurroundings = {}): Databases {
  const distDir = mkdtempSync(join(tmpdir(), 'ratchet-drivers-'));
  for (const output of OUTPUTS.filter(({ name }) => name === 'postgres' || name === 'clickhouse')) {
    buildSync({ ...nodeOptions(output), outdir: distDir });
  }
  const guarded = { trusted, confirmedOrigins: confirmed };
  const databases = createDatabases({
    distDir,
    http: createHttp({ env, ...guarded }),
    ...guarded,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  return {
    open: (source) => databases.open(source),
    async close() {
      await databases.close();
      rmSync(distDir, { recursive: true, force: true });
    },
  };
}
