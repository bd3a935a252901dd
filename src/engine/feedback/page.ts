/** Rows of feedback for a list, newest first, and one record with everything said about it. */
import type { FeedbackDetail, FeedbackDocument, FeedbackRow } from '../../shared/documents.js';
import type { EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import { segmentValues } from './columnSums/segmentValues.js';
import type { Pseudonyms } from './identity.js';
import type { IndexView } from './indexView.js';
import type { RecordAccess } from './recordAccess.js';
import { isLow } from './channel.js';
import { linkOrder, type Location } from './store.js';
import { parseTime, toIso } from './time.js';
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
  const { columns } = tools.view;
  const { feedback } = columns;
  const accept = await createFilter(query, tools);
  const matches: { n: number; time: number }[] = [];
  if (accept !== null) {
    for (let n = 0; n < feedback.length; n++) {
      if (feedback.columns.live.array[n] === 1 && accept(n)) matches.push({ n, time: columns.timeOf(feedback, n) });
    }
  }
  matches.sort((a, b) => b.time - a.time || b.n - a.n);
  const after = query.cursor === undefined ? null : parseCursor(query.cursor);
  const start =
    after === null
      ? Math.max(0, Math.floor(query.offset ?? 0))
      : matches.findIndex((each) => each.time < after.time || (each.time === after.time && each.n < after.n));
  const limit = Math.min(maxLimit, Math.max(1, Math.floor(query.limit ?? defaultLimit)));
  const shown = start < 0 ? [] : matches.slice(start, start + limit);
  const last = shown.at(-1);
  const more = last !== undefined && start + limit < matches.length;
  return {
    schema: 'promptratchet.feedback/1',
    rows: await rowsOf(
      shown.map((each) => each.n),
      tools,
    ),
    total: matches.length,
    nextCursor: more ? `${String(last.time)}.${String(last.n)}` : null,
  };
}

function parseCursor(cursor: string): { time: number; n: number } {
  const match = /^(-?\d+)\.(\d+)$/.exec(cursor);
  if (match === null) throw new EngineError('BAD_USAGE', 'That cursor is none of ours. Use the nextCursor of the page before.');
  return { time: Number(match[1]), n: Number(match[2]) };
}

/** `null`: nothing can match. */
async function createFilter(query: FeedbackQuery, tools: PageTools): Promise<((n: number) => boolean) | null> {
  const { columns, attributor } = tools.view;
  const { feedbackStore } = tools.context.ports;
  const { signal, flags, y, user } = columns.feedback.columns;
  const tests: ((n: number) => boolean)[] = [];
  if (query.signal !== undefined) {
    const wanted = query.signal;
    tests.push((n) => {
      const name = columns.word(signal.array[n] ?? -1) ?? '';
      return name === wanted || name.startsWith(`${wanted}.`);
    });
  }
  if (query.low === true) tests.push((n) => isLow(y.array[n] ?? NaN, flags.array[n] ?? 0, columns.word(signal.array[n] ?? -1) ?? ''));
  if (query.user !== undefined) {
    const unit = await findUser(query.user, tools);
    if (unit === null) return null;
    tests.push((n) => user.array[n] === unit);
  }
  const since = timeLimit(query.since, 'since');
  const until = timeLimit(query.until, 'until');
  if (since !== null) tests.push((n) => columns.timeOf(columns.feedback, n) >= since);
  if (until !== null) tests.push((n) => columns.timeOf(columns.feedback, n) < until);
  const { minY, maxY, source, segment } = query;
  if (minY !== undefined) tests.push((n) => (y.array[n] ?? NaN) >= minY);
  if (maxY !== undefined) tests.push((n) => (y.array[n] ?? NaN) <= maxY);
  if (source !== undefined) {
    const { file } = columns.feedback.columns;
    tests.push((n) => columns.files.get(file.array[n] ?? -1)?.source === source);
  }
  if (segment !== undefined) {
    const live = Array.from({ length: columns.feedback.length }, (_, n) => n).filter((n) => columns.feedback.columns.live.array[n] === 1);
    const values = await segmentValues(tools.context, tools.view, tools.access, live, segment.key);
    tests.push((n) => values.get(n) === segment.value);
  }
  if (query.search !== undefined && query.search.trim() !== '') {
    const found = new Set(columns.feedback.length === 0 ? [] : await feedbackStore.search(query.search));
    tests.push((n) => found.has(n));
  }
  if (query.prompt !== undefined || query.version !== undefined) {
    const prompt = query.prompt === undefined ? null : columns.number(query.prompt);
    const version = query.version === undefined ? null : query.version === null ? -1 : columns.number(query.version);
    tests.push((n) => {
      const found = attributor.feedback(n);
      return (prompt === null || found.prompt === prompt) && (version === null || found.version === version);
    });
  }
  return (n) => tests.every((test) => test(n));
}

