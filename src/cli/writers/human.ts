/** Text for people: tables, and numbers with their uncertainty. */
import { stripVTControlCharacters } from 'node:util';
import type { Estimate } from '../../shared/documents.js';

/** Columns padded to their widest cell; styled cells are measured without their styles. Columns in `right` are right-aligned. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, width(cell));
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const padding = ' '.repeat((widths[column] ?? 0) - width(cell));
          return right.includes(column) ? padding + cell : cell + padding;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `0.61 (0.56 to 0.66)`, or `-` where nothing is known. */
export function estimate(value: Estimate | null): string {
  if (value === null) return '-';
  return `${value.mean.toFixed(2)} (${value.lo.toFixed(2)} to ${value.hi.toFixed(2)})`;
}

/**
 * Text from a log or a model on one line of a terminal: control characters, which could move the cursor or hide
 * what stands before them, become visible; cut at `max` characters.
 */
export function plain(text: string, max = 200): string {
  const line = stripVTControlCharacters(text)
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD')
    .trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}

/** `1 case`, `2 cases`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${String(n)} ${n === 1 ? one : many}`;
}

function width(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length;
}
