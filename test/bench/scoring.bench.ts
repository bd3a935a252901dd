/**
 * What the statistics hold, at more repetitions than a unit test has time for, and what themes cost. Seeds are fixed: the tables are the same on
 * every machine, only times differ. `npm run bench -- test/bench/scoring.bench.ts`
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { test } from 'vitest';
import type * as Themes from '../../src/engine/scoring/themes/themes.js';
import { scoreOf } from '../../src/engine/scoring/values.js';
import { changeEvidence, changeLevel, type DayCount } from '../../src/engine/stats/change.js';
import { wilson } from '../../src/engine/stats/interval.js';
import { ppiMean } from '../../src/engine/stats/ppi.js';
import { randomStream } from '../../src/engine/stats/random.js';
import { temporaryFolder } from '../support/temporary.js';

/** As one bundle, the way it ships: Vitest's own loader puts a getter before every call. */
const bundle = join(temporaryFolder(), 'themes.cjs');
await build({
  entryPoints: [join(import.meta.dirname, '../../src/engine/scoring/themes/themes.ts')],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  outfile: bundle,
  logLevel: 'error',
});
const { findThemes } = createRequire(import.meta.url)(bundle) as typeof Themes;

function draws(name: string): () => number {
  const random = randomStream(1, `bench ${name}`);
  let draw = 0;
  return () => random.u(draw++);
}

test('95 % intervals over users and over events', () => {
  const u = draws('coverage');
  const runs = 4000;
  const settled = (good: number): number => (u() < 0.85 ? (u() < good ? 1 : 0) : good);
  const worlds: Record<string, { truth: number; days: number; person: () => { taste: number; ratings: number } }> = {
    'one rating each': { truth: 0.7, days: 0, person: () => ({ taste: settled(0.7), ratings: 1 }) },
    'repeat raters': { truth: 0.7, days: 0, person: () => ({ taste: settled(0.7), ratings: 1 + Math.floor(20 * u() ** 3) }) },
    'skewed raters': {
      truth: 0.1 * 0.06 + 0.9 * 0.7,
      days: 0,
      person: () =>
        u() < 0.1 ? { taste: 0.06, ratings: 12 + Math.floor(u() * 11) } : { taste: settled(0.7), ratings: 1 + Math.floor(u() * 2) },
    },
    decay: { truth: 0.7, days: 60, person: () => ({ taste: settled(0.7), ratings: 1 }) },
  };
  console.table(
    Object.entries(worlds).map(([world, { truth, days, person }]) => {
      const covered = { users: 0, events: 0 };
      for (let run = 0; run < runs; run++) {
        const sums = { users: 0, events: 0, w: 0, w2: 0, wy: 0 };
        let [good, all] = [0, 0];
        for (let i = 0; i < 200; i++) {
          const { taste, ratings } = person();
          let liked = 0;
          for (let k = 0; k < ratings; k++) if (u() < taste) liked++;
          const w = 2 ** ((-u() * days) / 14);
          sums.users++;
          sums.w += w;
          sums.w2 += w * w;
          sums.wy += (w * liked) / ratings;
          good += liked;
          all += ratings;
        }
        const score = scoreOf(sums);
        if (score !== null && score.lo <= truth && truth <= score.hi) covered.users++;
        const pooled = wilson(good / all, all);
        if (pooled.lo <= truth && truth <= pooled.hi) covered.events++;
      }
      return { world, 'over users': covered.users / runs, 'over events': covered.events / runs };
    }),
  );
});

