import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFeedbackEngine, feedbackLine } from '../../support/feedbackEngine.js';

let folder: string;
let program: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-kill-'));
  program = join(folder, 'pull.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../../support/pullProcess.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    outfile: program,
    logLevel: 'silent',
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const lines = 50_000;
const hex = (n: number): string => n.toString(16).padStart(32, '0');
const log = Array.from({ length: lines }, (_, i) =>
  i % 2 === 0
    ? JSON.stringify({
        schema: 'promptratchet.interaction/1',
        id: hex(i),
        time: '2026-11-20T00:00:00.000Z',
        user: `u${String(i % 97)}`,
        prompt: { name: 'p', version: 'v1' },
        system: { latency_ms: i % 100 },
      })
    : feedbackLine({
        // Some are redelivered.
        id: i % 11 === 0 ? 'again' : `f${String(i)}`,
        interaction_id: hex(i % 5 === 0 ? (i + 501) % lines : i - 1),
        user: `u${String(i % 97)}`,
        ...(i % 7 === 0 ? { text: `about ${String(i)} words` } : {}),
      }),
).join('\n');

async function contents(root: string): Promise<unknown> {
  const engine = createFeedbackEngine({ root });
  const first = await engine.feedback.pull();
  const [source] = first.sources;
  const page = await engine.feedback.page({ limit: 50 });
  const result = {
    totals: [source?.interactions.total, source?.feedback.total, source?.rejected],
    score: await engine.scoring.score(),
    page: [page.total, page.rows.map(({ id, interaction }) => [id, interaction])],
    found: (await engine.store.search('words')).length,
    ids: await Promise.all(['f1', 'f49999', 'again', 'f24999'].map((id) => engine.store.findFeedback(id))),
    again: (await engine.feedback.pull()).sources.map(({ interactions, feedback }) => [interactions.new, feedback.new]),
  };
  await engine.close();
  return result;
}

describe('a pull that is killed', () => {
  it('leaves an index from which the next one goes on to the same', { timeout: 120_000 }, async () => {
    const whole = join(folder, 'whole');
    const killed = join(folder, 'killed');
    for (const root of [whole, killed]) {
      mkdirSync(root);
      writeFileSync(join(root, 'log.jsonl'), log);
    }
    const expected = await contents(whole);
    // In the middle of reading, and in the middle of what is done afterwards.
    for (const [until, ms] of [
      ['begun', 120],
      ['begun', 350],
      ['pulled', 60],
      ['pulled', 130],
    ] as const) {
      const child = spawn(process.execPath, [program, killed], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      while (!said.includes(until) && child.exitCode === null) await pause(2);
      await pause(ms);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect(await contents(killed)).toEqual(expected);
  });
});
