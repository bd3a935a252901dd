/**
 * What the ingest bench measures, each in a process of its own, so that peaks of memory are those of one job:
 *   bare-1 LOG | bare-2 LOG     Buffer-split and JSON.parse, in this thread or in two workers
 *   ingest LOG ROOT DIST        from nothing to the first score, then the rest of the index
 *   use LOG ROOT NEXT           the index that is there: search, list, 1,000 more lines again and again
 * Prints one line of JSON.
 */
import { appendFileSync, closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createScanner } from '../../src/platform/scan/scanner.js';
import { createFeedbackEngine } from '../support/feedbackEngine.js';
import { logEnd, logLine } from './productionLog.js';

const asOf = new Date(logEnd).toISOString();
const newline = 0x0a;

interface Range {
  path: string;
  from: number;
  to: number;
}

/** Lines that begin in the range. */
function bareLoop({ path, from, to }: Range): number {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  let rest: Buffer = Buffer.alloc(0);
  let lines = 0;
  for (let at = from; at < to;) {
    const read = readSync(file, buffer, 0, Math.min(buffer.length, to - at), at);
    if (read === 0) break;
    at += read;
    const chunk = Buffer.concat([rest, buffer.subarray(0, read)]);
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      if (typeof JSON.parse(chunk.toString('utf8', start, end)) === 'object') lines++;
      start = end + 1;
    }
    rest = Buffer.from(chunk.subarray(start));
  }
  closeSync(file);
  return lines;
}

/** Cut at a line end. */
function halves(path: string): Range[] {
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const part = Buffer.alloc(1024 * 1024);
  readSync(file, part, 0, part.length, Math.floor(size / 2));
  closeSync(file);
  const middle = Math.floor(size / 2) + part.indexOf(newline) + 1;
  return [
    { path, from: 0, to: middle },
    { path, from: middle, to: size },
  ];
}

async function inWorkers(path: string): Promise<number> {
  const counts = halves(path).map(
    (range) =>
      new Promise<number>((resolve, reject) => {
        new Worker(__filename, { workerData: range }).on('message', resolve).on('error', reject);
      }),
  );
  return (await Promise.all(counts)).reduce((a, b) => a + b, 0);
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

interface Took {
  seconds: number;
  cpu: number;
}

async function timed<T>(work: () => Promise<T> | T): Promise<Took & { result: T }> {
  const [started, cpu] = [performance.now(), cpuSeconds()];
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1000, cpu: cpuSeconds() - cpu };
}

const peakMiB = (): number => process.resourceUsage().maxRSS / 1024;

async function ingest(log: string, root: string, distDir: string): Promise<unknown> {
  const engine = createFeedbackEngine({
    root,
    sources: [{ name: 'log', kind: 'jsonl', path: log }],
    ports: { scanner: createScanner({ distDir }) },
  });
  const first = await timed(async () => {
    await engine.feedback.pull({ scores: true });
    return engine.scoring.score({ asOf, themes: 'last' });
  });
  const themes = await timed(() => engine.scoring.score({ asOf }));
  const rest = await timed(() => engine.close());
  const [score] = first.result.prompts[0]?.versions ?? [];
  return {
    first: { seconds: first.seconds, cpu: first.cpu },
    themes: first.seconds + themes.seconds,
    // Themes are none of it.
    index: { seconds: first.seconds + rest.seconds, cpu: first.cpu + rest.cpu },
    peak: peakMiB(),
    bytes: statSync(join(root, '.ratchet/.local/feedback.sqlite')).size,
    mean: score?.score?.mean ?? null,
  };
}

async function use(log: string, root: string, next: number): Promise<unknown> {
  const engine = createFeedbackEngine({ root, sources: [{ name: 'log', kind: 'jsonl', path: log }] });
  const open = await timed(() => engine.feedback.page({ limit: 50 }));
  const searches = ['refund', 'you', 'wrong team'].map((search) => () => engine.feedback.page({ search }));
  const search: Took[] = [];
  for (const each of searches) search.push(await timed(each));
  const scroll = await timed(async () => {
    for (let offset = 0; offset < 20; offset++) await engine.feedback.page({ low: true, offset: offset * 4000, limit: 50 });
  });
  await engine.scoring.score();
  let line = next;
  const appends: { value: Took; pull: number; themes: number }[] = [];
  for (let each = 0; each < 8; each++) {
    let text = '';
    for (let n = 0; n < 1000; n++) text += logLine(line++);
    appendFileSync(log, text);
    let pull = 0;
    const value = await timed(async () => {
      pull = (await timed(() => engine.feedback.pull())).seconds;
      return engine.scoring.score({ themes: 'last' });
    });
    const themes = await timed(() => engine.scoring.score());
    appends.push({ value, pull, themes: value.seconds + themes.seconds });
  }
  // The best of some: the machine may be busy with other things.
  const append = appends.reduce((a, b) => (b.value.seconds < a.value.seconds ? b : a));
  await engine.close();
  const worst = search.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  return {
    open,
    search: { seconds: worst.seconds, cpu: worst.cpu },
    page: { seconds: scroll.seconds / 20, cpu: scroll.cpu / 20 },
    append: { seconds: append.value.seconds, cpu: append.value.cpu },
    pull: append.pull,
    themes: append.themes,
    peak: peakMiB(),
  };
}

async function main([job, log = '', root = '', last = '']: readonly string[]): Promise<unknown> {
  if (job === 'ingest') return ingest(log, root, last);
  if (job === 'use') return use(log, root, Number(last));
  const { seconds, cpu, result } = await timed(() =>
    job === 'bare-2' ? inWorkers(log) : bareLoop({ path: log, from: 0, to: statSync(log).size }),
  );
  return { seconds, cpu, lines: result, peak: peakMiB() };
}

if (isMainThread) {
  void main(process.argv.slice(2)).then((result) => {
    process.stdout.write(`${JSON.stringify(result, (key, value: unknown) => (key === 'result' ? undefined : value))}\n`);
  });
} else parentPort?.postMessage(bareLoop(workerData as Range));
