/**
 * Files that are not read in place: JSON, CSV, OTLP, and anything packed with gzip. A file is a part: when it is replaced, its own records go with it.
 * Lines and rows that were added are read on from where the last pull ended.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { SourceConfig } from '../../../config/types.js';
import { EngineError, throwIfAborted } from '../../../errors.js';
import { isInside, relative } from '../../../paths.js';
import type { FileStat, FileSystem } from '../../../ports.js';
import { maxLineBytes } from '../../lines.js';
import { createLineReader, type LineReader } from '../../reader.js';
import { rejectReasons, Rejection, ScaleChange, type LineContext } from '../../records.js';
import { findSourceFiles } from '../../sourceFiles.js';
import { toIso, parseTime } from '../../time.js';
import { field, isShallow, jsonText, type Json } from '../../values.js';
import type { FeedbackSource, ReadOptions, SourceBatch, SourceFactory, SourceReject, SourceTools } from '../source.js';
import { fileRecords, type FileRecord } from './fileRecords.js';
import { isReadInPlace } from './inPlace.js';
import { probeFiles } from './probe.js';
import { judgedRows, type JudgedRows } from './repeats.js';
import { headOf, sniff, type Content } from './sniff.js';
import { isRead, readState, writeState, type FilePlace, type FilesState } from './state.js';

/** What a packed file may unpack to. */
export const maxUnpackedBytes = 8 * 1024 * 1024 * 1024;
const probeBytes = 4096;
const batchRecords = 2000;
/** A record is at most about twice as long as what it was made from. */
const surelyShort = 300 * 1024;

export const createFilesSource: SourceFactory = (config, tools) => new FilesSource(config, tools);

class FilesSource implements FeedbackSource {
  readonly kind: string;

  constructor(
    private readonly config: SourceConfig,
    private readonly tools: SourceTools,
  ) {
    this.kind = config.kind;
  }

  probe(signal?: AbortSignal) {
    return probeFiles(this.config, this.tools, signal);
  }

  async parts(): Promise<string[]> {
    return (await this.files()).map((path) => this.shown(path));
  }

  /** Of those that match, the ones that are not read in place. Throws CONFIG_INVALID, SOURCE_FAILED. */
  private async files(): Promise<string[]> {
    const { config, tools } = this;
    if (config.path === undefined) {
      throw new EngineError('CONFIG_INVALID', `Source "${config.name}" has no path. Add path: logs/feedback.csv or a glob.`);
    }
    const found = await findSourceFiles(tools.fs, tools.root, config.path);
    if (found.length === 0) {
      const message = `Source "${config.name}": no file matches ${config.path}. Check the path in .ratchet/config.yaml.`;
      throw new EngineError('SOURCE_FAILED', message);
    }
    const own: string[] = [];
    for (const path of found) if (!(await isReadInPlace(tools.fs, config.kind, path))) own.push(path);
    return own;
  }

  private shown(path: string): string {
    return isInside(path, this.tools.root) ? relative(this.tools.root, path) : path;
  }

  async *read(stored: Json | null, options: ReadOptions): AsyncGenerator<SourceBatch> {
    const reader = createLineReader(this.config);
    const paths = await this.files();
    const state = readState(options.full ? null : stored);
    const there = new Set(paths.map((path) => this.shown(path)));
    for (const part of state.files.keys()) if (!there.has(part)) state.changed = state.files.delete(part);
    try {
      yield* this.readAll(paths, reader, state, options);
    } catch (error) {
      if (!(error instanceof ScaleChange)) throw error;
      // What was read as [0, 1] is read again, in all files: the scale is the source's.
      const again: FilesState = { scale: 'five', judged: '', files: new Map(), changed: true };
      yield { records: [], rejected: [], state: writeState(again), notes: ['Ratings over 1 occur, so ratings were read as 1 to 5.'] };
      yield* this.readAll(paths, reader, again, options);
    }
  }

