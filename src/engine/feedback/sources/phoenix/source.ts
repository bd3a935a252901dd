/**
 * Arize Phoenix. Spans are read once; what is said about them late is found by asking for the annotations of all spans of the look-back
 * again, because annotations cannot be asked for by time.
 */
import type { SourceConfig } from '../../../config/types.js';
import { EngineError } from '../../../errors.js';
import { toIso } from '../../time.js';
import { field, isObject, textOf, type Json } from '../../values.js';
import { credentialsOf } from '../http/auth.js';
import { ApiClient, type Query } from '../http/client.js';
import { lookBack } from '../http/lookBack.js';
import { pages } from '../http/pages.js';
import { RecordMaker } from '../http/records.js';
import { Newest, windowOf } from '../http/window.js';
import type { FeedbackSource, ReadOptions, SourceBatch, SourceFactory, SourceTools } from '../source.js';
import { rangesOf } from './annotations.js';
import { annotationConfigs, findProject, phoenixLimits, spansPage, type PhoenixLimits } from './api.js';
import { Converter } from './convert.js';
import { probePhoenix, requireVersion } from './probe.js';
import { readSpan, type PhoenixSpan } from './span.js';
import { headAfter, newState, readState, type State, type Walk } from './state.js';

/** `retries` 0: a probe, which does not wait long either. */
export function phoenixClient(config: SourceConfig, tools: SourceTools, signal: AbortSignal | undefined, retries: number): ApiClient {
  const { url, key } = credentialsOf(config, tools.http);
  return new ApiClient({
    product: 'Phoenix',
    url,
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    secrets: key === null ? [] : [key],
    http: tools.http,
    clock: tools.clock,
    signal,
    retries,
    ...(retries === 0 ? { timeoutMs: 10_000 } : {}),
  });
}

export const createPhoenixSource: SourceFactory = (config, tools) => createPhoenixSourceWith(config, tools, phoenixLimits);

/** With page sizes of one's own, for tests of paging. */
export function createPhoenixSourceWith(config: SourceConfig, tools: SourceTools, limits: PhoenixLimits): FeedbackSource {
  return {
    kind: 'phoenix',
    rejectsOnce: true,
    probe: (signal) => probePhoenix(config, () => phoenixClient(config, tools, signal, 0), tools, signal),
    read: (state, options) => new Reading(config, tools, limits, options).batches(state),
  };
}

interface Row {
  id: string;
  item: unknown;
}

/** Ids count from the start again where a project was deleted, so only with the span's own id a row is known again. */
function keyOf(item: unknown): string {
  if (!isObject(item)) return '';
  const context = field(item, 'context');
  return `${textOf(field(item, 'id')) ?? ''} ${isObject(context) ? (textOf(field(context, 'span_id')) ?? '') : ''}`;
}

const mostRemembered = 100_000;

class Reading {
  private readonly client: ApiClient;
  private readonly maker: RecordMaker;
  private project = '';
  /** Rows that this pull has read, so that they are not asked about twice. */
  private readonly seen = new Set<string>();

  constructor(
    private readonly config: SourceConfig,
    private readonly tools: SourceTools,
    private readonly limits: PhoenixLimits,
    private readonly options: ReadOptions,
  ) {
    this.client = phoenixClient(config, tools, options.signal, 6);
    this.maker = new RecordMaker(config, this.client.origin, config.project ?? 'default');
  }

