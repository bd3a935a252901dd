/** JavaScript and TypeScript files of a workspace, loaded from where they are: with their relative imports and the workspace's packages. */
import { readFileSync, statSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { dirname, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { InvalidCode, nameProvider } from './inlineCode.js';
import type { HostJob } from './hostProtocol.js';

type Callable = (...args: unknown[]) => unknown;

const loaded = new Map<string, Promise<unknown>>();
/** Files of the workspace that this process has read as code, with what they were. */
const files = new Map<string, string>();
const instances = new Map<string, unknown>();
const endings = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '/index.ts', '/index.js'];

/** Remembers which files are read, and finds what TypeScript calls by a name without its ending, or with that of the JavaScript made from it. */
export function watchModules(): void {
  const { registerHooks } = module as unknown as {
    registerHooks?: (hooks: {
      resolve(
        specifier: string,
        context: unknown,
        next: (specifier: string, context: unknown) => { url: string },
      ): { url: string; format?: string };
    }) => unknown;
  };
  registerHooks?.({
    resolve(specifier, context, next) {
      const found = resolveWithEndings(specifier, (name) => next(name, context));
      if (found.url.startsWith('file:') && !found.url.includes('/node_modules/')) remember(fileURLToPath(found.url));
      return found;
    },
  });
}

function resolveWithEndings<T>(specifier: string, next: (specifier: string) => T): T {
  try {
    return next(specifier);
  } catch (error) {
    if (!/^\.{0,2}\//u.test(specifier) && !specifier.startsWith('file:')) throw error;
    for (const ending of endings) {
      for (const stem of new Set([specifier, specifier.replace(/\.[cm]?js$/u, '')])) {
        try {
          return next(stem + ending);
        } catch {
          // Not that one; the first error is the one to tell.
        }
      }
    }
    throw error;
  }
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size } = statSync(path);
    return `${String(mtimeMs)}:${String(size)}`;
  } catch {
    // A file that is gone is another one than what was read.
    return 'gone';
  }
}

function remember(path: string): void {
  if (!files.has(path)) files.set(path, stampOf(path));
}

/** A file that was loaded is not what it was: this process can load it only once. */
export function isStale(): boolean {
  for (const [path, stamp] of files) if (stampOf(path) !== stamp) return true;
  return false;
}

export const isLoaded = (path: string): boolean => loaded.has(path);

async function load(path: string): Promise<unknown> {
  remember(path);
  const known = loaded.get(path);
  if (known !== undefined) return known;
  const made = imported(path);
  loaded.set(path, made);
  return made;
}

async function imported(path: string): Promise<unknown> {
  if (/\.[cm]?tsx?$/u.test(path) && !process.features.typescript)
    throw new InvalidCode(`this Node (${process.version}) runs no TypeScript. Use Node 22.18 or later, or write it as JavaScript`);
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const message = messageOf(error);
    const isCommonJs = /\b(?:require|module|exports|__dirname|__filename) is not defined\b/u.test(message) && extname(path) === '.js';
    if (!isCommonJs) throw new InvalidCode(message.split('\n')[0] ?? '');
    return commonJs(path);
  }
}

/** A file written as CommonJS in a package that says its files are modules. */
function commonJs(path: string): unknown {
  const exports: { exports: unknown } = { exports: {} };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- running the workspace's own code is what this process is for
  const run = new Function('module', 'exports', 'require', '__filename', '__dirname', readFileSync(path, 'utf8')) as Callable;
  try {
    run(exports, exports.exports, createRequire(path), path, dirname(path));
  } catch (error) {
    throw new InvalidCode(messageOf(error));
  }
  return { default: exports.exports };
}

export function messageOf(error: unknown): string {
  try {
    const message: unknown = (error as { message?: unknown } | null | undefined)?.message;
    return typeof message === 'string' ? message : String(error);
  } catch {
    // Whoever throws decides what is thrown.
    return 'something that cannot be shown';
  }
}

const member = (value: unknown, name: string): unknown =>
  (typeof value === 'object' && value !== null) || typeof value === 'function' ? (value as Record<string, unknown>)[name] : undefined;

/** What the module is for: its default export, else what it exports. */
function main(exports: unknown): unknown {
  const outer = member(exports, 'default');
  return member(outer, 'default') ?? outer ?? exports;
}

/** The function of a file: the one that is named, else its default. Throws InvalidCode where there is none. */
function functionOf(exports: unknown, { file = '', name, purpose }: HostJob): unknown {
  const whole = main(exports);
  if (name !== undefined) {
    const named = [exports, whole, member(exports, 'default')]
      .map((value) => member(value, name))
      .find((value) => typeof value === 'function');
    if (named !== undefined) return named;
    if (purpose === 'data' && member(whole, name) !== undefined) return member(whole, name);
    // A transform whose function is not there falls back on the default, as in promptfoo.
    if (purpose === 'transform' && typeof whole === 'function') return whole;
    throw new InvalidCode(`${baseName(file)} exports no function ${name}`);
  }
  if (typeof whole === 'function' || purpose === 'data' || (purpose === 'tests' && Array.isArray(whole))) return whole;
  const usual = purpose === 'provider' ? 'callApi' : purpose === 'scoring' ? 'func' : '';
  const found = member(whole, usual);
  if (purpose === 'provider' && typeof found === 'function') return whole;
  if (typeof found === 'function') return found;
  throw new InvalidCode(`${baseName(file)} exports no function: give it a default export, or name the function after a colon`);
}

const baseName = (path: string): string => path.split(/[\\/]/u).at(-1) ?? path;

/** Loads the file and says how to call it. */
export async function prepareModule(job: HostJob): Promise<() => unknown> {
  const found = functionOf(await load(job.file ?? ''), job);
  const args = JSON.parse(job.args) as unknown[];
  nameProvider(job, args);
  if (job.purpose === 'provider') return providerCall(job, found, args);
  if (job.purpose === 'data' || job.purpose === 'tests') return () => (typeof found === 'function' ? (found as Callable)(...args) : found);
  if (job.purpose === 'transform')
    args[2] = Object.assign(Object.create(process) as object, { mainModule: { require: createRequire(job.file ?? '') } });
  return () => (found as Callable)(...args);
}

/** A provider is a class that is made once for each id and config, an object with `callApi`, or a function. */
function providerCall({ file, name, setup = { id: '', config: {} } }: HostJob, found: unknown, args: unknown[]): () => unknown {
  const isClass = typeof found === 'function' && typeof (found.prototype as { callApi?: unknown } | undefined)?.callApi === 'function';
  if (!isClass) {
    const call = member(found, 'callApi');
    return typeof call === 'function' ? () => call.call(found, ...args) as unknown : () => (found as Callable)(...args);
  }
  const key = JSON.stringify([file, name, setup]);
  return () => {
    let instance = instances.get(key);
    if (instance === undefined) {
      instance = Reflect.construct(found, [{ id: setup.id, config: setup.config }]) as unknown;
      instances.set(key, instance);
    }
    return (instance as { callApi: Callable }).callApi(...args);
  };
}
