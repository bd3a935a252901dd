/** First records of a server or a database as they would be understood, without taking anything in: *Connect a Feedback Source…*. */
import type { FeedbackRow } from '../../shared/documents.js';
import type { SourceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import type { FeedbackBackend, KnownVersions } from './backend.js';
import { readCanonical } from './canonical.js';
import { Rejection, type ReadFeedback, type ReadInteraction } from './records.js';
import type { FeedbackSource, UnclearMetric } from './sources/source.js';
import type { SourcePreview } from './types.js';

type PreviewRecord = SourcePreview['records'][number];

/** A server is asked for its latest week first, and only where that holds no feedback for as long back as it would be pulled. */
const weekMs = 7 * 86_400_000;
const maxBatches = 12;
const maxMs = 20_000;

const empty = (source: SourceConfig, detected: string): SourcePreview => ({
  kind: source.kind,
  path: source.url ?? '',
  detected,
  records: [],
  fields: [],
  problems: [],
});

interface Found {
  feedback: ReadFeedback[];
  interactions: ReadInteraction[];
  problems: Map<string, number>;
  unclear: Map<string, UnclearMetric>;
}

/** `onlyPrompt`: what feedback without a prompt is taken to speak of. Never throws but CANCELLED: what stands in the way is a problem. */
export async function previewServer(
  source: SourceConfig,
  open: () => FeedbackSource,
  now: () => number,
  limit: number,
  onlyPrompt: string | null,
): Promise<SourcePreview> {
  const result = empty(source, `what ${source.kind} has`);
  const found: Found = { feedback: [], interactions: [], problems: new Map(), unclear: new Map() };
  try {
    const adapter = open();
    for (const since of [now() - weekMs, null]) {
      await readSome(source, adapter, since, now, limit, found);
      if (found.feedback.length > 0) break;
    }
  } catch (error) {
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    result.problems.push(error.message);
  }
  const prompts = new Map<string, ReadInteraction>();
  for (const each of found.interactions) for (const id of [each.id, each.traceId]) if (id !== null) prompts.set(id, each);
  result.records = found.feedback.slice(0, limit).map((each) => previewOf(each, prompts, onlyPrompt));
  if (result.records.length === 0) result.records = found.interactions.slice(0, limit).map((each) => servedOf(each));
  for (const [reason, count] of found.problems)
    result.problems.push(`${String(count)} ${count === 1 ? 'record is' : 'records are'} not used: ${reason}.`);
  if (found.feedback.length === 0 && result.problems.length === 0)
    result.problems.push(
      found.interactions.length === 0 ? 'Nothing is there yet.' : 'There are answers of models, and no feedback on them yet.',
    );
  const metrics = [...found.unclear.values()].filter(({ name }) => source.scores?.[name] === undefined);
  return metrics.length === 0 ? result : { ...result, metrics };
}

async function readSome(
  source: SourceConfig,
  adapter: FeedbackSource,
  since: number | null,
  now: () => number,
  limit: number,
  found: Found,
): Promise<void> {
  const stop = new AbortController();
  const end = now() + maxMs;
  let batches = 0;
  for await (const batch of adapter.read(null, { since, full: false, signal: stop.signal })) {
    batches++;
    for (const record of batch.records) take(source, record, found);
    for (const { reason } of batch.rejected) found.problems.set(reason, (found.problems.get(reason) ?? 0) + 1);
    for (const metric of batch.unclear ?? []) {
      const before = found.unclear.get(metric.name);
      found.unclear.set(metric.name, before === undefined ? metric : { ...before, count: before.count + metric.count });
    }
    if (found.feedback.length >= limit || batches >= maxBatches || now() > end) return;
  }
}

function take(source: SourceConfig, record: Parameters<typeof readCanonical>[0], found: Found): void {
  try {
    const read = readCanonical(record, '', { kind: source.kind, source: source.name, path: '', offset: 0, line: 0, scale: 'unit' });
    if (read.kind === 'feedback') found.feedback.push(read);
    else found.interactions.push(read);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    found.problems.set(error.reason, (found.problems.get(error.reason) ?? 0) + 1);
  }
}

function previewOf(said: ReadFeedback, served: ReadonlyMap<string, ReadInteraction>, onlyPrompt: string | null): PreviewRecord {
  const interaction = served.get(said.interaction ?? '') ?? served.get(said.traceId ?? '');
  const named = said.prompt.name === null ? interaction?.prompt : said.prompt;
  const metric = said.attributes['metric'];
  const noRange = said.y === null && typeof said.raw === 'number';
  return {
    line: 0,
    prompt: named?.name ?? onlyPrompt,
    version: named?.version ?? null,
    signal: said.signal,
    score: said.y,
    comment: said.text ?? said.correction,
    problem: noRange ? `no range: say which range ${metric ?? 'it'} has` : null,
  };
}

function servedOf(interaction: ReadInteraction): PreviewRecord {
  const { name, version } = interaction.prompt;
  return { line: 0, prompt: name, version, signal: null, score: null, comment: interaction.output, problem: null };
}

/** Rows of a team's tables, as lists show them. Never throws but CANCELLED. */
export async function previewDatabase(
  source: SourceConfig,
  backend: FeedbackBackend,
  known: KnownVersions,
  limit: number,
): Promise<SourcePreview> {
  const result = empty(source, 'rows of its tables');
  try {
    const { rows } = await backend.page({ limit }, known);
    result.records = rows.map((row) => rowOf(row));
    if (rows.length === 0) result.problems.push('The table of feedback has no row yet.');
  } catch (error) {
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    result.problems.push(error.message);
  }
  return result;
}

function rowOf({ prompt, version, signal, y, text, correction }: FeedbackRow): PreviewRecord {
  return { line: 0, prompt, version, signal, score: y, comment: text ?? correction, problem: null };
}
