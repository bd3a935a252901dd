/**
 * Evaluation on the built command line, against an endpoint of its own in another thread:
 * - 10,000 echo cases with four assertions: at most 1.5 s and 200 MiB
 * - an endpoint that answers at once, in turn with a bare loop over the `openai` package: at most 1.3 times its time
 * - 10,000 cases against an endpoint that takes 50 ms, 64 at once: at most 1.15 times the ideal
 * - 1,000 cached cases: at most 0.4 s, no request
 *
 * Each figure is that of a process of its own: `s` of the whole process, `run` without start and report, MiB its most. With
 * RATCHET_BENCH_PROMPTFOO=<path of promptfoo's command> it runs the same suites, in turn as well.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import type { EvalDocument } from '../../src/shared/evalDocument.js';
import { distDir } from '../support/cli.js';
import { startFaultyModel } from '../support/faultyModel.js';
import { temporaryFolder } from '../support/temporary.js';

const requests = 2000;
const width = 64;
const rounds = 3;
const promptfoo = process.env['RATCHET_BENCH_PROMPTFOO'];

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

interface Measured {
  stdout: string;
  seconds: number;
  mebibytes: number;
}

/** Says the most memory of the process when it ends. */
const told = `data:text/javascript,${encodeURIComponent("process.on('exit',()=>process.stderr.write('most '+process.resourceUsage().maxRSS+'\\n'))")}`;

function measure(args: readonly string[], cwd: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, ['--import', told, ...args], { cwd, env: { ...process.env, PROMPTFOO_DISABLE_TELEMETRY: '1' } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', () => {
      const most = /most (\d+)/u.exec(stderr)?.[1];
      if (most === undefined) reject(new Error(stderr));
      else resolve({ stdout, seconds: (performance.now() - start) / 1000, mebibytes: Number(most) / 1024 });
    });
  });
}

const evaluate = (cwd: string, ...args: string[]): Promise<Measured> =>
  measure([join(distDir, 'cli.js'), 'eval', '--json', '--quiet', ...args], cwd);

function statsOf({ stdout }: Measured): EvalDocument['suites'][number]['stats'] {
  const stats = (JSON.parse(stdout) as EvalDocument).suites[0]?.stats;
  if (stats === undefined || stats.errored > 0) throw new Error('The run had errors.');
  return stats;
}

function print(name: string, figures: Record<string, number>): void {
  const text = Object.entries(figures).map(([unit, value]) => `${value.toFixed(unit === 'MiB' || unit.endsWith('/s') ? 0 : 2)} ${unit}`);
  process.stdout.write(`${name}: ${text.join(', ')}\n`);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

async function beside(cwd: string, name: string, ...args: string[]): Promise<void> {
  if (promptfoo === undefined) return;
  const { seconds, mebibytes } = await measure([promptfoo, 'eval', '-c', 'a.eval.yaml', '--no-progress-bar', '--no-table', ...args], cwd);
  print(`promptfoo, ${name}`, { s: seconds, MiB: mebibytes });
}

test('10,000 echo cases with four assertions', async () => {
  const cwd = temporaryFolder(suite('echo', 10_000));
  for (let round = 0; round < rounds; round++) {
    const measured = await evaluate(cwd);
    print('10,000 echo cases', { s: measured.seconds, run: statsOf(measured).seconds, MiB: measured.mebibytes });
  }
  await beside(cwd, '10,000 echo cases', '--no-cache');
});

test('an endpoint that answers at once', async () => {
  const model = await startFaultyModel();
  const config = `version: 1\nmodels:\n  - { name: g, provider: openai, baseUrl: "${model.baseUrl}", model: m, concurrency: ${String(width)} }\n`;
  const cwd = temporaryFolder({ '.ratchet/config.yaml': config, ...suite('g', requests) });
  const ratios: number[] = [];
  for (let round = 0; round < 2 * rounds; round++) {
    const stats = statsOf(await evaluate(cwd, '--no-cache'));
    const bare = Number(
      (await measure([join(import.meta.dirname, 'bareLoop.mjs'), model.baseUrl, String(requests), String(width)], cwd)).stdout,
    );
    ratios.push(stats.seconds / bare);
    print(`${String(requests)} requests`, {
      'ratchet eval/s': stats.requests / stats.seconds,
      'bare loop/s': requests / bare,
      times: stats.seconds / bare,
    });
  }
  print('ratchet eval against the bare loop, median', { times: median(ratios) });

  writeFileSync(join(cwd, 'cases.csv'), `m,__expected\n${rows(1000)}\n`);
  for (let round = 0; round < rounds; round++) {
    const measured = await evaluate(cwd);
    const stats = statsOf(measured);
    if (stats.requests > 0) throw new Error('A cached case was asked again.');
    print('1,000 cached cases', { s: measured.seconds, run: stats.seconds, MiB: measured.mebibytes });
  }
  await model.close();
});

test('10,000 cases against an endpoint that takes 50 ms', async () => {
  const count = 10_000;
  const model = await startFaultyModel({ delayMs: 50 });
  const config = `version: 1\nmodels:\n  - { name: g, provider: openai, baseUrl: "${model.baseUrl}", model: m, concurrency: ${String(width)} }\n`;
  const cwd = temporaryFolder({ '.ratchet/config.yaml': config, ...suite('g', count) });
  const ideal = (Math.ceil(count / width) * 50) / 1000;
  const measured = await evaluate(cwd, '--no-cache');
  const { seconds } = statsOf(measured);
  print('10,000 cases of 50 ms, 64 at once', {
    s: measured.seconds,
    run: seconds,
    'times the ideal': seconds / ideal,
    MiB: measured.mebibytes,
  });
  const bare = Number(
    (await measure([join(import.meta.dirname, 'bareLoop.mjs'), model.baseUrl, String(count), String(width)], cwd)).stdout,
  );
  print('the bare loop', { s: bare, 'times the ideal': bare / ideal });
  await model.close();
}, 120_000);
