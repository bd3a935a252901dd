/** The report of each suite as the editor shows it: the stored one, a run as it fills, and runs of a part merged into what was there. */
import type { EvaluationService } from '../engine/api.js';
import { passRate } from '../engine/evaluation/report.js';
import type { CaseResult, CaseStatus, EvalColumn, EvalDocument, EvalStats, SuiteReport } from '../shared/evalDocument.js';
import type { EvalDelta, EvalView } from '../shared/evalView.js';
import { caseTitle } from '../shared/words.js';

/** Time between two deltas; longer where there is much to count. */
const leastPauseMs = 200;
const pausePerCellMs = 0.02;

const letters = { pass: 'p', fail: 'f', error: 'e' } as const;
const statuses: Record<string, CaseStatus> = { p: 'pass', f: 'fail', e: 'error' };

/** A report that is not, or not yet, the stored one. */
interface Overlay {
  runId: string;
  view: EvalView;
  /** `rows.status` as a list, joined when it is told. */
  letters: string[];
  /** The stored run whose cells it began with; `null` for one that began empty. */
  base: string | null;
  places: Map<string, number>;
  cases: Map<string, number>;
  results: Map<number, CaseResult>;
  /** It began with what was shown before. */
  merged: boolean;
  spent: { cached: number; notEvaluated: number; cost: number | null; answers: number; startedMs: number };
  /** Cells and cases since the last delta. */
  fresh: Set<number>;
  told: number;
  timer: NodeJS.Timeout | null;
}

export interface ReportListener {
  begun(runId: string, view: EvalView): void;
  delta(runId: string, delta: EvalDelta): void;
}

function isBaseline(column: EvalColumn | undefined): boolean {
  return column?.baselineOf !== undefined;
}

const key = (id: string, column: number, repeat: number): string => `${id}\n${String(column)}\n${String(repeat)}`;

export class SuiteReports {
  private readonly overlays = new Map<string, Overlay>();
  /** Of each suite the run that was stored last: where its cells stand in the store, for whoever still asks under the name that it had. */
  private readonly retired = new Map<string, { run: string; stored: string; cells: (number | null)[] }>();

  constructor(
    private readonly evaluation: Pick<EvaluationService, 'lastHead' | 'lastRows' | 'caseDetail' | 'lastRun'>,
    private readonly listener: ReportListener,
  ) {}

  /** What a host shows of a suite; `null` where it has not run yet. */
  async view(suite: string): Promise<EvalView | null> {
    const overlay = this.overlays.get(suite);
    if (overlay?.view.running === true) {
      // Before the answer, which then holds it.
      this.tell(suite, overlay);
      return overlay.view;
    }
    const head = await this.evaluation.lastHead(suite);
    // Another process ran the whole suite meanwhile: that is newer than our part.
    if (overlay !== undefined && (head === null || overlay.base === head.run || head.time <= overlay.view.head.time)) return overlay.view;
    this.overlays.delete(suite);
    if (head === null) return null;
    const rows = await this.evaluation.lastRows(suite, head.run);
    return rows === null ? null : { head, rows, running: false, rerun: [] };
  }

  /** A suite begins. `before`: not all of it is run, and the rest stays as it was shown there. */
  begin(runId: string, suite: string, columns: EvalColumn[], before: EvalView | null): void {
    const kept = before !== null ? this.continued(runId, suite, columns, before) : null;
    const overlay = kept ?? this.empty(runId, suite, columns);
    this.overlays.set(suite, overlay);
    this.listener.begun(runId, overlay.view);
  }

  add(suite: string, result: CaseResult): void {
    const overlay = this.overlays.get(suite);
    if (overlay === undefined) return;
    const { view, cases, places, spent } = overlay;
    const { rows, head } = view;
    const column = head.report.columns.findIndex(({ id }) => id === result.column);
    if (column === -1) return;
    let entry = cases.get(result.id);
    if (entry === undefined) {
      entry = rows.cases.length;
      cases.set(result.id, entry);
      rows.cases.push({ id: result.id, title: caseTitle(result.description, result.vars, `Case ${String(entry + 1)}`) });
    }
    const name = key(result.id, column, result.repeat);
    const at = places.get(name) ?? rows.case.length;
    if (at === rows.case.length) places.set(name, at);
    rows.case[at] = entry;
    rows.column[at] = column;
    rows.repeat[at] = result.repeat;
    rows.score[at] = result.score;
    overlay.letters[at] = letters[result.status];
    overlay.results.set(at, result);
    overlay.fresh.add(at);
    if (result.cached) spent.cached++;
    if (result.output !== null) spent.answers++;
    spent.notEvaluated += result.assertions.filter(({ evaluated }) => !evaluated).length;
    spent.cost = spent.cost === null || result.cost === null ? null : spent.cost + result.cost;
    overlay.timer ??= setTimeout(
      () => {
        this.tell(suite, overlay);
      },
      Math.max(leastPauseMs, rows.case.length * pausePerCellMs),
    );
  }

