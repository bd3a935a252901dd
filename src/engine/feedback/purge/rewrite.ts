/** Segments written anew without a person's words. Call it all under the lock of the index. */
import { EngineError } from '../../errors.js';
import { relative } from '../../paths.js';
import type { Pseudonyms } from '../identity.js';
import { splitLines } from '../lines.js';
import { isObject, textOf, type Json } from '../values.js';
import { partFolder, segmentsIn, sourceLock, tornIn, type SegmentTools } from '../segments/layout.js';
import { wordsOf, type Person } from './person.js';
import { withoutPerson } from './withhold.js';

export interface Rewritten {
  file: string;
  source: string;
  part: string | null;
  rewritten: number;
  removed: number;
}

export interface Change {
  /** Cheap, on the line as it is: false where `change` would leave it alone. */
  may(line: string): boolean;
  /** What becomes of a record: itself, another one, or `null` for none. */
  change(record: Json): Json | null;
}

/** Parts of a source with their folders. */
export interface Places {
  source: string;
  parts: (string | null)[];
  /** One segment of these. */
  only?: string;
}

/** Every line of these segments, in order. */
export async function eachLine(tools: SegmentTools, { source, parts, only }: Places, look: (text: string) => void): Promise<void> {
  for (const part of parts) {
    for (const path of await segmentsIn(tools.fs, partFolder(tools.root, source, part))) {
      if (only !== undefined && path !== only) continue;
      for await (const lines of splitLines(tools.fs.stream(path), 0)) {
        for (const { text } of lines) if (text !== null) look(text);
      }
    }
  }
}

/**
 * Writes those segments anew that something changes in: temp file, fsync, rename, under the source's lock. `dryRun` only counts. A line
 * that is too long to be read is removed where its segment is written anew.
 */
export async function rewriteSegments(
  tools: SegmentTools,
  { source, parts, only }: Places,
  change: Change,
  dryRun: boolean,
): Promise<Rewritten[]> {
  const { root, fs, locks } = tools;
  const work = async (): Promise<Rewritten[]> => {
    const result: Rewritten[] = [];
    for (const part of parts) {
      for (const path of await segmentsIn(fs, partFolder(root, source, part))) {
        if (only !== undefined && path !== only) continue;
        const done = await rewriteSegment(tools, path, change, dryRun);
        if (done !== null) result.push({ file: relative(root, path), source, part, ...done });
      }
    }
    return result;
  };
  return dryRun ? work() : locks.withLock(sourceLock(root, source), work);
}

async function rewriteSegment(
  { fs }: SegmentTools,
  path: string,
  change: Change,
  dryRun: boolean,
): Promise<{ rewritten: number; removed: number } | null> {
  let rewritten = 0;
  let removed = 0;
  let lost = 0;
  const kept: string[] = [];
  for await (const lines of splitLines(fs.stream(path), 0)) {
    for (const { text, complete } of lines) {
      // Half a line at the end is a crash's, and is cut off by whoever opens the segment next.
      if (!complete || text === null) {
        lost += 1;
        continue;
      }
      const record = change.may(text) ? parseLine(text) : null;
      const changed = record === null ? null : change.change(record);
      if (record === null || changed === record) kept.push(text);
      else if (changed === null) removed += 1;
      else {
        rewritten += 1;
        kept.push(JSON.stringify(changed));
      }
    }
  }
  if (rewritten + removed === 0) return null;
  if (!dryRun) await fs.write(path, kept.length === 0 ? '' : `${kept.join('\n')}\n`);
  return { rewritten, removed: removed + lost };
}

/** `null` for a line that holds no object. */
export function parseLine(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What a purge makes of a record; records of others stay as they are. */
export function purgeOf(person: Person, pseudonyms: Pseudonyms): Change {
  const change = (record: Json): Json | null => {
    if (!person.owns(record)) return record;
    for (const words of wordsOf(record)) person.hear(words);
    const user = textOf(record['user']);
    const session = textOf(record['session']);
    return withoutPerson(record, user === null ? null : pseudonyms.nameOf(user), session === null ? null : pseudonyms.nameOf(session));
  };
  return { may: (line) => person.mayOwn(line), change };
}

/** What a crash left behind of these segments cannot be told apart by person. Returns how many files were (or would be) removed. */
export async function removeTorn({ root, fs }: SegmentTools, { source, parts }: Places, dryRun: boolean): Promise<number> {
  let count = 0;
  for (const part of parts) {
    for (const path of await tornIn(fs, partFolder(root, source, part))) {
      count += 1;
      if (!dryRun) await fs.remove(path);
    }
  }
  return count;
}

/** Files under a folder, its folders included; nothing where it is not there. */
export async function filesBelow({ fs }: SegmentTools, folder: string, depth = 0): Promise<string[]> {
  let entries: { name: string; isDirectory: boolean; isSymlink: boolean }[];
  try {
    entries = await fs.list(folder);
  } catch (error) {
    if (EngineError.is(error, 'IO_FAILED') && error.details['reason'] === 'ENOENT') return [];
    throw error;
  }
  const found: string[] = [];
  for (const { name, isDirectory, isSymlink } of entries) {
    const path = `${folder}/${name}`;
    if (!isDirectory) found.push(path);
    else if (!isSymlink && depth < 8) found.push(...(await filesBelow({ fs } as SegmentTools, path, depth + 1)));
  }
  return found.sort();
}
