import type { CaseResult } from '../../shared/evalDocument.js';
import type { EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import { ensurePrivateFolder } from '../feedback/privateFolder.js';
import { join } from '../paths.js';
import { addSpent, nothingSpent } from './asking.js';
import type { Interrupted, Spent } from './asking.js';
import { readBlessed } from './blessed.js';
import type { BlessedBaseline } from './blessed.js';
import { readJournal, RunJournal } from './journal.js';
import type { JournalLine, Place } from './journal.js';
import { ReportStore } from './reportStore.js';
import { slim } from './slim.js';
import type { EvalRequest } from './types.js';

/** Folder of the journals of runs; private, because they hold answers. */
const runsFolder = '.ratchet/.local/runs';
const keptRuns = 50;
/** Another process that has the run will have it for as long as it lasts. */
const lockPatienceMs = 1000;

/** A finished case of an interrupted run. */
export interface Earlier {
  /** Slim (`slim.ts`). */
  result: CaseResult;
  place: Place;
}

/** What an interrupted run has done. */
export interface Resumed {
  run: string;
  request: EvalRequest;
  /** By `resultKey`. Cases that ended in an error are not there: they are run again. */
  done: Map<string, Earlier>;
  /** By suite: what all its requests took, those of errors as well. */
  spent: Map<string, Spent>;
  interrupted: Interrupted;
  journal: RunJournal;
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
    const { fs, clock } = this.context.ports;
    await ensurePrivateFolder(this.context);
    await this.prune();
    const line = `${JSON.stringify({ t: 'run', run, startedMs: clock.now().getTime(), request } satisfies JournalLine)}\n`;
    await fs.append(this.journalPath(run), line);
    return new RunJournal(this.context, this.journalPath(run), new TextEncoder().encode(line).length);
  }

  /** Holds a run against another process that would write into the same journal. Throws LOCKED. */
  async alone<T>(run: string, work: () => Promise<T>): Promise<T> {
    const state = { begun: false };
    const begin = (): Promise<T> => {
      state.begun = true;
      return work();
    };
    try {
      return await this.context.ports.locks.withLock(this.journalPath(run).replace(/\.jsonl$/u, '.lock'), begin, undefined, lockPatienceMs);
    } catch (error) {
      if (state.begun || !EngineError.is(error, 'LOCKED')) throw error;
      throw new EngineError('LOCKED', `The run ${run} is under way in another process. Wait for it, or stop it and try again.`);
    }
  }

  /** The newest run. Throws BAD_USAGE where there is none. */
  async lastRun(): Promise<string> {
    const newest = (await this.journals()).at(-1);
    if (newest === undefined) throw new EngineError('BAD_USAGE', 'There is no run to resume. Start one without --resume.');
    return newest.slice(0, -'.jsonl'.length);
  }

  /** An interrupted run. Its journal is read piece by piece, and no answer of it is kept. Throws BAD_USAGE where there is none. */
  async resume(run: string): Promise<Resumed> {
    const { fs } = this.context.ports;
    const path = this.journalPath(run);
    if ((await fs.stat(path)) === null)
      throw new EngineError('BAD_USAGE', `There is no run ${run} to resume. Start it again without --resume.`);
    const done = new Map<string, Earlier>();
    const spent = new Map<string, Spent>();
    const keys = new Set<string>();
    const head: { request: EvalRequest; startedMs: number }[] = [];
    const size = await readJournal(fs.stream(path), (line, place) => {
      if (line.t === 'run') head.push({ request: line.request, startedMs: line.startedMs ?? Infinity });
      else {
        if (line.result.status !== 'error') done.set(resultKey(line.suite, line.column, line.result), { result: slim(line.result), place });
        const sum = spent.get(line.suite) ?? nothingSpent();
        if (line.spent !== undefined) addSpent(sum, line.spent);
        spent.set(line.suite, sum);
        if (line.key !== undefined) keys.add(line.key);
      }
    });
    const [first] = head;
    if (first === undefined)
      throw new EngineError('BAD_USAGE', `The journal of ${run} cannot be read. Start the run again without --resume.`);
    // The next line must not be written behind half a one.
    await fs.truncate(path, size);
    const interrupted = { startedMs: first.startedMs, keys };
    return { run, request: first.request, done, spent, interrupted, journal: new RunJournal(this.context, path, size) };
  }

  /** Cases of a suite in earlier runs, newest run first, until journals of `maxBytes` were read. One that cannot be read is left out. */
  async eachEarlier(suite: string, except: string, maxBytes: number, each: (run: string, result: CaseResult) => void): Promise<void> {
    const { fs, logger } = this.context.ports;
    let bytes = 0;
    for (const name of (await this.journals()).reverse()) {
      const run = name.slice(0, -'.jsonl'.length);
      if (run === except) continue;
      try {
        bytes += (await fs.stat(this.journalPath(run)))?.size ?? 0;
        if (bytes > maxBytes) return;
        await readJournal(fs.stream(this.journalPath(run)), (line) => {
          if (line.t === 'case' && line.suite === suite) each(run, line.result);
        });
      } catch (error) {
        if (!EngineError.is(error)) throw error;
        logger.warn(`The journal ${name} was not read: ${error.message}`);
      }
    }
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
    const blessed = readBlessed(await fs.read(path));
    if (blessed !== null) return blessed;
    throw new EngineError('IO_FAILED', `.ratchet/baselines/${suite}.json is no baseline. Restore it from git or bless a run again.`);
  }

  private async prune(): Promise<void> {
    const journals = await this.journals();
    const folder = this.path(runsFolder);
    for (const name of journals.slice(0, Math.max(0, journals.length - keptRuns + 1)))
      await this.context.ports.fs.remove(join(folder, name));
  }

  /** Names begin with their time, so they are in the order of their runs. */
  private async journals(): Promise<string[]> {
    const { fs } = this.context.ports;
    const folder = this.path(runsFolder);
    if ((await fs.stat(folder)) === null) return [];
    return (await fs.list(folder))
      .map(({ name }) => name)
      .filter((name) => /^r-.*\.jsonl$/u.test(name))
      .sort();
  }
}

export function resultKey(suite: string, column: string, result: Pick<CaseResult, 'id' | 'repeat'>): string {
  return `${suite}\n${column}\n${result.id}\n${String(result.repeat)}`;
}
