import { isScalar } from 'yaml';
import type { CST } from 'yaml';
import { arrayMap } from './textMap.js';
import type { TextMap } from './textMap.js';

/**
 * Characters that the scalar's source stands for, one by one, each with its place; line ends are LF, indentation is gone.
 * Kept in typed arrays: a prompt may have hundreds of thousands.
 */
class Units {
  readonly chars: Uint16Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** 1: came from an escape, hence never skipped as layout. */
  readonly fixed: Uint8Array;
  length = 0;

  /** A source of `size` characters stands for no more than that many. */
  constructor(size: number) {
    this.chars = new Uint16Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
    this.fixed = new Uint8Array(size);
  }

  push(code: number, start: number, end: number, fixed = 0): void {
    this.chars[this.length] = code;
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.fixed[this.length] = fixed;
    this.length += 1;
  }
}

const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const tab = 0x09;

const escapes: Record<string, string> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
};

function blockUnits(file: string, start: number, end: number, indent: number): Units {
  const units = new Units(Math.max(0, end - start));
  let place = start;
  while (place < end) {
    for (let skipped = 0; skipped < indent && place < end && file.charCodeAt(place) === space; skipped += 1) place += 1;
    while (place < end) {
      const code = file.charCodeAt(place);
      const width = code === cr && file.charCodeAt(place + 1) === lf ? 2 : 1;
      units.push(width === 2 ? lf : code, place, place + width);
      place += width;
      if (code === lf || width === 2) break;
    }
  }
  return units;
}

/** Reads an escape of a double-quoted scalar at `place`; returns the place after it. */
function pushEscape(units: Units, file: string, place: number): number {
  const next = file[place + 1] ?? '';
  const length = { x: 2, u: 4, U: 8 }[next];
  if (length === undefined) {
    const decoded = escapes[next];
    if (decoded === undefined) return place + 1; // an escaped line end stands for nothing
    units.push(decoded.charCodeAt(0), place, place + 2, 1);
    return place + 2;
  }
  const code = Number.parseInt(file.slice(place + 2, place + 2 + length), 16);
  const decoded = code <= 0x10ffff ? String.fromCodePoint(code) : '';
  for (let index = 0; index < decoded.length; index += 1) units.push(decoded.charCodeAt(index), place, place + 2 + length, 1);
  return place + 2 + length;
}

function flowUnits(file: string, start: number, end: number, quote: string): Units {
  const units = new Units(Math.max(0, end - start));
  let place = start;
  while (place < end) {
    const code = file.charCodeAt(place);
    const next = file.charCodeAt(place + 1);
    if (quote === '"' && code === 0x5c) place = pushEscape(units, file, place);
    else if (quote === "'" && code === 0x27 && next === 0x27) {
      units.push(code, place, place + 2, 1);
      place += 2;
    } else {
      const width = code === cr && next === lf ? 2 : 1;
      units.push(width === 2 ? lf : code, place, place + width);
      place += width;
    }
  }
  return units;
}

function isLayout(code: number | undefined): boolean {
  return code === space || code === tab || code === lf;
}

/** Walks value and source together: folding drops or replaces white space, everything else is met in order. */
function align(value: string, units: Units, from: number, to: number): TextMap {
  const starts = new Int32Array(value.length);
  const ends = new Int32Array(value.length);
  const { chars, fixed, length } = units;
  let at = 0;
  for (let index = 0; index < value.length; index += 1) {
    const wanted = value.charCodeAt(index);
    let found = at;
    if (!isLayout(wanted)) {
      while (found < length && chars[found] !== wanted && fixed[found] === 0 && isLayout(chars[found])) found += 1;
    } else if (wanted === lf) {
      while (found < length && fixed[found] === 0 && (chars[found] === space || chars[found] === tab)) found += 1;
      if (chars[found] !== lf) found = at;
    }
    const inside = found < length;
    starts[index] = inside ? (units.starts[found] ?? to) : to;
    ends[index] = inside ? (units.ends[found] ?? to) : to;
    if (inside) at = found + 1;
  }
  return arrayMap(value, starts, ends, from);
}

/** Where a block scalar's content lies and how deep it is indented. */
export interface BlockLayout {
  contentStart: number;
  contentEnd: number;
  indent: number;
  /** The header as written, `|2-`. */
  header: string;
}

/** Reads the layout of a block scalar in `file`; `base` is where the parsed text starts in it. */
export function blockLayout(file: string, token: CST.BlockScalar, base: number): BlockLayout {
  const start = base + token.offset;
  const lineEnd = file.indexOf('\n', start);
  const contentStart = lineEnd === -1 ? file.length : lineEnd + 1;
  const header = /^[|>][-+0-9]*/u.exec(file.slice(start, contentStart))?.[0] ?? '|';
  const contentEnd = contentStart + token.source.length;
  const explicit = /[1-9]/u.exec(header);
  const firstLine = /^( *)[^ \r\n]/mu.exec(file.slice(contentStart, contentEnd));
  const indent =
    explicit === null ? (firstLine?.[1]?.length ?? Math.max(token.indent + 2, 2)) : Math.max(token.indent, 0) + Number(explicit[0]);
  return { contentStart, contentEnd, indent, header };
}

/** Text of a string scalar with the place of each character in the file; `null` for other nodes. */
export function scalarMap(file: string, node: unknown, base: number): TextMap | null {
  if (!isScalar(node) || node.srcToken === undefined || typeof node.value !== 'string') return null;
  const { value } = node;
  const token = node.srcToken;
  if (token.type === 'block-scalar') {
    const { contentStart, contentEnd, indent } = blockLayout(file, token, base);
    return align(value, blockUnits(file, contentStart, contentEnd, indent), contentStart, contentEnd);
  }
  if (!('source' in token)) return null;
  const quote = token.type === 'single-quoted-scalar' ? "'" : token.type === 'double-quoted-scalar' ? '"' : '';
  const start = base + token.offset + quote.length;
  const end = base + token.offset + token.source.length - quote.length;
  return align(value, flowUnits(file, start, end, quote), start, end);
}
