/** Logs that are read where they are: uncompressed JSONL. The index holds file, offset and length of their lines. */
import type { EngineContext } from '../api.js';
import type { SourceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { isInside, relative } from '../paths.js';
import { readFile, scaleOf, setScale, type ReadingTools } from './fileReading.js';
import { deterministicId, type Pseudonyms } from './identity.js';
import { createLineReader } from './reader.js';
import { ScaleChange } from './records.js';
import { isSegment } from './segments/layout.js';
import { findSourceFiles } from './sourceFiles.js';
import { isReadInPlace } from './sources/files/inPlace.js';
import type { FileState, WriteCounts } from './store.js';

/** Part of every file's fingerprint: another way of reading means reading again. */
const readerVersion = '1';

/** As messages and ids name a file: workspace-relative where it is inside. */
export function shown(root: string, path: string): string {
  return isInside(path, root) ? relative(root, path) : path;
}

/** Adds to `counts`. Returns what was noticed and how it was read. */
export async function indexInPlace(
  context: EngineContext,
  source: SourceConfig,
  pseudonyms: Pseudonyms,
  options: Pick<ReadingTools, 'signal' | 'redaction' | 'onWritten'> & { since: number | null; full: boolean },
  counts: WriteCounts,
): Promise<string[]> {
  const { fs, feedbackStore: store } = context.ports;
  if (source.path === undefined) {
    throw new EngineError('CONFIG_INVALID', `Source "${source.name}" has no path. Add path: logs/feedback.jsonl or a glob.`);
  }
  // A map that cannot be used is said before anything is read.
  createLineReader(source);
  const { since } = options;
  const fingerprint = deterministicId(
    readerVersion,
    source.kind,
    JSON.stringify([source.map, source.scores, source.format, options.redaction]),
    String(since),
  );
  const known = (await store.files()).filter((file) => file.source === source.name && !isSegment(context.root, file.path));
  const found = await findSourceFiles(fs, context.root, source.path);
  // What is packed, or is no log of lines, goes through segments.
  const paths: string[] = [];
  for (const path of found) if (await isReadInPlace(fs, source.kind, path)) paths.push(path);
  const notes: string[] = [];
  for (const file of known) {
    if (paths.includes(file.path)) continue;
    await store.dropFile(file.id);
    notes.push(`${shown(context.root, file.path)} is gone; its records count no more.`);
  }
  if (found.length === 0) {
    throw new EngineError(
      'SOURCE_FAILED',
      `Source "${source.name}": no file matches ${source.path}. Check the path in .ratchet/config.yaml.`,
    );
  }
  const { scanner } = context.ports;
  const tools: ReadingTools = {
    fs,
    store,
    ...(scanner === undefined ? {} : { scanner }),
    source,
    pseudonyms,
    redaction: options.redaction,
    signal: options.signal,
    onWritten: options.onWritten,
  };
  if (options.full) await setScale(store, source.name, 'unit');
  let failures: EngineError[] = [];
  const read = async (files: readonly FileState[]): Promise<void> => {
    failures = [];
    for (const path of paths) {
      const request = {
        kind: source.kind,
        source: source.name,
        path,
        shownPath: shown(context.root, path),
        fingerprint,
        full: options.full,
        since,
      };
      try {
        const stat = await fs.stat(path);
        if (stat !== null) await readFile(request, stat, files.find((file) => file.path === path) ?? null, tools, counts);
      } catch (cause) {
        if (!EngineError.is(cause, 'IO_FAILED')) throw cause;
        failures.push(cause);
      }
    }
  };
  try {
    await read(known);
  } catch (change) {
    if (!(change instanceof ScaleChange)) throw change;
    await setScale(store, source.name, 'five');
    for (const file of await store.files()) {
      if (file.source === source.name && !isSegment(context.root, file.path)) await store.dropFile(file.id);
    }
    await read([]);
  }
  if (failures[0] !== undefined) throw failures[0];
  if ((await scaleOf(store, source.name)) === 'five') notes.push('Ratings over 1 occur, so ratings were read as 1 to 5.');
  return notes;
}
