/** What the collector writes beside us: its source counts without an entry in config.yaml, and its segments grow while an application sends feedback. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceConfig } from '../engine/config/types.js';
import { collectorSource, partFolder } from '../engine/feedback/segments/layout.js';

/** The sources of config.yaml, and the collector where it has taken something in. */
export async function allSources(root: string, configured: readonly SourceConfig[]): Promise<SourceConfig[]> {
  if (configured.some(({ name }) => name === collectorSource)) return [...configured];
  const collected = await stat(partFolder(root, collectorSource, null)).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return collected ? [...configured, { name: collectorSource, kind: 'collector' }] : [...configured];
}

/** Absolute paths of the segments that collectors write. */
export async function collectedFiles(root: string, configured: readonly SourceConfig[]): Promise<string[]> {
  const sources = await allSources(root, configured);
  const folders = sources.filter(({ kind }) => kind === 'collector').map(({ name }) => partFolder(root, name, null));
  return (await Promise.all(folders.map(segmentsIn))).flat();
}

async function segmentsIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).map((name) => join(folder, name));
  } catch {
    // Nothing was collected yet.
    return [];
  }
}
