import { isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Alias, Document, Node, Pair, YAMLMap } from 'yaml';
import type { SourceRange } from '../../shared/documents.js';
import type { Problem } from './types.js';

/** What a file may hold with every alias written out. Room for an anchor in each of thousands of tests; a "billion laughs" file needs far more. */
const maxExpandedNodes = 1_000_000;
const maxExpandedChars = 128 * 1024 * 1024;
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

interface Expanded {
  nodes: number;
  chars: number;
}

/** Nodes and characters with all aliases written out; `null` where an alias has no anchor before it, or is inside of what it repeats. */
function expandedSize(document: Document.Parsed): Expanded | null {
  const anchors = new Map<string, Expanded>();
  const unknown: string[] = [];
  const measure = (part: unknown): Expanded => {
    if (isPair(part)) return sum([part.key, part.value]);
    if (isAlias(part)) {
      const found = anchors.get(part.source);
      if (found === undefined) unknown.push(part.source);
      return found ?? { nodes: 1, chars: 0 };
    }
    const size = isCollection(part)
      ? sum(part.items)
      : { nodes: 1, chars: isScalar(part) && typeof part.value === 'string' ? part.value.length : 8 };
    if (isNode(part) && 'anchor' in part && typeof part.anchor === 'string') anchors.set(part.anchor, size);
    return size;
  };
  const sum = (parts: readonly unknown[]): Expanded => {
    const total = { nodes: 1, chars: 0 };
    for (const part of parts) {
      const { nodes, chars } = measure(part);
      total.nodes += nodes;
      total.chars += chars;
    }
    return total;
  };
  const size = measure(document.contents);
  return unknown.length === 0 ? size : null;
}

const anchored = new WeakMap<Document.Parsed, Map<Alias, unknown>>();

/** What each alias of a document stands for; found once a document, for the library looks through all of it each time. */
function aliasTargets(document: Document.Parsed): Map<Alias, unknown> {
  const known = anchored.get(document);
  if (known !== undefined) return known;
  const anchors = new Map<string, unknown>();
  const targets = new Map<Alias, unknown>();
  const walk = (part: unknown): void => {
    if (isAlias(part)) targets.set(part, anchors.get(part.source));
    else if (isPair(part)) {
      walk(part.key);
      walk(part.value);
    } else {
      if (isNode(part) && 'anchor' in part && typeof part.anchor === 'string') anchors.set(part.anchor, part);
      if (isCollection(part)) part.items.forEach(walk);
    }
  };
  walk(document.contents);
  anchored.set(document, targets);
  return targets;
}

function followed(document: Document.Parsed | null, node: unknown): unknown {
  return document !== null && isAlias(node) ? aliasTargets(document).get(node) : node;
}

/**
 * Parses untrusted YAML with limits on what aliases repeat and on depth; `<<` merges mappings, as YAML 1.1 has it and most files expect.
 * Never throws: what is wrong is in `problems`, whose ranges are moved by `base` (where `text` starts in the file).
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
      merge: true,
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
    const size = expandedSize(document);
    if (size === null || size.nodes > maxExpandedNodes || size.chars > maxExpandedChars) {
      if (problems.length === 0)
        report('YAML_LIMIT', 'The YAML uses unknown aliases or repeats them too often. Write the values out.', whole);
      return { document, value: undefined, problems };
    }
    try {
      return { document, value: document.toJS({ maxAliasCount: -1 }) as unknown, problems };
    } catch {
      // The library throws where something else than a mapping is merged.
      if (problems.length === 0) report('YAML_INVALID', 'The YAML merges what is no mapping. Give << an anchor of a mapping.', whole);
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

function pairOf(document: Document.Parsed | null, map: YAMLMap, key: string): Pair<Node> | null {
  const merged: unknown[] = [];
  for (const pair of map.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    if (String(pair.key.value) === key) return pair as Pair<Node>;
    if (pair.key.source === '<<') merged.push(pair.value);
  }
  for (const value of merged) {
    const node = followed(document, value);
    for (const item of isSeq(node) ? node.items : [node]) {
      const inner = followed(document, item);
      const found = isMap(inner) ? pairOf(document, inner, key) : null;
      if (found !== null) return found;
    }
  }
  return null;
}

/** Range of the key `key` of a mapping. */
export function keyRange(node: unknown, key: string, base = 0): SourceRange | null {
  return isMap(node) ? nodeRange(pairOf(null, node, key)?.key, base) : null;
}

/** Range of a key of the mapping at a path; aliases and merged mappings are followed. */
export function keyRangeAt(
  document: Document.Parsed | null,
  path: readonly (string | number)[],
  key: string,
  base = 0,
): SourceRange | null {
  const node = valueNodeAt(document, path);
  return isMap(node) ? nodeRange(pairOf(document, node, key)?.key, base) : null;
}

/** Node at a path of keys and indexes; `null` where there is none. Aliases on the way and merged mappings are followed, the last step is what stands there. */
export function nodeAt(document: Document.Parsed | null, path: readonly (string | number)[]): unknown {
  let node: unknown = document?.contents;
  for (const step of path) {
    node = followed(document, node);
    if (isMap(node)) node = pairOf(document, node, String(step))?.value;
    else if (isSeq(node) && typeof step === 'number') node = node.items[step];
    else return null;
  }
  return node ?? null;
}

/** As `nodeAt`, and where that is an alias, what it stands for. */
export function valueNodeAt(document: Document.Parsed | null, path: readonly (string | number)[]): unknown {
  return followed(document, nodeAt(document, path)) ?? null;
}
