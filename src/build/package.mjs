/** Packages the VSIX from what the build left in dist/: dist/prompt-ratchet.vsix. */
import { createVSIX } from '@vscode/vsce';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Lacking, root, scriptMain } from './lib/run.mjs';

await scriptMain(async () => {
  for (const file of ['main', 'extension', 'hosts', 'server', 'cli']) {
    if (!existsSync(join(root, `dist/${file}.js`))) throw new Lacking(`dist/${file}.js is not there: run 'npm run build' first.`);
  }
  const packagePath = join(root, 'dist/prompt-ratchet.vsix');
  await createVSIX({ cwd: root, packagePath, dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false });
  console.log(`package: dist/prompt-ratchet.vsix, ${(statSync(packagePath).size / 1024).toFixed(0)} KiB`);
});
