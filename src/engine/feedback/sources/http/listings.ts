/**
 * Servers that are asked by time: each of their listings is read in bounded windows from where the last pull ended, and what can still
 * change is asked for again. Where to go on is kept by listing, so that a pull that was broken off loses one page at most.
 */
import type { SourceConfig } from '../../../config/types.js';
import { EngineError } from '../../../errors.js';
import { parseTime, toIso } from '../../time.js';
import { field, isObject, textOf, type Json } from '../../values.js';
import type { ReadOptions, SourceBatch } from '../source.js';
import { pages, type Page } from './pages.js';
import type { RecordMaker } from './records.js';
import { overlapMs, windowOf } from './window.js';

const windowMs = 7 * 86_400_000;

export interface Listing {
  /** Of its items, in messages and in the stored state: `scores`. */
  what: string;
  /** Items a page. */
  limit: number;
  /** Its items are changed in place long after they were made: those of the look-back are read again. */
  changes: boolean;
  /** One page of what lies in `[from, to)`; times are RFC 3339. */
  page(from: string, to: string, cursor: string | null, limit: number): Promise<Page<unknown>>;
  /** Hands what an item holds to the maker. Throws `Rejection`. */
  convert(item: Json): void;
}

interface Progress {
  /** Everything before this was read. */
  until: string;
  /** A window that was broken off, and the page that comes next in it. */
  open: { from: string; to: string; cursor: string } | null;
}

interface State {
  v: 1;
  /** Project and address: another one begins anew. */
  of: string;
  from: string;
  listings: Record<string, Progress>;
}

export interface ListingsOptions {
  config: SourceConfig;
  origin: string;
  /** What the state belongs to. */
  of: string;
  /** ms. */
  now: number;
  maker: RecordMaker;
  options: ReadOptions;
}

/** Yields a batch a page, and one at the end with the notes. */
export async function* readListings(
  listings: readonly Listing[],
  stored: Json | null,
  around: ListingsOptions,
): AsyncGenerator<SourceBatch> {
  const { config, of, now, maker, options } = around;
  const window = windowOf(config, options.since, now);
  const before = options.full ? null : readState(stored, of);
  // Further back than ever before: everything from there on is read.
  const fresh = before === null || (options.since !== null && options.since < Date.parse(before.from));
  const state: State = fresh ? { v: 1, of, from: toIso(window.from), listings: {} } : before;
  let restart = options.full;
  for (const listing of listings) {
    const walk = new Walk(listing, state, { ...around, again: Math.max(window.again, Date.parse(state.from)) });
    for await (const items of walk.steps()) {
      if (items === 0 && !restart) continue;
      yield { ...maker.take(), state: structuredClone(state) as unknown as Json, ...(restart ? { restart } : {}) };
      restart = false;
    }
  }
  yield { ...maker.take(), state: structuredClone(state) as unknown as Json, notes: maker.notes(), ...(restart ? { restart } : {}) };
}

class Walk {
  constructor(
    private readonly listing: Listing,
    private readonly state: State,
    private readonly around: ListingsOptions & { again: number },
  ) {}

  async *steps(): AsyncGenerator<number> {
    const { listing, state, around } = this;
    const known = state.listings[listing.what];
    const from = Date.parse(state.from);
    const until = known === undefined ? from : Math.max(from, Date.parse(known.until));
    const open = known?.open ?? null;
    if (open !== null && (yield* this.window(Date.parse(open.from), Date.parse(open.to), open.cursor)) === 'lost') {
      yield* this.window(Date.parse(open.from), Date.parse(open.to), null);
    }
    const reached = Date.parse(state.listings[listing.what]?.until ?? state.from);
    // What was read in this very pull is not asked for again.
    const overlap = listing.changes ? Math.min(until, around.again) : until - overlapMs;
    let start = Math.max(from, known === undefined || open !== null ? reached : overlap);
    while (start < around.now) {
      const end = Math.min(start + windowMs, around.now);
      yield* this.window(start, end, null);
      // More pages than one pull reads: the next one goes on there.
      if (state.listings[listing.what]?.open != null) return;
      start = end;
    }
  }

  /** `lost`: the cursor of a broken-off window is good no more. */
  private async *window(start: number, end: number, cursor: string | null): AsyncGenerator<number, 'done' | 'lost'> {
    const { listing, state, around } = this;
    const { maker, options, origin } = around;
    const from = toIso(start);
    const to = toIso(end);
    const before = state.listings[listing.what]?.until ?? state.from;
    const walked = { origin, what: listing.what, start: cursor, limit: listing.limit, signal: options.signal };
    try {
      for await (const page of pages((at, limit) => listing.page(from, to, at, limit), walked)) {
        for (const item of page.items) {
          maker.attempt(() => {
            if (isObject(item)) listing.convert(item);
          });
        }
        // A window that is read again must not move back what was reached.
        const until = page.next === null && end > Date.parse(before) ? to : before;
        const ahead = page.next !== null && end > Date.parse(before);
        state.listings[listing.what] = { until, open: ahead && page.next !== null ? { from, to, cursor: page.next } : null };
        yield page.items.length;
      }
    } catch (error) {
      if (cursor === null || !isRefusedCursor(error)) throw error;
      return 'lost';
    }
    return 'done';
  }
}

function isRefusedCursor(error: unknown): boolean {
  return EngineError.is(error, 'SOURCE_FAILED') && (error.details['status'] === 400 || error.details['status'] === 422);
}

/** `null` for anything but a state of this project. */
function readState(stored: Json | null, of: string): State | null {
  if (stored?.['v'] !== 1 || stored['of'] !== of) return null;
  const from = textOf(field(stored, 'from'));
  const listings = field(stored, 'listings');
  if (from === null || parseTime(from) === null || !isObject(listings)) return null;
  const read: Record<string, Progress> = {};
  for (const [what, progress] of Object.entries(listings)) {
    if (!isObject(progress)) return null;
    const until = textOf(field(progress, 'until'));
    const open = field(progress, 'open');
    if (until === null || parseTime(until) === null) return null;
    read[what] = { until, open: isObject(open) ? readOpen(open) : null };
  }
  return { v: 1, of, from, listings: read };
}

function readOpen(open: Json): Progress['open'] {
  const from = textOf(field(open, 'from'));
  const to = textOf(field(open, 'to'));
  const cursor = textOf(field(open, 'cursor'));
  if (from === null || to === null || cursor === null || parseTime(from) === null || parseTime(to) === null) return null;
  return { from, to, cursor };
}
