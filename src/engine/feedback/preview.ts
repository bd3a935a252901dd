/** First records of a source of files as they would be understood, without taking anything in: *Connect a Feedback Source…*. */
import type { EngineContext } from '../api.js';
import type { SourceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { isInside, relative } from '../paths.js';
import { listJsonPaths, parseJsonPath, readJsonPath } from './jsonPath.js';
import { createLineReader, type LineReader } from './reader.js';
import { Rejection, ScaleChange, type RatingScale, type ReadFeedback, type ReadRecord } from './records.js';
import { findSourceFiles } from './sourceFiles.js';
import { protobufTitle } from './sources/files/sniff.js';
import { firstRecords, type FirstRecords } from './sources/files/probe.js';
import type { FileRecord } from './sources/files/fileRecords.js';
import type { SourcePreview } from './types.js';

type PreviewRecord = SourcePreview['records'][number];

const fileKinds: readonly string[] = ['jsonl', 'json', 'csv', 'otlp-file'];

/** `onlyPrompt`: what a record without a prompt is taken to speak of. */
export async function preview(
  context: EngineContext,
  source: SourceConfig,
  limit: number,
  onlyPrompt: string | null,
): Promise<SourcePreview> {
  const result: SourcePreview = { kind: source.kind, path: source.path ?? '', detected: 'nothing', records: [], fields: [], problems: [] };
  const metrics = new Metrics();
  try {
    if (!fileKinds.includes(source.kind)) {
      throw new EngineError('SOURCE_FAILED', `Sources of kind ${source.kind} have no preview. Test the connection instead.`);
    }
    const readers: Readers = {
      raw: createLineReader(source, metrics.add),
      decoded: createLineReader({ ...source, format: 'canonical' }),
    };
    const path = await firstFile(context, source, result);
    const first = await firstRecords(context.ports.fs, source, path, limit);
    if (first.content.form === 'refused')
      throw new EngineError('IO_FAILED', `Cannot read ${shownAs(context, path)}: ${first.content.reason}`);
    result.records = readAll(first.records, { source, path: shownAs(context, path), readers, onlyPrompt }, metrics, result.problems);
    describe(result, first, readers.raw);
    if (metrics.found.size > 0) result.metrics = metrics.list();
  } catch (error) {
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    result.problems.push(error.message);
  }
  return result;
}

function shownAs({ root }: EngineContext, path: string): string {
  return isInside(path, root) ? relative(root, path) : path;
}

async function firstFile(context: EngineContext, source: SourceConfig, result: SourcePreview): Promise<string> {
  const files = source.path === undefined ? [] : await findSourceFiles(context.ports.fs, context.root, source.path);
  const [path] = files;
  if (path === undefined) throw new EngineError('SOURCE_FAILED', `No file matches ${source.path ?? 'an empty path'}. Check the path.`);
  if (files.length > 1) result.problems.push(`${String(files.length)} files match; this is the first.`);
  return path;
}

interface Readers {
  raw: LineReader;
  /** For what was decoded from protobuf. */
  decoded: LineReader;
}

interface Reading {
  source: SourceConfig;
  path: string;
  readers: Readers;
  onlyPrompt: string | null;
}

/** As [0, 1], and again as 1 to 5 where a rating over 1 occurs: what the pull does. */
function readAll(records: readonly FileRecord[], reading: Reading, metrics: Metrics, problems: string[]): PreviewRecord[] {
  const read = (scale: RatingScale): PreviewRecord[] => records.map((record) => previewRecord(record, scale, reading));
  try {
    return read('unit');
  } catch (error) {
    if (!(error instanceof ScaleChange)) throw error;
    problems.push('Ratings over 1 occur, so ratings are read as 1 to 5.');
    metrics.found.clear();
    return read('five');
  }
}

function previewRecord({ record, problem, text, offset, line, decoded }: FileRecord, scale: RatingScale, reading: Reading): PreviewRecord {
  const empty = { line, prompt: null, version: null, signal: null, score: null, comment: null };
  if (record === null) return { ...empty, problem };
  const { source, path, readers } = reading;
  const part: string[] = [];
  let records: ReadRecord[];
  try {
    const context = { kind: source.kind, source: source.name, path, offset, line, scale, reject: (reason: string) => part.push(reason) };
    records = (decoded === true ? readers.decoded : readers.raw).readRecord(record, text, context);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { ...empty, problem: error.reason };
  }
  const said = records.find((each) => each.kind === 'feedback');
  const any = said ?? records[0];
  if (any === undefined) return { ...empty, problem: part[0] ?? 'neither an answer of a model nor feedback' };
  const prompt = any.prompt.name ?? (any.prompt.orOnlyPrompt ? reading.onlyPrompt : null);
  return {
    line,
    prompt,
    version: any.prompt.version,
    signal: said?.signal ?? null,
    score: said?.y ?? null,
    comment: said === undefined ? null : (said.text ?? said.correction),
    problem: part[0] ?? problemOf(said, any, prompt, records),
  };
}

function problemOf(said: ReadFeedback | undefined, any: ReadRecord, prompt: string | null, records: readonly ReadRecord[]): string | null {
  // Feedback that names its answer or its trace has the prompt from there; a template may be known by its text.
  const joined =
    said !== undefined &&
    (said.interaction ?? said.traceId ?? said.spanId) !== null &&
    !records.some((each) => each.kind === 'interaction');
  if (prompt === null && !joined && any.prompt.sha256 === null) return 'no prompt: map prompt.name';
  if (said?.y !== null || said.raw === null) return null;
  const metric = said.attributes['metric'];
  if (metric !== undefined) return `no range: give ${metric} a min and a max under scores`;
  return said.signal === 'explicit.rating' ? 'no range: map score.min and score.max' : null;
}

/** Metrics of which nobody says who means them, or on which range. */
class Metrics {
  readonly found = new Map<string, { count: number; examples: string[] }>();

  readonly add = (metric: string, value: number | boolean | string | null): void => {
    const entry = this.found.get(metric) ?? { count: 0, examples: [] };
    this.found.set(metric, entry);
    entry.count++;
    const example = String(value ?? '').slice(0, longestExample);
    if (entry.examples.length < 3 && example !== '' && !entry.examples.includes(example)) entry.examples.push(example);
  };

  list(): { name: string; count: number; examples: string[] }[] {
    return [...this.found].map(([name, { count, examples }]) => ({ name, count, examples })).sort((a, b) => b.count - a.count);
  }
}

const longestExample = 60;

/** The first value at a path, so that a person sees which path holds what. Empty where there is none. */
function exampleOf(records: readonly unknown[], path: string): string {
  const steps = parseJsonPath(path);
  const value = records.map((record) => readJsonPath(record, steps)).find((item) => item !== undefined && item !== null) ?? '';
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\s+/g, ' ');
  return text.length > longestExample ? `${text.slice(0, longestExample - 1)}…` : text;
}

const forms: Partial<Record<FirstRecords['content']['form'], string>> = { json: ' in JSON', csv: ' in CSV' };

function describe(result: SourcePreview, { content, records }: FirstRecords, reader: LineReader): void {
  const fields = new Set<string>();
  const found = records.flatMap(({ record }) => (record === null ? [] : [record]));
  for (const record of found) listJsonPaths(record, '$', fields);
  result.fields = [...fields];
  result.examples = Object.fromEntries(result.fields.map((path) => [path, exampleOf(found, path)]));
  const titles = content.form === 'otlp' ? [protobufTitle] : [...new Set(found.map((record) => reader.describe(record)))];
  if (titles.length > 0) result.detected = `${titles.join(' and ')}${forms[content.form] ?? ''}`;
  const bad = result.records.filter((record) => record.problem !== null);
  if (bad.length > 0)
    result.problems.push(`${String(bad.length)} of the first ${String(records.length)} records cannot be used as they are.`);
}
