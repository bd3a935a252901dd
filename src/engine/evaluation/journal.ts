import type { CaseResult } from '../../shared/evalDocument.js';
import type { EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import type { Spent } from './asking.js';
import type { EvalRequest } from './types.js';

/** Where a line stands in the journal, in bytes. */
export interface Place {
  offset: number;
  length: number;
}

export type JournalLine =
  /** `startedMs`: since 1970. */
  | { t: 'run'; run: string; startedMs?: number; request: EvalRequest }
  /** `column` identifies text and model, so that a resumed run takes no answer of another. `key`: of the answer that was asked for. */
  | { t: 'case'; suite: string; column: string; result: CaseResult; spent?: Spent; key?: string };

/** Lines that wait for the disk before more work begins. */
const longestBacklog = 256;
/** Cells that are read back at once. */
const batch = 256;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The file of one run: each case as it is finished. Lines that come in the same moment go out in one write, and whoever added one is told
 * when it is in the file; nobody else is kept waiting.
 */
export class RunJournal {
  private pending = '';
  private told: (() => void)[] = [];
  private flushing: Promise<void> | null = null;

  constructor(
    private readonly context: EngineContext,
    private readonly path: string,
    /** Bytes that the file has. */
    private size: number,
  ) {}

  /** Calls `written` once the line is in the file. The promise is for whoever makes more lines: it waits while too many wait for the disk. */
  async add(line: JournalLine, written: (place: Place) => void): Promise<void> {
    const text = `${JSON.stringify(line)}\n`;
    const place = { offset: this.size, length: encoder.encode(text).length };
    this.size += place.length;
    this.pending += text;
    this.told.push(() => {
      written(place);
    });
    this.flushing ??= this.flush();
    if (this.told.length > longestBacklog) await this.flushing;
    // An append that failed is heard of by whoever drains.
    else this.flushing.catch(() => undefined);
  }

  /** Resolves when everything is in the file; throws IO_FAILED where something could not be written. */
  async drain(): Promise<void> {
    while (this.flushing !== null) await this.flushing;
  }

  private async flush(): Promise<void> {
    await this.context.ports.clock.sleep(0);
    const text = this.pending;
    const told = this.told;
    this.pending = '';
    this.told = [];
    await this.context.ports.fs.append(this.path, text);
    this.flushing = null;
    for (const tell of told) tell();
  }

  /** Results by their places, in that order; what stands close together is read at once. */
  async *results(places: readonly Place[]): AsyncGenerator<CaseResult> {
    const { fs } = this.context.ports;
    for (let first = 0; first < places.length; first += batch) {
      const wanted = places.slice(first, first + batch);
      const start = Math.min(...wanted.map(({ offset }) => offset));
      const end = Math.max(...wanted.map(({ offset, length }) => offset + length));
      const bytes = wanted.reduce((sum, { length }) => sum + length, 0);
      const whole = end - start <= 2 * bytes + 65_536 ? await fs.readRange(this.path, start, end - start) : null;
      for (const { offset, length } of wanted) {
        const piece =
          whole === null ? await fs.readRange(this.path, offset, length) : whole.subarray(offset - start, offset - start + length);
        const line = JSON.parse(decoder.decode(piece)) as JournalLine;
        if (line.t !== 'case') throw new EngineError('IO_FAILED', `The journal ${this.path} was changed while it was read. Run it again.`);
        yield line.result;
      }
    }
  }
}

/** Lines of a journal with their places, from a stream; one that is torn or damaged is left out. Returns the bytes up to the last line end. */
export async function readJournal(chunks: AsyncIterable<Uint8Array>, each: (line: JournalLine, place: Place) => void): Promise<number> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let offset = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const length = restBytes + end + 1 - from;
      const line = parseLine(decoder.decode(joined([...rest, chunk.subarray(from, end)])));
      if (line !== null) each(line, { offset, length });
      offset += length;
      rest = [];
      restBytes = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
  }
  return offset;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function parseLine(text: string): JournalLine | null {
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    // The line that was being written when the run was killed.
    return null;
  }
}
