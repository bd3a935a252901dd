/** Where the reading of a source of files stands, as it is stored between pulls. */
import type { FileStat } from '../../../ports.js';
import type { RatingScale } from '../../records.js';
import { isObject, numberOf, textOf, type Json } from '../../values.js';

export interface FilePlace {
  size: number;
  mtimeMs: number;
  /** Behind the last complete record; 0 for a file that is read as a whole. */
  offset: number;
  /** Records begin there: line from 1. */
  line: number;
  /** Hashes of the first bytes and of those before `offset`. */
  head: string;
  anchor: string;
  /** The last record had no line end: what follows must begin with one. */
  tail: boolean;
  /** Read to its end. */
  done: boolean;
}

export interface FilesState {
  scale: RatingScale;
  /** Of the judgements with records of their own that the files were read without. */
  judged: string;
  files: Map<string, FilePlace>;
  /** Files have gone since; not stored. */
  changed: boolean;
}

/** `null` and a state of another shape: nothing was read yet. */
export function readState(value: Json | null): FilesState {
  const files = new Map<string, FilePlace>();
  const stored = value?.['files'];
  if (isObject(stored)) {
    for (const [part, entry] of Object.entries(stored)) {
      if (!Array.isArray(entry)) continue;
      const [size, mtimeMs, offset, line, head, anchor, tail, done] = entry as unknown[];
      files.set(part, {
        size: numberOf(size) ?? 0,
        mtimeMs: numberOf(mtimeMs) ?? 0,
        offset: numberOf(offset) ?? 0,
        line: numberOf(line) ?? 1,
        head: textOf(head) ?? '',
        anchor: textOf(anchor) ?? '',
        tail: tail === 1,
        done: done === 1,
      });
    }
  }
  return { scale: value?.['scale'] === 'five' ? 'five' : 'unit', judged: textOf(value?.['judged']) ?? '', files, changed: false };
}

/** Lists instead of objects: a source may have a file a day. */
export function writeState(state: FilesState): Json {
  const entries = [...state.files].map(([part, place]): [string, unknown[]] => [
    part,
    [place.size, place.mtimeMs, place.offset, place.line, place.head, place.anchor, place.tail ? 1 : 0, place.done ? 1 : 0],
  ]);
  const { scale, judged } = state;
  return { scale, ...(judged === '' ? {} : { judged }), files: Object.fromEntries(entries) };
}

/** Was the file read to its end, and is it as it was? */
export function isRead(place: FilePlace | undefined, stat: FileStat | null): boolean {
  return stat !== null && place?.done === true && place.size === stat.size && place.mtimeMs === stat.mtimeMs;
}
