/**
 * What the two commands of a fresh clone (`npm start`, `npm test`) share: plain Node >= 20, no dependency, because nothing is installed yet.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const bin = join(root, 'node_modules/.bin');
const windows = process.platform === 'win32';

/** A fault of the surroundings: printed as one sentence, without a stack. */
export class Lacking extends Error {}

/** Our cache folder, outside the checkout: VS Code's server, the local model. */
export function cacheRoot() {
  const base = process.env.XDG_CACHE_HOME || (windows ? process.env.LOCALAPPDATA : undefined) || join(homedir(), '.cache');
  return join(base, 'prompt-ratchet');
}

/** Node 24 from the devDependency once it is installed, else the one that runs us. */
export function node() {
  const path = join(root, 'node_modules/node/bin', windows ? 'node.exe' : 'node');
  return existsSync(path) ? path : process.execPath;
}

/** The environment of child processes: our tools first on the PATH, and nothing of an enclosing `npm run` that would redirect a nested npm. */
export function childEnv(more = {}) {
  const env = { ...process.env };
  for (const key of Object.keys(env)) {
    if (/^npm_(package|lifecycle)_/.test(key) || /^npm_config_(local_)?prefix$/.test(key)) delete env[key];
  }
  delete env.INIT_CWD;
  // VS Code's own terminal marks its children; a server or a test host started from there would think that it is the editor.
  for (const key of Object.keys(env)) if (/^(VSCODE_|ELECTRON_)/.test(key)) delete env[key];
  const path = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  env[path] = [bin, env[path]].filter(Boolean).join(delimiter);
  return { ...env, ...more };
}

/** Process groups that we started and that must not outlive us. */
const groups = new Set();

function endGroup(pid) {
  try {
    if (windows) spawnSync('taskkill', ['/pid', String(pid), '/t', '/f']);
    else process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Already gone.
    if (error.code !== 'ESRCH') throw error;
  }
}

process.on('exit', () => groups.forEach(endGroup));

/**
 * Runs a command to its end. Resolves with its exit code and, where `capture` is set, its output; never rejects for a non-zero code.
 * With `timeoutMs` the command and all that it started are ended when time is up, or when we end.
 */
export function run(command, args, { cwd = root, env = childEnv(), capture = false, timeoutMs } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      // `npm` and the tools are scripts, which need a shell on Windows.
      shell: windows && !command.endsWith('.exe'),
      detached: timeoutMs !== undefined && !windows,
    });
    let output = '';
    let timer;
    if (timeoutMs !== undefined && child.pid !== undefined) {
      groups.add(child.pid);
      timer = setTimeout(() => {
        output += `\nended after ${timeoutMs / 1000} s without a result\n`;
        endGroup(child.pid);
      }, timeoutMs);
    }
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (output += data));
    const end = (code) => {
      clearTimeout(timer);
      groups.delete(child.pid);
      done({ code, output });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      end(127);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

export function onPath(command) {
  const found = spawnSync(windows ? 'where' : 'which', [command], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.split(/\r?\n/)[0] : null;
}

/** Throws `Lacking` where Node, npm or git are missing or too old. */
export function checkMachine() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    throw new Lacking(`Node ${process.versions.node} is too old: install Node 20 or newer from nodejs.org and run this again.`);
  for (const tool of ['npm', 'git']) if (!onPath(tool)) throw new Lacking(`${tool} is not on the PATH: install it and run this again.`);
}

/** `npm ci`, where node_modules does not match package-lock.json. A stamp by the lock's hash makes the second time free. */
export async function ensureInstalled(log) {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules/.prompt-ratchet');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash && existsSync(node())) return false;
  log('Installing the dependencies (npm ci)…');
  const { code, output } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { capture: true });
  if (code !== 0) {
    const reason = output.split('\n').find((line) => /npm (error|ERR!) (?!code|A complete log)/.test(line)) ?? `npm ci ended with ${code}`;
    throw new Lacking(
      `The dependencies could not be installed: ${reason.replace(/^npm (error|ERR!) /, '')} Check the connection to the package registry and run this again.`,
    );
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
  return true;
}

/** Ctrl-C ends what we started and then us; without it, groups of their own would go on. */
export function endOnSignals() {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.on(signal, () => process.exit(code));
  }
}

/** Error boundary of a script: a sentence for what is lacking, a stack for a defect. */
export async function scriptMain(main) {
  try {
    process.exitCode = (await main(process.argv.slice(2))) ?? process.exitCode ?? 0;
  } catch (error) {
    console.error(error instanceof Lacking ? `\n${error.message}` : error);
    process.exitCode = 2;
  }
}