  /** The run is over. What the store has now is taken from there; else this stays until the next whole run. */
  async end(document: EvalDocument | null, suites: readonly string[]): Promise<void> {
    for (const suite of suites) {
      const overlay = this.overlays.get(suite);
      if (overlay?.view.running !== true) continue;
      this.tell(suite, overlay);
      overlay.view.running = false;
      const { head } = overlay.view;
      const report = document?.suites.find((entry) => entry.suite === suite);
      const stored = report === undefined ? null : await this.evaluation.lastHead(suite);
      if (stored !== null && stored.run === document?.run) {
        await this.retire(suite, overlay, stored.run);
        continue;
      }
      head.time = new Date().toISOString();
      if (!overlay.merged) head.complete = document?.complete ?? false;
      if (report !== undefined) head.report = !overlay.merged ? { ...report, cases: [] } : { ...head.report, health: report.health };
    }
  }

  /** Everything about cells, in their order; `null` for what is not there any more. */
  async details(suite: string, run: string, cells: readonly number[]): Promise<(CaseResult | null)[]> {
    const overlay = this.overlays.get(suite);
    const own = overlay?.view.head.run === run ? overlay : null;
    const retired = own === null ? this.retired.get(suite) : undefined;
    if (retired?.run === run) {
      const places = cells.map((cell) => retired.cells[cell] ?? null);
      return Promise.all(places.map(async (place) => (place === null ? null : this.evaluation.caseDetail(suite, retired.stored, place))));
    }
    const results: (CaseResult | null)[] = [];
    for (const cell of cells) {
      const known = own?.results.get(cell);
      if (known !== undefined) results.push(known);
      else if (own !== null) results.push(own.base === null ? null : await this.evaluation.caseDetail(suite, own.base, cell));
      else results.push(await this.evaluation.caseDetail(suite, run, cell));
    }
    return results;
  }

  /** The store has the run now: its answers need not be kept here. */
  private async retire(suite: string, overlay: Overlay, stored: string): Promise<void> {
    const rows = await this.evaluation.lastRows(suite, stored);
    if (rows === null) return;
    const cells: (number | null)[] = overlay.letters.map(() => null);
    for (const [cell, entry] of rows.case.entries()) {
      const at = overlay.places.get(key(rows.cases[entry]?.id ?? '', rows.column[cell] ?? 0, rows.repeat[cell] ?? 1));
      if (at !== undefined) cells[at] = cell;
    }
    this.retired.set(suite, { run: overlay.view.head.run, stored, cells });
    this.overlays.delete(suite);
  }

  /** All cells with everything, for search and export. */
  async whole(suite: string, run: string): Promise<(CaseResult | null)[]> {
    const overlay = this.overlays.get(suite);
    const own = overlay?.view.head.run === run ? overlay : null;
    const base = own === null ? run : own.base;
    const document = base === null ? null : await this.evaluation.lastRun(suite);
    const cases: (CaseResult | null)[] = document !== null && document.run === base ? [...(document.suites[0]?.cases ?? [])] : [];
    if (own === null) return cases;
    return own.view.rows.case.map((_, cell) => own.results.get(cell) ?? cases[cell] ?? null);
  }

  private empty(runId: string, suite: string, columns: EvalColumn[]): Overlay {
    const stats: EvalStats = {
      ...{ cases: 0, passed: 0, failed: 0, errored: 0, cached: 0, requests: 0, notEvaluated: 0, seconds: 0 },
      ...{ tokens: { in: null, out: null }, cost: null },
    };
    const report: SuiteReport = { suite, columns, stats, passRate: null, cases: [], metrics: {}, health: [], baseline: null };
    const run = `live-${runId}`;
    return {
      view: {
        head: { run, time: new Date().toISOString(), complete: false, cells: 0, report },
        rows: { run, cases: [], case: [], column: [], repeat: [], status: '', score: [] },
        running: true,
        rerun: [],
      },
      ...{ runId, letters: [], base: null, places: new Map(), cases: new Map(), results: new Map() },
      ...{ merged: false, fresh: new Set<number>(), told: 0, timer: null },
      spent: { cached: 0, notEvaluated: 0, cost: 0, answers: 0, startedMs: performance.now() },
    };
  }

