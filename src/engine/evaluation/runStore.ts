import type { CaseResult } from '../../shared/evalDocument.js';
import type { EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import { ensurePrivateFolder } from '../feedback/privateFolder.js';
import { join } from '../paths.js';
import type { BlessedBaseline } from './baseline.js';
import { ReportStore } from './reportStore.js';
import type { EvalRequest } from './types.js';

/** Folder of the journals of runs; private, because they hold answers. */
const runsFolder = '.ratchet/.local/runs';
const keptRuns = 50;

type JournalLine = { t: 'run'; run: string; request: EvalRequest } | { t: 'case'; suite: string; column: string; result: CaseResult };

/** Appends lines in batches: what arrives while a write is under way goes out with the next one. */
export class RunJournal {
  private pending = '';
  private writing: Promise<void> | null = null;

  constructor(
    private readonly context: EngineContext,
    private readonly path: string,
  ) {}

  /** Resolves once the line is in the file. `column` identifies text and model, so that a resumed run takes no answer of another. */
  async add(suite: string, column: string, result: CaseResult): Promise<void> {
    this.pending += `${JSON.stringify({ t: 'case', suite, column, result } satisfies JournalLine)}\n`;
    this.writing ??= this.flush();
    await this.writing;
    if (this.pending !== '') await (this.writing ??= this.flush());
  }

  private async flush(): Promise<void> {
    // One turn later, so that everything that is finished at this moment goes out in one write.
    await Promise.resolve();
    const text = this.pending;
    this.pending = '';
    try {
      await this.context.ports.fs.append(this.path, text);
    } finally {
      this.writing = null;
    }
  }
}

/** Runs of the workspace on disk: journals, the last result of each suite, and blessed baselines. */
export class RunStore {
  /** The last report of each suite, for the editor's tab. */
  readonly reports: ReportStore;

  constructor(private readonly context: EngineContext) {
    this.reports = new ReportStore(context, this.path(runsFolder, 'last'));
  }

  private path(...parts: string[]): string {
    return join(this.context.root, ...parts);
  }

  private journalPath(run: string): string {
    if (!/^r-[0-9a-zA-Z-]+$/u.test(run))
      throw new EngineError('BAD_USAGE', `"${run}" is no run. Use the id that the run printed, such as r-20260131T120000-1a2b3c.`);
    return this.path(runsFolder, `${run}.jsonl`);
  }

  newRunId(): string {
    const { clock, entropy } = this.context.ports;
    return `r-${clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}-${entropy.randomHex(3)}`;
  }

  async start(run: string, request: EvalRequest): Promise<RunJournal> {
    await ensurePrivateFolder(this.context);
    await this.prune();
    await this.context.ports.fs.append(this.journalPath(run), `${JSON.stringify({ t: 'run', run, request } satisfies JournalLine)}\n`);
    return new RunJournal(this.context, this.journalPath(run));
  }

  /** An interrupted run: its request, and what it finished by suite, column, case and repeat. Throws BAD_USAGE where there is none. */
  async resume(run: string): Promise<{ request: EvalRequest; done: Map<string, CaseResult>; journal: RunJournal }> {
    const { fs } = this.context.ports;
    const path = this.journalPath(run);
    if ((await fs.stat(path)) === null)
      throw new EngineError('BAD_USAGE', `There is no run ${run} to resume. Start it again without --resume.`);
    const done = new Map<string, CaseResult>();
    let request: EvalRequest | null = null;
    for (const text of (await fs.read(path, 1024 * 1024 * 1024)).split('\n')) {
      const line = parseLine(text);
      if (line?.t === 'run') request = line.request;
      else if (line?.t === 'case' && line.result.status !== 'error') done.set(resultKey(line.suite, line.column, line.result), line.result);
    }
    if (request === null) throw new EngineError('BAD_USAGE', `The journal of ${run} cannot be read. Start the run again without --resume.`);
    return { request, done, journal: new RunJournal(this.context, path) };
  }

  private blessedPath(suite: string): string {
    return this.path('.ratchet/baselines', `${suite}.json`);
  }

  async bless(baseline: BlessedBaseline): Promise<void> {
    await this.context.ports.fs.write(this.blessedPath(baseline.suite), `${JSON.stringify(baseline, null, 2)}\n`);
  }

  async blessed(suite: string): Promise<BlessedBaseline | null> {
    const { fs } = this.context.ports;
    const path = this.blessedPath(suite);
    if ((await fs.stat(path)) === null) return null;
    try {
      const data = JSON.parse(await fs.read(path)) as Partial<BlessedBaseline>;
      if (data.schema === 'promptratchet.baseline/1' && Array.isArray(data.columns)) return data as BlessedBaseline;
    } catch (error) {
      if (EngineError.is(error)) throw error;
      // Reported below, with what to do.
    }
    throw new EngineError('IO_FAILED', `.ratchet/baselines/${suite}.json is no baseline. Restore it from git or bless a run again.`);
  }

  private async prune(): Promise<void> {
    const { fs } = this.context.ports;
    const folder = this.path(runsFolder);
    if ((await fs.stat(folder)) === null) return;
    const journals = (await fs.list(folder))
      .map(({ name }) => name)
      .filter((name) => /^r-.*\.jsonl$/u.test(name))
      .sort();
    for (const name of journals.slice(0, Math.max(0, journals.length - keptRuns + 1))) await fs.remove(join(folder, name));
  }
}

export function resultKey(suite: string, column: string, result: Pick<CaseResult, 'id' | 'repeat'>): string {
  return `${suite}\n${column}\n${result.id}\n${String(result.repeat)}`;
}

function parseLine(text: string): JournalLine | null {
  if (text === '') return null;
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    // The line that was being written when the run was killed.
    return null;
  }
}
