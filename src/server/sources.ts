/**
 * How each source is doing, and when it is read: log files and the collector's records as they grow, servers from time to time, one that
 * fails less and less often. A fault is kept as the source's state and never thrown at somebody who did not ask.
 */
import type { Engine } from '../engine/api.js';
import type { SourceConfig } from '../engine/config/types.js';
import { EngineError } from '../engine/errors.js';
import type { Logger } from '../engine/ports.js';
import type { PullDocument, PullSource } from '../shared/documents.js';
import type { ServerOptions } from '../shared/protocol.js';
import type { SourceStatus } from '../shared/sourceProtocol.js';
import { pullNotes } from '../shared/words.js';
import { sourceOrigin } from './sourceOrigin.js';
import { allSources } from './watched.js';

const minuteMs = 60_000;
const longestPauseMs = 6 * 60 * minuteMs;
const worthShowingMs = 400;
const localKinds: ReadonlySet<string> = new Set(['jsonl', 'json', 'csv', 'otlp-file', 'collector']);
const databaseKinds: ReadonlySet<string> = new Set(['postgres', 'clickhouse']);

interface Entry {
  pulling: boolean;
  /** In a row. */
  failures: number;
  lastAttempt: number | null;
  lastPull: number | null;
  result: PullSource | null;
}

export interface PullRequest {
  /** `null` = all that may be read now. */
  sources: readonly string[] | null;
  full?: boolean;
  /** Somebody asked for it: it is written to the audit log, and a source that waits for trust is an error. */
  record?: boolean;
  signal?: AbortSignal;
}

export function isLocal(source: { kind: string }): boolean {
  return localKinds.has(source.kind);
}

/** Pause until a server is asked again: doubles with each failure in a row, up to six hours. */
export function pauseMs(pullMinutes: number, failures: number): number {
  const base = Math.max(1, pullMinutes) * minuteMs;
  return Math.min(base * 2 ** Math.min(failures, 20), Math.max(base, longestPauseMs));
}

export class Sources {
  private readonly entries = new Map<string, Entry>();
  private readonly ending = new AbortController();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly engine: Engine,
    private readonly options: ServerOptions,
    private readonly logger: Logger,
    /** `news`: there is something to score; else only the state of a source is another one. */
    private readonly changed: (news: boolean) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** What the last pull of each source said. */
  results(): PullSource[] {
    return [...this.entries.values()].flatMap(({ result }) => result ?? []);
  }

  /** Reads sources, and says what each of them gave. A source that fails is in the document, not an error. */
  async pull({ signal, ...request }: PullRequest): Promise<PullDocument> {
    const work = this.pullNow({ ...request, signal: AbortSignal.any([this.ending.signal, ...(signal === undefined ? [] : [signal])]) });
    this.running.add(work);
    try {
      return await work;
    } finally {
      this.running.delete(work);
    }
  }

  /** Stops what is being read; resolves when nothing of it goes on. */
  async end(): Promise<void> {
    this.ending.abort();
    await Promise.allSettled(this.running);
  }

  private async pullNow({ sources, ...options }: PullRequest): Promise<PullDocument> {
    const all = await this.all();
    this.forget(all);
    const wanted = sources === null ? all : all.filter(({ name }) => sources.includes(name));
    const blocked = wanted.filter((source) => !this.mayRead(source));
    if (sources !== null && options.record === true && blocked[0] !== undefined) {
      throw new EngineError('UNTRUSTED_WORKSPACE', `"${blocked[0].name}" is on another machine. Trust this workspace to read from it.`);
    }
    const open = wanted.filter((source) => this.mayRead(source));
    const servers = open.filter((source) => !isLocal(source));
    const local = open.filter(isLocal).map(({ name }) => name);
    // Without names the engine also drops what is left of sources that are not configured any more.
    const inOne = sources === null && servers.length === 0 && blocked.length === 0;
    const groups = [...(inOne ? [null] : local.length > 0 ? [local] : []), ...servers.map(({ name }) => [name])];
    if (sources !== null && groups.length === 0 && blocked.length === 0) groups.push([...sources]);
    const document: PullDocument = { schema: 'promptratchet.pull/1', sources: [] };
    for (const group of groups) {
      const names = group ?? local;
      const part = await this.during(names, () =>
        this.engine.feedback.pull({ ...options, scores: true, ...(group === null ? {} : { sources: group }) }),
      );
      document.sources.push(...part.sources);
      const news = this.take(part, options.full === true, open);
      this.changed(news);
    }
    return document;
  }

