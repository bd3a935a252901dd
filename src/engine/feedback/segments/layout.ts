/**
 * Where segments lie: `.ratchet/.local/segments/<source>/<part>/000001.jsonl`, numbered as they were begun. Beside them `source.json` and
 * `part.json` say whose they are, and `state.json` where to go on. A source's lock is a folder beside its own.
 */
import { EngineError } from '../../errors.js';
import { isInside, join } from '../../paths.js';
import type { Clock, FileSystem, Locks } from '../../ports.js';
import { deterministicId } from '../identity.js';

export interface SegmentTools {
  /** Absolute path of the workspace. */
  root: string;
  fs: FileSystem;
  locks: Locks;
  clock: Clock;
}

/** The source of what `ratchet collect` takes in. Its segments count without an entry in config.yaml. */
export const collectorSource = 'collector';

export const segmentBytes = 64 * 1024 * 1024;

const segmentsFolder = '.ratchet/.local/segments';
const segmentName = /^\d{6}\.jsonl$/;
const tornName = /^\d{6}\.jsonl\.torn-/;
/** For a source that is not made of parts. */
const wholeFolder = 'all';
/** Names that Windows keeps for devices. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d|all)$/;

/** A name as a folder: the same on file systems that tell no case apart, and never the same for two names. */
function slug(name: string): string {
  const safe = name.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '-');
  return safe === name && safe.length <= 60 && safe !== '' && !reserved.test(safe)
    ? safe
    : `${safe.slice(0, 40)}-${deterministicId('segments', name).slice(0, 12)}`;
}

export function allSourcesFolder(root: string): string {
  return join(root, segmentsFolder);
}

export function sourceFolder(root: string, source: string): string {
  return join(root, segmentsFolder, slug(source));
}

export function partFolder(root: string, source: string, part: string | null): string {
  return join(sourceFolder(root, source), part === null ? wholeFolder : slug(part));
}

/** Is this file one of ours, whose lines are records of the canonical schema with pseudonyms? */
export function isSegment(root: string, path: string): boolean {
  return isInside(path, join(root, segmentsFolder));
}

/** Held while a source is asked for what is new: two processes that ask would write it twice. */
export function pullLock(root: string, source: string): string {
  return join(root, segmentsFolder, `${slug(source)}.pull.lock`);
}

/** Whoever writes, replaces or removes segments of a source holds it; whoever reads need not. */
export function sourceLock(root: string, source: string): string {
  return join(root, segmentsFolder, `${slug(source)}.lock`);
}

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(6, '0')}.jsonl`);
}

/** Names in a folder; nothing where it is not there. */
export async function namesIn(fs: FileSystem, folder: string): Promise<{ name: string; isDirectory: boolean }[]> {
  try {
    return await fs.list(folder);
  } catch (error) {
    if (EngineError.is(error, 'IO_FAILED') && error.details['reason'] === 'ENOENT') return [];
    throw error;
  }
}

/** Absolute paths of the segments of a part, oldest first. */
export async function segmentsIn(fs: FileSystem, folder: string): Promise<string[]> {
  const names = (await namesIn(fs, folder)).filter((each) => !each.isDirectory && segmentName.test(each.name));
  return names.map((each) => join(folder, each.name)).sort();
}

/** What was cut off of damaged segments. */
export async function tornIn(fs: FileSystem, folder: string): Promise<string[]> {
  const names = (await namesIn(fs, folder)).filter((each) => !each.isDirectory && tornName.test(each.name));
  return names.map((each) => join(folder, each.name)).sort();
}

export function numberOf(path: string): number {
  return Number(path.slice(path.lastIndexOf('/') + 1, -'.jsonl'.length));
}
