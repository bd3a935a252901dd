// Writes the generated files: `node test/generator/generate.mjs`. A test fails where they are not what this would write.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const bundle = join(here, '.workspace.mjs');
try {
  await build({
    entryPoints: [join(here, 'workspace.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
    logLevel: 'error',
  });
  const { generatedFiles } = await import(pathToFileURL(bundle).href);
  for (const [path, text] of Object.entries(generatedFiles(root))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stdout.write(`${path}: ${String(Buffer.byteLength(text))} bytes\n`);
  }
} finally {
  rmSync(bundle, { force: true });
}
