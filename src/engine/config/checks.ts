import type { Document } from 'yaml';
import type { SourceRange } from '../../shared/documents.js';
import { nearest } from './nearest.js';
import type { Problem } from './types.js';
import { isRecord, keyRange, nodeAt, nodeRange } from './yaml.js';

export type Path = readonly (string | number)[];

/** Collects problems of one YAML file; every check returns the value where it is right and `undefined` where it is not. */
export class Checks {
  readonly problems: Problem[] = [];

  constructor(
    private readonly file: string,
    private readonly document: Document.Parsed | null,
    private readonly base: number,
  ) {}

  /** Range of the value at `path`, else of the nearest thing around it. */
  range(path: Path): SourceRange | null {
    for (let length = path.length; length > 0; length -= 1) {
      const range = nodeRange(nodeAt(this.document, path.slice(0, length)), this.base);
      if (range !== null) return range;
    }
    return null;
  }

  report(path: Path, message: string, severity: Problem['severity'] = 'error', range = this.range(path)): void {
    this.problems.push({ severity, code: 'CONFIG_INVALID', message, file: this.file, range });
  }

  /** Reports keys that nobody reads: a typing error would silently change nothing. */
  keys(value: Record<string, unknown>, path: Path, known: readonly string[], what: string): void {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      const [near] = nearest(key, known);
      const next = near === undefined ? `Known keys are ${known.join(', ')}.` : `Did you mean "${near}"?`;
      this.report(
        path,
        `The key "${key}" is not known in ${what}. ${next}`,
        'error',
        keyRange(nodeAt(this.document, path), key, this.base),
      );
    }
  }

  record(value: unknown, path: Path, what: string): Record<string, unknown> | undefined {
    if (isRecord(value)) return value;
    this.report(path, `${what} is not a list of "key: value" lines. Write it as such.`);
    return undefined;
  }

  list(value: unknown, path: Path, what: string): unknown[] | undefined {
    if (Array.isArray(value)) return value as unknown[];
    if (value !== undefined && value !== null) this.report(path, `${what} is not a list. Start each entry with "- ".`);
    return undefined;
  }

  /** A text that is not empty; `required` reports its absence. */
  text(value: unknown, path: Path, what: string, required = false): string | undefined {
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (value === undefined || value === null) {
      if (required) this.report(path, `${what} is missing. Add it.`);
      return undefined;
    }
    this.report(path, `${what} is not a text. Write it in quotes.`);
    return undefined;
  }

  oneOf<T extends string>(value: unknown, path: Path, what: string, allowed: readonly T[]): T | undefined {
    const text = this.text(value, path, what, true);
    if (text === undefined) return undefined;
    const found = allowed.find((option) => option === text);
    if (found !== undefined) return found;
    const [near] = nearest(text, allowed);
    this.report(
      path,
      `${what} "${text}" is not known. ${near === undefined ? `Use one of ${allowed.join(', ')}.` : `Did you mean "${near}"?`}`,
    );
    return undefined;
  }

  number(value: unknown, path: Path, what: string, low: number, high: number, whole = false): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? 'a whole number' : 'a number';
    const bounds = high === Number.MAX_SAFE_INTEGER ? `of at least ${String(low)}` : `between ${String(low)} and ${String(high)}`;
    this.report(path, `${what} is not ${kind} ${bounds}. Change it.`);
    return undefined;
  }

  /** An `http(s)` address without a user name or password in it. */
  url(value: unknown, path: Path, what: string): string | undefined {
    const text = this.text(value, path, what);
    if (text === undefined) return undefined;
    const parsed = URL.canParse(text) ? new URL(text) : null;
    if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
      this.report(path, `${what} is not a web address. Start it with http:// or https://.`);
      return undefined;
    }
    if (parsed.username === '' && parsed.password === '') return text;
    this.report(path, `${what} has a user name or password in it. Take it out and use a key reference such as \${env:NAME}.`);
    return undefined;
  }

  /** A glob below the workspace whose brackets match. */
  glob(value: unknown, path: Path, what: string): string | undefined {
    const text = this.text(value, path, what);
    if (text === undefined) return undefined;
    const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
    const unbalanced = count(/\[/gu) !== count(/\]/gu) || count(/\{/gu) !== count(/\}/gu) || count(/\(/gu) !== count(/\)/gu);
    if (!unbalanced && text.length <= 500) return text;
    this.report(path, `${what} is not a valid pattern. Close its brackets, or write a plain path.`);
    return undefined;
  }
}
