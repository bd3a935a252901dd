import { isScalar } from 'yaml';
import type { CST } from 'yaml';
import { arrayMap } from './textMap.js';
import type { TextMap } from './textMap.js';

/** Characters that the scalar's source stands for, one by one, each with its place; line ends are LF, indentation is gone. */
interface Units {
  chars: string[];
  starts: number[];
  ends: number[];
  /** Came from an escape or from content, hence never skipped as layout. */
  fixed: boolean[];
}

const escapes: Record<string, string> = {
  '0': '\0', a: '\x07', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\x1b',
  N: '\x85', _: '\xa0', L: '\u2028', P: '\u2029', ' ': ' ', '"': '"', '/': '/', '\\': '\\',
};

function push(units: Units, char: string, start: number, end: number, fixed: boolean): void {
  units.chars.push(char);
  units.starts.push(start);
  units.ends.push(end);
  units.fixed.push(fixed);
}

function blockUnits(file: string, start: number, end: number, indent: number): Units {
  const units: Units = { chars: [], starts: [], ends: [], fixed: [] };
  let place = start;
  while (place < end) {
    for (let skipped = 0; skipped < indent && place < end && file[place] === ' '; skipped += 1) place += 1;
    while (place < end) {
      const crlf = file[place] === '\r' && file[place + 1] === '\n';
      const char = crlf ? '\n' : (file[place] ?? '');
      push(units, char, place, place + (crlf ? 2 : 1), false);
      place += crlf ? 2 : 1;
      if (char === '\n') break;
    }
  }
  return units;
}

function flowUnits(file: string, start: number, end: number, quote: string): Units {
  const units: Units = { chars: [], starts: [], ends: [], fixed: [] };
  let place = start;
  while (place < end) {
    const char = file[place] ?? '';
    const next = file[place + 1] ?? '';
    if (quote === "'" && char === "'" && next === "'") {
      push(units, "'", place, place + 2, true);
      place += 2;
    } else if (quote === '"' && char === '\\') {
      const length = { x: 2, u: 4, U: 8 }[next];
      if (length !== undefined) {
        const code = Number.parseInt(file.slice(place + 2, place + 2 + length), 16);
        const decoded = code <= 0x10ffff ? String.fromCodePoint(code) : '';
        for (const unit of decoded.split('')) push(units, unit, place, place + 2 + length, true);
        place += 2 + length;
      } else if (escapes[next] !== undefined) {
        push(units, escapes[next], place, place + 2, true);
        place += 2;
      } else place += 1; // an escaped line end stands for nothing
    } else {
      const crlf = char === '\r' && next === '\n';
      push(units, crlf ? '\n' : char, place, place + (crlf ? 2 : 1), false);
      place += crlf ? 2 : 1;
    }
  }
  return units;
}

function isLayout(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n';
}

/** Walks value and source together: folding drops or replaces white space, everything else is met in order. */
function align(value: string, units: Units, from: number, to: number): TextMap {
  const starts = new Int32Array(value.length);
  const ends = new Int32Array(value.length);
  const { chars, fixed } = units;
  let at = 0;
  for (let index = 0; index < value.length; index += 1) {
    const wanted = value[index] ?? '';
    let found = at;
    if (!isLayout(wanted)) {
      while (found < chars.length && chars[found] !== wanted && !(fixed[found] ?? false) && isLayout(chars[found] ?? '')) found += 1;
    } else if (wanted === '\n') {
      while (found < chars.length && !(fixed[found] ?? false) && (chars[found] === ' ' || chars[found] === '\t')) found += 1;
      if (chars[found] !== '\n') found = at;
    }
    const place = found < chars.length ? (units.starts[found] ?? to) : to;
    starts[index] = place;
    ends[index] = found < chars.length ? (units.ends[found] ?? to) : to;
    if (found < chars.length) at = found + 1;
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
  const indent = explicit === null ? (firstLine?.[1]?.length ?? Math.max(token.indent + 2, 2)) : Math.max(token.indent, 0) + Number(explicit[0]);
  return { contentStart, contentEnd, indent, header };
}

/** Text of a string scalar with the place of each character in the file; `null` for other nodes and for aliases. */
export function scalarMap(file: string, node: unknown, base: number): TextMap | null {
  if (!isScalar(node) || node.srcToken === undefined || node.value === null || node.value === undefined) return null;
  const value = typeof node.value === 'string' ? node.value : String(node.value);
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
