/**
 * Lists over several back ends: the index of this workspace and databases of teams, as one list, newest first. Each back end has its own
 * cursor; a cursor of the whole holds one of each.
 */
import type { FailedSource, FeedbackDetail, FeedbackRow } from '../../shared/documents.js';
import { EngineError } from '../errors.js';
import type { FeedbackBackend, KnownVersions, RowsPage, Sums } from './backend.js';
import type { Example } from './backendExamples.js';
import type { NamedBackend } from './databases.js';
import { toIso } from './time.js';
import type { FeedbackQuery } from './types.js';

const defaultLimit = 50;
const maxLimit = 1000;
const maxAttributes = 50;
/** More guesses than a search between two times can need; then what is left is walked. */
const maxGuesses = 60;

/** A database that cannot be asked takes nothing away from what the others say; `failed` has why. Defects and CANCELLED are thrown. */
export function tolerant({ name, backend }: NamedBackend, failed: FailedSource[]): FeedbackBackend {
  const or = async <T>(work: Promise<T>, nothing: T): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!EngineError.is(error) || error.code === 'CANCELLED' || error.code === 'BAD_USAGE') throw error;
      if (!failed.some((each) => each.source === name)) failed.push({ source: name, code: error.code, message: error.message });
      return nothing;
    }
  };
  return {
    sums: (request) => or<Sums>(backend.sums(request), { groups: [], unattributed: { none: 0, ambiguous: 0 } }),
    complaints: (groups, request) =>
      or(
        backend.complaints(groups, request),
        groups.map(() => []),
      ),
    page: (query, known) => or<RowsPage>(backend.page(query, known), { rows: [], total: 0, nextCursor: null }),
    detail: (id, known) => or<FeedbackDetail | null>(backend.detail(id, known), null),
    attributes: () => or<string[]>(backend.attributes(), []),
    variables: (prompt, known) => or<Record<string, string[]>>(backend.variables?.(prompt, known) ?? Promise.resolve({}), {}),
    examples: (prompt, limit, known) => or<Example[]>(backend.examples?.(prompt, limit, known) ?? Promise.resolve([]), []),
  };
}

/** Where each back end goes on: its cursor, '' for its beginning, `null` at its end. */
type Places = (string | null)[];

/** One list of several. With one back end only, its own cursors are given. */
export async function combinedPage(backends: readonly FeedbackBackend[], query: FeedbackQuery, known: KnownVersions): Promise<RowsPage> {
  const [only] = backends;
  if (only !== undefined && backends.length === 1) return only.page(query, known);
  const limit = Math.min(maxLimit, Math.max(1, Math.floor(query.limit ?? defaultLimit)));
  const { cursor, offset: asked, ...plain } = query;
  if (cursor !== undefined) return new Merge(backends, plain, known).page(parsePlaces(cursor, backends.length), 0, limit);
  const offset = Math.max(0, Math.floor(asked ?? 0));
  const start = backends.map(() => '');
  if (offset === 0) return new Merge(backends, plain, known).page(start, 0, limit);
  const totals = await Promise.all(backends.map(async (backend) => (await backend.page({ ...plain, limit: 1 }, known)).total));
  const filled = totals.findIndex((total) => total > 0);
  const total = totals.reduce((sum, each) => sum + each, 0);
  // A list that one back end alone has is that back end's; its cursor has to be one of the whole.
  if (filled >= 0 && totals[filled] === total) {
    const page = await (backends[filled] ?? backends[0])?.page({ ...plain, limit, offset }, known);
    const places = backends.map((_, index) => (index === filled ? (page?.nextCursor ?? null) : null));
    return { rows: page?.rows ?? [], total, nextCursor: formatPlaces(places) };
  }
  if (offset >= total) return { rows: [], total, nextCursor: null };
  const { until, newer } = await beforeOffset(backends, plain, known, { offset, total });
  const { nextCursor, rows } = await new Merge(backends, { ...plain, ...until }, known).page(start, offset - newer, limit);
  return { rows, total, nextCursor };
}

/** Looks in each; the first that has it. */
export async function combinedDetail(
  backends: readonly FeedbackBackend[],
  id: string,
  known: KnownVersions,
): Promise<FeedbackDetail | null> {
  for (const backend of backends) {
    const found = await backend.detail(id, known);
    if (found !== null) return found;
  }
  return null;
}

/** In turns, so that each back end's most frequent come first. */
export async function combinedAttributes(backends: readonly FeedbackBackend[]): Promise<string[]> {
  const lists = await Promise.all(backends.map((backend) => backend.attributes()));
  const names = new Set<string>();
  for (let place = 0; place < maxAttributes; place++) {
    for (const list of lists) {
      const name = list[place];
      if (name !== undefined) names.add(name);
    }
  }
  return [...names].slice(0, maxAttributes);
}

