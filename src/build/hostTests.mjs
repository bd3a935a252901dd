/**
 * Runs test/host inside a real extension host, through @vscode/test-electron, on the built extension and a copy of the sample workspace.
 *
 *   node src/build/hostTests.mjs [folder]
 *
 * Which VS Code: the executable that PROMPT_RATCHET_VSCODE names; else Electron's, downloaded, where there is a screen for it and the download
 * works; else the launcher, which runs VS Code's server and a headless Chromium.
 */
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheRoot, childEnv, root, scriptMain } from './lib/run.mjs';
import { copySample } from './lib/workspace.mjs';

const out = join(root, 'test/output/host');
const launcher = join(root, 'test/support/launcher.mjs');

async function buildTests() {
  rmSync(out, { recursive: true, force: true });
  const files = readdirSync(join(root, 'test/host'), { recursive: true }).map(String);
  const entries = files.filter((file) => file.endsWith('.test.ts') || file === 'index.ts');
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries.map((file) => [file.replace(/\.ts$/, '').replaceAll(/[\\/]/g, '-'), `test/host/${file}`])),
    outdir: out,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

async function executable() {
  const named = process.env.PROMPT_RATCHET_VSCODE;
  if (named) return named;
  const screen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (screen && !process.env.CI) {
    try {
      return await downloadAndUnzipVSCode({ cachePath: join(cacheRoot(), 'vscode-electron'), timeout: 20_000 });
    } catch (error) {
      console.log(`VS Code could not be downloaded (${error.message}); its server in a browser is used instead.`);
    }
  }
  chmodSync(launcher, 0o755);
  return launcher;
}

await scriptMain(async ([folder]) => {
  await buildTests();
  const workspace = folder ?? (existsSync(join(root, 'dist/sample')) ? await copySample({ name: 'ratchet-host-ws-' }) : null);
  mkdirSync(out, { recursive: true });
  // The launcher is a script for `env node`: Node 24 must come first on the PATH.
  Object.assign(process.env, childEnv());
  try {
    return await runTests({
      vscodeExecutablePath: await executable(),
      extensionDevelopmentPath: process.env.RATCHET_EXTENSION ?? root,
      extensionTestsPath: join(out, 'index.js'),
      launchArgs: [workspace ?? out],
      extensionTestsEnv: { RATCHET_HOST_RESULTS: join(out, 'results.json'), RATCHET_WORKSPACE: workspace ?? out },
    });
  } catch (error) {
    // What failed was printed by mocha already.
    console.error(error.message);
    return 1;
  } finally {
    if (!folder && workspace) rmSync(dirname(workspace), { recursive: true, force: true });
  }
});