test('prediction-powered inference', () => {
  const u = draws('ppi');
  const runs = 4000;
  const coin = (p: number): number => (u() < p ? 1 : 0);
  console.table(
    [20, 60, 200].map((n) => {
      const N = 1500;
      const counts = { ppi: 0, naive: 0, width: 0, alone: 0 };
      for (let run = 0; run < runs; run++) {
        const sums = { n, y: 0, y2: 0, f: 0, f2: 0, yf: 0, N, fN: 0, fN2: 0 };
        for (let i = 0; i < n + N; i++) {
          const y = coin(0.7);
          const f = coin(y === 1 ? 0.95 : 0.45);
          if (i < n) {
            sums.y += y;
            sums.y2 += y;
            sums.f += f;
            sums.f2 += f;
            sums.yf += y * f;
          } else {
            sums.fN += f;
            sums.fN2 += f;
          }
        }
        const found = ppiMean(sums);
        if (found !== null && found.lo <= 0.7 && 0.7 <= found.hi) counts.ppi++;
        const naive = wilson((sums.f + sums.fN) / (n + N), n + N);
        if (naive.lo <= 0.7 && 0.7 <= naive.hi) counts.naive++;
        const alone = wilson(sums.y / n, n);
        counts.width += found === null ? 0 : found.hi - found.lo;
        counts.alone += alone.hi - alone.lo;
      }
      return { labels: n, 'proxy alone': counts.naive / runs, 'PPI++': counts.ppi / runs, narrower: 1 - counts.width / counts.alone };
    }),
  );
});

test('the warning of a change, looked for at the end of each of sixty days', () => {
  const u = draws('change');
  const runs = 400;
  const bar = -Math.log(changeLevel);
  const first = (perDay: number, value: (day: number) => number): number | null => {
    const days: DayCount[] = [];
    for (let day = 0; day < 60; day++) {
      let sum = 0;
      for (let i = 0; i < perDay; i++) sum += value(day);
      days.push({ day, n: perDay, sum });
      if ((changeEvidence(days)?.logE ?? 0) >= bar) return day;
    }
    return null;
  };
  const rows: Record<string, string | number>[] = [];
  for (const [mean, perDay] of [
    [0.8, 10],
    [0.8, 50],
    [0.5, 20],
    [0.97, 20],
  ] as const) {
    const alarms = Array.from({ length: runs }, () => first(perDay, () => (u() < mean ? 1 : 0))).filter((each) => each !== null).length;
    rows.push({ quality: `stays ${String(mean)}`, 'new raters a day': perDay, warned: alarms / runs, 'median days': '' });
  }
  for (const drop of [0.05, 0.1, 0.2]) {
    for (const perDay of [10, 30, 100]) {
      const waits = Array.from(
        { length: runs },
        () => (first(perDay, (day) => (u() < (day < 30 ? 0.8 : 0.8 - drop) ? 1 : 0)) ?? Infinity) - 29,
      ).sort((a, b) => a - b);
      const median = waits[runs / 2] ?? Infinity;
      rows.push({
        quality: `falls by ${String(drop)} on day 30`,
        'new raters a day': perDay,
        warned: waits.filter((each) => each <= 30).length / runs,
        'median days': Number.isFinite(median) ? median : 'over 30',
      });
    }
  }
  console.table(rows);
});

test('themes of 2,000 comments that all differ', () => {
  const u = draws('themes');
  const words =
    'team label answer long short wrong refund parcel login code price slow late please only never again where why customer ticket letter'.split(
      ' ',
    );
  const rows = Array.from({ length: 2000 }, (_, i) => ({
    id: `f${String(i)}`,
    time: i,
    unit: `u${String(i % 700)}`,
    rated: true,
    text: Array.from({ length: 3 + Math.floor(u() * 12) }, () => words[Math.floor(u() * words.length)] ?? '').join(' ') + ` ${String(i)}`,
  }));
  // Processor time: what else the machine does is not counted.
  const times = Array.from({ length: 9 }, () => {
    const start = process.cpuUsage();
    findThemes(rows, null);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  const sorted = [...times].sort((a, b) => a - b);
  console.table([{ comments: rows.length, 'first ms': Math.round(times[0] ?? 0), 'median ms': Math.round(sorted[4] ?? 0) }]);
});
