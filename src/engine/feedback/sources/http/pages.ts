/** Walks the pages of a listing, whatever a server does with its cursors. */
import { throwIfAborted } from '../../../errors.js';
import { apiFault, httpFaultOf } from './faults.js';

export interface Page<T> {
  items: T[];
  /** Where the next page begins; `null` at the end. */
  next: string | null;
}

export interface PagesOptions {
  origin: string;
  /** Of the items, in messages: `spans`. */
  what: string;
  start: string | null;
  /** Items a page at first; made smaller where an answer is too large. */
  limit: number;
  signal: AbortSignal | undefined;
  /** Pages in one go, for tests. */
  most?: number;
}

/** What a pull reads of one listing at most. */
const mostPages = 5000;
const mostEmpty = 20;

/**
 * Yields each page. Throws SOURCE_FAILED after `most` of them, and where a cursor comes a second time or pages stay empty, because such a
 * listing never ends; what was yielded before stays, so that the next pull can go on there.
 */
export async function* pages<T>(
  fetch: (cursor: string | null, limit: number) => Promise<Page<T>>,
  { origin, what, start, limit, signal, most = mostPages }: PagesOptions,
): AsyncGenerator<Page<T>> {
  const seen = new Set<string>(start === null ? [] : [start]);
  let cursor = start;
  let size = limit;
  let empty = 0;
  for (let count = 0; count < most; count++) {
    throwIfAborted(signal);
    let page: Page<T>;
    try {
      page = await fetch(cursor, size);
    } catch (error) {
      if (httpFaultOf(error) !== 'tooLarge' || size === 1) throw error;
      size = Math.max(1, Math.floor(size / 8));
      continue;
    }
    yield page;
    if (page.next === null) return;
    empty = page.items.length === 0 ? empty + 1 : 0;
    if (seen.has(page.next) || empty >= mostEmpty) {
      throw apiFault({
        step: 'data',
        said: `${origin}: its pages of ${what} never end (${empty > 0 ? 'they stay empty' : 'the same page comes again'})`,
        todo: 'What was read is kept. Report this to whoever runs the server.',
      });
    }
    seen.add(page.next);
    cursor = page.next;
  }
  throw apiFault({
    step: 'data',
    said: `${origin}: it has more than ${String(most)} pages of ${what}, which is as much as one pull reads`,
    todo: 'What was read is kept. Pull again to go on, or set since: to a later time.',
  });
}
