/** Files of a source: a path or a glob, workspace-relative or absolute. */
import picomatch from 'picomatch/posix';
import { isAbsolute, join } from '../paths.js';
import type { FileSystem } from '../ports.js';

const depthLimit = 12;

interface Pattern {
  /** Folder that holds every match. */
  base: string;
  /** `null`: `base` is the one file itself. */
  matches: ((path: string) => boolean) | null;
}

function patternOf(root: string, path: string): Pattern {
  const whole = isAbsolute(path) ? join(path) : join(root, path);
  const scanned = picomatch.scan(whole);
  if (!scanned.isGlob) return { base: whole, matches: null };
  const base = scanned.base === '' ? '/' : scanned.base;
  return { base, matches: picomatch(whole, { dot: false }) };
}

/** Absolute paths, sorted; empty where nothing matches. Folders that cannot be read hold nothing. */
export async function findSourceFiles(fs: FileSystem, root: string, path: string): Promise<string[]> {
  const { base, matches } = patternOf(root, path);
  if (matches === null) {
    const stat = await fs.stat(base);
    return stat === null || stat.isDirectory ? [] : [base];
  }
  const found: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await fs.list(folder).catch(() => []); // nothing in it can be read: nothing to find
    for (const entry of entries) {
      const full = join(folder, entry.name);
      if (!entry.isDirectory) {
        if (matches(full)) found.push(full);
        // A link to a folder may lead in a circle.
      } else if (!entry.isSymlink && depth < depthLimit && entry.name !== 'node_modules' && !entry.name.startsWith('.')) {
        await walk(full, depth + 1);
      }
    }
  };
  await walk(base, 0);
  return found.sort((a, b) => (a < b ? -1 : 1));
}

/** What a host watches: the files that are there, and for a glob the folder where more may appear. */
export async function watchedPaths(fs: FileSystem, root: string, path: string): Promise<string[]> {
  const { base, matches } = patternOf(root, path);
  return matches === null ? [base] : [base, ...(await findSourceFiles(fs, root, path))];
}
