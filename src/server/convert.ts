/** The only place where engine terms (offsets, workspace paths) and LSP terms (positions, URIs) meet. */
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { SourceRange } from '../shared/documents.js';
import type { Range } from '../shared/protocol.js';

const bom = '\uFEFF';

/** Absolute path of a `file:` URI, `null` for every other scheme. */
export function uriToPath(uri: string): string | null {
  if (!uri.startsWith('file:')) return null;
  try {
    return fileURLToPath(uri);
  } catch {
    // A malformed URI from a client names no file of ours.
    return null;
  }
}

/** Workspace path with `/`, or `null` where the file lies outside the folder. */
export function toWorkspacePath(root: string, path: string): string | null {
  const result = relative(root, path);
  if (result === '' || result.startsWith('..') || isAbsolute(result)) return null;
  return sep === '/' ? result : result.split(sep).join('/');
}

export function uriToWorkspacePath(root: string, uri: string): string | null {
  const path = uriToPath(uri);
  return path === null ? null : toWorkspacePath(root, path);
}

export function toAbsolute(root: string, file: string): string {
  return isAbsolute(file) ? file : join(root, file);
}

export function toUri(root: string, file: string): string {
  return pathToFileURL(toAbsolute(root, file)).href;
}

/** Text with its positions. A byte order mark is on disk but not in an editor's buffer, so offsets move by one there. */
export class Positions {
  private readonly document: TextDocument;
  private readonly shift: number;

  constructor(text: string) {
    this.shift = text.startsWith(bom) ? 1 : 0;
    this.document = TextDocument.create('memory:text', 'plaintext', 0, text.slice(this.shift));
  }

  range(source: SourceRange): Range {
    return {
      start: this.document.positionAt(Math.max(0, source.start - this.shift)),
      end: this.document.positionAt(Math.max(0, source.end - this.shift)),
    };
  }

  offset(position: Range['start']): number {
    return this.document.offsetAt(position) + this.shift;
  }

  /** The line's text span without its end-of-line. */
  line(line: number): Range {
    const start = { line, character: 0 };
    const text = this.document.getText({ start, end: { line: line + 1, character: 0 } }).replace(/[\r\n]+$/, '');
    return { start, end: { line, character: text.length } };
  }
}

/**
 * Where a span of `from` now stands in `to`: the same place where the texts agree up to it, else the only place where its
 * words occur. `null` where that can't be said, so that a mark never stands under words it was not made for.
 */
export function follow(from: string, to: string, range: SourceRange): SourceRange | null {
  if (from === to) return range;
  const words = from.slice(range.start, range.end);
  if (words === '') return null;
  if (to.startsWith(words, range.start) && from.slice(0, range.start) === to.slice(0, range.start)) return range;
  const first = to.indexOf(words);
  if (first === -1 || to.includes(words, first + 1)) return null;
  return { start: first, end: first + words.length };
}
