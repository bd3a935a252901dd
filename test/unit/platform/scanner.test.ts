import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EngineError } from '../../../src/engine/errors.js';
import { Pseudonyms } from '../../../src/engine/feedback/identity.js';
import { ScaleChange } from '../../../src/engine/feedback/records.js';
import type { RecordBatch } from '../../../src/engine/feedback/scan/recordBatch.js';
import type { Scanner, ScanJob } from '../../../src/engine/feedback/scan/scanner.js';
import { createScanner } from '../../../src/platform/scan/scanner.js';
import { createFeedbackEngine, feedbackLine } from '../../support/feedbackEngine.js';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-scan-'));
  await build({
    entryPoints: [join(import.meta.dirname, '../../../src/platform/scan/worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    outfile: join(folder, 'dist/scanWorker.js'),
    logLevel: 'silent',
  });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const pseudonyms = new Pseudonyms('00'.repeat(32));
const job = (path: string, to: number, more: Partial<ScanJob> = {}): ScanJob => ({
  path,
  from: 0,
  to,
  firstLine: 1,
  source: { name: 's', kind: 'jsonl' },
  settings: { kind: 'jsonl', source: 's', path: 'a.jsonl', scale: 'unit', since: null, pseudonymous: false },
  pseudonyms: pseudonyms.share(),
  redaction: { kinds: ['email'], patterns: [] },
  ...more,
});

interface Row {
  line: number;
  offset: number;
  user: string | undefined;
  prompt: string | null | undefined;
  y: number | undefined;
  text: string | null | undefined;
}

/** What batches say, with the texts that their numbers stand for. */
async function collect(batches: AsyncIterable<RecordBatch>): Promise<{ rows: Row[]; rejected: string[]; end: number; tailEnd: number }> {
  const known = new Map<number, { units: RecordBatch['units']; groups: RecordBatch['groups'] }>();
  const found = { rows: [] as Row[], rejected: [] as string[], end: 0, tailEnd: 0 };
  for await (const batch of batches) {
    const words = known.get(batch.dictionary) ?? { units: [], groups: [] };
    known.set(batch.dictionary, words);
    expect([batch.unitBase, batch.groupBase]).toEqual([words.units.length, words.groups.length]);
    words.units.push(...batch.units);
    words.groups.push(...batch.groups);
    const { feedback } = batch;
    for (let i = 0; i < feedback.count; i++) {
      found.rows.push({
        line: feedback.line[i] ?? 0,
        offset: feedback.offset[i] ?? 0,
        user: words.units[feedback.unit[i] ?? -1]?.pseudonym,
        prompt: words.groups[feedback.group[i] ?? -1]?.prompt,
        y: feedback.y[i],
        text: feedback.texts.get(i)?.comment,
      });
    }
    found.rejected.push(...batch.rejected.map(({ reason, line }) => `${reason} ${String(line)}`));
    found.end = batch.end;
    found.tailEnd = batch.tailEnd;
  }
  return found;
}

const text = [
  ...Array.from({ length: 40 }, (_, i) =>
    feedbackLine({
      id: `f${String(i)}`,
      user: `u${String(i % 7)}`,
      text: i % 3 === 0 ? `é ${String(i)} a@b.example` : undefined,
      prompt: { name: `p${String(i % 2)}`, version: 'v1' },
    }),
  ),
  'oops',
  '',
  feedbackLine({ id: 'long', text: 'x'.repeat(3000) }),
  '[]',
  feedbackLine({ id: 'last' }),
].join('\n');

function write(name: string, content: string): { path: string; size: number } {
  const path = join(folder, name);
  writeFileSync(path, content);
  return { path, size: Buffer.byteLength(content) };
}
const scanner = (more: { rangeBytes?: number; threads?: number; distDir?: string }): Scanner =>
  createScanner({ distDir: join(folder, 'dist'), minBytes: 0, ...more });

describe('reading a file in threads', () => {
  it('gives the same wherever the file is cut, in any number of threads, in order', { timeout: 60_000 }, async () => {
    const { path, size } = write('a.jsonl', text);
    const whole = await collect(scanner({ threads: 0 }).scan(job(path, size), undefined));
    expect(whole.rows).toHaveLength(42);
    expect(whole.rejected).toEqual(['not JSON 41', 'not an object 44']);
    expect(whole.rows[0]).toMatchObject({ line: 1, user: pseudonyms.of('u0'), text: 'é 0 [email]' });
    expect(whole.tailEnd).toBe(size);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 3 }), async (rangeBytes, threads) => {
        expect(await collect(scanner({ rangeBytes, threads }).scan(job(path, size), undefined))).toEqual(whole);
      }),
      { numRuns: 12, seed: 5 },
    );
  });

  it('begins where it is told to', async () => {
    const lines = [feedbackLine({ id: 'a' }), feedbackLine({ id: 'b' }), feedbackLine({ id: 'c' })].map((line) => `${line}\n`);
    const { path, size } = write('b.jsonl', lines.join(''));
    const from = lines[0]?.length ?? 0;
    const { rows } = await collect(scanner({ rangeBytes: 50, threads: 2 }).scan(job(path, size, { from }), undefined));
    expect(rows.map((row) => row.offset)).toEqual([from, from * 2]);
  });

  it('reads in this thread where there is no worker', async () => {
    const { path, size } = write('c.jsonl', text);
    const { rows } = await collect(scanner({ distDir: join(folder, 'nowhere'), rangeBytes: 500 }).scan(job(path, size), undefined));
    expect(rows).toHaveLength(42);
  });

  it('reads by itself what a broken worker leaves', async () => {
    const { path, size } = write('d.jsonl', text);
    writeFileSync(join(folder, 'scanWorker.js'), 'throw new Error("broken");');
    const { rows } = await collect(scanner({ distDir: folder, rangeBytes: 500, threads: 2 }).scan(job(path, size), undefined));
    expect(rows).toHaveLength(42);
  });

  it('reads by itself what a thread had been given when it died', async () => {
    const { path, size } = write('g.jsonl', text);
    const dying = join(folder, 'dying');
    mkdirSync(dying, { recursive: true });
    writeFileSync(
      join(dying, 'scanWorker.js'),
      `require('node:worker_threads').parentPort.on('message', ({ index }) => { if (index >= 5) process.exit(1); });
       require(${JSON.stringify(join(folder, 'dist/scanWorker.js'))});`,
    );
    const whole = await collect(scanner({ threads: 0 }).scan(job(path, size), undefined));
    expect(await collect(scanner({ distDir: dying, rangeBytes: 200, threads: 2 }).scan(job(path, size), undefined))).toEqual(whole);
  });

  it('lets threads go on while what they read is taken in', async () => {
    const { path, size } = write('h.jsonl', text);
    const noting = join(folder, 'noting');
    mkdirSync(noting, { recursive: true });
    const seen = join(noting, 'seen');
    writeFileSync(
      join(noting, 'scanWorker.js'),
      `require('node:worker_threads').parentPort.on('message', () => require('node:fs').appendFileSync(${JSON.stringify(seen)}, 'x'));
       require(${JSON.stringify(join(folder, 'dist/scanWorker.js'))});`,
    );
    const reading = scanner({ distDir: noting, rangeBytes: 200, threads: 1 }).scan(job(path, size), undefined)[Symbol.asyncIterator]();
    await reading.next();
    // One was taken; nobody asks for another, and there are many more.
    await vi.waitFor(() => {
      expect(readFileSync(seen, 'utf8').length).toBeGreaterThanOrEqual(8);
    });
    expect(Math.ceil(size / 200)).toBeGreaterThan(20);
    expect(readFileSync(seen, 'utf8').length).toBeLessThan(10);
    await reading.return?.();
  });

  it('says that ratings over 1 occur', async () => {
    const { path, size } = write('e.jsonl', '{"user":"a","rating":1}\n{"user":"b","rating":4}\n');
    const reading = collect(scanner({ rangeBytes: 20, threads: 2 }).scan(job(path, size), undefined));
    await expect(reading).rejects.toBeInstanceOf(ScaleChange);
  });

  it('says what cannot be read, and stops when asked to', async () => {
    const missing = await collect(scanner({ threads: 1 }).scan(job(join(folder, 'nope.jsonl'), 100), undefined)).catch(
      (error: unknown) => error,
    );
    expect(EngineError.is(missing, 'IO_FAILED')).toBe(true);
    const { path, size } = write('f.jsonl', text);
    const stop = new AbortController();
    stop.abort();
    const stopped = await collect(scanner({ threads: 1 }).scan(job(path, size), stop.signal)).catch((error: unknown) => error);
    expect(EngineError.is(stopped, 'CANCELLED')).toBe(true);
  });

  it('makes the index that one thread makes', async () => {
    const score = async (own: Scanner | undefined): Promise<unknown> => {
      const engine = createFeedbackEngine(own === undefined ? {} : { ports: { scanner: own } });
      engine.write('log.jsonl', text);
      await engine.feedback.pull();
      const result = {
        score: await engine.scoring.score(),
        page: (await engine.feedback.page({ limit: 100 })).rows.map(({ user, ...row }) => ({ ...row, user: typeof user })),
      };
      await engine.close();
      return result;
    };
    expect(await score(scanner({ rangeBytes: 400, threads: 2 }))).toEqual(await score(undefined));
  });
});
