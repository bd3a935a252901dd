/**
 * `npm start`: from a fresh clone to a VS Code with the extension on a copy of the sample workspace. Plain Node >= 20: it is what installs the rest.
 *
 *   node src/build/start.mjs [--web] [--no-open] [--no-model]
 *
 * --web       VS Code's server in the browser, even where the desktop one is installed
 * --no-open   print the address only
 * --no-model  do not set up the local model (it is 490 MB the first time)
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkMachine, endOnSignals, ensureInstalled, Lacking, node, onPath, root, run, scriptMain } from './lib/run.mjs';
import { getVsCodeServer, installVsix, startVsCodeServer } from './lib/vscodeServer.mjs';
import { copySample } from './lib/workspace.mjs';

const KNOWN = ['--web', '--no-open', '--no-model'];
const log = (line) => console.log(line);

async function must(what, args) {
  log(what);
  const { code, output } = await run(node(), args, { capture: true, timeoutMs: 10 * 60_000 });
  if (code !== 0) throw new Lacking(`${what.replace('…', '')} failed:\n${output.trim()}`);
}

await scriptMain(async (args) => {
  const unknown = args.find((arg) => !KNOWN.includes(arg));
  if (unknown) throw new Lacking(`${unknown} is not an option of start: ${KNOWN.join(', ')}.`);
  endOnSignals();
  checkMachine();
  await ensureInstalled(log);
  await must('Building…', ['src/build/esbuild.mjs', '--strict']);
  await must('Packaging the extension…', ['src/build/package.mjs']);
  const folder = await copySample();
  log(`Sample workspace: ${folder}`);
  if (!args.includes('--no-model')) await setUpModel();

  const code = args.includes('--web') ? null : onPath('code');
  if (code) {
    log('Opening VS Code…');
    const opened = await run(code, ['--new-window', `--extensionDevelopmentPath=${root}`, folder], { env: process.env });
    if (opened.code !== 0) throw new Lacking(`'code' ended with ${opened.code}. Try 'npm start -- --web'.`);
    return 0;
  }
  return startInBrowser(folder, !args.includes('--no-open'));
});

/** Without the model everything but answering works; we say so and go on. */
async function setUpModel() {
  log('Setting up the local model…');
  const { code } = await run(node(), ['src/build/setupModel.mjs'], { timeoutMs: 20 * 60_000 });
  if (code === 0) return;
  log(
    "Going on without it: feedback, scores, history and rollback work; 'Evaluate' and 'Suggest' need a model (run 'npm start' again, or name another in .ratchet/config.yaml).",
  );
}

async function startInBrowser(folder, open) {
  const dir = await getVsCodeServer(log);
  const dataDir = mkdtempSync(join(tmpdir(), 'prompt-ratchet-vscode-'));
  process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));
  log('Installing the extension…');
  const extensionsDir = join(dataDir, 'extensions');
  await installVsix({ dir, vsix: join(root, 'dist/prompt-ratchet.vsix'), extensionsDir });
  const settings = {
    'workbench.startupEditor': 'none',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'chat.disableAIFeatures': true,
    'extensions.ignoreRecommendations': true,
  };
  const token = randomBytes(16).toString('hex');
  // Trusted without a question: the only folder in it is the copy that we just made.
  const server = await startVsCodeServer({ dir, dataDir, extensionsDir, token, trust: true, settings });
  const url = server.url(folder);
  log(`\nVS Code is at  ${url}\n\nCtrl-C ends it.`);
  if (open) openInBrowser(url);
  const stopped = new Promise((resolve) => {
    // Ours instead of the plain exit: the server ends first, so that it can put down what it holds.
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.removeAllListeners(signal);
      process.on(signal, () => resolve(0));
    }
  });
  const ended = server.exited.then(async () => {
    // Ctrl-C reaches the server as well, and it may be gone before our own handler has run: then there is nothing to tell.
    if ((await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, 500, null))])) !== null) return 0;
    console.error(`\nVS Code's server ended: ${server.output().slice(-400)}`);
    return 1;
  });
  const code = await Promise.race([stopped, ended]);
  await server.stop();
  return code;
}

function openInBrowser(url) {
  const screen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform] ?? 'xdg-open';
  if (!screen || process.env.CI || !onPath(opener)) return;
  // Where it cannot be opened the printed address is enough.
  spawn(opener, [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
