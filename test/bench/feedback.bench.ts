/**
 * 100,000 records, pulled and scored: at most 3 s; scored again after 1,000 more: at most 150 ms. In this process, and as
 * `ratchet score` in a process of its own (on the built bundle), which pays for its start and for reading the index too.
 */
import { appendFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { test } from 'vitest';
import { randomStream } from '../../src/engine/stats/random.js';
import { runCli } from '../support/cli.js';
import type * as Support from '../support/feedbackEngine.js';
import { temporaryFolder } from '../support/temporary.js';

/** As one bundle, the way it ships: Vitest's own loader puts a getter before every call, which costs more than the work. */
const bundle = join(temporaryFolder(), 'engine.cjs');
await build({
  entryPoints: [join(import.meta.dirname, '../support/feedbackEngine.ts')],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  outfile: bundle,
  logLevel: 'error',
});
const { createFeedbackEngine } = createRequire(import.meta.url)(bundle) as typeof Support;

const asOf = '2026-11-24T00:00:00.000Z';
const random = randomStream(1, 'feedback bench');
const words = ['too long', 'just the team please', 'wrong team', 'where is my refund', 'did not answer me', 'fine', 'coupon was rejected'];

/** Seven interactions, then three pieces of feedback on three of them; a third of the feedback has words. */
function mixedLog(from: number, count: number): string {
  let text = '';
  for (let i = from; i < from + count; i++) {
    const about = i % 10 < 7 ? i : i - 7;
    const base = {
      time: new Date(Date.parse(asOf) - Math.floor(random.u(i) * 30 * 86_400_000)).toISOString(),
      prompt: { name: 'support/answer', version: about % 2 === 0 ? 'v1' : 'v2' },
      user: `user-${String(about % 5000)}`,
    };
    const record =
      about === i
        ? {
            schema: 'promptratchet.interaction/1',
            id: `i${String(i)}`,
            ...base,
            input: { variables: { question: `Where is my order ${String(i)}?` } },
            output: { text: 'Your order left our warehouse this morning. You will have it in two days.' },
            system: { status: i % 50 === 0 ? 'error' : 'ok', latency_ms: 200 + Math.floor(random.u(i + 0.5) * 900) },
          }
        : {
            schema: 'promptratchet.feedback/1',
            id: `f${String(i)}`,
            interaction_id: `i${String(about)}`,
            ...base,
            signal: 'explicit.rating',
            actor: { kind: 'end_user' },
            score: { raw: 1 + random.int(i, 5), min: 1, max: 5 },
            ...(i % 3 === 0 ? { text: `${words[i % words.length] ?? ''} ${String(i % 97)}` } : {}),
          };
    text += `${JSON.stringify(record)}\n`;
  }
  return text;
}

/** No ids and no times: an id is a hash of its line, and each line is an answer and a rating. */
function threeFieldLog(count: number): string {
  let text = '';
  for (let i = 0; i < count; i++)
    text += `${JSON.stringify({ user: `user-${String(i % 5000)}`, answer: `Your order ${String(i)} is on its way.`, rating: 1 + (i % 5) })}\n`;
  return text;
}

const source = { name: 'log', kind: 'jsonl', path: 'log.jsonl' };

test('pull and score of 100,000 records', async ({ bench }) => {
  const once = { iterations: 2, time: 0, warmupIterations: 1, warmupTime: 0 };
  for (const [name, text] of [
    ['mixed', mixedLog(0, 100_000)],
    ['three fields', threeFieldLog(100_000)],
  ] as const) {
    const engine = createFeedbackEngine({ sources: [{ ...source, map: { 'prompt.name': { const: 'support/answer' } } }] });
    if (name === 'mixed') engine.sources[0] = source;
    engine.write('log.jsonl', text);
    await bench(`pull and score, ${name} (${String(Math.round(text.length / 1e6))} MB)`, async () => {
      await engine.store.close();
      rmSync(join(engine.root, '.ratchet/.local'), { recursive: true, force: true });
      await engine.feedback.pull();
      await engine.scoring.score({ asOf });
    }).run(once);
    let next = 100_000;
    await bench(`1,000 more, ${name}`, async () => {
      appendFileSync(join(engine.root, 'log.jsonl'), name === 'mixed' ? mixedLog(next, 1000) : threeFieldLog(1000));
      next += 1000;
      await engine.feedback.pull();
      await engine.scoring.score({ asOf });
    }).run({ ...once, iterations: 10 });
    await engine.close();
  }
});

test('the same by the command line', async ({ bench }) => {
  const engine = createFeedbackEngine();
  engine.write('.ratchet/config.yaml', 'version: 1\nsources:\n  - { name: log, kind: jsonl, path: log.jsonl }\n');
  const log = join(engine.root, 'log.jsonl');
  writeFileSync(log, mixedLog(0, 100_000));
  const score = async (): Promise<void> => {
    await runCli(['score', '--json', '--as-of', asOf], { cwd: engine.root });
  };
  const options = { iterations: 2, time: 0, warmupIterations: 1, warmupTime: 0 };
  await bench(`ratchet score, first time (${String(Math.round(statSync(log).size / 1e6))} MB)`, async () => {
    rmSync(join(engine.root, '.ratchet/.local'), { recursive: true, force: true });
    await score();
  }).run(options);
  let next = 100_000;
  await bench('ratchet score after 1,000 more', async () => {
    appendFileSync(log, mixedLog(next, 1000));
    next += 1000;
    await score();
  }).run({ ...options, iterations: 8 });
  await engine.close();
});
