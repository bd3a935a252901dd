/** Rows of feedback that a query is about, newest first. */
import type { Attributor } from './attribution.js';
import { EngineError } from '../errors.js';
import { isLow } from './channel.js';
import { segmentValues } from './columnSums/segmentValues.js';
import type { PageTools } from './page.js';
import { signalOrder } from './scan/recordBatch.js';
import type { FeedbackBlock } from './store.js';
import { parseTime } from './time.js';
import { TimedRows } from './timeOrder.js';
import type { FeedbackQuery } from './types.js';

export interface Matches {
  rows: Int32Array;
  /** ms */
  times: Float64Array;
}

/** Is row `i` of the block one of them? */
type Test = (block: FeedbackBlock, i: number) => boolean;

/** What the last few filters found: a list that is scrolled asks for page after page of the same. */
const remembered = new WeakMap<Attributor, { version: number; found: Map<string, Matches> }>();
/** Rows that are remembered of all filters together, twelve bytes each; the last one is, however many there are. */
const maxRemembered = 1_000_000;

export async function matchesOf(query: FeedbackQuery, tools: PageTools): Promise<Matches> {
  const { rows, attributor } = tools.view;
  const places = ['limit', 'cursor', 'offset'];
  const filters = Object.entries(query).filter(([name]) => !places.includes(name));
  const key = JSON.stringify(filters.sort(([a], [b]) => (a < b ? -1 : 1)));
  let known = remembered.get(attributor);
  if (known?.version !== rows.version) {
    known = { version: rows.version, found: new Map() };
    remembered.set(attributor, known);
  }
  const before = known.found.get(key);
  if (before !== undefined) return before;
  const tests = await createTests(query, tools);
  const matches = tests === null ? new TimedRows(0).newestFirst() : await select(tests, tools);
  let size = matches.rows.length;
  for (const each of known.found.values()) size += each.rows.length;
  if (size > maxRemembered) known.found.clear();
  known.found.set(key, matches);
  return matches;
}

async function select(tests: readonly Test[], { view }: PageTools): Promise<Matches> {
  const found = new TimedRows(view.rows.feedback.length);
  await view.feedback((block) => {
    const { first, count, live, time, file } = block;
    for (let i = 0; i < count; i++) {
      if (live[i] !== 1) continue;
      let matches = true;
      for (let each = 0; matches && each < tests.length; each++) matches = tests[each]?.(block, i) === true;
      if (matches) found.add(first + i, view.rows.timeOf(time[i] ?? NaN, file));
    }
  });
  return found.newestFirst();
}

/** Cheap ones first. `null`: nothing can match. */
async function createTests(query: FeedbackQuery, tools: PageTools): Promise<Test[] | null> {
  const { rows, attributor } = tools.view;
  const { feedbackStore } = tools.context.ports;
  const tests: Test[] = [];
  const { minY, maxY, source, segment, signal: wanted, prompt, version } = query;
  if (query.search !== undefined && query.search.trim() !== '') {
    const marks = new Uint8Array(rows.feedback.length);
    if (marks.length > 0) for (const n of await feedbackStore.search(query.search)) marks[n] = 1;
    tests.push(({ first }, i) => marks[first + i] === 1);
  }
  if (wanted !== undefined) {
    const accepted = signalOrder.map((name) => name === wanted || name.startsWith(`${wanted}.`));
    tests.push(({ signal }, i) => accepted[signal[i] ?? -1] === true);
  }
  if (query.low === true) {
    tests.push(({ y, flags, signal }, i) => isLow(y[i] ?? NaN, flags[i] ?? 0, signalOrder[signal[i] ?? -1] ?? ''));
  }
  if (query.user !== undefined) {
    const user = await findUser(query.user, tools);
    if (user === null) return null;
    tests.push(({ unit }, i) => unit[i] === user);
  }
  const since = timeLimit(query.since, 'since');
  const until = timeLimit(query.until, 'until');
  if (since !== null) tests.push(({ time, file }, i) => rows.timeOf(time[i] ?? NaN, file) >= since);
  if (until !== null) tests.push(({ time, file }, i) => rows.timeOf(time[i] ?? NaN, file) < until);
  if (minY !== undefined) tests.push(({ y }, i) => (y[i] ?? NaN) >= minY);
  if (maxY !== undefined) tests.push(({ y }, i) => (y[i] ?? NaN) <= maxY);
  if (source !== undefined) {
    const files = new Set([...rows.files.values()].flatMap((file) => (file.source === source ? [file.id] : [])));
    tests.push(({ file }) => files.has(file));
  }
  if (prompt !== undefined || version !== undefined) {
    const ofPrompt = prompt === undefined ? null : rows.number(prompt);
    const ofVersion = version === undefined ? null : rows.number(version);
    tests.push(({ group, row }, i) => {
      const said = attributor.feedback(group[i] ?? -1, row[i] ?? -1);
      return (ofPrompt === null || said.prompt === ofPrompt) && (ofVersion === null || said.version === ofVersion);
    });
  }
  if (segment !== undefined) {
    const valueOf = await segmentValues(tools.context, tools.view, segment.key);
    tests.push(({ first, row }, i) => valueOf(first + i, rows.served(row[i] ?? -1)) === segment.value);
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

function timeLimit(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const time = parseTime(text);
  if (time === null) throw new EngineError('BAD_USAGE', `"${text}" is not a time for ${name}. Write it like 2026-11-23T19:20:26Z.`);
  return time;
}
