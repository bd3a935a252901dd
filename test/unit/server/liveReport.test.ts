import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveReport } from '../../../src/server/liveReport.js';
import type { CaseResult, EvalColumn, EvalDocument } from '../../../src/shared/evalDocument.js';

const column: EvalColumn = { id: 'c1', prompt: 'p', version: 'working', provider: 'm', passRate: null, recorded: false };

function result(id: string, status: CaseResult['status']): CaseResult {
  return {
    ...{ id, status, description: null, column: 'c1', repeat: 1, vars: {}, score: null, reason: '', output: 'o', assertions: [] },
    ...{ latencyMs: 1, cached: false, cost: null, error: null },
  };
}

describe('a run as it fills', () => {
  let sent: EvalDocument[];
  let report: LiveReport;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    report = new LiveReport('r1', (document) => sent.push(document));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is told at its start, then as complete snapshots at most four times a second', () => {
    report.start('s.eval.yaml', [column]);
    expect(sent.map(({ complete, suites }) => [complete, suites[0]?.cases.length, suites[0]?.columns[0]?.passRate])).toEqual([
      [false, 0, null],
    ]);
    for (let at = 0; at < 20; at++) {
      report.add('s.eval.yaml', result(`case${String(at)}`, at % 2 === 0 ? 'pass' : 'fail'));
      vi.advanceTimersByTime(50);
    }
    expect(sent.map(({ suites }) => suites[0]?.cases.length)).toEqual([0, 5, 10, 15, 20]);
    const last = sent.at(-1)?.suites[0];
    expect(last?.stats).toMatchObject({ cases: 20, passed: 10, failed: 10 });
    expect(last?.columns[0]?.passRate?.mean).toBe(0.5);
    // What was sent before does not change under its receiver.
    expect(sent[1]?.suites[0]?.stats.cases).toBe(5);
  });

  it('says nothing after its end', () => {
    report.start('s.eval.yaml', [column]);
    report.add('s.eval.yaml', result('a', 'pass'));
    report.end();
    report.add('s.eval.yaml', result('b', 'pass'));
    vi.advanceTimersByTime(10_000);
    expect(sent).toHaveLength(1);
  });
});
