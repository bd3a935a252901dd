/**
 * Takes in what is new in one file. Complete lines are read once; an unfinished last line is read as it is, and again when
 * the file has grown. A file whose beginning or whose bytes before the last offset are not those that were read is another
 * file (rotated, truncated, edited) and is read from its start. A change in the middle that keeps both cannot be seen
 * before the next `--full`.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { throwIfAborted } from '../errors.js';
import type { FileStat, FileSystem } from '../ports.js';
import type { Pseudonyms } from './identity.js';
import { storedFeedback, storedInteraction } from './indexing.js';
import { splitLines, type Line } from './lines.js';
import { StoredRejection } from './segments/segmentReader.js';
import { rejectReasons, Rejection, ScaleChange, type RatingScale, type ReadRecord, type RejectReason } from './records.js';
import type { LineReader } from './reader.js';
import type { FeedbackStore, FileState, StoredFeedback, StoredInteraction, WriteBatch, WriteCounts } from './store.js';

const probeBytes = 4096;
const batchLines = 20_000;

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
  reader: LineReader;
  pseudonyms: Pick<Pseudonyms, 'of' | 'isWithheld'>;
  signal: AbortSignal | undefined;
}

/** Adds to `counts`. */
export async function readFile(
  request: FileRequest,
  stat: FileStat,
  before: FileState | null,
  tools: ReadingTools,
  counts: WriteCounts,
): Promise<void> {
  const { fs, store } = tools;
  let state = before;
  if (state !== null && !(await continues(fs, request, stat, state))) {
    await store.dropFile(state.id);
    state = null;
  }
  if (state !== null && state.size === stat.size) return;
  try {
    await readFrom(request, stat, state, state?.scale ?? 'unit', tools, counts);
  } catch (error) {
    if (!(error instanceof ScaleChange)) throw error;
    const partial = (await store.files()).find((each) => each.source === request.source && each.path === request.path);
    if (partial !== undefined) await store.dropFile(partial.id);
    await readFrom(request, stat, null, 'five', tools, counts);
  }
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
  let end = state.offset;
  const batch = newBatch(state);
  const flush = async (last: boolean): Promise<void> => {
    // Only a file that was read to its end counts as read: a stop in between leaves a size that makes the next pull go on.
    const done = last ? { size: end, mtimeMs: await timeOfReading(fs, path, stat, end) } : { size: state.offset, mtimeMs: 0 };
    state = {
      ...state,
      ...done,
      head: await probe(fs, path, 0, state.offset),
      anchor: await probe(fs, path, state.offset - probeBytes, state.offset),
    };
    const written = await store.write({ ...batch, file: state, dropFrom });
    dropFrom = null;
    for (const kind of ['interactions', 'feedback'] as const) {
      counts[kind].new += written[kind].new;
      counts[kind].updated += written[kind].updated;
    }
    Object.assign(batch, newBatch(state));
  };
  const context = { kind: request.kind, source, path: request.shownPath, scale };
  let inBatch = 0;
  for await (const lines of splitLines(fs.stream(path, state.offset), state.offset)) {
    for (const line of lines) {
      const number = state.lines + 1;
      takeLine(line, number, tools, { ...context, offset: line.offset, line: number }, request, batch);
      end = line.offset + line.length + (line.complete ? 1 : 0);
      if (line.complete) state = { ...state, offset: end, lines: number };
    }
    inBatch += lines.length;
    if (inBatch >= batchLines) {
      await flush(false);
      inBatch = 0;
      throwIfAborted(tools.signal);
    }
  }
  await flush(true);
}

/** A file that grew while it was read has a later time than the one that it was opened with. */
async function timeOfReading(fs: FileSystem, path: string, stat: FileStat, end: number): Promise<number> {
  const now = stat.size === end ? null : await fs.stat(path);
  return now?.size === end ? now.mtimeMs : stat.mtimeMs;
}

function newBatch(file: FileState): WriteBatch & { interactions: StoredInteraction[]; feedback: StoredFeedback[] } {
  return { file, dropFrom: null, interactions: [], feedback: [], rejected: [] };
}

function takeLine(
  line: Line,
  number: number,
  tools: ReadingTools,
  context: Parameters<LineReader['read']>[1],
  request: FileRequest,
  batch: WriteBatch,
): void {
  const { text } = line;
  if (text !== null && text.trim() === '') return;
  const reject = (reason: RejectReason): void => {
    batch.rejected.push({ reason, line: number, tail: !line.complete });
  };
  if (text === null) {
    reject(rejectReasons.tooLong);
    return;
  }
  let records: ReadRecord[];
  try {
    records = tools.reader.read(text, context);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    if (error instanceof StoredRejection) {
      const { reason, line, count } = error;
      batch.rejected.push({ reason, line, count, tail: false });
      return;
    }
    reject(!line.complete && error.reason === rejectReasons.notJson ? rejectReasons.incomplete : error.reason);
    return;
  }
  const place = { offset: line.offset, length: line.length, line: number, text };
  for (const record of records) {
    if (request.since !== null && record.time !== null && record.time < request.since) continue;
    if (record.kind === 'interaction') batch.interactions.push(storedInteraction(record, place, tools.pseudonyms));
    else batch.feedback.push(storedFeedback(record, place, tools.pseudonyms));
  }
}
