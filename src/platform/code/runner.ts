import { availableParallelism } from 'node:os';
import { stat, realpath } from 'node:fs/promises';
import { EngineError } from '../../engine/errors.js';
import { isInside, join } from '../../engine/paths.js';
import type { CodeCall, CodeRunner } from '../../engine/ports.js';
import { createBreaker } from './breaker.js';
import { createCheckThread } from './checkThread.js';
import { codeEnvironment } from './environment.js';
import type { HostCommand } from './hostProcess.js';
import type { HostJob } from './hostProtocol.js';
import { Lane } from './lane.js';
import { runProgram } from './program.js';

export interface CodeRunnerOptions {
  distDir: string;
  /** The workspace, absolute with `/`: files are inside of it. */
  root: string;
  env: Readonly<Record<string, string | undefined>>;
  trusted: () => boolean;
}

const loadMs = { javascript: 20_000, python: 60_000 };
/** Python runs one after the other, as with promptfoo; JavaScript waits for many things at once. */
const processes = { javascript: Math.min(4, Math.max(2, availableParallelism())), python: 1 };
const waiting = { javascript: 32, python: 1 };
/** Megabytes that JavaScript of a suite may hold. */
const maxMemory = 512;

/**
 * Runs code of suites in processes of their own, each in a process group that is killed as a whole: JavaScript in two to four of them with
 * several calls in flight, Python in one. Providers have processes apart from assertions, and keep what they hold between calls.
 */
export function createCodeRunner(options: CodeRunnerOptions): CodeRunner {
  const { root, env, trusted } = options;
  const checks = createCheckThread(options);
  const lanes = new Map<string, Lane>();
  const breaker = createBreaker();
  let closed = false;

  function laneOf({ code: { language }, purpose, folder, executable }: CodeCall): Lane {
    const cwd = folder === undefined ? root : join(root, folder);
    const program = language === 'javascript' ? process.execPath : pythonOf(executable, env);
    const provider = purpose === 'provider';
    const key = JSON.stringify([language, program, cwd, provider]);
    const known = lanes.get(key);
    if (known !== undefined) return known;
    // Lanes of suites that are done hold no process.
    for (const [name, lane] of lanes) if (!lane.busy) lanes.delete(name);
    const made = new Lane({
      command: { program, cwd, ...commandOf(options, language) },
      processes: provider ? 1 : processes[language],
      waiting: waiting[language],
      again: !provider,
      loadMs: loadMs[language],
      subject: language === 'javascript' ? 'The code' : `Python (${program})`,
    });
    lanes.set(key, made);
    return made;
  }

  /** Throws OUTSIDE_WORKSPACE where the file is a link to elsewhere. */
  async function pathOf(file: string): Promise<string> {
    const path = join(root, file);
    const [real, base] = await Promise.all([realpath(path), realpath(root)]).catch((error: unknown) => {
      throw new EngineError('SUITE_INVALID', `${file} cannot be read.`, {}, error);
    });
    if (!isInside(real.replaceAll('\\', '/'), base.replaceAll('\\', '/')))
      throw new EngineError('OUTSIDE_WORKSPACE', `${file} is outside the workspace. Move the file into the workspace.`);
    return real;
  }

  async function jobOf({ code, purpose, args, parameters = [], setup }: CodeCall): Promise<Omit<HostJob, 'id'>> {
    const json = JSON.stringify(args.map((value) => value ?? null));
    const shared = { purpose, parameters, args: json, ...(setup === undefined ? {} : { setup }) };
    if (code.text !== undefined) return { ...shared, text: code.text };
    if (code.file === undefined) throw new EngineError('SUITE_INVALID', 'There is neither code nor a file of code.');
    return { ...shared, file: await pathOf(code.file), ...(code.name === undefined ? {} : { name: code.name }) };
  }

  return {
    async call(call, signal) {
      if (!trusted()) throw refused();
      if (closed) throw new EngineError('CANCELLED', 'Stopped.');
      const job = await jobOf(call);
      const key = JSON.stringify([call.code.language, job.file ?? job.text, job.name]);
      const stamp = job.file === undefined ? '' : String((await stat(job.file)).mtimeMs);
      breaker.check(key, stamp);
      try {
        const json = await laneOf(call).run(job, call.timeoutMs, signal);
        breaker.passed(key);
        return json === undefined ? undefined : (JSON.parse(json) as unknown);
      } catch (error) {
        if (EngineError.is(error, 'TIMEOUT')) breaker.timedOut(key, stamp);
        throw error;
      }
    },
    program(call, signal) {
      if (!trusted()) return Promise.reject(refused());
      const cwd = call.folder === undefined ? root : join(root, call.folder);
      return runProgram(call, { cwd, env: codeEnvironment(env) }, signal);
    },
    javascript(text, { output, vars, prompt = null }, timeoutMs, signal) {
      const context = { vars, prompt, test: { vars } };
      return this.call({ code: { language: 'javascript', text }, purpose: 'assertion', args: [output, context], timeoutMs }, signal);
    },
    regex: (pattern, flags, text, timeoutMs) => checks.regex(pattern, flags, text, timeoutMs),
    jsonSchema: (schema, values, timeoutMs, signal) => checks.jsonSchema(schema, values, timeoutMs, signal),
    async close() {
      closed = true;
      for (const lane of lanes.values()) lane.close(new EngineError('CANCELLED', 'Stopped.'));
      lanes.clear();
      await checks.close();
    },
  };
}

const refused = (): EngineError =>
  new EngineError(
    'UNTRUSTED_WORKSPACE',
    'Code of suites is run in trusted workspaces only, and not with --no-code. Trust the workspace first.',
  );

/** The suite's or config.yaml's, else PROMPTFOO_PYTHON, else `python3`. */
function pythonOf(executable: string | undefined, env: CodeRunnerOptions['env']): string {
  const named = executable ?? env['PROMPTFOO_PYTHON'];
  if (named !== undefined && named !== '') return named;
  return process.platform === 'win32' ? 'python' : 'python3';
}

function commandOf({ distDir, root, env }: CodeRunnerOptions, language: 'javascript' | 'python'): Pick<HostCommand, 'args' | 'env'> {
  const seen = codeEnvironment(env);
  if (language === 'python') {
    return {
      args: ['-u', join(distDir, 'codeHost.py'), root],
      env: { ...seen, PYTHONIOENCODING: 'utf-8', PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
    };
  }
  // Enums and the like of TypeScript are no types that can be left out.
  const types = process.allowedNodeEnvironmentFlags.has('--experimental-transform-types') ? ['--experimental-transform-types'] : [];
  const flags = ['--no-warnings', `--max-old-space-size=${String(maxMemory)}`, ...types];
  // In the editor this program is Electron, which is Node only where it is told so.
  return { args: [...flags, join(distDir, 'codeHost.js')], env: { ...seen, ELECTRON_RUN_AS_NODE: '1' } };
}
