/**
 * VS Code's own server and web workbench, from the npm package code-server (which packages it unchanged in lib/vscode): a real VS Code
 * where the desktop one is not installed and its download host cannot be reached. Only Node's own modules, so that `npm start` can use it.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot, childEnv, Lacking, node, run } from './run.mjs';

export const CODE_SERVER_VERSION = '4.139.1';

/**
 * Folder of the server (the one that holds out/server-main.js), fetched when it is not in the cache: 45 MB. Unpacked under a temporary name and
 * renamed when whole, so that a torn download is never used. `PROMPT_RATCHET_CODE_SERVER_TGZ` names a tarball that is already here.
 */
export async function getVsCodeServer(log = () => undefined) {
  const parent = join(cacheRoot(), 'vscode');
  const target = join(parent, CODE_SERVER_VERSION);
  if (existsSync(join(target, 'out/server-main.js'))) return target;
  mkdirSync(parent, { recursive: true });
  const work = mkdtempSync(join(parent, '.tmp-'));
  try {
    log(`Getting VS Code's server (code-server ${CODE_SERVER_VERSION}, 45 MB)…`);
    let tarball = process.env.PROMPT_RATCHET_CODE_SERVER_TGZ;
    if (!tarball) {
      await must('npm', ['pack', `code-server@${CODE_SERVER_VERSION}`, '--pack-destination', work, '--loglevel=error'], work);
      tarball = join(work, readdirSync(work).find((file) => file.endsWith('.tgz')) ?? '');
    }
    await must('tar', ['-xzf', tarball, '-C', work, 'package/lib/vscode'], work);
    const vscode = join(work, 'package/lib/vscode');
    for (const folder of [vscode, join(vscode, 'extensions')]) {
      // Nothing of it needs compiling; the install scripts would only try.
      await must('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder);
    }
    try {
      renameSync(vscode, target);
    } catch (error) {
      // Another process finished first: its copy is as good.
      if (!existsSync(join(target, 'out/server-main.js'))) throw error;
    }
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function must(command, args, cwd) {
  const { code, output } = await run(command, args, { cwd, capture: true });
  if (code !== 0) {
    const last = output.trim().split('\n').at(-1) ?? '';
    throw new Lacking(`VS Code's server could not be fetched: '${command} ${args[0]}' ended with ${code}. ${last}`);
  }
}

/**
 * Starts the server on the loopback interface and waits until it listens.
 *
 * @param {object} options
 * @param {string} options.dir              what `getVsCodeServer` returned
 * @param {string} options.dataDir          folder for everything it writes (settings, logs, state)
 * @param {string} [options.extensionsDir]  folder of installed extensions
 * @param {number} [options.port]           0: any free one
 * @param {string | null} [options.token]   what the browser must know; null for none (tests)
 * @param {boolean} [options.testDriver]    honour `payload` in the address: needed for tests in the extension host
 * @param {boolean} [options.trust]         true: every workspace is trusted, nothing is asked
 * @param {Record<string, unknown>} [options.settings]  machine settings
 * @param {Record<string, string>} [options.env]
 */
export async function startVsCodeServer(options) {
  const { dir, dataDir, extensionsDir, port = 0, token = null, testDriver = false, trust = true, settings = {}, env = {} } = options;
  mkdirSync(join(dataDir, 'data/Machine'), { recursive: true });
  writeFileSync(join(dataDir, 'data/Machine/settings.json'), JSON.stringify(settings, null, 2));
  const args = [
    join(dir, 'out/server-main.js'),
    ...['--host', '127.0.0.1', '--port', String(port), '--accept-server-license-terms', '--telemetry-level', 'off'],
    ...['--server-data-dir', dataDir],
    ...(extensionsDir ? ['--extensions-dir', extensionsDir] : []),
    ...(token === null ? ['--without-connection-token'] : ['--connection-token', token]),
    ...(testDriver ? ['--enable-smoke-test-driver'] : []),
    ...(trust ? ['--disable-workspace-trust'] : []),
  ];
  const child = spawn(node(), args, {
    cwd: dataDir,
    env: childEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  // Whatever way we end, the server's process group ends with us.
  const endWithUs = () => void stop(child);
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  let output = '';
  const listening = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Lacking(`VS Code's server did not start within 60 s: ${output.slice(-600)}`)), 60_000);
    const read = (data) => {
      output = (output + data).slice(-20_000);
      const match = /Extension host agent listening on (\d+)/.exec(output);
      if (!match) return;
      clearTimeout(timer);
      resolve(Number(match[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Lacking(`VS Code's server ended at once with ${code}: ${output.slice(-600)}`));
    });
  }).catch(async (error) => {
    await stop(child);
    throw error;
  });
  const origin = `http://127.0.0.1:${listening}`;
  return {
    origin,
    port: listening,
    pid: child.pid,
    dataDir,
    exited: new Promise((resolve) => child.once('exit', resolve)),
    /** Address of the workbench on a folder. */
    url(folder, more = {}) {
      const query = new URLSearchParams({ ...(token === null ? {} : { tkn: token }), folder, ...more });
      return `${origin}/?${query}`;
    },
    output: () => output,
    stop: () => stop(child),
  };
}

/** Ends the server and what it started (extension hosts, terminals): its own process group, nothing else. */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const signal = (name) => {
    try {
      if (process.platform === 'win32') child.kill(name);
      else process.kill(-child.pid, name);
    } catch (error) {
      // Already gone.
      if (error.code !== 'ESRCH') throw error;
    }
  };
  signal('SIGTERM');
  const timer = setTimeout(() => signal('SIGKILL'), 5_000);
  await exited;
  clearTimeout(timer);
}

/** Installs a VSIX into an extensions folder. Takes about 2 s. */
export async function installVsix({ dir, vsix, extensionsDir }) {
  const dataDir = mkdtempSync(join(tmpdir(), 'ratchet-install-'));
  try {
    mkdirSync(extensionsDir, { recursive: true });
    const args = [
      join(dir, 'out/server-main.js'),
      '--accept-server-license-terms',
      '--server-data-dir',
      dataDir,
      '--extensions-dir',
      extensionsDir,
    ];
    const { code, output } = await run(node(), [...args, '--install-extension', vsix, '--force'], {
      capture: true,
      cwd: dataDir,
      timeoutMs: 60_000,
    });
    if (code !== 0) throw new Lacking(`${vsix} could not be installed: ${output.trim().split('\n').at(-1) ?? ''}`);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
