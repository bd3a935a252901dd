/** Secrets that are known by how they begin: keys of APIs, JSON web tokens, bearer tokens, private keys in PEM. */
import type { Span } from './span.js';

/** Behind a prefix: which characters go on, and how many there are at least. */
interface KeyShape {
  rest: RegExp;
  min: number;
}

const base62: RegExp = /[A-Za-z0-9]*/y;
const named: RegExp = /[A-Za-z0-9_-]*/y;
const prefixes: readonly (readonly [prefix: string, shape: KeyShape])[] = [
  ['sk-', { rest: named, min: 16 }],
  ['pk-', { rest: named, min: 16 }],
  ['sk_', { rest: /[A-Za-z0-9_]*/y, min: 16 }],
  ['rk_', { rest: /[A-Za-z0-9_]*/y, min: 16 }],
  ['ghp_', { rest: base62, min: 20 }],
  ['gho_', { rest: base62, min: 20 }],
  ['ghu_', { rest: base62, min: 20 }],
  ['ghs_', { rest: base62, min: 20 }],
  ['ghr_', { rest: base62, min: 20 }],
  ['github_pat_', { rest: /[A-Za-z0-9_]*/y, min: 20 }],
  ['xox', { rest: /[abeoprs]-[A-Za-z0-9-]*/y, min: 12 }],
  ['AKIA', { rest: /[A-Z0-9]*/y, min: 16 }],
  ['ASIA', { rest: /[A-Z0-9]*/y, min: 16 }],
  ['AIza', { rest: named, min: 30 }],
  ['glpat-', { rest: named, min: 16 }],
  ['hf_', { rest: base62, min: 20 }],
  ['lsv2_', { rest: /[A-Za-z0-9_]*/y, min: 20 }],
  ['npm_', { rest: base62, min: 30 }],
  ['pypi-', { rest: named, min: 30 }],
  ['eyJ', { rest: /[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/y, min: 20 }],
];
const shapes = new Map(prefixes);
const plainPrefixes = ['eyJ', 'AKIA', 'ASIA', 'AIza', 'earer '];
const pemBegin = '-----BEGIN ';
const pemEnd = /-----END [A-Z0-9 ]{1,40}-----/g;

const candidate = new RegExp(
  `(?<![A-Za-z0-9])(?:${prefixes.map(([prefix]) => prefix).join('|')}|[Bb]earer +(?=[A-Za-z0-9]))|${pemBegin}`,
  'g',
);
const bearerRest = /[A-Za-z0-9._~+/-]*=*/y;

/** Cheap: false where `findKeys` would find nothing. */
export function mayHoldKey(text: string): boolean {
  // All but these have one of two signs, and a search for a sign or word is ten times as fast as one for any of many beginnings.
  const has = text.includes('-') || text.includes('_') || plainPrefixes.some((prefix) => text.includes(prefix));
  return has && /sk[-_]|pk-|rk_|gh[pousr]_|github_pat_|xox|A[KS]IA|AIza|glpat-|hf_|lsv2_|npm_|pypi-|eyJ|[Bb]earer |-----BEGIN /.test(text);
}

/** One pass: after a candidate the search goes on behind what was looked at. Of "Bearer …" the token only. */
export function findKeys(text: string): Span[] {
  const found: Span[] = [];
  candidate.lastIndex = 0;
  for (let match = candidate.exec(text); match !== null; match = candidate.exec(text)) {
    const behind = match.index + match[0].length;
    if (match[0] === pemBegin) {
      pemEnd.lastIndex = behind;
      // Cut off before its end it is a secret all the same.
      const end = pemEnd.exec(text) === null ? text.length : pemEnd.lastIndex;
      if (/^[A-Z0-9 ]{0,40}PRIVATE KEY/.test(text.slice(behind, behind + 60))) found.push({ start: match.index, end });
      candidate.lastIndex = end;
      continue;
    }
    const shape = shapes.get(match[0]);
    const rest = shape === undefined ? bearerRest : shape.rest;
    rest.lastIndex = behind;
    const length = rest.exec(text)?.[0].length ?? 0;
    const end = behind + length;
    candidate.lastIndex = Math.max(end, behind);
    if (length < (shape?.min ?? 16)) continue;
    // Words with hyphens are no keys: those have digits.
    const start = shape === undefined ? behind : match.index;
    if (/[0-9]/.test(text.slice(start, end))) found.push({ start, end });
  }
  return found;
}
