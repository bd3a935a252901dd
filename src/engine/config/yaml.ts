import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import type { SourceRange } from '../../shared/documents.js';
import type { Problem } from './types.js';

/** Room for real use; a "billion laughs" file needs far more. */
const maxAliasCount = 64;
const maxDepth = 100;

export interface ParsedYaml {
  /** `null` where the text could not be read at all. */
  document: Document.Parsed | null;
  /** Plain data; `undefined` where there is none. */
  value: unknown;
  problems: Problem[];
}

function sentence(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.replace(/ at line \d+, column \d+:?$/u, '').replace(/[.:]$/u, '');
}

/** Brackets nest too deep for a recursive parser; text in quotes is counted too, which is on the safe side. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (char === 0x5b || char === 0x7b) depth += 1;
    else if (char === 0x5d || char === 0x7d) depth = Math.max(0, depth - 1);
    else if (char === 0x0a && depth < maxDepth) depth = Math.min(depth, maxDepth / 2);
    if (depth > maxDepth) return true;
  }
  // Block collections nest by indentation (`- - - - x`), one column or more a level.
  return /^(?:[-?] ){100}/mu.test(text);
}

/**
 * Parses untrusted YAML with limits on aliases and depth. Never throws: what is wrong is in `problems`, whose ranges are
 * moved by `base` (where `text` starts in the file).
 */
export function parseYaml(file: string, text: string, base = 0): ParsedYaml {
  const problems: Problem[] = [];
  const report = (code: string, message: string, range: SourceRange): void => {
    problems.push({ severity: 'error', code, message, file, range });
  };
  const whole = { start: base, end: base + text.length };
  if (tooDeep(text)) {
    report('YAML_LIMIT', `The YAML nests deeper than ${String(maxDepth)} levels. Make it flatter.`, whole);
    return { document: null, value: undefined, problems };
  }
  try {
    const document = parseDocument(text, {
      keepSourceTokens: true,
      lineCounter: new LineCounter(),
      prettyErrors: false,
      logLevel: 'silent',
    });
    for (const error of document.errors.slice(0, 20)) {
      const [start, end] = error.pos;
      report('YAML_INVALID', `The YAML cannot be read here: ${sentence(error.message)}.`, {
        start: base + Math.min(start, text.length),
        end: base + Math.min(Math.max(end, start + 1), text.length),
      });
    }
    try {
      return { document, value: document.toJS({ maxAliasCount }) as unknown, problems };
    } catch {
      // The library throws on unknown anchors and where aliases multiply beyond the limit.
      if (problems.length === 0)
        report('YAML_LIMIT', 'The YAML uses unknown aliases or repeats them too often. Write the values out.', whole);
      return { document, value: undefined, problems };
    }
  } catch {
    // Defence in depth: whatever else a hostile text does to the parser stays in this file.
    report('YAML_INVALID', 'The YAML cannot be read. Check the file.', whole);
    return { document: null, value: undefined, problems };
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Span of a node in the file, without the white space and comments after it. */
export function nodeRange(node: unknown, base = 0): SourceRange | null {
  if (!isNode(node) || node.range === undefined || node.range === null) return null;
  return { start: base + node.range[0], end: base + node.range[1] };
}

function pairOf(map: YAMLMap, key: string): Pair<Node> | null {
  for (const pair of map.items) {
    if (isPair(pair) && isScalar(pair.key) && String(pair.key.value) === key) return pair as Pair<Node>;
  }
  return null;
}

/** Range of the key `key` of a mapping. */
export function keyRange(node: unknown, key: string, base = 0): SourceRange | null {
  return isMap(node) ? nodeRange(pairOf(node, key)?.key, base) : null;
}

/** Node at a path of keys and indexes; `null` where there is none. Aliases are not followed. */
export function nodeAt(document: Document.Parsed | null, path: readonly (string | number)[]): unknown {
  let node: unknown = document?.contents;
  for (const step of path) {
    if (isMap(node)) node = pairOf(node, String(step))?.value;
    else if (isNode(node) && 'items' in node && Array.isArray(node.items) && typeof step === 'number')
      node = (node.items as unknown[])[step];
    else return null;
  }
  return node ?? null;
}
