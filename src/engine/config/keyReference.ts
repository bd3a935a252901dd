import type { Checks, Path } from './checks.js';

const keyReference = /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/u;

/** `${env:NAME}`, never a key itself; the text of a key is never repeated in a message. */
export function readKey(checks: Checks, value: unknown, path: Path): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && keyReference.test(value)) return value;
  checks.report(path, 'A key must not stand in a file. Write a reference such as ${env:NAME} and set that variable.');
  return undefined;
}
