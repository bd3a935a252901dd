/** One source in one pull: what it is asked for, what goes into the index, and what is said of it. */
import type { PullSource } from '../../shared/documents.js';
import type { EngineContext } from '../api.js';
import type { RedactionConfig, SourceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { countDatabaseSource, databaseKind } from './databases.js';
import type { Pseudonyms } from './identity.js';
import { indexInPlace, shown } from './inPlace.js';
import type { SourceFactories } from './pull.js';
import { fetchIntoSegments } from './segments/fetch.js';
import { indexSegments } from './segments/indexSegments.js';
import { isSegment, pullLock } from './segments/layout.js';
import type { SegmentStore } from './segments/types.js';
import { findSourceFiles } from './sourceFiles.js';
import { isReadInPlace } from './sources/files/inPlace.js';
import type { FeedbackSource } from './sources/source.js';
import { StoreLostError, type FileState, type WriteCounts } from './store.js';
import { toIso } from './time.js';

export interface PullTools {
  context: EngineContext;
  factories: SourceFactories;
  segments: SegmentStore;
  pseudonyms: Pseudonyms;
  redaction: RedactionConfig;
  underLock: <T>(work: () => Promise<T>) => Promise<T>;
  /** No retention is set. */
  keepsAll: boolean;
  sinceMs: number | null;
  full: boolean;
  signal: AbortSignal | undefined;
  onWritten: ((records: number) => Promise<void>) | undefined;
}

/** A first pull of a server may take minutes; whoever else wants to pull meanwhile goes on with what is there. */
const lockPatienceMs = 10_000;
/** Longest cursor that is shown: it is for people who look for why a source does not move on. */
const cursorLength = 300;

/** What `--since` said last, in the index. */
export function sinceKey(source: string): string {
  return `since ${source}`;
}

export class SourceRun {
  private readonly counts: WriteCounts = { interactions: { new: 0, updated: 0 }, feedback: { new: 0, updated: 0 } };
  private readonly notes = new Set<string>();
  private redacted: Record<string, number> = {};
  private error: string | null = null;
  private milliseconds = 0;
  /** Of a database, which is never copied. */
  private there: { interactions: number; feedback: number } | null = null;
  /** Set by the first step that needs it. */
  private sinceMs: number | null | undefined;

  constructor(
    private readonly source: SourceConfig,
    private readonly tools: PullTools,
    /** What is to be said already. */
    notes: readonly string[],
  ) {
    for (const note of notes) this.notes.add(note);
  }

  private get inPlace(): boolean {
    return this.source.kind === 'jsonl';
  }

  /** Is there an adapter that has to be asked before there is anything to index? */
  get asksServer(): boolean {
    return !this.inPlace && this.source.kind !== 'collector';
  }

  private get isFiles(): boolean {
    return this.source.path !== undefined;
  }

  /** A log that is read in place has files beside it that are packed or no logs of lines, which are copied. */
  async hasFilesToCopy(): Promise<boolean> {
    const { context, segments } = this.tools;
    if (!this.inPlace || this.source.path === undefined || this.error !== null) return false;
    for (const path of await findSourceFiles(context.ports.fs, context.root, this.source.path)) {
      if (!(await isReadInPlace(context.ports.fs, this.source.kind, path))) return true;
    }
    return (await segments.parts(this.source.name)).length > 0;
  }

  /** From the source to its segments. Never throws but CANCELLED and defects. */
  async fetch(): Promise<void> {
    const { context, segments, signal, full, underLock } = this.tools;
    const database = databaseKind(this.source.kind);
    if (database !== null) {
      await this.timed(async () => {
        this.there = await countDatabaseSource(context.ports.databases, this.source, database, signal);
        this.notes.add('It is asked where it lies: nothing of it is copied.');
      });
      return;
    }
    // The index must not vouch for records whose segment somebody took away.
    if (await this.misses()) await underLock(() => this.index());
    await this.timed(async () => {
      const since = await this.since();
      const lock = pullLock(context.root, this.source.name);
      const progress = { began: false };
      const work = async (): Promise<void> => {
        progress.began = true;
        if (this.tools.keepsAll && (await segments.state(this.source.name)) === null && !this.isFiles) {
          this.notes.add('Nothing of it is ever removed here, unless retention is set in .ratchet/config.yaml.');
        }
        const fetched = await fetchIntoSegments(this.adapter(), this.source, segments, { since, full, signal });
        for (const note of fetched.notes) this.notes.add(note);
        this.redacted = fetched.redacted;
        if (fetched.error !== null) this.error ??= fetched.error.message;
      };
      try {
        const patience = AbortSignal.timeout(lockPatienceMs);
        await context.ports.locks.withLock(lock, work, signal === undefined ? patience : AbortSignal.any([signal, patience]));
      } catch (error) {
        const isBusy =
          EngineError.is(error, 'LOCKED') || (EngineError.is(error, 'CANCELLED') && !progress.began && signal?.aborted !== true);
        if (!isBusy) throw error;
        this.notes.add('Another process is asking this source; what it has taken in so far is used.');
      }
    });
  }

  private async misses(): Promise<boolean> {
    const { root, ports } = this.tools.context;
    for (const { source, path } of await ports.feedbackStore.files()) {
      if (source === this.source.name && isSegment(root, path) && (await ports.fs.stat(path)) === null) return true;
    }
    return false;
  }

  /** From files to the index. Call it under the lock of the index. */
  async index(): Promise<void> {
    const { context, segments, pseudonyms, redaction, full, signal, onWritten } = this.tools;
    await this.timed(async () => {
      const options = { since: await this.since(), full, signal, onWritten };
      const notes = await indexSegments(context, this.source, segments, { ...options, pseudonyms }, this.counts);
      for (const note of notes) this.notes.add(note);
      if (options.since !== null) this.notes.add(`Records before ${toIso(options.since)} are left out until the next pull with --full.`);
      if (!this.inPlace) return;
      for (const note of await indexInPlace(context, this.source, pseudonyms, { ...options, redaction }, this.counts)) this.notes.add(note);
    });
  }

  async result(): Promise<PullSource> {
    const { context } = this.tools;
    const { name, kind } = this.source;
    const { feedbackStore: store } = context.ports;
    const totals = this.there ?? (await store.totals(name));
    return {
      name,
      kind,
      ok: this.error === null,
      interactions: { ...this.counts.interactions, total: totals.interactions },
      feedback: { ...this.counts.feedback, total: totals.feedback },
      rejected: (await store.rejected())
        .filter((each) => each.source === name)
        .map(({ reason, count, firstLine }) => ({ reason, count, firstLine })),
      notes: [...this.notes].sort(),
      ...(Object.keys(this.redacted).length === 0 ? {} : { redacted: this.redacted }),
      cursor: await this.cursor(),
      seconds: Math.round(this.milliseconds) / 1000,
      error: this.error,
    };
  }

  private async cursor(): Promise<string | null> {
    const { context, segments } = this.tools;
    const state = this.asksServer ? await segments.state(this.source.name) : null;
    if (state !== null) {
      const text = JSON.stringify(state['state'] ?? null);
      return text.length > cursorLength ? `${text.slice(0, cursorLength)}…` : text;
    }
    const files = (await context.ports.feedbackStore.files()).filter((file) => file.source === this.source.name);
    return files.length === 0 ? null : places(files, context.root);
  }

  private adapter(): FeedbackSource {
    const { context, factories } = this.tools;
    const factory = factories(this.source.kind);
    if (factory === null) {
      throw new EngineError('SOURCE_FAILED', `Source "${this.source.name}" is of kind ${this.source.kind}, which cannot be pulled.`);
    }
    const { fs, http, clock, logger } = context.ports;
    return factory(this.source, { root: context.root, fs, http, clock, logger });
  }

  /** `--since` holds until the next `--full`: what was left out by it does not come back with the next pull. */
  private async since(): Promise<number | null> {
    if (this.sinceMs !== undefined) return this.sinceMs;
    const { context, sinceMs, full } = this.tools;
    const { feedbackStore: store } = context.ports;
    const key = sinceKey(this.source.name);
    const before = (await store.getMeta(key)) ?? '';
    this.sinceMs = sinceMs;
    if (sinceMs === null && !full) this.sinceMs = before === '' ? null : Number(before);
    const value = this.sinceMs === null ? '' : String(this.sinceMs);
    if (value !== before) await store.setMeta(key, value);
    return this.sinceMs;
  }

  /** What fails here is this source's, and said with it. */
  private async timed(work: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.tools.context.ports;
    const started = clock.monotonic();
    try {
      await work();
    } catch (error) {
      if (error instanceof StoreLostError || EngineError.is(error, 'CANCELLED')) throw error;
      if (!EngineError.is(error)) logger.error(`The source "${this.source.name}" failed.`, error);
      this.error ??= EngineError.is(error)
        ? error.message
        : `Source "${this.source.name}" failed in a way that was not foreseen; the log says more.`;
    } finally {
      this.milliseconds += clock.monotonic() - started;
    }
  }
}

function places(files: readonly FileState[], root: string): string {
  const own = files.filter((file) => !isSegment(root, file.path));
  return (own.length > 0 ? own : files)
    .map((file) => `${shown(root, file.path)}@${String(file.offset)}`)
    .sort()
    .join(' ');
}
