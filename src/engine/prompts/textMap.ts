import type { SourceRange } from '../../shared/documents.js';

/**
 * A text as a reader of the format sees it (line ends LF, escapes and indentation resolved) with the place of every
 * character in the file. Offsets are UTF-16 code units; places never decrease.
 */
export interface TextMap {
  readonly text: string;
  /** File offset of the character at `index`; for `index = text.length` the end of the last one. */
  start(index: number): number;
  /** File offset right after the character before `index`; for 0 the start of the text. */
  end(index: number): number;
}

/** The file's own characters from `offset` on, where nothing is escaped. */
function identityMap(text: string, offset: number): TextMap {
  return { text, start: (index) => offset + index, end: (index) => offset + index };
}

/** `starts[i]` and `ends[i]` belong to the character `i` of `text`; `from` is the place of an empty text. */
export function arrayMap(text: string, starts: Int32Array, ends: Int32Array, from: number): TextMap {
  return {
    text,
    start: (index) => (index < text.length ? (starts[index] ?? from) : text.length === 0 ? from : (ends[text.length - 1] ?? from)),
    end: (index) => (index === 0 ? (text.length === 0 ? from : (starts[0] ?? from)) : (ends[index - 1] ?? from)),
  };
}

/** Maps a stretch of the file in which CRLF counts as one character, LF. */
export function lineMap(file: string, range: SourceRange): TextMap {
  const raw = file.slice(range.start, range.end);
  if (!raw.includes('\r\n')) return identityMap(raw, range.start);
  const text = raw.replaceAll('\r\n', '\n');
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  let place = range.start;
  for (let index = 0; index < text.length; index += 1) {
    starts[index] = place;
    place += file[place] === '\r' && file[place + 1] === '\n' ? 2 : 1;
    ends[index] = place;
  }
  return arrayMap(text, starts, ends, range.start);
}

/** The file range of `[start, end)` of the mapped text. An empty range stands where its text would begin. */
export function sourceOf(map: TextMap, start: number, end: number): SourceRange {
  const from = map.start(start);
  return { start: from, end: end <= start ? from : map.end(end) };
}
