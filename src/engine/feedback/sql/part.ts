/** One of the answers that make up the sums, and its columns. */
import type { Dialect } from './dialect.js';

export const dayMs = 86_400_000;
export const weekMs = 7 * dayMs;

/** Columns of every answer: kind, prompt (or the number of its group), version ('' = unknown), name, place, n1 … n9. */
export const numbers = 9;

export interface Part {
  kind: string;
  /** Number of the group, whose names the part `groups` gives once; else prompt and version themselves. */
  group?: string;
  prompt?: string;
  version?: string;
  name?: string;
  at?: string;
  values: readonly string[];
  from: string;
}

export function selectOf(dialect: Dialect, part: Part): string {
  const values = Array.from({ length: numbers }, (_, index) => part.values[index] ?? dialect.nullNumber());
  const columns = [
    `${part.kind} AS kind`,
    `${part.group === undefined ? (part.prompt ?? dialect.nullText()) : dialect.text(part.group, 'number')} AS prompt`,
    `${part.version ?? dialect.nullText()} AS version`,
    `${part.name ?? dialect.nullText()} AS name`,
    `${part.at === undefined ? dialect.nullNumber() : dialect.toDouble(part.at)} AS place`,
    ...values.map((value, index) => `${value} AS n${String(index + 1)}`),
  ];
  return `SELECT ${columns.join(', ')} ${part.from}`;
}
