/** The real runner of code, with its programs built for the test. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { CodeRunner } from '../../src/engine/ports.js';
import { createCodeRunner } from '../../src/platform/code/runner.js';

const code = join(import.meta.dirname, '../../src/platform/code');

export interface BuiltPrograms {
  distDir: string;
  remove(): void;
}

export async function buildCodePrograms(): Promise<BuiltPrograms> {
  const distDir = mkdtempSync(join(tmpdir(), 'ratchet-code-'));
  await build({
    entryPoints: { codeWorker: join(code, 'worker.ts'), codeHost: join(code, 'codeHost.ts') },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    mainFields: ['module', 'main'],
    outdir: distDir,
    logLevel: 'silent',
  });
  cpSync(join(code, 'codeHost.py'), join(distDir, 'codeHost.py'));
  return {
    distDir,
    remove() {
      rmSync(distDir, { recursive: true, force: true });
    },
  };
}

export function codeRunnerIn(programs: BuiltPrograms, root: string, env: Record<string, string | undefined> = process.env): CodeRunner {
  return createCodeRunner({ distDir: programs.distDir, root, env, trusted: () => true });
}
