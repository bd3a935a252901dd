/** Files that the collector writes beside us: segments of its sources grow while an application sends feedback. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from './session.js';

const segments = '.ratchet/.local/segments';

export async function collectedFiles(session: Session): Promise<string[]> {
  const { config } = await session.engine.config.load();
  const names = config.sources.filter(({ kind }) => kind === 'collector').map(({ name }) => name);
  const folders = names.map((name) => join(session.root, segments, name));
  // The folder itself too: its first segment is a change as well.
  return [...folders, ...(await Promise.all(folders.map(filesIn))).flat()];
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder, { recursive: true });
    return names.filter((name) => name.endsWith('.jsonl')).map((name) => join(folder, name));
  } catch {
    // Nothing was collected yet.
    return [];
  }
}
