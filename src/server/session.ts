/** What all handlers share for one workspace folder: the engine, the open buffers, and results kept until something changes. */
import { readFile, stat } from 'node:fs/promises';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TextDocuments } from 'vscode-languageserver/node';
import type { Engine } from '../engine/api.js';
import type { Problem } from '../engine/config/types.js';
import type { Suite } from '../engine/evaluation/types.js';
import type { Logger } from '../engine/ports.js';
import type { PromptDocument } from '../engine/prompts/types.js';
import type { ScoreDocument } from '../shared/documents.js';
import { Notifications, type PromptSegments, type ServerOptions } from '../shared/protocol.js';
import { Cached } from './cached.js';
import { toAbsolute, uriToWorkspacePath } from './convert.js';
import { RunRegistry } from './runs.js';
import { findSegments, segmentsOf, type SegmentFindings } from './segmentFindings.js';
import { ScoreCache } from './scoreCache.js';
import { Sources } from './sources.js';
import { SuiteReports } from './suiteReports.js';
import type { Wire } from './wire.js';

export type Change = 'scores' | 'prompts' | 'suites' | 'versions' | 'sources';

const forEver = Number.POSITIVE_INFINITY;
const tenMinutes = 600_000;
const largestFile = 20 * 1024 * 1024;

/** Suites that could be read, and what stood in the way of the others. */
export interface SuiteSet {
  suites: Suite[];
  problems: Problem[];
}

export class Session {
  readonly documents = new TextDocuments(TextDocument);
  readonly runs = new RunRegistry();
  readonly sources: Sources;
  readonly reports: SuiteReports;
  private readonly listeners: ((what: readonly Change[]) => void)[] = [];
  private readonly evaluationListeners: (() => void)[] = [];
  private readonly promptCache: Cached<PromptDocument[]>;
  private readonly scoreCache: ScoreCache;
  private readonly segmentCache: Cached<SegmentFindings>;
  /** What `segments` last found, until scores change: shown where nobody can wait for it. */
  private knownSegments: SegmentFindings | null = null;
  private readonly suiteCache: Cached<SuiteSet>;

  constructor(
    readonly engine: Engine,
    readonly options: ServerOptions,
    readonly wire: Wire,
    readonly logger: Logger,
    /** True where the client tells of changed files; else what was read grows old after two seconds. */
    clientWatches: boolean,
  ) {
    this.sources = new Sources(engine, options, logger, (news) => {
      this.changed(news ? ['scores', 'sources'] : ['sources']);
    });
    this.reports = new SuiteReports(engine.evaluation, {
      begun: (runId, view) => {
        wire.notify(Notifications.evalBegun, { runId, view });
      },
      delta: (runId, delta) => {
        wire.notify(Notifications.evalDelta, { runId, delta });
      },
    });
    const age = clientWatches ? forEver : 2000;
    this.promptCache = new Cached(() => engine.prompts.list(), age);
    this.suiteCache = new Cached(() => this.loadSuites(), age);
    // Feedback loses weight with age, hence a score is not kept for ever.
    this.scoreCache = new ScoreCache(
      (themes) => engine.scoring.score({ themes, ...(options.threshold === null ? {} : { threshold: options.threshold }) }),
      tenMinutes,
      logger,
      () => {
        this.tell(['scores']);
      },
    );
    this.segmentCache = new Cached(() => findSegments(engine, options.threshold), tenMinutes);
  }

  async segments(prompt: string): Promise<PromptSegments> {
    this.knownSegments = await this.segmentCache.get();
    return segmentsOf(this.knownSegments, prompt);
  }

  segmentsIfKnown(prompt: string): PromptSegments | null {
    return this.knownSegments === null ? null : segmentsOf(this.knownSegments, prompt);
  }

  get root(): string {
    return this.options.root;
  }

  /** Every prompt as it is on disk. */
  prompts(): Promise<PromptDocument[]> {
    return this.promptCache.get();
  }

  scores(): Promise<ScoreDocument> {
    return this.scoreCache.get();
  }

  suites(): Promise<SuiteSet> {
    return this.suiteCache.get();
  }

  onDidChange(listener: (what: readonly Change[]) => void): void {
    this.listeners.push(listener);
  }

  /** Forgets what `what` touches, refreshes our own features and tells the client to ask again. */
  changed(what: readonly Change[], files?: string[]): void {
    if (what.includes('prompts')) {
      this.engine.prompts.invalidate(files);
      this.promptCache.drop();
    }
    if (what.includes('suites') || what.includes('prompts')) this.suiteCache.drop();
    // How a source is doing says nothing new about any prompt.
    if (what.every((change) => change === 'sources')) {
      this.wire.notify(Notifications.changed, { what: [...what] });
      return;
    }
    // Themes point into the prompt's text: only where that is the same, those from before can stand in.
    this.scoreCache.drop(what.some((change) => change === 'prompts' || change === 'versions'));
    this.segmentCache.drop();
    this.knownSegments = null;
    this.tell(what);
  }

  private tell(what: readonly Change[]): void {
    for (const listener of this.listeners) listener(what);
    this.wire.notify(Notifications.changed, { what: [...what] });
  }

  /** A run ended: what our own features show of suites is another now. */
  evaluated(): void {
    for (const listener of this.evaluationListeners) listener();
  }

  onDidEvaluate(listener: () => void): void {
    this.evaluationListeners.push(listener);
  }

  bufferOf(file: string): TextDocument | null {
    return this.documents.all().find((document) => uriToWorkspacePath(this.root, document.uri) === file) ?? null;
  }

  /** A file's text as the user sees it: the open buffer, else the disk. `null` where it can't be read. */
  async textOf(file: string): Promise<string | null> {
    return this.bufferOf(file)?.getText() ?? this.savedText(file);
  }

  /** As it is on the disk. */
  async savedText(file: string): Promise<string | null> {
    try {
      const path = toAbsolute(this.root, file);
      if ((await stat(path)).size > largestFile) return null;
      return await readFile(path, 'utf8');
    } catch (error) {
      this.logger.debug(`${file} not read: ${String(error)}`);
      return null;
    }
  }

  private async loadSuites(): Promise<SuiteSet> {
    const set: SuiteSet = { suites: [], problems: [] };
    for (const file of await this.engine.evaluation.discover()) {
      try {
        set.suites.push(await this.engine.evaluation.load(file, this.bufferOf(file)?.getText()));
      } catch (error) {
        // One suite that can't be read must not hide the others.
        const message = error instanceof Error ? error.message : String(error);
        set.problems.push({ severity: 'error', code: 'suite-unreadable', message, file, range: null });
      }
    }
    return set;
  }
}
