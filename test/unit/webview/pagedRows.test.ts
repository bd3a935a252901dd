import { describe, expect, it, vi } from 'vitest';
import { PagedRows } from '../../../src/webview/feedback/pagedRows.js';

interface World {
  rows: PagedRows<number>;
  asked: { request: number; offset: number }[];
  cancelled: number[];
  /** Answers everything that is open, with `total` rows of their own index plus `shift`. */
  answer: (total: number, shift?: number) => void;
}

function world(keep = 60): World {
  const asked: { request: number; offset: number }[] = [];
  const cancelled: number[] = [];
  let next = 0;
  const rows = new PagedRows<number>({
    pageSize: 100,
    keep,
    pauseMs: 40,
    ask: (offset) => {
      next++;
      asked.push({ request: next, offset });
      return next;
    },
    cancel: (request) => cancelled.push(request),
  });
  let done = 0;
  const answer = (total: number, shift = 0): void => {
    while (done < asked.length) {
      const { request, offset } = asked[done] ?? { request: 0, offset: 0 };
      done++;
      rows.take(
        request,
        Array.from({ length: Math.max(0, Math.min(100, total - offset)) }, (_, index) => offset + index + shift),
        total,
      );
    }
  };
  return { rows, asked, cancelled, answer };
}

const offsets = ({ asked }: World, from = 0): number[] => asked.slice(from).map(({ offset }) => offset);

describe('PagedRows', () => {
  it('asks for the beginning, then for what lies ahead, and for nothing that is not there', () => {
    const it = world();
    it.rows.refresh();
    expect(offsets(it)).toEqual([0]);
    it.rows.show(0, 20);
    it.answer(250);
    expect(it.rows.total).toBe(250);
    expect(it.rows.at(20)).toBe(20);
    expect(offsets(it)).toEqual([0, 100, 200]);
    expect(it.rows.at(249)).toBe(249);
    expect(it.rows.at(250)).toBeUndefined();
  });

  it('asks for what is in view first, and calls back what was scrolled past', () => {
    vi.useFakeTimers();
    try {
      const it = world();
      it.rows.refresh();
      it.answer(1_000_000);
      const before = it.asked.length;
      vi.advanceTimersByTime(100);
      it.rows.show(500_000, 500_030);
      expect(offsets(it, before)).toEqual([500_000, 500_100, 500_200, 499_900]);
      // Within the pause only the last place counts.
      it.rows.show(600_000, 600_030);
      it.rows.show(700_000, 700_030);
      expect(it.asked.length).toBe(before + 4);
      vi.advanceTimersByTime(50);
      expect(offsets(it, before + 4)).toEqual([700_000, 700_100, 700_200, 699_900]);
      expect(it.cancelled).toHaveLength(4);
      const late = it.asked[before]?.request ?? 0;
      expect(it.rows.take(late, [1], 5)).toBe(false);
      expect(it.rows.total).toBe(1_000_000);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps the old rows in place until the new ones are here', () => {
    const it = world();
    it.rows.refresh();
    it.rows.show(0, 20);
    it.answer(100);
    it.rows.refresh();
    expect(it.rows.at(3)).toBe(3);
    it.answer(101, -1);
    expect(it.rows.at(3)).toBe(2);
    expect(it.rows.total).toBe(101);
  });

  it('keeps no more pages than it may, and never lets go of those in view', () => {
    vi.useFakeTimers();
    try {
      const it = world(5);
      it.rows.refresh();
      it.answer(10_000);
      for (let first = 0; first < 5000; first += 100) {
        vi.advanceTimersByTime(100);
        it.rows.show(first, first + 30);
        it.answer(10_000);
        expect(it.rows.at(first)).toBe(first);
      }
      const kept = Array.from({ length: 100 }, (_, page) => it.rows.at(page * 100)).filter((row) => row !== undefined);
      expect(kept.length).toBeLessThanOrEqual(5);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not ask again and again for what fails, but after a refresh', () => {
    const it = world();
    it.rows.refresh();
    expect(it.rows.fail(1)).toBe(true);
    it.rows.show(0, 10);
    it.rows.show(0, 20);
    expect(it.asked).toHaveLength(1);
    it.rows.refresh();
    expect(it.asked).toHaveLength(2);
  });
});