  private async *readAll(
    paths: readonly string[],
    reader: LineReader,
    state: FilesState,
    options: ReadOptions,
  ): AsyncGenerator<SourceBatch> {
    let failure: EngineError | null = null;
    const parts = paths.map((path) => ({ path, part: this.shown(path) }));
    const maxBytes = maxUnpackedBytes;
    const judged = await judgedRows({ fs: this.tools.fs, config: this.config, reader, maxBytes, signal: options.signal }, parts, state);
    for (const path of paths) {
      throwIfAborted(options.signal);
      try {
        yield* this.readFile(path, reader, judged, state, options);
      } catch (error) {
        // One file that cannot be read takes nothing from the others.
        if (!EngineError.is(error, 'IO_FAILED')) throw error;
        failure ??= error;
      }
    }
    if (failure !== null) throw failure;
  }

  private async *readFile(
    path: string,
    reader: LineReader,
    judged: JudgedRows,
    state: FilesState,
    options: ReadOptions,
  ): AsyncGenerator<SourceBatch> {
    const { fs } = this.tools;
    const part = this.shown(path);
    const stat = await fs.stat(path);
    const before = state.files.get(part);
    if (stat === null || isRead(before, stat)) return;
    const { head, packed } = await headOf(fs, path, maxUnpackedBytes);
    const content = sniff(head, this.config.kind);
    if (content.form === 'refused') {
      throw new EngineError('IO_FAILED', `Cannot read ${part}: ${content.reason}`, { path, reason: 'not-supported' });
    }
    const grows = !packed && (content.form === 'lines' || content.form === 'csv');
    const from = grows && before !== undefined && (await continues(fs, path, stat, before)) ? before : null;
    const reading = new FileReading(this.config, reader, judged, { part, head, stat, scale: state.scale, since: options.since });
    const notes: string[] = [];
    const note = noteOfForm(this.config.kind, content);
    if (note !== null) notes.push(`${part} ${note}`);
    let place: FilePlace = from ?? { size: 0, mtimeMs: 0, offset: 0, line: 1, head: '', anchor: '', tail: false, done: false };
    let restart = from === null;
    const batch = async (done: boolean): Promise<SourceBatch> => {
      if (grows) place = { ...place, ...(await fingerprints(fs, path, place.offset)) };
      if (done) place = { ...place, size: stat.size, mtimeMs: stat.mtimeMs, done: true };
      state.files.set(part, place);
      const { records, rejected } = reading.take();
      const result = { records, rejected, state: writeState(state), notes: notes.splice(0), part, ...(restart ? { restart } : {}) };
      restart = false;
      return result;
    };
    const place0 = { fs, path, packed, maxBytes: maxUnpackedBytes, offset: place.offset, line: place.line };
    const options0 = { scores: this.config.scores ?? {}, instance: '' };
    for await (const records of fileRecords({ ...place0, options: options0 }, content, (text) => notes.push(`${part}: ${text}`))) {
      for (const record of records) {
        if (record.problem === rejectReasons.incomplete && grows) {
          notes.push(`${part}: the last line (${String(record.line)}) is not complete and was left for the next pull.`);
          continue;
        }
        reading.add(record);
        place = { ...place, offset: record.end, line: record.nextLine, tail: !record.complete, done: false };
        if (reading.size >= batchRecords) {
          yield await batch(false);
          throwIfAborted(options.signal);
        }
      }
    }
    if (reading.repeated > 0) {
      notes.push(
        `${part}: ${String(reading.repeated)} ${reading.repeated === 1 ? 'judgement stands' : 'judgements stand'} as records of their own in the files of this source too; those count, once.`,
      );
    }
    yield await batch(true);
  }
}

