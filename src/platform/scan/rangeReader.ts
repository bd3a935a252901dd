/** Reads a range of a file's lines, in whichever thread it runs. */
import { createHmac } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { createRedactor } from '../../engine/feedback/redaction/redactor.js';
import type { BuilderTools } from '../../engine/feedback/scan/batchBuilder.js';
import { LineScanner } from '../../engine/feedback/scan/lineScanner.js';
import type { RecordBatch } from '../../engine/feedback/scan/recordBatch.js';
import { readerOf, type ScanJob } from '../../engine/feedback/scan/scanner.js';

/** Lines that begin in `[from, to)`, whole also where they end behind it. */
export interface Range {
  from: number;
  to: number;
}

/** What fits into a processor's cache next to what is made of it. */
const chunkBytes = 256 * 1024;
const newline = 0x0a;

export class RangeReader {
  private readonly scanner: LineScanner;
  private readonly file: number;
  private readonly chunk = Buffer.allocUnsafeSlow(chunkBytes);

  constructor(private readonly job: ScanJob) {
    const { reader, quick } = readerOf(job.source);
    this.scanner = new LineScanner(reader, job.settings, toolsOf(job), { start: job.from, firstLine: 1, limit: job.to }, quick);
    this.file = openSync(job.path, 'r');
  }

  /** Line numbers begin with 1. Throws `ScaleChange`. */
  read({ from, to }: Range): RecordBatch {
    let at = from === this.job.from ? from : this.firstLine(from, to);
    this.scanner.restart({ start: at, firstLine: 1, limit: to });
    let open = at < to;
    while (open) {
      const length = readSync(this.file, this.scanner.room(chunkBytes), 0, chunkBytes, at);
      if (length === 0) break;
      open = this.scanner.fed(length);
      at += length;
    }
    if (open) this.scanner.finish();
    return this.scanner.take();
  }

  close(): void {
    closeSync(this.file);
  }

  /** Where the first line begins that begins in the range; its end where there is none. */
  private firstLine(from: number, to: number): number {
    for (let at = from - 1; at < to - 1;) {
      const length = readSync(this.file, this.chunk, 0, Math.min(chunkBytes, to - 1 - at), at);
      if (length === 0) break;
      const found = this.chunk.subarray(0, length).indexOf(newline);
      if (found >= 0) return at + found + 1;
      at += length;
    }
    return to;
  }
}

function toolsOf({ pseudonyms, redaction }: ScanJob): BuilderTools {
  const names = new Map<string, string>();
  const { key, purged, answers } = pseudonyms;
  const withheld = new Set(purged.values());
  const redactor = redaction === null ? null : createRedactor(redaction);
  return {
    pseudonym(raw) {
      let name = names.get(raw);
      if (name === undefined) {
        const own = createHmac('sha256', key).update(raw, 'utf8').digest('hex').slice(0, 32);
        name = purged.get(own) ?? own;
        if (names.size < 200_000) names.set(raw, name);
      }
      return name;
    },
    isWithheld:
      withheld.size === 0
        ? null
        : (name, interaction) => (name === null ? interaction !== null && answers.has(interaction) : withheld.has(name)),
    redact: (text) => redactor?.text(text) ?? text,
    // Node finds a byte in its own kind of buffer many times as fast.
    allocate: (size) => Buffer.allocUnsafeSlow(size),
  };
}
