/**
 * Lets Node run our TypeScript as it stands, for scripts under test/: `node --import ./src/build/lib/ts.mjs FILE.ts`. Node's own type stripping
 * resolves no `.js` to its `.ts` and knows only syntax that can be erased.
 */
import { transformSync } from 'esbuild';
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
      const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
      if (existsSync(source)) return { url: source.href, shortCircuit: true };
    }
    return next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
    const file = fileURLToPath(url);
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      loader: 'ts',
      sourcefile: file,
      sourcemap: 'inline',
      target: 'node24',
      tsconfigRaw: {},
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
