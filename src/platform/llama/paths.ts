import { homedir } from 'node:os';
import { join } from 'node:path';

/** The pinned version: its API is not stable between minor releases, so it moves only together with `worker.ts`. */
export const LLAMA_VERSION = '3.22.1';

type Environment = Readonly<Record<string, string | undefined>>;

/** Our folder for what is downloaded once per machine: `$XDG_CACHE_HOME/prompt-ratchet`, else `~/.cache/prompt-ratchet`. */
export function cacheFolder(env: Environment): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'prompt-ratchet');
}

/** Where the pinned node-llama-cpp is installed under the cache folder. */
export function libraryFolder(cacheDir: string): string {
  return join(cacheDir, 'llama', LLAMA_VERSION);
}

/** The library's entry point, imported by the worker at run time. */
export function libraryEntry(cacheDir: string): string {
  return join(libraryFolder(cacheDir), 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
}

/** Where a model file is looked for, in this order. */
export function modelFolders(env: Environment, cacheDir: string): string[] {
  const own = env['PROMPT_RATCHET_MODELS'];
  const cached = join(cacheDir, 'models');
  return own !== undefined && own !== '' ? [own, cached] : [cached];
}
