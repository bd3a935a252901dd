/** The thread that judges regular expressions and schemas of suites: it may loop for ever, for then it is killed. */
import { parentPort } from 'node:worker_threads';
import { schemaFaults } from './jsonSchema.js';
import type { CodeAnswer, CodeJob } from './protocol.js';

const patterns = new Map<string, RegExp>();

class Invalid extends Error {}

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
  return await schema(job.schema, job.values);
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
