/** From segments to the index: they are read like any log, with a reader of their own. */
import type { EngineContext } from '../../api.js';
import { EngineError } from '../../errors.js';
import { relative } from '../../paths.js';
import { readFile, type ReadingTools } from '../fileReading.js';
import { deterministicId } from '../identity.js';
import type { WriteCounts } from '../store.js';
import { isSegment } from './layout.js';
import type { SegmentStore } from './types.js';

const readerVersion = '1';

/** Adds to `counts`. Returns what has to be said. */
export async function indexSegments(
  context: EngineContext,
  source: { name: string; kind: string },
  segments: SegmentStore,
  options: Pick<ReadingTools, 'signal' | 'pseudonyms' | 'onWritten'> & { since: number | null; full: boolean },
  counts: WriteCounts,
): Promise<string[]> {
  const { fs, feedbackStore: store } = context.ports;
  const { files, notes } = await segments.open(source.name);
  const known = (await store.files()).filter((file) => file.source === source.name && isSegment(context.root, file.path));
  for (const file of known) {
    if (!files.some(({ path }) => path === file.path)) await store.dropFile(file.id);
  }
  const { since, full, signal, onWritten } = options;
  const fingerprint = deterministicId('segments', readerVersion, String(since));
  const { pseudonyms } = options;
  const { scanner } = context.ports;
  // Users in segments are pseudonyms already, and texts are redacted.
  const tools: ReadingTools = {
    fs,
    store,
    ...(scanner === undefined ? {} : { scanner }),
    source: null,
    pseudonyms,
    redaction: { kinds: [], patterns: [] },
    signal,
    onWritten,
  };
  for (const { path } of files) {
    const stat = await fs.stat(path);
    if (stat === null) continue;
    const request = { kind: source.kind, source: source.name, path, shownPath: relative(context.root, path), fingerprint, full, since };
    try {
      await readFile(request, stat, known.find((file) => file.path === path) ?? null, tools, counts);
    } catch (error) {
      // Replaced meanwhile: the next pull reads what is there then.
      if (!EngineError.is(error, 'IO_FAILED') || (await fs.stat(path)) !== null) throw error;
    }
  }
  return notes;
}
