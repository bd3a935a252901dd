import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LLAMA_VERSION, libraryEntry, libraryFolder } from './paths.js';

/**
 * The prebuilt CPU package for this machine. The optional CUDA and Vulkan packages add 600 MB, hence `--omit=optional`
 * and this one package by name. `null` where none is published.
 */
export function platformPackage(platform: string, arch: string): string | null {
  const known: Record<string, string> = {
    'linux-x64': 'linux-x64',
    'linux-arm64': 'linux-arm64',
    'linux-arm': 'linux-armv7l',
    'darwin-arm64': 'mac-arm64-metal',
    'darwin-x64': 'mac-x64',
    'win32-x64': 'win-x64',
    'win32-arm64': 'win-arm64',
  };
  const name = known[`${platform}-${arch}`];
  return name === undefined ? null : `@node-llama-cpp/${name}`;
}

export function isLibraryInstalled(cacheDir: string): boolean {
  return existsSync(libraryEntry(cacheDir));
}

/** Runs a program to its end; rejects with the last lines of its output where it fails. */
export async function runProgram(program: string, args: string[], cwd: string, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const windows = process.platform === 'win32';
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: windows,
      windowsHide: true,
      ...(signal === undefined ? {} : { signal }),
    });
    let tail = '';
    const keep = (chunk: Buffer): void => {
      tail = (tail + chunk.toString('utf8')).slice(-2000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with code ${String(code)}: ${tail.trim()}`));
    });
  });
}

/**
 * Installs the pinned node-llama-cpp into the cache folder: into a folder with a temporary name that is renamed when it
 * is whole, so that a broken-off installation is never taken for a finished one. No install script is run.
 */
export async function installLibrary(cacheDir: string, signal?: AbortSignal): Promise<void> {
  if (isLibraryInstalled(cacheDir)) return;
  const native = platformPackage(process.platform, process.arch);
  if (native === null) {
    throw new Error(
      `There is no prebuilt local model runtime for ${process.platform} ${process.arch}. Use an OpenAI-compatible server instead.`,
    );
  }
  const target = libraryFolder(cacheDir);
  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(`${target}.tmp-`);
  try {
    await writeFile(join(temporary, 'package.json'), '{"private":true}\n');
    await runProgram(
      'npm',
      [
        'install',
        '--ignore-scripts',
        '--omit=optional',
        '--no-audit',
        '--no-fund',
        '--save-exact',
        `node-llama-cpp@${LLAMA_VERSION}`,
        `${native}@${LLAMA_VERSION}`,
      ],
      temporary,
      signal,
    );
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process may have finished the same installation first: then there is nothing left to do.
    if (!isLibraryInstalled(cacheDir)) throw error;
  }
}
