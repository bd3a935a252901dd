/** Sets up the local model with what the product itself uses for that (dist/setupModel.js). Exits with 1 and one sentence where it cannot be had. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Lacking, root, scriptMain } from './lib/run.mjs';

await scriptMain(async () => {
  const bundle = join(root, 'dist/setupModel.js');
  if (!existsSync(bundle)) throw new Lacking("dist/setupModel.js is not there: run 'npm run build' first.");
  let said = '';
  const { ok, problem } = await createRequire(import.meta.url)(bundle).setUpLocalModel({
    onProgress(message, share) {
      // Every tenth part is enough where the output is a file.
      const line = share === null ? message : `${message}: ${Math.floor(share * 10) * 10} %`;
      if (line !== said) console.log(line);
      said = line;
    },
  });
  console.log(ok ? 'The local model is ready.' : problem);
  return ok ? 0 : 1;
});
