import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SuiteReports } from '../../../src/server/suiteReports.js';
import type { CaseResult, EvalColumn, EvalDocument } from '../../../src/shared/evalDocument.js';
import type { EvalHead, EvalRows } from '../../../src/shared/evalRows.js';
import { applyDelta, type EvalDelta, type EvalView } from '../../../src/shared/evalView.js';

const column: EvalColumn = { id: 'c1', prompt: 'p', version: 'working', provider: 'm', passRate: null, recorded: false };
const suite = 's.eval.yaml';

function result(id: string, status: CaseResult['status'], changes: Partial<CaseResult> = {}): CaseResult {
  return {
    ...{
      id,
      status,
      description: null,
      column: 'c1',
      repeat: 1,
      vars: { q: id },
      score: null,
      reason: '',
      output: `answer ${id}`,
      assertions: [],
    },
    ...{ latencyMs: 1, cached: false, cost: null, error: null },
    ...changes,
  };
}

/** A store with one whole run of three cases. */
function stored(run: string, time = '2026-11-20T10:00:00.000Z'): { head: EvalHead; rows: EvalRows; cases: CaseResult[] } {
  const cases = [result('a', 'pass'), result('b', 'fail'), result('c', 'error')];
  const stats = {
    ...{ cases: 3, passed: 1, failed: 1, errored: 1, cached: 0, requests: 3, notEvaluated: 0, seconds: 9, cost: null },
    tokens: { in: null, out: null },
  };
  return {
    head: {
      ...{ run, time, complete: true, cells: 3 },
      report: { suite, columns: [column], stats, passRate: null, cases: [], metrics: {}, health: [], baseline: null },
    },
    rows: {
      ...{ run, cases: cases.map(({ id }) => ({ id, title: id })), case: [0, 1, 2], column: [0, 0, 0], repeat: [1, 1, 1] },
      ...{ status: 'pfe', score: [1, 0, null] },
    },
    cases,
  };
}

describe('reports of suites', () => {
  let store: ReturnType<typeof stored> | null;
  let begun: EvalView[];
  let deltas: EvalDelta[];
  let reports: SuiteReports;

  beforeEach(() => {
    vi.useFakeTimers();
    store = null;
    begun = [];
    deltas = [];
    reports = new SuiteReports(
      {
        lastHead: () => Promise.resolve(store?.head ?? null),
        lastRows: (_suite, run) => Promise.resolve(store?.head.run === run ? store.rows : null),
        caseDetail: (_suite, run, cell) => Promise.resolve(store?.head.run === run ? (store.cases[cell] ?? null) : null),
        lastRun: () =>
          Promise.resolve(
            store === null
              ? null
              : ({
                  schema: 'promptratchet.eval/1',
                  run: store.head.run,
                  complete: true,
                  suites: [{ ...store.head.report, cases: store.cases }],
                } satisfies EvalDocument),
          ),
      },
      {
        begun: (_run, view) => begun.push(structuredClone(view)),
        delta: (_run, delta) => deltas.push(structuredClone(delta)),
      },
    );
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('a run is told at its start, then by what came since, at most five times a second', async () => {
    reports.begin('r1', suite, [column], null);
    expect(begun.map(({ running, head }) => [running, head.cells])).toEqual([[true, 0]]);
    for (let at = 0; at < 20; at++) {
      reports.add(suite, result(`case${String(at)}`, at % 2 === 0 ? 'pass' : 'fail'));
      vi.advanceTimersByTime(50);
    }
    expect(deltas.map(({ at }) => at.length)).toEqual([4, 4, 4, 4, 4]);
    // Whoever applies them has what the server has.
    const copy = begun[0];
    if (copy === undefined) throw new Error('not begun');
    for (const delta of deltas) expect(applyDelta(copy, delta)).toBe(true);
    expect(copy).toEqual(await reports.view(suite));
    expect(copy.head.report.stats).toMatchObject({ cases: 20, passed: 10, failed: 10 });
    expect(copy.head.report.columns[0]?.passRate?.mean).toBe(0.5);
    expect(copy.rows.status).toBe('pf'.repeat(10));
  });

  it('after a whole run the stored report is shown, and cells are read from there', async () => {
    reports.begin('r1', suite, [column], null);
    reports.add(suite, result('a', 'pass'));
    store = stored('r-1');
    await reports.end({ schema: 'promptratchet.eval/1', run: 'r-1', complete: true, suites: [{ ...store.head.report, cases: [] }] }, [
      suite,
    ]);
    expect(await reports.view(suite)).toMatchObject({ running: false, head: { run: 'r-1' }, rows: { status: 'pfe' } });
    expect(await reports.details(suite, 'r-1', [1, 9])).toEqual([store.cases[1], null]);
    // Whoever heard of a cell while the run went on may still ask for it.
    expect(await reports.details(suite, begun[0]?.head.run ?? '', [0, 5])).toEqual([store.cases[0], null]);
    expect(deltas).toHaveLength(1);
  });

  it('a run of a part is merged into what is shown and marked; the rest stays', async () => {
    store = stored('r-1');
    const before = await reports.view(suite);
    reports.begin('r2', suite, [column], before);
    expect(begun[0]?.rows.status).toBe('pfe');
    reports.add(suite, result('b', 'pass', { output: 'better' }));
    reports.add(suite, result('d', 'fail'));
    await reports.end({ schema: 'promptratchet.eval/1', run: 'r-2', complete: true, suites: [{ ...store.head.report, cases: [] }] }, [
      suite,
    ]);
    const view = await reports.view(suite);
    expect(view).toMatchObject({ running: false, rerun: [1, 3], rows: { status: 'ppef' } });
    expect(view?.head.report.stats).toMatchObject({ cases: 4, passed: 2, failed: 1, errored: 1 });
    const run = view?.head.run ?? '';
    expect((await reports.details(suite, run, [0, 1, 3])).map((cell) => cell?.output)).toEqual(['answer a', 'better', 'answer d']);
    expect((await reports.whole(suite, run)).map((cell) => cell?.output)).toEqual(['answer a', 'better', 'answer c', 'answer d']);
    // Nothing of what is shown is asked for under the name of the run before.
    expect(run).not.toBe('r-1');

    // Another part on top of it.
    reports.begin('r3', suite, [column], view);
    reports.add(suite, result('c', 'pass'));
    await reports.end(null, [suite]);
    expect(await reports.view(suite)).toMatchObject({ rerun: [1, 3, 2], rows: { status: 'pppf' } });

    // A whole run elsewhere is newer than our parts.
    store = stored('r-9', '2126-01-01T00:00:00.000Z');
    expect((await reports.view(suite))?.head.run).toBe('r-9');
  });

  it('a part with other columns stands alone; answers of a baseline are none of the figures', async () => {
    store = stored('r-1');
    reports.begin(
      'r2',
      suite,
      [
        { ...column, provider: 'other' },
        { ...column, id: 'b1', version: 'v1', baselineOf: 'c1' },
      ],
      await reports.view(suite),
    );
    reports.add(suite, result('a', 'pass'));
    reports.add(suite, result('a', 'fail', { column: 'b1' }));
    const view = await reports.view(suite);
    expect(view?.rows.status).toBe('pf');
    expect(view?.head.report.stats).toMatchObject({ cases: 1, passed: 1, failed: 0 });
    await reports.end(null, [suite]);
    expect((await reports.view(suite))?.head.complete).toBe(false);
  });
});
