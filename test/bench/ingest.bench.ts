/**
 * A production log from nothing to scores, and its index in use, for 0.1, 1 and 4 million records of about 1.2 KiB (`INGEST_RECORDS` names other
 * numbers), paired with a bare loop of Buffer-split and `JSON.parse` over the same file in the same run. What the figures of one million are meant
 * to be: first scores (their values: themes follow) at most 1.5 times the bare loop in two workers, the whole index at most 3 times the one in one
 * thread, 1,000 more lines to a score in 100 ms, a search in 150 ms, 300 MiB at most, an index of a quarter of the log at most. On a machine that is
 * busy the ratios of CPU time say more than those of the clock.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { test } from 'vitest';
import { temporaryFolder } from '../support/temporary.js';
import { writeLog } from './productionLog.js';

interface Took {
  seconds: number;
  cpu: number;
}
interface Ingested {
  first: Took;
  /** From nothing, s. */
  themes: number;
  index: Took;
  peak: number;
  bytes: number;
}
interface Used {
  open: Took;
  search: Took;
  page: Took;
  /** To the scored value, and of it the pull; to its themes. */
  append: Took;
  pull: number;
  themes: number;
  peak: number;
}

const folder = temporaryFolder();
const script = join(folder, 'ingestProcess.cjs');
for (const [entry, outfile] of [
  [join(import.meta.dirname, 'ingestProcess.ts'), script],
  [join(import.meta.dirname, '../../src/platform/scan/worker.ts'), join(folder, 'dist/scanWorker.js')],
] as const) {
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    outfile,
    logLevel: 'error',
  });
}

function run(...args: string[]): unknown {
  // In use it is the editor's server, which is started with this flag; the first reading may be the command line's, which has none.
  const flags = args[0] === 'use' ? ['--max-semi-space-size=8'] : [];
  const output = execFileSync(process.execPath, [...flags, script, ...args], { encoding: 'utf8', maxBuffer: 1024 * 1024 });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as unknown;
}

const sizes = (process.env['INGEST_RECORDS'] ?? '100000,1000000,4000000').split(',').map(Number);
const s = (seconds: number): string => seconds.toFixed(2);
const times = (a: number, b: number): string => `${(a / b).toFixed(2)} x`;

test('a log of a million records', { timeout: 3_600_000 }, () => {
  const rows: Record<string, string>[] = [];
  const log = join(folder, 'log.jsonl');
  let written = 0;
  for (const size of sizes) {
    writeLog(log, written, size);
    written = size;
    const bytes = statSync(log).size;
    const root = join(folder, `root-${String(size)}`);
    const load = loadavg()[0] ?? 0;
    const one = run('bare-1', log) as Took;
    const two = run('bare-2', log) as Took;
    const made = run('ingest', log, root, join(folder, 'dist')) as Ingested;
    const used = run('use', log, root, String(size)) as Used;
    written += 8000;
    rows.push({
      records: String(size),
      'log MB': String(Math.round(bytes / 1e6)),
      load: load.toFixed(1),
      'bare 1, 2 threads (s)': `${s(one.seconds)}, ${s(two.seconds)}`,
      'bare CPU (s)': `${s(one.cpu)}, ${s(two.cpu)}`,
      'first scores (s)': s(made.first.seconds),
      'of bare 2': times(made.first.seconds, two.seconds),
      'CPU of bare 2': times(made.first.cpu, two.cpu),
      'to themes (s)': s(made.themes),
      'index (s)': s(made.index.seconds),
      'of bare 1': times(made.index.seconds, one.seconds),
      'CPU of bare 1': times(made.index.cpu, one.cpu),
      'µs/record': ((made.index.cpu / size) * 1e6).toFixed(1),
      'peak MiB': made.peak.toFixed(0),
      'index % of log': ((made.bytes / bytes) * 100).toFixed(1),
      'open, first page (ms)': (used.open.seconds * 1000).toFixed(0),
      'search (ms)': (used.search.seconds * 1000).toFixed(0),
      'page (ms)': (used.page.seconds * 1000).toFixed(1),
      '+1000 to score (ms; CPU)': `${(used.append.seconds * 1000).toFixed(0)}; ${(used.append.cpu * 1000).toFixed(0)}`,
      'of it the pull (ms)': (used.pull * 1000).toFixed(0),
      '+1000 to themes (ms)': (used.themes * 1000).toFixed(0),
      'peak in use MiB': used.peak.toFixed(0),
    });
    rmSync(root, { recursive: true, force: true });
  }
  for (const name of Object.keys(rows[0] ?? {})) {
    process.stdout.write(`${name.padEnd(26)}${rows.map((row) => (row[name] ?? '').padStart(16)).join('')}\n`);
  }
  process.stdout.write(`${JSON.stringify(rows)}\n`);
});
