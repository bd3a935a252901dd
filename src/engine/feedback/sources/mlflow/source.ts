/**
 * MLflow. Traces come in order of their time; what is said about them late is found by listing the traces of the look-back again, because
 * assessments come with their trace only and cannot be asked for by time.
 */
import type { SourceConfig } from '../../../config/types.js';
import { toIso } from '../../time.js';
import { field, textOf, type Json } from '../../values.js';
import type { ApiClient } from '../http/client.js';
import { lookBack, readLooked, type Looked } from '../http/lookBack.js';
import { pages } from '../http/pages.js';
import { RecordMaker } from '../http/records.js';
import { Newest, overlapMs, windowOf } from '../http/window.js';
import type { FeedbackSource, ReadOptions, SourceBatch, SourceFactory, SourceTools } from '../source.js';
import { findExperiment, mlflowClient, mlflowLimits, searchTraces, spansOf, type MlflowLimits, type TraceInfo } from './api.js';
import { assess, assessmentsOf, changedAt } from './assessments.js';
import { addInteractions, readTrace, type ReadTrace } from './convert.js';
import { LinkedPrompts } from './linked.js';
import { defaultExperiment, probeMlflow, requireVersion } from './probe.js';

/** Where the next pull goes on. */
interface State {
  v: 1;
  experiment: string;
  /** Nothing before this is read. */
  from: string;
  /** Traces before this time were read whole. */
  read: string;
  /** When the last complete pull began, by the server's clock (ms): what was changed before was seen. */
  at: number | null;
  /** The newest change of an assessment that was seen (ms). */
  newest: number | null;
  looked: Looked | null;
}

export const createMlflowSource: SourceFactory = (config, tools) => createMlflowSourceWith(config, tools, mlflowLimits);

/** With page sizes of one's own, for tests of paging. */
export function createMlflowSourceWith(config: SourceConfig, tools: SourceTools, limits: MlflowLimits): FeedbackSource {
  return {
    kind: 'mlflow',
    rejectsOnce: true,
    probe: (signal) => probeMlflow(config, () => mlflowClient(config, tools, signal, 0), tools),
    read: (state, options) => new Reading(config, tools, limits, options).batches(state),
  };
}

const DAY = 86_400_000;

class Reading {
  private readonly client: ApiClient;
  private readonly maker: RecordMaker;
  private experiment = '';
  private linked: LinkedPrompts | null = null;
  private newest = new Newest(null);

  constructor(
    private readonly config: SourceConfig,
    private readonly tools: SourceTools,
    private readonly limits: MlflowLimits,
    private readonly options: ReadOptions,
  ) {
    this.client = mlflowClient(config, tools, options.signal, 6);
    this.maker = new RecordMaker(config, this.client.origin, config.project ?? defaultExperiment);
  }

  async *batches(stored: Json | null): AsyncGenerator<SourceBatch> {
    const { full, since } = this.options;
    await requireVersion(this.client);
    const now = this.client.serverTime;
    this.experiment = (await findExperiment(this.client, this.config.project ?? defaultExperiment)).id;
    this.linked = new LinkedPrompts(this.client, this.experiment);
    const window = windowOf(this.config, since, now);
    const before = full ? null : readState(stored, this.experiment);
    const further = before !== null && since !== null && since < Date.parse(before.from);
    const state =
      before === null || further
        ? {
            v: 1 as const,
            experiment: this.experiment,
            from: toIso(window.from),
            read: toIso(window.from),
            at: null,
            newest: null,
            looked: null,
          }
        : before;
    this.newest = new Newest(state.newest);
    const from = Date.parse(state.from);
    const begin = Math.max(from, Date.parse(state.read) - (state.at === null ? 0 : overlapMs));
    let restart = full;
    let open = now;
    // A day ahead, for applications whose clock is fast.
    for await (const traces of this.traces(begin, now + DAY)) {
      for (const { info, time } of traces) if (field(info, 'state') === 'IN_PROGRESS') open = Math.min(open, time);
      await this.convert(traces, state.at, true);
      state.read = toIso(Math.max(Date.parse(state.read), Math.min(traces.at(-1)?.time ?? 0, now)));
      yield { ...this.maker.take(), state: { ...state }, ...(restart ? { restart } : {}) };
      restart = false;
    }
    const notes: string[] = [];
    if (state.at !== null) {
      const late = lookBack(Math.max(window.again, from), state.looked, state.at, now);
      const started = this.tools.clock.monotonic();
      for await (const traces of this.traces(late.from, begin)) {
        await this.convert(traces, late.since, false);
        const batch = this.maker.take();
        if (batch.records.length > 0 || batch.rejected.length > 0) yield { ...batch, state: { ...state } };
      }
      if (late.whole) state.looked = { at: now, took: Math.round(this.tools.clock.monotonic() - started) };
      if (late.note !== null) notes.push(late.note);
    }
    // An answer that is still being made is read again once it is whole, as long as the look-back lasts.
    state.read = toIso(Math.max(Math.min(now, open), Math.min(window.again, now)));
    state.at = now;
    state.newest = this.newest.value;
    notes.push(...this.maker.notes(), ...this.linked.notes());
    yield { ...this.maker.take(), state: { ...state }, notes, ...(restart ? { restart } : {}) };
  }