/** Is the file what was read before, with something behind it? */
async function continues(fs: FileSystem, path: string, stat: FileStat, place: FilePlace): Promise<boolean> {
  if (place.offset === 0 || stat.size < place.offset) return false;
  const { head, anchor } = await fingerprints(fs, path, place.offset);
  if (head !== place.head || anchor !== place.anchor) return false;
  if (!place.tail || stat.size === place.offset) return true;
  // A last line without a line end was taken as it was: more of it makes it another one.
  const next = (await fs.readRange(path, place.offset, 1))[0];
  return next === 0x0a || next === 0x0d;
}

async function fingerprints(fs: FileSystem, path: string, offset: number): Promise<{ head: string; anchor: string }> {
  const hash = async (from: number): Promise<string> => {
    const start = Math.max(0, from);
    return bytesToHex(sha256(await fs.readRange(path, start, Math.min(probeBytes, offset - start))).subarray(0, 8));
  };
  return { head: await hash(0), anchor: await hash(offset - probeBytes) };
}

function noteOfForm(kind: string, content: Content): string | null {
  if (content.form === 'empty' || content.form === 'refused') return null;
  const expected: Record<string, readonly string[]> = {
    jsonl: ['lines'],
    json: ['json'],
    csv: ['csv'],
    'otlp-file': ['lines', 'otlp', 'json'],
  };
  if (expected[kind]?.includes(content.form) === true) return null;
  const words = { lines: 'JSON lines', json: 'JSON', csv: 'CSV', otlp: 'OTLP in protobuf' };
  return `holds ${words[content.form]} and was read as that.`;
}

/** Turns records of one file into those of the canonical schema, and counts what it cannot. */
class FileReading {
  private records: Json[] = [];
  private rejected: SourceReject[] = [];
  /** Records that only repeat others, and were left out. */
  repeated = 0;
  private readonly context: Omit<LineContext, 'offset' | 'line' | 'reject'>;
  private readonly time: string;
  /** For records that were OTLP in protobuf. */
  private readonly decoded: LineReader;
  private readonly since: number | null;

  constructor(
    config: SourceConfig,
    private readonly reader: LineReader,
    private readonly judged: JudgedRows,
    file: { part: string; head: Uint8Array; stat: FileStat; scale: LineContext['scale']; since: number | null },
  ) {
    // Ids of records that have none and no time come from the file's first bytes and not from its name: a file that was rotated is the same file.
    const path = bytesToHex(sha256(file.head.subarray(0, probeBytes)).subarray(0, 16));
    this.context = { kind: config.kind, source: config.name, path, scale: file.scale };
    this.time = toIso(Math.floor(file.stat.mtimeMs));
    this.since = file.since;
    this.decoded = createLineReader({ ...config, format: 'canonical' });
  }

  get size(): number {
    return this.records.length + this.rejected.length;
  }

  take(): { records: Json[]; rejected: SourceReject[] } {
    const { records, rejected } = this;
    this.records = [];
    this.rejected = [];
    return { records, rejected };
  }

  /** Throws `ScaleChange`. */
  add({ record, problem, text, offset, line, decoded }: FileRecord): void {
    if (record === null) {
      this.rejected.push({ reason: problem ?? rejectReasons.notJson, line });
      return;
    }
    const reject = (reason: string): void => {
      this.rejected.push({ reason, line });
    };
    try {
      const context: LineContext = { ...this.context, offset, line, reject };
      const reader = decoded === true ? this.decoded : this.reader;
      for (const canonical of reader.canonical(record, text, context)) this.keep(canonical, text.length > surelyShort || decoded === true);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      reject(error.reason);
    }
  }

  private keep(canonical: Json, mayBeLong: boolean): void {
    const time = parseTime(field(canonical, 'time'));
    if (this.since !== null && time !== null && time < this.since) return;
    if (this.judged.covers(canonical)) {
      this.repeated++;
      return;
    }
    if (!isShallow(canonical)) throw new Rejection(rejectReasons.tooDeep);
    if (mayBeLong && jsonText(canonical).length > maxLineBytes) throw new Rejection(rejectReasons.tooLong);
    this.records.push(time === null ? { ...canonical, time: this.time } : canonical);
  }
}
