/** Measures texts on cases within a budget of calls; every value goes through the journal, so a run can be taken up again. */
import type { EvalDocument } from '../../shared/evalDocument.js';
import type { EvaluationService } from '../api.js';
import type { ModelProfile } from '../config/types.js';
import { EngineError, throwIfAborted } from '../errors.js';
import type { EvalCase } from '../evaluation/types.js';
import type { Journal } from './journal.js';
import type { CaseValues } from './types.js';

export interface Measurable {
  sha: string;
  text: string;
  /** How the column is called in the evaluation: `parent`, `candidate`. Not `working`: a trial has no place in the suite's history. */
  version: string;
}

export interface BenchOptions {
  evaluation: EvaluationService;
  suite: string;
  prompt: string;
  provider: ModelProfile | null;
  /** Calls in all: one case answered once is one call, from the cache or not, so that a second run decides the same. */
  budget: number;
  /** The held-out comparison is a new measurement: answers from a cache would be an old one. */
  freshHeldOut: boolean;
  journal: Journal;
  signal?: AbortSignal;
}

export class Bench {
  used = 0;
  /** Calls kept for the gate. */
  reserved = 0;
  tokensIn: number | null = 0;
  tokensOut: number | null = 0;
  cost: number | null = null;
  recorded = false;
  /** Of the last case that ended in a fault. */
  lastFault: { code: string; message: string } | null = null;
  private readonly known = new Map<string, CaseValues>();
  private readonly replay = new Map<string, CaseValues>();

  constructor(private readonly options: BenchOptions) {
    for (const line of options.journal.past) {
      if (line.t !== 'values') continue;
      const key = `${line.set} ${line.sha}`;
      const values = this.replay.get(key) ?? new Map<string, (number | null)[]>();
      for (const [id, list] of Object.entries(line.values)) values.set(id, list);
      this.replay.set(key, values);
      this.count(line);
    }
  }

  get budget(): number {
    return this.options.budget;
  }

  canSpend(calls: number): boolean {
    return this.used + this.reserved + calls <= this.options.budget;
  }

  /** Values of `cases` with `repeats` replicates each. Asks only for what is not known yet. Throws CANCELLED; a full budget is a defect of the caller. */
  async values(text: Measurable, cases: readonly EvalCase[], repeats: number, set: 'dev' | 'heldOut' = 'dev'): Promise<CaseValues> {
    throwIfAborted(this.options.signal);
    const key = `${set} ${text.sha}`;
    const known = this.known.get(key) ?? new Map<string, (number | null)[]>();
    this.known.set(key, known);
    const wanted = cases.filter((item) => (known.get(item.id)?.length ?? 0) < repeats);
    // All replicates of a case are asked in one go, so all of them may cost.
    const cost = wanted.length * repeats;
    if (!this.canSpend(cost))
      throw new EngineError('INTERNAL', 'The optimizer asked for more calls than its budget has. Please report this.');
    this.used += cost;
    const past = this.replay.get(key);
    const open: EvalCase[] = [];
    for (const item of wanted) {
      const list = past?.get(item.id);
      if (list !== undefined && list.length >= repeats) known.set(item.id, list.slice(0, repeats));
      else open.push(item);
    }
    if (open.length > 0) await this.run(text, open, repeats, set, known);
    return new Map(
      cases.flatMap((item) => {
        const list = known.get(item.id);
        return list === undefined ? [] : [[item.id, list.slice(0, repeats)] as const];
      }),
    );
  }

  /** A call that is no evaluation (a reflection). `false` where the budget has no room. */
  takeCall(): boolean {
    if (!this.canSpend(1)) return false;
    this.used += 1;
    return true;
  }

  count(spent: { tokensIn: number | null; tokensOut: number | null; cost?: number | null; recorded?: boolean }): void {
    this.tokensIn = add(this.tokensIn, spent.tokensIn);
    this.tokensOut = add(this.tokensOut, spent.tokensOut);
    if (spent.cost !== undefined && spent.cost !== null) this.cost = (this.cost ?? 0) + spent.cost;
    if (spent.recorded === true) this.recorded = true;
  }

  /** Adds to `known`; a replicate that is known stays as it was. */
  private async run(
    text: Measurable,
    cases: readonly EvalCase[],
    repeats: number,
    set: 'dev' | 'heldOut',
    known: CaseValues,
  ): Promise<void> {
    const { evaluation, suite, prompt, provider, signal, journal } = this.options;
    const document = await evaluation.run(
      {
        suites: [suite],
        prompt,
        cases: cases.map((item) => item.id),
        repeat: repeats,
        override: { [prompt]: { text: text.text, version: text.version } },
        ...(provider === null ? {} : { provider }),
        ...(set === 'heldOut' && this.options.freshHeldOut ? { noCache: true } : {}),
      },
      {},
      signal,
    );
    throwIfAborted(signal);
    if (!document.complete) throw new EngineError('CANCELLED', 'Stopped.');
    for (const [id, list] of this.read(document, cases, repeats)) {
      const before = known.get(id) ?? [];
      known.set(id, [...before, ...list.slice(before.length)]);
    }
    const stats = document.suites[0]?.stats;
    const line = {
      t: 'values' as const,
      set,
      sha: text.sha,
      repeats,
      values: Object.fromEntries(cases.map((item) => [item.id, known.get(item.id) ?? []])),
      // Where every answer came from the cache nothing was spent; the report says unknown.
      tokensIn: stats?.tokens.in ?? (stats?.requests === 0 ? 0 : null),
      tokensOut: stats?.tokens.out ?? (stats?.requests === 0 ? 0 : null),
      cost: stats?.cost ?? null,
      recorded: document.suites.some((report) => report.columns.some((column) => column.recorded)),
    };
    this.count(line);
    await journal.append(line);
  }

  private read(document: EvalDocument, cases: readonly EvalCase[], repeats: number): CaseValues {
    const report = document.suites[0];
    const column = report?.columns.find((each) => each.prompt === this.options.prompt);
    const values: CaseValues = new Map(cases.map((item) => [item.id, new Array<number | null>(repeats).fill(null)]));
    for (const result of report?.cases ?? []) {
      if (result.column !== column?.id) continue;
      if (result.status === 'error') this.lastFault = result.error;
      const list = values.get(result.id);
      if (list === undefined || result.repeat < 1 || result.repeat > repeats) continue;
      list[result.repeat - 1] = result.status === 'error' ? null : clamp(result.score ?? (result.status === 'pass' ? 1 : 0));
    }
    return values;
  }
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Unknown plus anything is unknown. */
function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
