/** Rows of feedback for a list, newest first, and one record with everything said about it. */
import type { FeedbackDetail, FeedbackDocument, FeedbackRow } from '../../shared/documents.js';
import type { EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import type { Pseudonyms } from './identity.js';
import type { IndexView } from './indexView.js';
import type { RecordAccess } from './recordAccess.js';
import { matchesOf } from './matches.js';
import { actorOrder, linkOrder, signalOrder } from './scan/recordBatch.js';
import type { FeedbackLocation } from './store.js';
import { toIso } from './time.js';
import type { FeedbackQuery } from './types.js';

const defaultLimit = 50;
const maxLimit = 1000;

export interface PageTools {
  context: EngineContext;
  view: IndexView;
  access: RecordAccess;
  /** `null`: no user has been seen yet. */
  pseudonyms: Pseudonyms | null;
}

/**
 * Order: time, then row, both descending; the cursor names the last row that was given, so rows that arrive meanwhile
 * shift nothing. `since` is included, `until` is not.
 */
export async function page(query: FeedbackQuery, tools: PageTools): Promise<FeedbackDocument> {
  const { rows: matches, times } = await matchesOf(query, tools);
  const after = query.cursor === undefined ? null : parseCursor(query.cursor);
  const start = after === null ? Math.max(0, Math.floor(query.offset ?? 0)) : firstBehind(matches, times, after);
  const limit = Math.min(maxLimit, Math.max(1, Math.floor(query.limit ?? defaultLimit)));
  const shown = matches.subarray(start, start + limit);
  const end = start + shown.length;
  const cursor = `${String(times[end - 1])}.${String(matches[end - 1])}`;
  return {
    schema: 'promptratchet.feedback/1',
    rows: await rowsOf([...shown], tools),
    total: matches.length,
    nextCursor: shown.length > 0 && end < matches.length ? cursor : null,
  };
}

function parseCursor(cursor: string): { time: number; n: number } {
  const match = /^(-?\d+)\.(\d+)$/.exec(cursor);
  if (match === null) throw new EngineError('BAD_USAGE', 'That cursor is none of ours. Use the nextCursor of the page before.');
  return { time: Number(match[1]), n: Number(match[2]) };
}

function firstBehind(matches: Int32Array, times: Float64Array, after: { time: number; n: number }): number {
  let low = 0;
  let high = matches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const n = matches[middle] ?? 0;
    const time = times[middle] ?? 0;
    if (time < after.time || (time === after.time && n < after.n)) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function rowsOf(numbers: readonly number[], tools: PageTools): Promise<FeedbackRow[]> {
  if (numbers.length === 0) return [];
  const locations = await tools.context.ports.feedbackStore.locateFeedback(numbers);
  return Promise.all(locations.map((location) => rowOf(location, tools)));
}

async function rowOf(location: FeedbackLocation, tools: PageTools): Promise<FeedbackRow> {
  const { rows, attributor } = tools.view;
  const record = await tools.access.feedback(location);
  const { y, signal, actor } = location;
  const found = attributor.feedback(location.group, location.row);
  return {
    id: location.id,
    time: toIso(rows.timeOf(location.time, location.file)),
    source: tools.access.source(location),
    line: location.line,
    prompt: rows.word(found.prompt),
    version: rows.word(found.version),
    link: linkOrder[found.link] ?? 'none',
    signal: signalOrder[signal] ?? '',
    actor: actorOrder[actor] ?? '',
    user: location.user,
    y: Number.isNaN(y) ? null : y,
    raw: record?.raw ?? null,
    label: record?.label ?? null,
    text: record?.text ?? null,
    correction: record?.correction ?? null,
    interaction: record?.interaction ?? null,
  };
}

const othersLimit = 100;

/** `null` where no record has that id. */
export async function detail(id: string, tools: PageTools): Promise<FeedbackDetail | null> {
  const { rows } = tools.view;
  const { feedbackStore } = tools.context.ports;
  const n = rows.feedback.length === 0 ? null : await feedbackStore.findFeedback(id);
  const [location] = n === null ? [] : await feedbackStore.locateFeedback([n]);
  if (n === null || location === undefined) return null;
  const row = await rowOf(location, tools);
  const origin = await tools.access.origin(location);
  const served = rows.served(location.row);
  if (served < 0) return { row, interaction: null, others: [], ...origin };
  const others: number[] = [];
  await tools.view.feedback(({ first, live, row: about }) => {
    for (let i = about.indexOf(served); i >= 0; i = about.indexOf(served, i + 1)) {
      if (first + i !== n && live[i] === 1) others.push(first + i);
    }
  });
  const rest = await rowsOf(others.slice(-othersLimit).reverse(), tools);
  return { row, interaction: await interactionOf(served, tools), others: rest, ...origin };
}

async function interactionOf(n: number, tools: PageTools): Promise<FeedbackDetail['interaction']> {
  const [location] = await tools.context.ports.feedbackStore.locateInteractions([n]);
  const record = location === undefined ? null : await tools.access.interaction(location);
  if (location === undefined || record === null) return null;
  return {
    id: record.id,
    time: toIso(tools.view.rows.timeOf(location.time, location.file)),
    variables: record.variables,
    input: record.input,
    output: record.output,
    documents: record.documents,
    latencyMs: record.latencyMs,
    error: record.error,
  };
}