  async *batches(stored: Json | null): AsyncGenerator<SourceBatch> {
    const { signal, full, since } = this.options;
    this.project = (await findProject(this.client, this.config.project ?? 'default', signal)).id;
    requireVersion(this.client);
    const now = this.client.serverTime;
    const ranges = rangesOf(await annotationConfigs(this.client, signal));
    const window = windowOf(this.config, since, now);
    const before = full ? null : readState(stored, this.project);
    // Further back than ever before: everything from there on is read.
    const state = before === null || (since !== null && since < Date.parse(before.from)) ? newState(this.project, window.from) : before;
    const newest = new Newest(state.newest);
    const { client, project, maker, limits } = this;
    const converter = new Converter({ client, project, maker, ranges, limits, newest, signal });
    let restart = full;
    for await (const batch of this.fresh(converter, state, now)) {
      yield restart ? { ...batch, restart } : batch;
      restart = false;
    }
    const notes: string[] = [];
    if (state.at !== null) {
      const { from, since: seen, whole, note } = lookBack(Math.max(window.again, Date.parse(state.from)), state.looked, state.at, now);
      const begun = this.tools.clock.monotonic();
      yield* this.late(converter, state, from, seen);
      if (whole) state.looked = { at: now, took: Math.round(this.tools.clock.monotonic() - begun) };
      if (note !== null) notes.push(note);
    }
    state.at = now;
    state.newest = newest.value;
    yield { ...this.maker.take(), state: { ...state }, notes: [...this.maker.notes(), ...notes], ...(restart ? { restart } : {}) };
  }

  /** What arrived since the last pull, with all that was said about it; a walk that was broken off is ended first. */
  private async *fresh(converter: Converter, state: State, now: number): AsyncGenerator<SourceBatch> {
    const begun = state.walk;
    if (begun !== null) {
      yield* this.walk(converter, state, begun, now);
      converter.forget();
    }
    yield* this.walk(converter, state, null, now);
  }

  private async *walk(converter: Converter, state: State, begun: Walk | null, now: number): AsyncGenerator<SourceBatch> {
    let head = begun?.head ?? null;
    try {
      for await (const { rows, next } of this.pages([['start_time', state.from]], begun?.cursor ?? null)) {
        const end = state.done === null ? -1 : rows.findIndex(({ id }) => id === state.done);
        const fresh = end === -1 ? rows : rows.slice(0, end);
        const spans = this.read(fresh, true);
        for (const { id } of fresh) if (this.seen.size < mostRemembered) this.seen.add(id);
        await converter.convert(spans, state.at, true);
        const starts = new Map(spans.map(({ origin, start }) => [keyOf(origin), start]));
        head = headAfter(
          head,
          fresh.map(({ id }) => ({ id, start: starts.get(id) ?? null })),
          now,
        );
        const more = end === -1 && next !== null;
        state.walk = more ? { head, cursor: next } : null;
        if (!more) state.done = head ?? state.done;
        yield { ...this.maker.take(), state: { ...state } };
        if (!more) return;
      }
    } catch (error) {
      // The row where the walk was broken off is there no more: the next walk goes all the way.
      if (begun === null || !EngineError.is(error, 'SOURCE_FAILED') || error.details['status'] !== 422) throw error;
      state.walk = null;
    }
  }

  /** What was said since the last pull about what was read before. */
  private async *late(converter: Converter, state: State, from: number, at: number): AsyncGenerator<SourceBatch> {
    converter.forget();
    for await (const { rows } of this.pages([['start_time', toIso(from)]], null)) {
      const spans = this.read(
        rows.filter(({ id }) => !this.seen.has(id)),
        false,
      );
      await converter.convert(spans, at, false);
      const batch = this.maker.take();
      if (batch.records.length > 0 || batch.rejected.length > 0) yield { ...batch, state: { ...state } };
    }
  }

  private async *pages(query: Query, start: string | null): AsyncGenerator<{ rows: Row[]; next: string | null }> {
    const { client, project, limits } = this;
    const options = { origin: client.origin, what: 'spans', start, limit: limits.spans, signal: this.options.signal };
    for await (const { items, next } of pages((cursor, limit) => spansPage(client, project, query, cursor, limit), options)) {
      yield { rows: items.map((item) => ({ id: keyOf(item), item })), next };
    }
  }

  /** Rows that are no spans are counted the first time that they are read. */
  private read(rows: readonly Row[], counts: boolean): PhoenixSpan[] {
    const spans: PhoenixSpan[] = [];
    for (const { item } of rows) {
      this.maker.attempt(() => {
        spans.push(readSpan(item));
      }, counts);
    }
    return spans;
  }
}
