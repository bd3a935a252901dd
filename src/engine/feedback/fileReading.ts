/**
 * Takes in what is new in one file. Complete lines are read once; an unfinished last line is read as it is, and again when
 * the file has grown. A file whose beginning or whose bytes before the last offset are not those that were read is another
 * file (rotated, truncated, edited) and is read from its start. A change in the middle that keeps both cannot be seen
 * before the next `--full`.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { RedactionConfig, SourceConfig } from '../config/types.js';
import { throwIfAborted } from '../errors.js';
import type { FileStat, FileSystem } from '../ports.js';
import type { Pseudonyms } from './identity.js';
import type { RatingScale } from './records.js';
import { createRedactor } from './redaction/redactor.js';
import { LineScanner } from './scan/lineScanner.js';
import type { RecordBatch, ScanSettings } from './scan/recordBatch.js';
import { readerOf, type Scanner, type ScanJob } from './scan/scanner.js';
import type { FeedbackStore, FileState, WriteCounts } from './store.js';

const probeBytes = 4096;
/** Records that go into the index in one transaction. */
const batchRecords = 20_000;

export interface FileRequest {
  kind: string;
  source: string;
  path: string;
  /** As ids and messages name it: workspace-relative. */
  shownPath: string;
  fingerprint: string;
  full: boolean;
  /** Records before this time are left out. */
  since: number | null;
}

export interface ReadingTools {
  fs: FileSystem;
  store: FeedbackStore;
  /** Reads large files in other threads. */
  scanner?: Scanner;
  /** Whose lines they are; `null` for segments, in which users are pseudonyms and texts are redacted. */
  source: SourceConfig | null;
  pseudonyms: Pseudonyms;
  /** For the comments of a log that is read in place. */
  redaction: RedactionConfig;
  signal: AbortSignal | undefined;
  /** Called behind each write with its number of records. */
  onWritten: ((records: number) => Promise<void>) | undefined;
}

const scaleKey = (source: string): string => `scale ${source}`;

/** How ratings without a range are read is decided for the whole source: a day of one-star ratings alone looks like a log of 0 and 1. */
export async function setScale(store: FeedbackStore, source: string, scale: RatingScale): Promise<void> {
  if ((await scaleOf(store, source)) !== scale) await store.setMeta(scaleKey(source), scale);
}

export async function scaleOf(store: FeedbackStore, source: string): Promise<RatingScale> {
  return (await store.getMeta(scaleKey(source))) === 'five' ? 'five' : 'unit';
}

/** Adds to `counts`. Throws `ScaleChange` where all files of the source have to be read again with the other scale, which `setScale` sets. */
export async function readFile(
  request: FileRequest,
  stat: FileStat,
  before: FileState | null,
  tools: ReadingTools,
  counts: WriteCounts,
): Promise<void> {
  const { fs, store } = tools;
  const scale = await scaleOf(store, request.source);
  let state = before;
  if (state !== null && (state.scale !== scale || !(await continues(fs, request, stat, state)))) {
    await store.dropFile(state.id);
    state = null;
  }
  if (state !== null && state.size === stat.size) return;
  await readFrom(request, stat, state, scale, tools, counts);
}

/** Is the file what was read, with nothing or something behind it? */
async function continues(fs: FileSystem, request: FileRequest, stat: FileStat, state: FileState): Promise<boolean> {
  if (request.full || state.fingerprint !== request.fingerprint || stat.size < state.size) return false;
  if (stat.size === state.size) return stat.mtimeMs === state.mtimeMs;
  return (
    (await probe(fs, request.path, 0, state.offset)) === state.head &&
    (await probe(fs, request.path, state.offset - probeBytes, state.offset)) === state.anchor
  );
}

async function probe(fs: FileSystem, path: string, from: number, offset: number): Promise<string> {
  const start = Math.max(0, from);
  const length = Math.min(probeBytes, offset - start);
  return length <= 0 ? '' : bytesToHex(sha256(await fs.readRange(path, start, length)));
}

async function readFrom(
  request: FileRequest,
  stat: FileStat,
  before: FileState | null,
  scale: RatingScale,
  tools: ReadingTools,
  counts: WriteCounts,
): Promise<void> {
  const { fs, store } = tools;
  const { source, path, fingerprint } = request;
  let state =
    before ?? (await store.addFile({ source, path, offset: 0, lines: 0, size: 0, mtimeMs: 0, head: '', anchor: '', fingerprint, scale }));
  let dropFrom = before === null || before.size === before.offset ? null : before.offset;
  let batches: RecordBatch[] = [];
  let records = 0;
  let end = state.offset;
  const flush = async (last: boolean): Promise<void> => {
    // Only a file that was read to its end counts as read: a stop in between leaves a size that makes the next pull go on.
    const done = last ? { size: end, mtimeMs: await timeOfReading(fs, path, stat, end) } : { size: state.offset, mtimeMs: 0 };
    state = {
      ...state,
      ...done,
      head: await probe(fs, path, 0, state.offset),
      anchor: await probe(fs, path, state.offset - probeBytes, state.offset),
    };
    const written = await store.write({ file: state, dropFrom, records: batches });
    const count = records;
    dropFrom = null;
    batches = [];
    records = 0;
    for (const kind of ['interactions', 'feedback'] as const) {
      counts[kind].new += written[kind].new;
      counts[kind].updated += written[kind].updated;
    }
    await tools.onWritten?.(count);
  };
  const settings = {
    kind: request.kind,
    source,
    path: request.shownPath,
    scale,
    since: request.since,
    pseudonymous: tools.source === null,
  };
  for await (const batch of scan(path, stat, state, settings, tools)) {
    state = { ...state, offset: batch.end, lines: state.lines + batch.lines };
    end = batch.tailEnd;
    batches.push(batch);
    records += batch.interactions.count + batch.feedback.count;
    if (records < batchRecords) continue;
    await flush(false);
    throwIfAborted(tools.signal);
  }
  await flush(true);
}

async function* scan(
  path: string,
  stat: FileStat,
  { offset, lines }: FileState,
  settings: ScanSettings,
  tools: ReadingTools,
): AsyncGenerator<RecordBatch> {
  const { fs, scanner, source, pseudonyms, signal } = tools;
  const redaction = source === null ? null : tools.redaction;
  if (scanner !== undefined && stat.size - offset >= scanner.minBytes) {
    const job: ScanJob = {
      path,
      from: offset,
      to: stat.size,
      firstLine: lines + 1,
      source,
      settings,
      pseudonyms: pseudonyms.share(),
      redaction,
    };
    yield* scanner.scan(job, signal);
    return;
  }
  const { reader, quick } = readerOf(source);
  const redactor = redaction === null ? null : createRedactor(redaction);
  const own = new LineScanner(
    reader,
    settings,
    {
      pseudonym: (raw) => pseudonyms.of(raw),
      isWithheld: pseudonyms.withholds ? (name, interaction) => pseudonyms.isWithheld(name, interaction) : null,
      redact: (text) => redactor?.text(text) ?? text,
      allocate: (size) => new Uint8Array(size),
    },
    { start: offset, firstLine: lines + 1, limit: Infinity },
    quick,
  );
  for await (const chunk of fs.stream(path, offset)) {
    own.feed(chunk);
    if (own.count >= batchRecords) yield own.take();
  }
  own.finish();
  yield own.take();
}

/** A file that grew while it was read has a later time than the one that it was opened with. */
async function timeOfReading(fs: FileSystem, path: string, stat: FileStat, end: number): Promise<number> {
  const now = stat.size === end ? null : await fs.stat(path);
  return now?.size === end ? now.mtimeMs : stat.mtimeMs;
}
