import type { TrendPoint } from '../../shared/documents.js';
import type { IndexColumns } from '../feedback/columns.js';
import { toIso } from '../feedback/time.js';
import { ExactSum, wilson } from '../stats/interval.js';
import { dayMs, meanOf, unitsOf } from './units.js';

const bucketMs = 7 * dayMs;
const buckets = 8;

/**
 * Seven-day buckets back from `asOf`, at most eight, oldest first, from the first that has anybody in it. A bucket holds
 * what is later than its `from`, up to and with its `to`. Users count alike: a bucket is short against the half-life.
 */
export function trendOf(columns: IndexColumns, rows: readonly number[], asOf: number): TrendPoint[] {
  const byBucket: number[][] = Array.from({ length: buckets }, () => []);
  for (const n of rows) {
    const age = Math.max(0, asOf - columns.timeOf(columns.feedback, n));
    byBucket[Math.floor(age / bucketMs)]?.push(n);
  }
  const oldest = byBucket.findLastIndex((bucket) => bucket.length > 0);
  return byBucket
    .slice(0, oldest + 1)
    .map((bucket, index) => {
      const to = asOf - index * bucketMs;
      return { from: toIso(to - bucketMs), to: toIso(to), ...estimate(columns, bucket) };
    })
    .reverse();
}

function estimate(columns: IndexColumns, rows: readonly number[]): Pick<TrendPoint, 'mean' | 'lo' | 'hi' | 'users'> {
  const units = unitsOf(columns, rows);
  if (units.size === 0) return { mean: null, lo: null, hi: null, users: 0 };
  const sum = new ExactSum();
  for (const unit of units.values()) sum.add(meanOf(unit));
  return { ...wilson(Math.min(1, sum.value / units.size), units.size), users: units.size };
}
