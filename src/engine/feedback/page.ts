/** Rows of feedback for a list, newest first, and one record with everything said about it. */
import type { FeedbackDetail, FeedbackDocument, FeedbackRow } from '../../shared/documents.js';
import type { EngineContext } from '../api.js';
import { EngineError } from '../errors.js';
import { segmentValues } from './columnSums/segmentValues.js';
import type { Pseudonyms } from './identity.js';
import type { IndexView } from './indexView.js';
import type { RecordAccess } from './recordAccess.js';
import type { Attributor } from './attribution.js';
import { isLow } from './channel.js';
import { actorOrder, linkOrder, signalOrder } from './scan/recordBatch.js';
import type { Location } from './store.js';
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
  const matches = await matching(query, tools);
  const timeOf = (n: number): number => columns.timeOf(columns.feedback, n);
  const after = query.cursor === undefined ? null : parseCursor(query.cursor);
  const start = after === null ? Math.max(0, Math.floor(query.offset ?? 0)) : firstBehind(matches, timeOf, after);
  const limit = Math.min(maxLimit, Math.max(1, Math.floor(query.limit ?? defaultLimit)));
  const shown = [...matches.subarray(start, start + limit)];
  const last = shown.at(-1);
  return {
    schema: 'promptratchet.feedback/1',
    rows: await rowsOf(shown, tools),
    total: matches.length,
    nextCursor: last !== undefined && start + limit < matches.length ? `${String(timeOf(last))}.${String(last)}` : null,
  };
}

function parseCursor(cursor: string): { time: number; n: number } {
  const match = /^(-?\d+)\.(\d+)$/.exec(cursor);
  if (match === null) throw new EngineError('BAD_USAGE', 'That cursor is none of ours. Use the nextCursor of the page before.');
  return { time: Number(match[1]), n: Number(match[2]) };
}

function firstBehind(matches: Int32Array, timeOf: (n: number) => number, after: { time: number; n: number }): number {
  let low = 0;
  let high = matches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const n = matches[middle] ?? 0;
    const time = timeOf(n);
    if (time < after.time || (time === after.time && n < after.n)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What the last few filters found: a list that is scrolled asks for page after page of the same. */
const found = new WeakMap<Attributor, { version: number; matches: Map<string, Int32Array> }>();
const maxRemembered = 8;

async function matching(query: FeedbackQuery, tools: PageTools): Promise<Int32Array> {
  const { columns, attributor } = tools.view;
  const places = ['limit', 'cursor', 'offset'];
  const filters = Object.entries(query).filter(([name]) => !places.includes(name));
  const key = JSON.stringify(filters.sort(([a], [b]) => (a < b ? -1 : 1)));
  let known = found.get(attributor);
  if (known?.version !== columns.version) {
    known = { version: columns.version, matches: new Map() };
    found.set(attributor, known);
  }
  const before = known.matches.get(key);
  if (before !== undefined) return before;
  const tests = await createFilter(query, tools);
  const matches = tests === null ? new Int32Array(0) : select(columns.newestFeedback(), tests);
  if (known.matches.size >= maxRemembered) known.matches.clear();
  known.matches.set(key, matches);
  return matches;
}

function select(rows: Int32Array, tests: readonly ((n: number) => boolean)[]): Int32Array {
  let matches = rows;
  for (const test of tests) matches = matches.filter(test);
  return matches;
}

/** Cheap ones first. `null`: nothing can match. */
async function createFilter(query: FeedbackQuery, tools: PageTools): Promise<((n: number) => boolean)[] | null> {
  const { columns, attributor } = tools.view;
  const { feedbackStore } = tools.context.ports;
  const { signal, flags, y, unit } = columns.feedback.columns;
  const tests: ((n: number) => boolean)[] = [];
  const { minY, maxY, source, segment, signal: wanted, prompt, version } = query;
  if (query.search !== undefined && query.search.trim() !== '') {
    const marks = new Uint8Array(columns.feedback.length);
    if (marks.length > 0) for (const n of await feedbackStore.search(query.search)) marks[n] = 1;
    tests.push((n) => marks[n] === 1);
  }
  if (wanted !== undefined) {
    const accepted = signalOrder.map((name) => name === wanted || name.startsWith(`${wanted}.`));
    tests.push((n) => accepted[signal.array[n] ?? -1] === true);
  }
  if (query.low === true) {
    tests.push((n) => isLow(y.array[n] ?? NaN, flags.array[n] ?? 0, signalOrder[signal.array[n] ?? -1] ?? ''));
  }
  if (query.user !== undefined) {
    const user = await findUser(query.user, tools);
    if (user === null) return null;
    tests.push((n) => unit.array[n] === user);
  }
  const since = timeLimit(query.since, 'since');
  const until = timeLimit(query.until, 'until');
  if (since !== null) tests.push((n) => columns.timeOf(columns.feedback, n) >= since);
  if (until !== null) tests.push((n) => columns.timeOf(columns.feedback, n) < until);
  if (minY !== undefined) tests.push((n) => (y.array[n] ?? NaN) >= minY);
  if (maxY !== undefined) tests.push((n) => (y.array[n] ?? NaN) <= maxY);
  if (source !== undefined) {
    const files = new Set([...columns.files.values()].flatMap((file) => (file.source === source ? [file.id] : [])));
    tests.push((n) => files.has(columns.feedback.file(n)));
  }
  if (prompt !== undefined || version !== undefined) {
    const ofPrompt = prompt === undefined ? null : columns.number(prompt);
    const ofVersion = version === undefined ? null : columns.number(version);
    tests.push((n) => {
      const said = attributor.feedback(n);
      return (ofPrompt === null || said.prompt === ofPrompt) && (ofVersion === null || said.version === ofVersion);
    });
  }
  if (segment !== undefined) {
    const valueOf = await segmentValues(tools.context, tools.view, segment.key);
    tests.push((n) => valueOf(n) === segment.value);
  }
  return tests;
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
    signal: signalOrder[feedback.columns.signal.array[location.n] ?? -1] ?? '',
    actor: actorOrder[feedback.columns.actor.array[location.n] ?? -1] ?? '',
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
  const served = columns.served(n);
  if (served < 0) return { row, interaction: null, others: [], ...origin };
  const { live, row: rows } = columns.feedback.columns;
  const others: number[] = [];
  for (let each = rows.array.indexOf(served); each >= 0 && each < columns.feedback.length; each = rows.array.indexOf(served, each + 1)) {
    if (each !== n && live.array[each] === 1) others.push(each);
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
