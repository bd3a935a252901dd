/**
 * Evaluation on the built command line: 10,000 echo cases with four assertions (at most 1.5 s and 200 MiB), 1,000 cached cases
 * (at most 0.4 s, no request), and requests per second against an endpoint that answers at once, beside a bare loop over the
 * `openai` package (at most 1.3 times its time). The figures stand in the run's own output.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { OpenAI } from 'openai';
import { test } from 'vitest';
import type { EvalDocument } from '../../src/shared/evalDocument.js';
import { runCli } from '../support/cli.js';
import { completion } from '../support/fakeOpenai.js';
import { temporaryFolder } from '../support/temporary.js';

const requests = 2000;
const width = 64;
const once = { iterations: 3, time: 0, warmupIterations: 1, warmupTime: 0 };

const rows = (count: number): string =>
  Array.from({ length: count }, (_, index) => `question ${String(index)},contains:question`).join('\n');

function suite(provider: string, count: number): Record<string, string> {
  return {
    'a.eval.yaml': [
      'prompts: ["Answer this: {{m}}"]',
      `providers: [${provider}]`,
      'defaultTest:',
      '  assert:',
      '    - { type: icontains, value: "ANSWER" }',
      '    - { type: starts-with, value: "Answer" }',
      '    - { type: not-contains, value: "{{m}} never" }',
      'tests: file://cases.csv',
      '',
    ].join('\n'),
    'cases.csv': `m,__expected\n${rows(count)}\n`,
  };
}

/** In a thread of its own, so that neither side waits for the other's work. */
async function endpoint(): Promise<{ baseUrl: string; close(): Promise<number> }> {
  const code = `
    const { createServer } = require('node:http');
    const { parentPort, workerData } = require('node:worker_threads');
    createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(workerData);
      });
    }).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });`;
  const worker = new Worker(code, { eval: true, workerData: completion('Answer: question') });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  return { baseUrl: `http://127.0.0.1:${String(port)}/v1`, close: () => worker.terminate() };
}

async function evaluate(cwd: string, ...args: string[]): Promise<EvalDocument['suites'][number]['stats']> {
  const result = await runCli(['eval', '--json', ...args], { cwd });
  const stats = (result.json as EvalDocument | undefined)?.suites[0]?.stats;
  if (stats === undefined) throw new Error(result.stderr);
  return stats;
}

function print(name: string, figures: Record<string, number>): void {
  const text = Object.entries(figures).map(([unit, value]) => `${value.toFixed(unit === 's' ? 3 : 0)} ${unit}`);
  process.stdout.write(`${name}: ${text.join(', ')}\n`);
}

test('10,000 echo cases with four assertions', async ({ bench }) => {
  const cwd = temporaryFolder(suite('echo', 10_000));
  await bench('10,000 echo cases', async () => {
    const stats = await evaluate(cwd);
    print('10,000 echo cases, without start and report', { s: stats.seconds });
  }).run(once);
});

test('an endpoint that answers at once', async ({ bench }) => {
  const server = await endpoint();
  const config = `version: 1\nmodels:\n  - { name: g, provider: openai, baseUrl: "${server.baseUrl}", model: m, concurrency: ${String(width)} }\n`;
  const cwd = temporaryFolder({ '.ratchet/config.yaml': config, ...suite('g', requests) });
  await bench(`${String(requests)} requests by ratchet eval`, async () => {
    const stats = await evaluate(cwd, '--no-cache', '--concurrency', String(width));
    print('ratchet eval', { 'requests/s': stats.requests / stats.seconds, s: stats.seconds });
  }).run(once);
  const client = new OpenAI({ apiKey: 'none', baseURL: server.baseUrl, maxRetries: 0 });
  await bench(`${String(requests)} requests by a bare loop`, async () => {
    const start = performance.now();
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < requests) {
        const content = `Answer this: question ${String(next++)}`;
        await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content }] });
      }
    };
    await Promise.all(Array.from({ length: width }, lane));
    const seconds = (performance.now() - start) / 1000;
    print('bare loop', { 'requests/s': requests / seconds, s: seconds });
  }).run(once);
  writeFileSync(join(cwd, 'cases.csv'), `m,__expected\n${rows(1000)}\n`);
  await bench('1,000 cached cases', async () => {
    const stats = await evaluate(cwd);
    if (stats.requests > 0) throw new Error('A cached case was asked again.');
    print('1,000 cached cases, without start', { s: stats.seconds });
  }).run(once);
  await server.close();
});
