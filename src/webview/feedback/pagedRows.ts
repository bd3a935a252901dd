/**
 * Rows of a long list, fetched page by page where somebody looks. What is in view comes first, then what lies ahead; requests for what was
 * scrolled past are called back. After a change the old rows stay until the new ones are here.
 */
interface Page<T> {
  rows: readonly T[];
  /** A page of before the last refresh is shown, and asked for again. */
  generation: number;
}

export interface PagedRowsOptions {
  pageSize: number;
  /** Sends a request for rows from `offset` on, and says its number. */
  ask: (offset: number, limit: number) => number;
  cancel: (request: number) => void;
  /** Pages that are kept at most. */
  keep?: number;
  /** Shortest pause between two waves of requests, in ms. */
  pauseMs?: number;
}

export class PagedRows<T> {
  /** `null` until the first page is here. */
  total: number | null = null;
  private readonly pages = new Map<number, Page<T>>();
  private readonly asked = new Map<number, { page: number; generation: number }>();
  private readonly failed = new Set<number>();
  private readonly keep: number;
  private readonly pauseMs: number;
  private generation = 0;
  private first = 0;
  private last = 0;
  private direction: 1 | -1 = 1;
  private waveAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: PagedRowsOptions) {
    this.keep = options.keep ?? 60;
    this.pauseMs = options.pauseMs ?? 40;
  }

  at(index: number): T | undefined {
    const { pageSize } = this.options;
    const page = Math.floor(index / pageSize);
    return this.pages.get(page)?.rows[index - page * pageSize];
  }

  /** Nobody looks at it any more. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    for (const request of this.asked.keys()) this.options.cancel(request);
    this.asked.clear();
  }

  /** The same list, which may hold other rows by now. */
  refresh(): void {
    this.generation++;
    this.failed.clear();
    this.stop();
    this.wave();
  }

  /** Rows from `first` up to, not including, `last` are in view. */
  show(first: number, last: number): void {
    if (first === this.first && last === this.last) return;
    if (first !== this.first) this.direction = first > this.first ? 1 : -1;
    this.first = first;
    this.last = last;
    const wait = this.waveAt + this.pauseMs - performance.now();
    if (wait <= 0) this.wave();
    else
      this.timer ??= setTimeout(() => {
        this.wave();
      }, wait);
  }

  /** False where the answer is for a request that was called back. */
  take(request: number, rows: readonly T[], total: number): boolean {
    const wish = this.asked.get(request);
    if (wish === undefined) return false;
    this.asked.delete(request);
    this.total = total;
    this.pages.delete(wish.page);
    this.pages.set(wish.page, { rows, generation: wish.generation });
    this.forget();
    this.wave();
    return true;
  }

  fail(request: number): boolean {
    const wish = this.asked.get(request);
    if (wish === undefined) return false;
    this.asked.delete(request);
    // Not asked for again and again: the next refresh or another place does.
    this.failed.add(wish.page);
    return true;
  }

  private wanted(): number[] {
    const { pageSize } = this.options;
    const pageOf = (index: number): number => Math.floor(Math.max(0, index) / pageSize);
    const from = pageOf(this.first);
    const to = pageOf(this.last - 1);
    const inView = Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
    const ahead = this.direction === 1 ? [to + 1, to + 2, from - 1] : [from - 1, from - 2, to + 1];
    const end = this.total === null ? 0 : pageOf(this.total - 1);
    return [...inView, ...ahead].filter((page) => page >= 0 && page <= end);
  }

  private wave(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.waveAt = performance.now();
    const wanted = this.wanted();
    for (const [request, { page }] of [...this.asked]) {
      if (wanted.includes(page)) continue;
      this.asked.delete(request);
      this.options.cancel(request);
    }
    const onTheWay = new Set([...this.asked.values()].map(({ page }) => page));
    for (const page of wanted) {
      if (onTheWay.has(page) || this.failed.has(page) || this.pages.get(page)?.generation === this.generation) continue;
      const { ask, pageSize } = this.options;
      this.asked.set(ask(page * pageSize, pageSize), { page, generation: this.generation });
    }
  }

  private forget(): void {
    const wanted = new Set(this.wanted());
    for (const page of [...this.pages.keys()]) {
      if (this.pages.size <= this.keep) return;
      if (!wanted.has(page)) this.pages.delete(page);
    }
  }
}
