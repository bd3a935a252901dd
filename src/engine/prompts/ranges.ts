import type { SourceRange } from '../../shared/documents.js';

/** Sorted and disjoint; empty ranges are dropped. Ranges that only touch stay apart: a text may be put between them. */
export function mergeRanges(ranges: readonly SourceRange[]): SourceRange[] {
  const merged: SourceRange[] = [];
  const sorted = ranges.filter((range) => range.end > range.start).sort((a, b) => a.start - b.start || a.end - b.end);
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && range.start < last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ ...range });
  }
  return merged;
}

/** What of `[0, length)` is in none of the ranges. */
export function outside(ranges: readonly SourceRange[], length: number): SourceRange[] {
  const gaps: SourceRange[] = [];
  let place = 0;
  for (const range of mergeRanges(ranges)) {
    gaps.push({ start: place, end: range.start });
    place = range.end;
  }
  gaps.push({ start: place, end: length });
  return gaps.filter((gap) => gap.end > gap.start);
}
