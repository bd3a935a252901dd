/** Values as drivers give them. A double is a number in one and its text in the other. */
import type { SqlRow } from '../../ports.js';

export function numberAt(row: SqlRow, index: number): number {
  return numberOrNull(row, index) ?? 0;
}

export function numberOrNull(row: SqlRow, index: number): number | null {
  const value = row[index];
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function textAt(row: SqlRow, index: number): string | null {
  const value = row[index];
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : JSON.stringify(value);
}