class Merge {
  constructor(
    private readonly backends: readonly FeedbackBackend[],
    private readonly query: FeedbackQuery,
    private readonly known: KnownVersions,
  ) {}

  /** Rows after the first `skip`. Of equal times the earlier back end comes first. */
  async page(places: Places, skip: number, limit: number): Promise<RowsPage> {
    let from = places;
    for (let left = skip; left > 0; left -= maxLimit) from = (await this.take(from, Math.min(left, maxLimit))).places;
    const { rows, places: next, total } = await this.take(from, limit);
    return { rows, total, nextCursor: formatPlaces(next) };
  }

  private async take(places: Places, limit: number): Promise<{ rows: FeedbackRow[]; places: Places; total: number }> {
    const pages = await Promise.all(this.backends.map((backend, index) => this.ask(backend, places[index] ?? null, limit)));
    const used = pages.map(() => 0);
    const rows: FeedbackRow[] = [];
    while (rows.length < limit) {
      let newest = -1;
      let time = '';
      for (const [index, page] of pages.entries()) {
        const row = page.rows[used[index] ?? 0];
        // RFC 3339 of one form: the later text is the later time.
        if (row !== undefined && (newest < 0 || row.time > time)) [newest, time] = [index, row.time];
      }
      const row = pages[newest]?.rows[used[newest] ?? 0];
      if (row === undefined) break;
      rows.push(row);
      used[newest] = (used[newest] ?? 0) + 1;
    }
    const next = await Promise.all(pages.map((page, index) => this.after(index, places[index] ?? null, page, used[index] ?? 0)));
    return { rows, places: next, total: pages.reduce((sum, page) => sum + page.total, 0) };
  }

  private async ask(backend: FeedbackBackend, place: string | null, limit: number): Promise<RowsPage> {
    if (place !== null) return backend.page({ ...this.query, limit, ...(place === '' ? {} : { cursor: place }) }, this.known);
    const { total } = await backend.page({ ...this.query, limit: 1 }, this.known);
    return { rows: [], total, nextCursor: null };
  }

  /** Where a back end goes on of which `used` rows were shown: only it knows its cursors, so it is asked for as many rows again. */
  private async after(index: number, place: string | null, page: RowsPage, used: number): Promise<string | null> {
    if (used === page.rows.length) return page.nextCursor;
    if (used === 0) return place;
    const again = { ...this.query, limit: used, ...(place === null || place === '' ? {} : { cursor: place }) };
    return (await this.backends[index]?.page(again, this.known))?.nextCursor ?? null;
  }
}

/**
 * A time that at most `offset` rows are not older than, and nearly so many: `newer` of them. Found by counting, because no back end knows the
 * others' rows.
 */
async function beforeOffset(
  backends: readonly FeedbackBackend[],
  query: FeedbackQuery,
  known: KnownVersions,
  { offset, total }: { offset: number; total: number },
): Promise<{ until: { until?: string }; newer: number }> {
  const edges = await Promise.all(
    backends.map(async (backend) => {
      const first = await backend.page({ ...query, limit: 1 }, known);
      const last = first.total === 0 ? first : await backend.page({ ...query, limit: 1, offset: first.total - 1 }, known);
      return [first.rows[0]?.time, last.rows[0]?.time].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
    }),
  );
  // All rows are older than `high`; `low` is older than all but the oldest.
  let [high, newer] = [Math.max(...edges.flat()) + 1, 0];
  let [low, most] = [Math.min(...edges.flat()), total];
  for (let guess = 0; guess < maxGuesses && high - low > 1 && offset - newer > maxLimit / 2; guess++) {
    const share = guess % 3 === 2 ? 0.5 : Math.min(0.999, Math.max(0.001, (offset - newer) / Math.max(1, most - newer)));
    const time = Math.min(high - 1, Math.max(low + 1, Math.floor(high - (high - low) * share)));
    const older = await Promise.all(
      backends.map(async (backend) => (await backend.page({ ...query, limit: 1, until: toIso(time) }, known)).total),
    );
    const count = total - older.reduce((sum, each) => sum + each, 0);
    if (count <= offset) [high, newer] = [time, count];
    else [low, most] = [time, count];
  }
  return { until: newer === 0 ? {} : { until: toIso(high) }, newer };
}

/** `null` where every back end is at its end. */
function formatPlaces(places: Places): string | null {
  return places.every((place) => place === null) ? null : JSON.stringify(places);
}

function parsePlaces(cursor: string, count: number): Places {
  const wrong = new EngineError('BAD_USAGE', 'That cursor is none of ours. Use the nextCursor of the page before.');
  let value: unknown;
  try {
    value = JSON.parse(cursor);
  } catch {
    // Said below, as every other cursor that is none.
    throw wrong;
  }
  const places: unknown[] = Array.isArray(value) ? value : [];
  if (places.length !== count || !places.every((each) => each === null || typeof each === 'string')) throw wrong;
  return places;
}
