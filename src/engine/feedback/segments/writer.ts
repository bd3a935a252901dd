/**
 * Appends lines to the segments of one source or part of it. Everything is on disk when an append resolves; where it fails nothing of it
 * is there, as far as the disk still lets itself be written. Several processes may append to one source: each holds its lock for one
 * append, and looks whether what it remembers of the segment still holds, since a purge replaces segments.
 */
import { EngineError } from '../../errors.js';
import { join } from '../../paths.js';
import type { Withholder } from '../purge/withholder.js';
import { numberOf, partFolder, segmentBytes, segmentPath, segmentsIn, sourceFolder, sourceLock, type SegmentTools } from './layout.js';
import { cutTornTail } from './tail.js';

interface OpenSegment {
  path: string;
  size: number;
}

export interface WriterOptions {
  source: string;
  part: string | null;
  /** When a new segment is begun; default 64 MiB. */
  maxBytes?: number;
  /** A torn line that a crash left behind was cut off. */
  onTorn?: (note: string) => void;
  /** Who was purged meanwhile does not come back with lines that were prepared before. */
  withholder?: Withholder;
}

export class SegmentWriter {
  private known: OpenSegment | null = null;
  private readonly encoder = new TextEncoder();
  private readonly folder: string;
  private readonly maxBytes: number;

  constructor(
    private readonly tools: SegmentTools,
    private readonly options: WriterOptions,
  ) {
    this.folder = partFolder(tools.root, options.source, options.part);
    this.maxBytes = options.maxBytes ?? segmentBytes;
  }

  /** `lines` without line ends, prepared and complete. Returns how many bytes were written. Throws IO_FAILED (`details.reason` `ENOSPC` for a full disk), LOCKED. */
  async append(lines: readonly string[]): Promise<number> {
    if (lines.length === 0) return 0;
    const { root, locks } = this.tools;
    return locks.withLock(sourceLock(root, this.options.source), () => this.appendLocked(lines));
  }

  /** For who holds the source's lock already. */
  async appendLocked(lines: readonly string[]): Promise<number> {
    const { fs } = this.tools;
    const kept = (await this.options.withholder?.check(lines)) ?? lines;
    if (kept.length === 0) return 0;
    const text = `${kept.join('\n')}\n`;
    const bytes = this.encoder.encode(text).length;
    const { path, size } = await this.open(bytes);
    this.known = null;
    try {
      await fs.append(path, text, { sync: true });
    } catch (error) {
      // Half a batch must not count. Where this fails too, the next who comes cuts the half line off.
      await fs.truncate(path, size).catch(() => undefined);
      throw error;
    }
    this.known = { path, size: size + bytes };
    return bytes;
  }

  /** Begins a new segment with the next append, whatever is in the last one. Call it under the source's lock. */
  async begin(): Promise<string> {
    const last = (await segmentsIn(this.tools.fs, this.folder)).at(-1);
    this.known = await this.create(last === undefined ? 1 : numberOf(last) + 1);
    return this.known.path;
  }

  private async open(bytes: number): Promise<OpenSegment> {
    const { fs } = this.tools;
    const before = this.known;
    let segment = before !== null && (await fs.stat(before.path))?.size === before.size ? before : await this.last();
    segment ??= await this.create(1);
    return segment.size > 0 && segment.size + bytes > this.maxBytes ? this.create(numberOf(segment.path) + 1) : segment;
  }

  private async last(): Promise<OpenSegment | null> {
    const { fs, clock } = this.tools;
    const path = (await segmentsIn(fs, this.folder)).at(-1);
    const stat = path === undefined ? null : await fs.stat(path);
    if (path === undefined || stat === null) return null;
    const cut = await cutTornTail(fs, path, stat.size, clock.now());
    if (cut > 0) this.options.onTorn?.(tornNote(this.tools.root, path, cut));
    return { path, size: stat.size - cut };
  }

  /** Each name is on disk before a line is: a file whose folder is not is no file after a crash. */
  private async create(number: number): Promise<OpenSegment> {
    const { fs, root } = this.tools;
    const { source, part } = this.options;
    await writeOnce(this.tools, join(sourceFolder(root, source), 'source.json'), { source });
    if (part !== null) await writeOnce(this.tools, join(this.folder, 'part.json'), { part });
    const path = segmentPath(this.folder, number);
    await fs.writeNew(path, '');
    return { path, size: 0 };
  }
}

async function writeOnce({ fs }: SegmentTools, path: string, content: Record<string, string>): Promise<void> {
  if ((await fs.stat(path)) === null) await fs.write(path, `${JSON.stringify(content)}\n`);
}

export function tornNote(root: string, path: string, bytes: number): string {
  const shown = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  return `${shown} ended in the middle of a line; ${String(bytes)} bytes were cut off and are kept beside it.`;
}

/** Reads a small document of the store; `null` where it is not there or not JSON. */
export async function readSmall({ fs }: SegmentTools, path: string): Promise<Record<string, unknown> | null> {
  if ((await fs.stat(path)) === null) return null;
  try {
    const value: unknown = JSON.parse(await fs.read(path));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch (error) {
    if (error instanceof SyntaxError || EngineError.is(error, 'IO_FAILED')) return null;
    throw error;
  }
}
