/** The thread that runs assertion code and regular expressions: it may loop for ever, for then it is killed. */
import { parentPort } from 'node:worker_threads';
import { compile } from './compile.js';
import type { AssertionFunction } from './compile.js';
import { schemaFaults } from './jsonSchema.js';
import type { CodeAnswer, CodeJob } from './protocol.js';

const functions = new Map<string, AssertionFunction>();
const patterns = new Map<string, RegExp>();

class Invalid extends Error {}

async function functionOf(code: string): Promise<AssertionFunction> {
  const known = functions.get(code);
  if (known !== undefined) return known;
  try {
    const made = await compile(code);
    functions.set(code, made);
    return made;
  } catch (error) {
    throw new Invalid(error instanceof Error ? error.message : String(error));
  }
}

function patternOf(pattern: string, flags: string): RegExp {
  const key = `${flags}/${pattern}`;
  let made = patterns.get(key);
  if (made === undefined) {
    try {
      made = new RegExp(pattern, flags);
    } catch (error) {
      throw new Invalid(error instanceof Error ? error.message : String(error));
    }
    patterns.set(key, made);
  }
  made.lastIndex = 0;
  return made;
}

async function schema(given: unknown, values: readonly unknown[]): Promise<unknown> {
  try {
    return await schemaFaults(given, values);
  } catch (error) {
    throw new Invalid(error instanceof Error ? error.message : String(error));
  }
}

async function run(job: CodeJob): Promise<unknown> {
  if (job.kind === 'regex') return patternOf(job.pattern, job.flags).test(job.text);
  if (job.kind === 'schema') return await schema(job.schema, job.values);
  const call = await functionOf(job.code);
  return await call(job.output, { vars: job.vars, prompt: job.prompt ?? null, test: { vars: job.vars } });
}

async function answer(job: CodeJob): Promise<CodeAnswer> {
  try {
    return { id: job.id, ok: true, value: await run(job) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id: job.id, ok: false, kind: error instanceof Invalid ? 'invalid' : 'threw', message };
  }
}

parentPort?.on('message', (job: CodeJob) => {
  void answer(job).then((result) => {
    try {
      parentPort?.postMessage(result);
    } catch (error) {
      parentPort?.postMessage({
        id: job.id,
        ok: false,
        kind: 'threw',
        message: `it returned what is no data: ${String(error)}`,
      } satisfies CodeAnswer);
    }
  });
});
