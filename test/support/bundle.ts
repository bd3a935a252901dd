/** Bundles a small script that uses the product's code, so that a test can run it in processes of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';

export async function bundleScript(folder: string, source: string): Promise<string> {
  const outfile = join(folder, 'script.cjs');
  await build({
    stdin: { contents: source, resolveDir: join(import.meta.dirname, '../..'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    outfile,
    logLevel: 'silent',
  });
  return outfile;
}

/** Runs node scripts side by side; the results come when all have ended. */
export function runAll(script: string, argumentLists: readonly (readonly string[])[]): Promise<{ code: number | null; stderr: string }[]> {
  return Promise.all(
    argumentLists.map(
      (args) =>
        new Promise<{ code: number | null; stderr: string }>((resolve) => {
          const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
          let stderr = '';
          child.stderr.on('data', (chunk: Buffer) => {
            stderr += chunk.toString();
          });
          child.on('close', (code) => {
            resolve({ code, stderr });
          });
        }),
    ),
  );
}
