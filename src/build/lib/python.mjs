/**
 * Python for the tests against real servers: one virtual environment a server, made from its pinned requirements file and kept beside the
 * other things that are fetched once. Plain Node, because it runs before anything is built.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheRoot, Lacking, onPath, root, run } from './run.mjs';

const MINUTE = 60_000;
const windows = process.platform === 'win32';

export const LACKS_PYTHON =
  'No Python of at least 3.11 with venv was found: install it (Debian: apt-get install python3-venv) to run the tests against real servers.';

/** A Python that can make environments, or null. `PROMPT_RATCHET_PYTHON` names one. */
function findPython() {
  const named = process.env.PROMPT_RATCHET_PYTHON;
  const check = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 1)';
  for (const name of named ? [named] : ['python3', 'python']) {
    if (named || onPath(name)) {
      if (spawnSync(name, ['-c', check], { stdio: 'ignore' }).status === 0) return name;
    }
  }
  return null;
}

/** As `findPython`, installing Debian's package where that needs nobody's consent: root, apt-get there, nothing found. */
async function ensurePython(log) {
  const found = findPython();
  if (found || process.getuid?.() !== 0 || !onPath('apt-get')) return found;
  log('Installing Python (apt-get)…');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { capture: true, env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'python3', 'python3-venv'], { capture: true, env });
  return findPython();
}

/** One process makes an environment, the others wait for it; a maker that died leaves its number behind and is not waited for. */
async function withLock(path, done, work) {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (done()) return;
      if (!alive(path)) rmSync(path, { force: true });
      else await sleep(500);
    }
  }
  try {
    if (!done()) await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function alive(path) {
  try {
    process.kill(Number(readFileSync(path, 'utf8')) || 0x7fffffff, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/**
 * The folder, and the Python, of an environment that holds what `requirements` (a path in the checkout) names; made where it is not there.
 * Throws `Lacking` with a plain sentence where it cannot be had.
 */
export async function ensureVenv(name, requirements, log = () => undefined) {
  const text = readFileSync(join(root, requirements));
  const dir = join(cacheRoot(), 'servers', `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`);
  const python = join(dir, windows ? 'Scripts/python.exe' : 'bin/python');
  const stamp = join(dir, '.complete');
  const done = () => existsSync(stamp) && existsSync(python);
  if (done()) return { dir, python };
  const base = await ensurePython(log);
  if (base === null) throw new Lacking(LACKS_PYTHON);
  mkdirSync(join(cacheRoot(), 'servers'), { recursive: true });
  await withLock(`${dir}.lock`, done, async () => {
    log(`Installing ${name} for the tests (${basename(requirements)})…`);
    rmSync(dir, { recursive: true, force: true });
    await step(name, base, ['-m', 'venv', dir]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--only-binary', ':all:'];
    await step(name, python, [...pip, '-r', join(root, requirements)]);
    writeFileSync(stamp, '');
  });
  return { dir, python };
}

async function step(name, command, args) {
  const { code, output } = await run(command, args, { capture: true, timeoutMs: 10 * MINUTE });
  if (code === 0) return;
  const reason = output.split('\n').findLast((line) => /ERROR|error/.test(line)) ?? `${command} ended with ${code}`;
  throw new Lacking(`${name} could not be installed: ${reason.trim()} Check the connection to the package index and run this again.`);
}