  async statuses(): Promise<SourceStatus[]> {
    return (await this.all()).map((source) => this.status(source));
  }

  /** Servers whose pause is over. */
  async due(): Promise<string[]> {
    if (this.options.autoPull !== 'interval') return [];
    return (await this.all()).flatMap((source) => {
      const next = this.nextPull(source);
      return next !== null && next <= this.now() && !this.entry(source.name).pulling ? [source.name] : [];
    });
  }

  async localNames(): Promise<string[]> {
    return (await this.all()).filter(isLocal).map(({ name }) => name);
  }

  private async all(): Promise<SourceConfig[]> {
    const { config } = await this.engine.config.load();
    return allSources(this.options.root, config.sources);
  }

  private status(source: SourceConfig): SourceStatus {
    const { pulling, lastPull, result } = this.entry(source.name);
    const waits = !this.mayRead(source);
    const next = this.nextPull(source);
    const kept = !databaseKinds.has(source.kind);
    return {
      name: source.name,
      kind: source.kind,
      location: source.path ?? source.url ?? '',
      state: pulling ? 'pulling' : waits ? 'waiting' : result === null ? 'new' : result.error === null ? 'ok' : 'failing',
      message: waits ? 'It is on another machine: it is read once this workspace is trusted.' : (result?.error ?? null),
      lastPull: lastPull === null ? null : new Date(lastPull).toISOString(),
      nextPull: next === null ? null : new Date(next).toISOString(),
      interactions: kept ? (result?.interactions.total ?? null) : null,
      feedback: kept ? (result?.feedback.total ?? null) : null,
      rejected: result?.rejected ?? [],
      redacted: result?.redacted ?? {},
      notes: result === null ? [] : pullNotes(result),
      origin: sourceOrigin(source),
    };
  }

  private mayRead(source: SourceConfig): boolean {
    return isLocal(source) || this.options.trusted;
  }

  /** ms; `null` where a source is not read by the clock. */
  private nextPull(source: SourceConfig): number | null {
    if (this.options.autoPull !== 'interval' || isLocal(source) || !this.mayRead(source)) return null;
    const { lastAttempt, failures } = this.entry(source.name);
    return lastAttempt === null ? this.now() : lastAttempt + pauseMs(this.options.pullMinutes, failures);
  }

  private async during<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const name of names) this.entry(name).pulling = true;
    // A log that grows is read in a moment, again and again: an icon that spins each time would only flicker.
    const timer = setTimeout(() => {
      this.changed(false);
    }, worthShowingMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      for (const name of names) this.entry(name).pulling = false;
    }
  }

  /** Keeps what the sources said; `true` where scores may be others now. */
  private take(document: PullDocument, full: boolean, configured: readonly SourceConfig[]): boolean {
    let news = full;
    for (const result of document.sources) {
      const entry = this.entry(result.name);
      const before = entry.result;
      entry.lastAttempt = this.now();
      if (result.error === null) {
        entry.failures = 0;
        entry.lastPull = entry.lastAttempt;
      } else {
        entry.failures++;
        if (before?.error !== result.error) this.logger.warn(`Source "${result.name}": ${result.error}`);
      }
      entry.result = result;
      const { interactions, feedback } = result;
      news ||= interactions.new + interactions.updated + feedback.new + feedback.updated > 0;
      news ||= JSON.stringify([before?.rejected, before?.error]) !== JSON.stringify([result.rejected, result.error]);
      // Rows of a database are never counted here, so any of them may be new.
      news ||= configured.some(({ name, kind }) => name === result.name && databaseKinds.has(kind));
    }
    return news;
  }

  private entry(name: string): Entry {
    const known = this.entries.get(name);
    if (known !== undefined) return known;
    const created: Entry = { pulling: false, failures: 0, lastAttempt: null, lastPull: null, result: null };
    this.entries.set(name, created);
    return created;
  }

  private forget(configured: readonly SourceConfig[]): void {
    for (const name of [...this.entries.keys()]) if (!configured.some((source) => source.name === name)) this.entries.delete(name);
  }
}
