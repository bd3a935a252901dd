/** First records of a source as they would be understood, without taking anything in: *Connect a Feedback Source…*. */
import type { EngineContext } from '../api.js';
import type { SourceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { isInside, relative } from '../paths.js';
import { isCanonical } from './canonical.js';
import { listJsonPaths, parseJsonPath, readJsonPath } from './jsonPath.js';
import { splitLines, type Line } from './lines.js';
import { createLineReader, parse, type LineReader } from './reader.js';
import { rejectReasons, Rejection, ScaleChange, type RatingScale, type ReadRecord } from './records.js';
import { findSourceFiles } from './sourceFiles.js';
import type { SourcePreview } from './types.js';

type PreviewRecord = SourcePreview['records'][number];

/** `onlyPrompt`: what a record without a prompt is taken to speak of. */
export async function preview(
  context: EngineContext,
  source: SourceConfig,
  limit: number,
  onlyPrompt: string | null,
): Promise<SourcePreview> {
  const result: SourcePreview = { kind: source.kind, path: source.path ?? '', detected: 'nothing', records: [], fields: [], problems: [] };
  let reader: LineReader;
  try {
    if (source.kind !== 'jsonl') throw new EngineError('SOURCE_FAILED', `Records of kind ${source.kind} cannot be read. Use kind: jsonl.`);
    reader = createLineReader(source);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    result.problems.push(error.message);
    return result;
  }
  const files = source.path === undefined ? [] : await findSourceFiles(context.ports.fs, context.root, source.path);
  const [path] = files;
  if (path === undefined) {
    result.problems.push(`No file matches ${source.path ?? 'an empty path'}. Check the path.`);
    return result;
  }
  if (files.length > 1) result.problems.push(`${String(files.length)} files match; this is the first.`);
  const lines = await firstLines(context, path, limit);
  const shown = isInside(path, context.root) ? relative(context.root, path) : path;
  const read = (scale: RatingScale): PreviewRecord[] =>
    lines.map((line, index) => {
      const place = { kind: source.kind, source: source.name, path: shown, offset: line.offset, line: index + 1, scale };
      return previewLine(line, index + 1, place, reader, onlyPrompt);
    });
  try {
    result.records = read('unit');
  } catch (error) {
    if (!(error instanceof ScaleChange)) throw error;
    result.records = read('five');
    result.problems.push('Ratings over 1 occur, so ratings are read as 1 to 5.');
  }
  describe(result, lines);
  return result;
}

async function firstLines(context: EngineContext, path: string, limit: number): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const some of splitLines(context.ports.fs.stream(path), 0)) {
    lines.push(...some);
    if (lines.length >= limit) break;
  }
  return lines.slice(0, limit);
}

function previewLine(
  line: Line,
  number: number,
  place: Parameters<LineReader['read']>[1],
  reader: LineReader,
  onlyPrompt: string | null,
): PreviewRecord {
  const empty = { line: number, prompt: null, version: null, signal: null, score: null, comment: null };
  if (line.text === null) return { ...empty, problem: rejectReasons.tooLong };
  if (line.text.trim() === '') return { ...empty, problem: 'empty line' };
  let records: ReadRecord[];
  try {
    records = reader.read(line.text, place);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return { ...empty, problem: error.reason };
  }
  const said = records.find((each) => each.kind === 'feedback');
  const any = said ?? records[0];
  const prompt = any?.prompt.name ?? (any?.prompt.orOnlyPrompt === true ? onlyPrompt : null);
  const joined = said?.kind === 'feedback' && said.interaction !== null && !records.some((each) => each.kind === 'interaction');
  let problem: string | null = null;
  if (prompt === null && !joined) problem = 'no prompt: map prompt.name';
  else if (said?.kind === 'feedback' && said.y === null && said.signal === 'explicit.rating')
    problem = 'no range: map score.min and score.max';
  return {
    line: number,
    prompt,
    version: any?.prompt.version ?? null,
    signal: said?.kind === 'feedback' ? said.signal : null,
    score: said?.kind === 'feedback' ? said.y : null,
    comment: said?.kind === 'feedback' ? (said.text ?? said.correction) : null,
    problem,
  };
}

const longestExample = 60;

/** The first value at a path, so that a person sees which path holds what. Empty where there is none. */
function exampleOf(records: readonly unknown[], path: string): string {
  const steps = parseJsonPath(path);
  const value = records.map((record) => readJsonPath(record, steps)).find((item) => item !== undefined && item !== null) ?? '';
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\s+/g, ' ');
  return text.length > longestExample ? `${text.slice(0, longestExample - 1)}…` : text;
}

function describe(result: SourcePreview, lines: readonly Line[]): void {
  const fields = new Set<string>();
  const records: unknown[] = [];
  let canonical = 0;
  let loose = 0;
  for (const line of lines) {
    try {
      const record = parse(line.text ?? '');
      records.push(record);
      listJsonPaths(record, '$', fields);
      if (isCanonical(record)) canonical++;
      else loose++;
    } catch (error) {
      // Said with the line itself.
      if (!(error instanceof Rejection)) throw error;
    }
  }
  result.fields = [...fields];
  result.examples = Object.fromEntries(result.fields.map((path) => [path, exampleOf(records, path)]));
  if (canonical > 0) result.detected = loose > 0 ? 'our schema and other records' : 'our schema';
  else if (loose > 0) result.detected = 'a log of answers and ratings';
  const bad = result.records.filter((record) => record.problem !== null && record.problem !== 'empty line');
  if (bad.length > 0) result.problems.push(`${String(bad.length)} of the first ${String(lines.length)} lines cannot be used as they are.`);
}
