/** A run that is killed at any moment is gone on with, and ends as if nothing had happened. */
import { spawn } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import type { EvalDocument } from '../../src/shared/evalDocument.js';
import { join } from 'node:path';
import { distDir, runCli } from '../support/cli.js';
import { startFaultyModel } from '../support/faultyModel.js';
import { temporaryFolder } from '../support/temporary.js';

const count = 2000;
const model = await startFaultyModel({ delayMs: 4 });
afterAll(() => model.close());

const files = (): Record<string, string> => ({
  '.ratchet/config.yaml': `version: 1\nmodels:\n  - { name: g, provider: openai, baseUrl: "${model.baseUrl}", model: m, concurrency: 16, price: { in: 1, out: 2 } }\n`,
  'a.eval.yaml': [
    'prompts: ["Answer this: {{m}}"]',
    'providers: [g]',
    'defaultTest: { assert: [{ type: icontains, value: answer, metric: polite }] }',
    'tests: file://a.csv',
    '',
  ].join('\n'),
  // Every tenth is wrong, and every seventh asks what another has asked.
  'a.csv': `m,__expected\n${Array.from({ length: count }, (_, index) => `question ${String(index % 7 === 6 ? index - 6 : index)},contains:${index % 10 === 9 ? `never ${String(index)}` : 'question'}`).join('\n')}\n`,
});

/** All but what is different each time. */
function comparable(text: string): EvalDocument {
  const document = JSON.parse(text) as EvalDocument;
  for (const report of document.suites) {
    report.stats.seconds = 0;
    for (const result of report.cases) result.latencyMs = null;
  }
  return { ...document, run: '' };
}

/** Starts a run and kills it when its journal has about so many lines; resolves with the run's id. */
function killed(cwd: string, afterMs: number, resume: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(distDir, 'cli.js'), 'eval', '--json', ...resume], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      const isFirst = !said.includes('--resume');
      said += data.toString();
      if (isFirst && said.includes('--resume')) setTimeout(() => child.kill('SIGKILL'), afterMs);
    });
    child.on('close', () => {
      const run = /--resume (r-\S+)/u.exec(said)?.[1];
      if (run === undefined) reject(new Error(`It did not say its run: ${said}`));
      else resolve(run);
    });
  });
}

describe('ratchet eval that is killed', () => {
  it('goes on where it was, whenever that is, and reports what an undisturbed run reports', async () => {
    const calm = temporaryFolder(files());
    const undisturbed = comparable((await runCli(['eval', '--json'], { cwd: calm })).stdout);
    expect(undisturbed.suites[0]!.stats).toMatchObject({ cases: count, passed: 1800, failed: 200, errored: 0 });
    // Moments of a fixed sequence that look random: from the first answers to nearly the last.
    const moments = Array.from({ length: 10 }, (_, index) => 20 + ((index * 7919 + 104_729) % 1400));
    for (const moment of moments) {
      const cwd = temporaryFolder(files());
      const run = await killed(cwd, moment, []);
      const result = await runCli(['eval', '--json', '--resume', 'last'], { cwd });
      expect((JSON.parse(result.stdout) as EvalDocument).run).toBe(run);
      const document = comparable(result.stdout);
      // First what is easy to read where it differs.
      const bare = ({ suites }: EvalDocument) => suites.map((report) => ({ ...report, cases: [] }));
      expect([moment, bare(document)]).toEqual([moment, bare(undisturbed)]);
      for (const [index, entry] of document.suites[0]!.cases.entries())
        expect([moment, entry]).toEqual([moment, undisturbed.suites[0]!.cases[index]]);
      expect(document).toEqual(undisturbed);
    }
  }, 120_000);

  it('goes on where it was killed again and again', async () => {
    const cwd = temporaryFolder(files());
    const run = await killed(cwd, 300, []);
    for (const moment of [50, 200, 120]) expect(await killed(cwd, moment, ['--resume', run])).toBe(run);
    const document = comparable((await runCli(['eval', '--json', '--resume', run], { cwd })).stdout);
    expect(document.complete).toBe(true);
    expect(document.suites[0]!.stats).toMatchObject({
      cases: count,
      passed: 1800,
      failed: 200,
      errored: 0,
      requests: document.suites[0]!.cases.filter(({ cached }) => !cached).length,
    });
  }, 60_000);

  it('is not gone on with by two at once', async () => {
    const cwd = temporaryFolder(files());
    const run = await killed(cwd, 100, []);
    const first = runCli(['eval', '--json', '--resume', run], { cwd });
    const second = runCli(['eval', '--json', '--resume', run], { cwd });
    const results = await Promise.all([first, second]);
    // One is told that the other has it, unless that was done by then.
    const told = results.filter(({ stderr }) => stderr.includes('is under way in another process'));
    expect(told).toHaveLength(1);
    expect(told[0]!.code).toBe(2);
  }, 60_000);
});
