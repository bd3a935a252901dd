/**
 * Judgements that an export says twice: Langfuse has each score as a record of its own and again as a column of its observation, LangSmith each feedback
 * and again in `feedback_stats` of its run. Where both are there, by the run or observation and the name of the metric, the record of its own counts:
 * it knows who said it, and what came later.
 */
import type { SourceConfig } from '../../../config/types.js';
import { EngineError, throwIfAborted } from '../../../errors.js';
import type { FileSystem } from '../../../ports.js';
import { contentHash } from '../../contentHash.js';
import type { LineReader } from '../../reader.js';
import { Rejection } from '../../records.js';
import { detectShape } from '../../shapes/detect.js';
import { langfuseObservations, langfuseScores } from '../../shapes/langfuse.js';
import { langsmithFeedbacks, langsmithRuns } from '../../shapes/langsmith.js';
import type { Shape } from '../../shapes/shape.js';
import { isObject, objectField, textOf, type Json } from '../../values.js';
import { fileRecords } from './fileRecords.js';
import { headOf, sniff } from './sniff.js';
import { isRead, type FilesState } from './state.js';

/** By `source.kind` and `source.record_type` of the canonical record. */
const rowTypes = new Set(['langfuse score', 'langsmith feedback']);
const repeatingTypes = new Set(['langfuse observation', 'langsmith feedback_stats']);

const rowShapes: readonly (Shape | null)[] = [langfuseScores, langsmithFeedbacks];
const repeatingShapes: readonly (Shape | null)[] = [langfuseObservations, langsmithRuns];

type Holds = 'rows' | 'repeating' | 'both' | 'neither';

/** What a record is of, as these files have it. */
export function holdsOf(record: Json): Holds {
  const shape = detectShape(record);
  if (rowShapes.includes(shape)) return 'rows';
  return repeatingShapes.includes(shape) ? 'repeating' : 'neither';
}

/** By the first record of a file. Lines of one file may be of both kinds. Throws IO_FAILED. */
async function holdsOfFile(fs: FileSystem, kind: string, path: string, maxBytes: number): Promise<Holds> {
  const { head, packed } = await headOf(fs, path, maxBytes);
  const content = sniff(head, kind);
  if (content.form !== 'lines' && content.form !== 'json' && content.form !== 'csv') return 'neither';
  const part = { fs, path, packed, maxBytes, offset: 0, line: 1, options: { scores: {}, instance: '' } };
  for await (const records of fileRecords(part, content, () => undefined)) {
    const first = records.find(({ record }) => record !== null)?.record ?? null;
    if (first === null) continue;
    const holds = holdsOf(first);
    return holds !== 'neither' && content.form === 'lines' ? 'both' : holds;
  }
  return 'neither';
}

/** The judgements that have records of their own. */
export class JudgedRows {
  private readonly keys = new Set<string>();

  add(record: Json): void {
    const key = keyOf(record, rowTypes);
    if (key !== null) this.keys.add(key);
  }

  /** Is the record one that only repeats such a judgement? */
  covers(record: Json): boolean {
    if (this.keys.size === 0) return false;
    const key = keyOf(record, repeatingTypes);
    return key !== null && this.keys.has(key);
  }

  /** The same for the same judgements, in whatever order they were added. */
  get digest(): string {
    let [low, high] = [0, 0];
    for (const key of this.keys) {
      low = (low + Number.parseInt(key.slice(0, 8), 16)) % 0x100000000;
      high ^= Number.parseInt(key.slice(8, 16), 16);
    }
    return this.keys.size === 0 ? '' : `${String(this.keys.size)} ${low.toString(16)} ${(high >>> 0).toString(16)}`;
  }
}

function keyOf(record: Json, types: ReadonlySet<string>): string | null {
  if (record['schema'] !== 'promptratchet.feedback/1' || !isObject(record['source'])) return null;
  const kind = textOf(record['source']['kind']) ?? '';
  if (!types.has(`${kind} ${textOf(record['source']['record_type']) ?? ''}`)) return null;
  const span = textOf(record['span_id']);
  return span === null ? null : contentHash(`judged|${kind}|`, `${span}|${textOf(objectField(record, 'attributes')['metric']) ?? ''}`);
}

interface RowTools {
  fs: FileSystem;
  config: SourceConfig;
  reader: LineReader;
  /** What a packed file may unpack to. */
  maxBytes: number;
  signal: AbortSignal | undefined;
}

/**
 * The judgements with records of their own, where other files may repeat them; none where no file has to be read. Where there are others than before,
 * files that repeat are read anew: their places are taken out of `state`. A file that cannot be read says so when it is read. Throws `ScaleChange`,
 * CANCELLED.
 */
export async function judgedRows(
  tools: RowTools,
  files: readonly { path: string; part: string }[],
  state: FilesState,
): Promise<JudgedRows> {
  const judged = new JudgedRows();
  const stats = await Promise.all(files.map(({ path }) => tools.fs.stat(path)));
  if (!state.changed && files.every(({ part }, index) => isRead(state.files.get(part), stats[index] ?? null))) return judged;
  const rows: string[] = [];
  const repeating: { path: string; part: string }[] = [];
  for (const file of files) {
    const holds = await readable(() => holdsOfFile(tools.fs, tools.config.kind, file.path, tools.maxBytes));
    if (holds === 'rows' || holds === 'both') rows.push(file.path);
    if (holds === 'repeating' || holds === 'both') repeating.push(file);
  }
  if (repeating.length > 0) for (const path of rows) await readable(() => addRows(tools, path, judged, state.scale));
  const { digest } = judged;
  if (digest !== state.judged) for (const { part } of repeating) state.files.delete(part);
  state.judged = digest;
  return judged;
}

async function readable<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!EngineError.is(error, 'IO_FAILED')) throw error;
    return null;
  }
}

async function addRows({ fs, config, reader, maxBytes, signal }: RowTools, path: string, judged: JudgedRows, scale: FilesState['scale']) {
  const { kind, name, scores = {} } = config;
  const { head, packed } = await headOf(fs, path, maxBytes);
  const part = { fs, path, packed, maxBytes, offset: 0, line: 1, options: { scores, instance: '' } };
  for await (const records of fileRecords(part, sniff(head, kind), () => undefined)) {
    throwIfAborted(signal);
    for (const { record, text, offset, line } of records) {
      if (record === null || holdsOf(record) !== 'rows') continue;
      try {
        for (const canonical of reader.canonical(record, text, { kind, source: name, path, offset, line, scale })) judged.add(canonical);
      } catch (error) {
        // It is counted when the file is read.
        if (!(error instanceof Rejection)) throw error;
      }
    }
  }
}
