/** JavaScript that stands in a suite: each call has a realm of its own, which is used again only where nothing in it was changed. */
import { createRequire } from 'node:module';
import vm from 'node:vm';
import type { HostJob } from './hostProtocol.js';
import { usualParameters } from './hostProtocol.js';
import { realmState, sharedNames, type RealmState } from './realm.js';

type Callable = (...args: unknown[]) => unknown;

interface Realm {
  context: vm.Context;
  state: RealmState;
  parse: (json: string) => unknown;
  timers: Set<unknown>;
  /** Of the call at hand. */
  process: Record<string, unknown>;
}

/** Globals of Node that code may use; they are this process's own. */
const lent = [
  'Buffer',
  'URL',
  'URLSearchParams',
  'TextEncoder',
  'TextDecoder',
  'AbortController',
  'AbortSignal',
  'Blob',
  'FormData',
  'Headers',
  'Request',
  'Response',
  'fetch',
  'atob',
  'btoa',
  'crypto',
  'performance',
  'structuredClone',
  'queueMicrotask',
  'Event',
  'EventTarget',
] as const;

const scripts = new Map<string, vm.Script>();
const idle: Realm[] = [];
const maxScripts = 500;
const maxIdle = 8;

export class InvalidCode extends Error {}

/**
 * The function's text as promptfoo has it: several lines are the body of a function, which must return; a single line is an expression. Of an
 * assertion, a line that begins with a declaration returns its last statement.
 */
export function functionText({ purpose, text = '', parameters }: Pick<HostJob, 'purpose' | 'text' | 'parameters'>): string {
  const names = parameters.length > 0 ? parameters : usualParameters[purpose];
  return `(function (${names.join(', ')}) {${bodyOf(purpose, text)}\n})`;
}

function bodyOf(purpose: HostJob['purpose'], text: string): string {
  if (purpose === 'assertion') {
    const code = text.trimEnd();
    return code.includes('\n') ? code : lastStatement(code.trim().replace(/;+\s*$/u, ''));
  }
  if (purpose !== 'http') return text.includes('\n') ? text : `return ${text}`;
  // A parser of an endpoint's answers: an expression, or a function that is called with the same arguments.
  const expression = `const made = (${text.trim().replace(/;+$/u, '')}\n); return typeof made === 'function' ? made(...arguments) : made;`;
  return compiles(expression) ? expression : text;
}

/** `const n = output.length; n > 3` returns `n > 3`: what stands after the last semicolon that ends a statement. */
function lastStatement(line: string): string {
  if (!/^(?:const|let|var)\s/u.test(line)) return `return ${line}`;
  for (let at = line.lastIndexOf(';'); at > 0; at = line.lastIndexOf(';', at - 1)) {
    const candidate = `${line.slice(0, at + 1)} return (${line.slice(at + 1)}\n);`;
    // A semicolon inside of a text or a block leaves halves that are no code: the one before it is tried.
    if (line.slice(at + 1).trim() !== '' && compiles(candidate)) return candidate;
  }
  return line;
}

function compiles(body: string): boolean {
  try {
    new vm.Script(`(function () {${body}\n})`);
    return true;
  } catch {
    return false;
  }
}

function scriptOf(job: HostJob): vm.Script {
  const text = functionText(job);
  const known = scripts.get(text);
  if (known !== undefined) return known;
  let made: vm.Script;
  try {
    made = new vm.Script(text, { filename: 'code-of-the-suite.js', importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
  } catch (error) {
    throw new InvalidCode(error instanceof Error ? error.message : String(error));
  }
  if (scripts.size >= maxScripts) scripts.clear();
  scripts.set(text, made);
  return made;
}

function newRealm(): Realm {
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY);
  const timers: Realm['timers'] = new Set();
  const globals = context as Record<string, unknown>;
  for (const name of lent) globals[name] = (globalThis as Record<string, unknown>)[name];
  globals['global'] = context;
  globals['console'] = silentConsole();
  for (const [name, set] of [
    ['setTimeout', setTimeout],
    ['setInterval', setInterval],
    ['setImmediate', setImmediate],
  ] as const) {
    globals[name] = (...args: unknown[]): unknown => {
      const timer = (set as Callable)(...args);
      timers.add(timer);
      return timer;
    };
  }
  Object.assign(globals, { clearTimeout, clearInterval, clearImmediate });
  const parse = vm.runInContext('JSON.parse', context) as Realm['parse'];
  const realm: Omit<Realm, 'state'> = { context, timers, parse, process: {} };
  Object.defineProperty(globals, 'process', { get: () => realm.process, enumerable: false, configurable: true });
  return Object.assign(realm, { state: realmState(context, sharedNames) });
}

function silentConsole(): Record<string, unknown> {
  const nothing = (): void => undefined;
  return Object.fromEntries(Object.keys(console).map((name) => [name, nothing]));
}

/** A copy, so that what is changed in it is changed for one call only. promptfoo has `process.mainModule.require`. */
function processOf(): Record<string, unknown> {
  const { platform, arch, version, versions, pid, argv } = process;
  const require = createRequire(`${process.cwd()}/suite.js`);
  return {
    env: { ...process.env },
    platform,
    arch,
    version,
    versions: { ...versions },
    pid,
    argv: [...argv],
    cwd: () => process.cwd(),
    nextTick: process.nextTick.bind(process),
    hrtime: process.hrtime,
    memoryUsage: () => process.memoryUsage(),
    uptime: () => process.uptime(),
    exit: (code?: number) => {
      process.exit(code);
    },
    mainModule: { require, exports: {}, id: '.', filename: '', loaded: true, children: [], paths: [] },
  };
}

/** Code of assertions asks the provider for its id by a call, as it does in promptfoo. */
export function nameProvider({ purpose }: Pick<HostJob, 'purpose'>, args: unknown[]): void {
  const { provider } = (purpose === 'assertion' ? (args[1] ?? {}) : {}) as { provider?: { id?: unknown } };
  if (typeof provider !== 'object') return;
  const { id } = provider;
  provider.id = () => id;
}

/** What `call` returns may be a promise; `done` must be called once it is settled. Throws InvalidCode. */
export function prepareInline(job: HostJob): { call: () => unknown; done: () => void } {
  const script = scriptOf(job);
  const realm = idle.pop() ?? newRealm();
  realm.process = processOf();
  const run = script.runInContext(realm.context) as Callable;
  const args = realm.parse(job.args) as unknown[];
  const names = job.parameters.length > 0 ? job.parameters : usualParameters[job.purpose];
  const position = names.indexOf('process');
  if (position !== -1) args[position] = realm.process;
  nameProvider(job, args);
  return {
    call: () => run(...args),
    done: () => {
      // What it wanted to do later is not done: the next one must not see it.
      for (const timer of realm.timers) {
        clearTimeout(timer as NodeJS.Timeout);
        clearImmediate(timer as NodeJS.Immediate);
      }
      realm.timers.clear();
      if (idle.length < maxIdle && realm.state.clean()) idle.push(realm);
    },
  };
}
