import type { CaseResult, EvalDocument, SuiteReport } from '../../shared/evalDocument.js';
import type { EvalHead, EvalRows } from '../../shared/evalRows.js';
import type { SuiteRunEntry } from '../../shared/evalView.js';
import { caseTitle } from '../../shared/words.js';
import type { EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import { ensurePrivateFolder } from '../feedback/privateFolder.js';
import { join } from '../paths.js';
import { hashText } from './cacheKey.js';

/** The last line of a stored report has always this many bytes, so that it is found without reading what stands before. */
const footerBytes = 128;
const chunkChars = 32 * 1024;
/** More than any suite that can be run has; a damaged footer must not make us read a disk. */
const mostBytes = 1024 * 1024 * 1024;

/** Bytes of the parts, in the order in which they stand: cells (a line each), rows, length of each cell's line, head. */
interface Footer {
  v: 1;
  cells: number;
  rows: number;
  lengths: number;
  head: number;
}

/** Runs of a suite that are shown in its history. */
const mostHistory = 200;

const letters = { pass: 'p', fail: 'f', error: 'e' } as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The last report of each suite, one file a suite. What is looked at first can be read alone: a report of 40,000 answers has its
 * numbers on the screen before any answer is read, and each answer is read when somebody asks for it.
 */
export class ReportStore {
  constructor(
    private readonly context: EngineContext,
    private readonly folder: string,
  ) {}

  /** Writes the report as its cases come; the one before stays until this one is whole. `report.cases` is not looked at. */
  async keep(document: Pick<EvalDocument, 'run' | 'complete'>, report: SuiteReport, cases: AsyncIterable<CaseResult>): Promise<void> {
    await ensurePrivateFolder(this.context);
    const time = this.context.ports.clock.now().toISOString();
    const head: EvalHead = { run: document.run, time, complete: document.complete, cells: 0, report: { ...report, cases: [] } };
    await this.context.ports.fs.writeChunks(this.path(report.suite), chunksOf(head, cases));
    if (document.complete) await this.addToHistory(head);
  }

  /** Whole runs of the suite, the oldest first, the last 200. */
  async history(suite: string): Promise<SuiteRunEntry[]> {
    const { fs, logger } = this.context.ports;
    const path = this.historyPath(suite);
    if ((await fs.stat(path)) === null) return [];
    try {
      return (await fs.read(path)).split('\n').flatMap(historyEntry).slice(-mostHistory);
    } catch (error) {
      logger.warn(`The history of ${suite} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }

  /** A line a run: figures only, so that a year of runs is a few hundred kilobytes. */
  private async addToHistory({ run, time, report }: EvalHead): Promise<void> {
    const columns = report.columns
      .filter(({ baselineOf }) => baselineOf === undefined)
      .map(({ prompt, version, provider, passRate }) => ({
        prompt,
        version,
        provider,
        passRate,
        n: passRate === null ? 0 : unitsOf(report),
      }));
    const entry: SuiteRunEntry = { time, run, columns };
    await this.context.ports.fs.append(this.historyPath(report.suite), `${JSON.stringify(entry)}\n`);
  }

  private historyPath(suite: string): string {
    return join(this.folder, `${hashText(suite).slice(0, 16)}.history.jsonl`);
  }

  async head(suite: string): Promise<EvalHead | null> {
    return this.reading(suite, async (file) => {
      const head = (await this.part(file, 'head')) as EvalHead;
      return head.report.suite === suite ? head : null;
    });
  }

  async rows(suite: string, run: string): Promise<EvalRows | null> {
    return this.reading(suite, async (file) => {
      const rows = (await this.part(file, 'rows')) as EvalRows;
      return rows.run === run ? rows : null;
    });
  }

  async detail(suite: string, run: string, cell: number): Promise<CaseResult | null> {
    return this.reading(suite, async (file) => {
      const head = (await this.part(file, 'head')) as EvalHead;
      if (head.run !== run) return null;
      const lengths = (await this.part(file, 'lengths')) as number[];
      const length = lengths[cell];
      if (length === undefined) return null;
      const offset = lengths.slice(0, cell).reduce((sum, value) => sum + value, 0);
      return JSON.parse(await this.text(file.path, offset, length)) as CaseResult;
    });
  }

  async whole(suite: string): Promise<EvalDocument | null> {
    return this.reading(suite, async (file) => {
      const head = (await this.part(file, 'head')) as EvalHead;
      if (head.report.suite !== suite) return null;
      const text = await this.text(file.path, 0, file.footer.cells);
      const cases = text.split('\n').filter((line) => line !== '');
      const report = { ...head.report, cases: cases.map((line) => JSON.parse(line) as CaseResult) };
      return { schema: 'promptratchet.eval/1', run: head.run, complete: head.complete, suites: [report] };
    });
  }

  private path(suite: string): string {
    return join(this.folder, `${hashText(suite).slice(0, 16)}.report`);
  }

  /** A damaged report is as good as none: the suite can be run again. */
  private async reading<T>(suite: string, work: (file: { path: string; footer: Footer }) => Promise<T | null>): Promise<T | null> {
    const { fs, logger } = this.context.ports;
    const path = this.path(suite);
    const stat = await fs.stat(path);
    if (stat === null) return null;
    try {
      const footer = JSON.parse(await this.text(path, Math.max(0, stat.size - footerBytes), footerBytes)) as Partial<Footer> | null;
      if (!isFooter(footer, stat.size)) throw new EngineError('IO_FAILED', 'it is not whole');
      return await work({ path, footer });
    } catch (error) {
      logger.warn(`The last result of ${suite} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  private async part({ path, footer }: { path: string; footer: Footer }, name: 'rows' | 'lengths' | 'head'): Promise<unknown> {
    const before = { rows: footer.cells, lengths: footer.cells + footer.rows, head: footer.cells + footer.rows + footer.lengths };
    return JSON.parse(await this.text(path, before[name], footer[name]));
  }

  private async text(path: string, offset: number, length: number): Promise<string> {
    return decoder.decode(await this.context.ports.fs.readRange(path, offset, length));
  }
}

/** Answers of one column. */
function unitsOf({ stats, columns }: SuiteReport): number {
  const own = columns.filter(({ baselineOf }) => baselineOf === undefined).length;
  return own === 0 ? 0 : Math.round(stats.cases / own);
}

/** Nothing for a line that was cut off or is none of ours. */
function historyEntry(line: string): SuiteRunEntry[] {
  try {
    const entry = JSON.parse(line) as Partial<SuiteRunEntry> | null;
    return typeof entry?.time === 'string' && typeof entry.run === 'string' && Array.isArray(entry.columns) ? [entry as SuiteRunEntry] : [];
  } catch {
    // The line that was being written when the machine stopped, or the end of the file.
    return [];
  }
}

function isFooter(footer: Partial<Footer> | null, size: number): footer is Footer {
  if (footer?.v !== 1) return false;
  const parts = [footer.cells, footer.rows, footer.lengths, footer.head];
  if (!parts.every((part) => Number.isInteger(part) && (part ?? -1) >= 0)) return false;
  return size <= mostBytes && parts.reduce<number>((sum, part) => sum + (part ?? 0), footerBytes) === size;
}

async function* chunksOf(head: EvalHead, cases: AsyncIterable<CaseResult>): AsyncGenerator<string> {
  const columns = new Map(head.report.columns.map(({ id }, index) => [id, index]));
  const known = new Map<string, number>();
  const rows: EvalRows = { run: head.run, cases: [], case: [], column: [], repeat: [], status: '', score: [] };
  const status: string[] = [];
  const lengths: number[] = [];
  let cells = 0;
  let pending = '';
  for await (const result of cases) {
    const line = `${JSON.stringify(result)}\n`;
    const length = bytesOf(line);
    cells += length;
    lengths.push(length);
    let place = known.get(result.id);
    if (place === undefined) {
      place = rows.cases.length;
      known.set(result.id, place);
      rows.cases.push({ id: result.id, title: caseTitle(result.description, result.vars, `Case ${String(place + 1)}`) });
    }
    rows.case.push(place);
    rows.column.push(columns.get(result.column) ?? 0);
    rows.repeat.push(result.repeat);
    status.push(letters[result.status]);
    rows.score.push(result.score);
    pending += line;
    if (pending.length < chunkChars) continue;
    yield pending;
    pending = '';
  }
  const texts = [{ ...rows, status: status.join('') }, lengths, { ...head, cells: lengths.length }].map(
    (part) => `${JSON.stringify(part)}\n`,
  );
  const [rowBytes = 0, lengthBytes = 0, headBytes = 0] = texts.map(bytesOf);
  const footer: Footer = { v: 1, cells, rows: rowBytes, lengths: lengthBytes, head: headBytes };
  yield `${pending}${texts.join('')}${JSON.stringify(footer).padEnd(footerBytes - 1)}\n`;
}

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
