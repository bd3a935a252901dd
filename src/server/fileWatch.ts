/** Tells when one of a few files changed: at once where the system reports it, else by a look every second. */
import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Disposable } from '../shared/disposable.js';

const pollMs = 1000;

export interface FileWatch extends Disposable {
  /** Asks for the paths again: sources were added or a glob has new files. */
  refresh(): Promise<void>;
}

async function fingerprint(path: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${String(size)}:${String(mtimeMs)}:${String(ino)}`;
  } catch {
    // Not there (yet): its coming is a change as well.
    return 'missing';
  }
}

export function watchFiles(paths: () => Promise<string[]>, changed: () => void): FileWatch {
  const seen = new Map<string, string>();
  const watchers = new Map<string, FSWatcher>();
  let disposed = false;
  let looking = false;

  const look = async (): Promise<void> => {
    if (looking || disposed) return;
    looking = true;
    try {
      let differs = false;
      for (const [path, before] of [...seen]) {
        const now = await fingerprint(path);
        if (now !== before) {
          seen.set(path, now);
          differs = true;
        }
      }
      // `dispose` may have come while a file was looked at.
      if (differs && !isDisposed()) changed();
    } finally {
      looking = false;
    }
  };
  const isDisposed = (): boolean => disposed;
  const timer = setInterval(() => void look(), pollMs);
  timer.unref();

  const watchFolder = (folder: string): void => {
    if (watchers.has(folder) || disposed) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => void look());
      watcher.on('error', () => {
        // The folder went away or the system has no watches left; the look every second goes on.
        watcher.close();
        watchers.delete(folder);
      });
      watchers.set(folder, watcher);
    } catch {
      // No watching here (missing folder, network disk): the look every second does it.
    }
  };

  return {
    async refresh() {
      const wanted = new Set(await paths());
      for (const path of [...seen.keys()]) if (!wanted.has(path)) seen.delete(path);
      for (const path of wanted) {
        if (!seen.has(path)) seen.set(path, await fingerprint(path));
        watchFolder(dirname(path));
      }
    },
    dispose() {
      disposed = true;
      clearInterval(timer);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
