import { describe, expect, it } from 'vitest';
import { Comparing } from '../../../../src/engine/evaluation/comparing.js';
import type { Column } from '../../../../src/engine/evaluation/columns.js';
import type { EvalCase } from '../../../../src/engine/evaluation/types.js';
import type { CaseResult } from '../../../../src/shared/evalDocument.js';

const entry = (id: string, type: string): EvalCase => ({
  id,
  description: null,
  vars: {},
  assertions: [{ type, negate: false, value: 'x', threshold: null, weight: 1, metric: null, range: null }],
  threshold: null,
  metadata: {},
  file: 'a.eval.yaml',
  range: null,
});
const column = (id: string, baselineOf: string | null = null): Column => ({ id, baselineOf }) as Column;
const jobsOf = (columns: Column[], entries: EvalCase[], repeats = 1) =>
  columns.flatMap((each) =>
    Array.from({ length: repeats }, (_, round) => entries.map((one) => ({ column: each, entry: one, repeat: round + 1 }))).flat(),
  );
const result = {} as CaseResult;

/** What comes out when jobs end in their order: the columns of each group. */
function groups(columns: Column[], entries: EvalCase[], repeats = 1): string[] {
  const jobs = jobsOf(columns, entries, repeats);
  const comparing = new Comparing(jobs);
  return jobs.flatMap((job) => {
    const done = comparing.add(job, result);
    return done.length === 0 ? [] : [done.map((one) => `${one.job.column.id}${one.job.entry.id}${String(one.job.repeat)}`).join(' ')];
  });
}

describe('results of cases whose columns are compared', () => {
  it('are held until all columns are there, repeat by repeat; others are not', () => {
    const columns = [column('c1'), column('c2')];
    expect(groups(columns, [entry('a', 'select-best'), entry('b', 'equals')], 2)).toEqual([
      'c1b1',
      'c1b2',
      'c1a1 c2a1',
      'c2b1',
      'c1a2 c2a2',
      'c2b2',
    ]);
  });

  it('are compared apart from a baseline’s, and with it where only so there are two', () => {
    const cases = [entry('a', 'max-score')];
    expect(groups([column('c1'), column('c2'), column('b1', 'c1'), column('b2', 'c2')], cases)).toEqual(['c1a1 c2a1', 'b1a1 b2a1']);
    expect(groups([column('c1'), column('b1', 'c1')], cases)).toEqual(['c1a1 b1a1']);
  });
});