  /** Pages of [from, to), each trace once as far as neighbouring pages go. */
  private async *traces(from: number, to: number): AsyncGenerator<TraceInfo[]> {
    const { client, limits, options } = this;
    if (from >= to) return;
    let last = new Set<string>();
    const paging = { origin: client.origin, what: 'traces', start: null, limit: limits.traces, signal: options.signal };
    for await (const page of pages((cursor, limit) => searchTraces(client, this.experiment, { from, to }, cursor, limit), paging)) {
      const fresh = page.items.filter(({ id }) => !last.has(id));
      last = new Set(page.items.map(({ id }) => id));
      if (fresh.length > 0) yield fresh;
    }
  }

  /** `fresh`: the traces themselves, and everything that was said about them; else only what was said or changed since `at` (ms). */
  private async convert(traces: readonly TraceInfo[], at: number | null, fresh: boolean): Promise<void> {
    const isNews = (assessment: Json): boolean => fresh || at === null || (changedAt(assessment) ?? at) >= at - overlapMs;
    const wanted = fresh ? traces : traces.filter(({ info }) => assessmentsOf(info).some(isNews));
    if (wanted.length === 0) return;
    const { client, limits, options, maker } = this;
    const spans = await spansOf(
      client,
      wanted.map(({ id }) => id),
      limits,
      options.signal,
    );
    let read = wanted.map((trace) => readTrace(trace, spans.get(trace.id) ?? [], client.origin, null));
    if (fresh) {
      read = await this.withLinks(wanted, read, spans);
      for (const trace of read) addInteractions(maker, trace);
    }
    for (const trace of read) {
      for (const assessment of assessmentsOf(trace.info)) {
        if (!isNews(assessment)) continue;
        const counts = this.newest.isUnseen(changedAt(assessment));
        const before = maker.rejected.length;
        maker.attempt(() => {
          assess(maker, assessment, trace.info, trace);
        }, counts);
        if (!counts) maker.rejected.length = before;
      }
    }
  }

  /** Prompts that were linked to a trace afterwards stand nowhere in it: the server finds the trace by them. */
  private async withLinks(traces: readonly TraceInfo[], read: ReadTrace[], spans: ReadonlyMap<string, Json[]>): Promise<ReadTrace[]> {
    if (read.every(({ hasPrompt }) => hasPrompt) || this.linked === null) return read;
    const times = traces.map(({ time }) => time);
    const links = await this.linked.find(Math.min(...times), Math.max(...times) + 1, this.options.signal);
    return read.map((trace, index) => {
      const info = traces[index];
      const link = links.get(trace.id);
      return trace.hasPrompt || link === undefined || info === undefined
        ? trace
        : readTrace(info, spans.get(trace.id) ?? [], this.client.origin, link);
    });
  }
}

function readState(stored: Json | null, experiment: string): State | null {
  if (stored?.['v'] !== 1 || stored['experiment'] !== experiment) return null;
  const from = textOf(field(stored, 'from'));
  const read = textOf(field(stored, 'read'));
  const number = (key: string): number | null => {
    const value = field(stored, key);
    return typeof value === 'number' ? value : null;
  };
  if (from === null || read === null || Number.isNaN(Date.parse(from)) || Number.isNaN(Date.parse(read))) return null;
  return { v: 1, experiment, from, read, at: number('at'), newest: number('newest'), looked: readLooked(field(stored, 'looked')) };
}