/** By the raw id, or by the pseudonym as it is shown. */
async function findUser(text: string, tools: PageTools): Promise<number | null> {
  if (tools.pseudonyms === null) return null;
  const { feedbackStore } = tools.context.ports;
  const byRaw = await feedbackStore.findUnit(tools.pseudonyms.of(text));
  return byRaw ?? (await feedbackStore.findUnit(text));
}

export function timeLimit(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const time = parseTime(text);
  if (time === null) throw new EngineError('BAD_USAGE', `"${text}" is not a time for ${name}. Write it like 2026-11-23T19:20:26Z.`);
  return time;
}

export async function rowsOf(numbers: readonly number[], tools: PageTools): Promise<FeedbackRow[]> {
  if (numbers.length === 0) return [];
  const locations = await tools.context.ports.feedbackStore.locateFeedback(numbers);
  return Promise.all(locations.map((location) => rowOf(location, tools)));
}

async function rowOf(location: Location, tools: PageTools): Promise<FeedbackRow> {
  const { columns, attributor } = tools.view;
  const { feedback } = columns;
  const record = await tools.access.feedback(location);
  const found = attributor.feedback(location.n);
  const y = feedback.columns.y.array[location.n] ?? NaN;
  return {
    id: location.id,
    time: toIso(columns.timeOf(feedback, location.n)),
    source: tools.access.source(location),
    line: location.line,
    prompt: columns.word(found.prompt),
    version: columns.word(found.version),
    link: linkOrder[found.link] ?? 'none',
    signal: columns.word(feedback.columns.signal.array[location.n] ?? -1) ?? '',
    actor: columns.word(feedback.columns.actor.array[location.n] ?? -1) ?? '',
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
  const { columns } = tools.view;
  const { feedbackStore } = tools.context.ports;
  const n = columns.feedback.length === 0 ? null : await feedbackStore.findFeedback(id);
  const row = n === null ? undefined : (await rowsOf([n], tools))[0];
  if (n === null || row === undefined) return null;
  const [location] = await feedbackStore.locateFeedback([n]);
  const origin = location === undefined ? { url: null, file: null } : await tools.access.origin(location);
  const served = columns.feedback.columns.interaction.array[n] ?? -1;
  if (served < 0) return { row, interaction: null, others: [], ...origin };
  const others: number[] = [];
  for (let each = 0; each < columns.feedback.length; each++) {
    const { live, interaction } = columns.feedback.columns;
    if (each !== n && live.array[each] === 1 && interaction.array[each] === served) others.push(each);
  }
  const rest = await rowsOf(others.slice(-othersLimit).reverse(), tools);
  return { row, interaction: await interactionOf(served, tools), others: rest, ...origin };
}

async function interactionOf(n: number, tools: PageTools): Promise<FeedbackDetail['interaction']> {
  const { columns } = tools.view;
  const [location] = await tools.context.ports.feedbackStore.locateInteractions([n]);
  const record = location === undefined ? null : await tools.access.interaction(location);
  if (location === undefined || record === null) return null;
  return {
    id: record.id,
    time: toIso(columns.timeOf(columns.interactions, n)),
    variables: record.variables,
    input: record.input,
    output: record.output,
    documents: record.documents,
    latencyMs: record.latencyMs,
    error: record.error,
  };
}