  /** `null` where the columns are others than those that are shown: then nothing can be merged. */
  private continued(runId: string, suite: string, columns: EvalColumn[], before: EvalView): Overlay | null {
    const shown = before.head.report.columns;
    const same = (a: EvalColumn, b: EvalColumn): boolean => a.id === b.id && a.prompt === b.prompt && a.provider === b.provider;
    if (!columns.every((column) => shown.some((other) => same(column, other)))) return null;
    const earlier = this.overlays.get(suite);
    const own = earlier?.view === before ? earlier : undefined;
    const run = `live-${runId}`;
    const { rows } = before;
    const overlay = this.empty(runId, suite, []);
    const merged: Overlay = {
      ...overlay,
      view: {
        head: { ...before.head, run, report: { ...before.head.report, baseline: null } },
        rows: {
          run,
          ...{ cases: [...rows.cases], case: [...rows.case], column: [...rows.column], repeat: [...rows.repeat] },
          ...{ status: rows.status, score: [...rows.score] },
        },
        running: true,
        rerun: [...before.rerun],
      },
      base: own === undefined ? before.head.run : own.base,
      merged: true,
      letters: Array.from(rows.status),
      results: new Map(own?.results ?? []),
    };
    for (const [index, { id }] of rows.cases.entries()) merged.cases.set(id, index);
    for (const [cell, entry] of rows.case.entries()) {
      merged.places.set(key(rows.cases[entry]?.id ?? '', rows.column[cell] ?? 0, rows.repeat[cell] ?? 1), cell);
    }
    merged.told = rows.cases.length;
    return merged;
  }

  private tell(suite: string, overlay: Overlay): void {
    if (overlay.timer !== null) clearTimeout(overlay.timer);
    overlay.timer = null;
    if (overlay.fresh.size === 0) return;
    const { view, spent } = overlay;
    const { rows, head } = view;
    const at = [...overlay.fresh].sort((a, b) => a - b);
    const again = overlay.merged;
    overlay.fresh.clear();
    rows.status = overlay.letters.join('');
    if (again) view.rerun = [...new Set([...view.rerun, ...at])];
    const decided = Array.from(rows.status).map((letter, cell) => ({
      id: rows.cases[rows.case[cell] ?? 0]?.id ?? '',
      status: statuses[letter] ?? 'error',
      column: rows.column[cell],
    }));
    // Answers of an earlier version stand beside the suite's own and are none of its figures.
    const own = decided.filter((cell) => !isBaseline(head.report.columns[cell.column ?? 0]));
    const count = (status: CaseStatus): number => own.filter((cell) => cell.status === status).length;
    const columns = head.report.columns.map((column, index) => ({
      ...column,
      passRate: passRate(decided.filter((cell) => cell.column === index)),
    }));
    const stats: EvalStats = {
      ...{ cases: own.length, passed: count('pass'), failed: count('fail'), errored: count('error') },
      ...{ cached: spent.cached, notEvaluated: spent.notEvaluated, requests: spent.answers - spent.cached },
      seconds: (performance.now() - spent.startedMs) / 1000,
      tokens: { in: null, out: null },
      cost: spent.answers === 0 ? null : spent.cost,
    };
    const rate = passRate(own);
    head.cells = decided.length;
    head.report = { ...head.report, columns, stats, passRate: rate };
    const cases = rows.cases.slice(overlay.told);
    overlay.told = rows.cases.length;
    const pick = (list: readonly number[]): number[] => at.map((cell) => list[cell] ?? 0);
    this.listener.delta(overlay.runId, {
      ...{ suite, run: head.run, columns, stats, passRate: rate, cases, at, again },
      ...{ case: pick(rows.case), column: pick(rows.column), repeat: pick(rows.repeat) },
      status: at.map((cell) => rows.status[cell] ?? 'e').join(''),
      score: at.map((cell) => rows.score[cell] ?? null),
    });
  }
}
