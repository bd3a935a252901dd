/** Reads a source of feedback to its end, as a pull does, over real HTTP to a server of the test. */
import type { SourceConfig } from '../../src/engine/config/types.js';
import { createHttp } from '../../src/platform/http/http.js';
import { createFileSystem } from '../../src/platform/fs.js';
import type { FeedbackSource, SourceBatch, SourceTools } from '../../src/engine/feedback/sources/source.js';
import type { Json } from '../../src/engine/feedback/values.js';

export interface Reading {
  records: Json[];
  rejected: { reason: string; line: number }[];
  notes: string[];
  batches: SourceBatch[];
  state: Json | null;
  error: Error | null;
}

/** Tools with a clock that stands still and waits for nobody. */
export function toolsAt(now: string, env: Record<string, string> = {}, trusted = true): SourceTools {
  return {
    root: '/nowhere',
    fs: createFileSystem(),
    http: createHttp({ env, trusted: () => trusted, confirmedOrigins: () => null }),
    clock: { now: () => new Date(now), monotonic: () => 0, sleep: () => Promise.resolve() },
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  };
}

/** Stops after `batches` batches where that is given: what a crash leaves. */
export async function readAll(
  source: FeedbackSource,
  state: Json | null = null,
  options: { full?: boolean; since?: number; batches?: number; signal?: AbortSignal } = {},
): Promise<Reading> {
  const reading: Reading = { records: [], rejected: [], notes: [], batches: [], state, error: null };
  try {
    for await (const batch of source.read(state, { since: options.since ?? null, full: options.full === true, signal: options.signal })) {
      reading.batches.push(batch);
      reading.records.push(...batch.records);
      reading.rejected.push(...batch.rejected);
      reading.notes.push(...(batch.notes ?? []));
      reading.state = JSON.parse(JSON.stringify(batch.state)) as Json;
      if (options.batches !== undefined && reading.batches.length >= options.batches) break;
    }
  } catch (error) {
    reading.error = error as Error;
  }
  return reading;
}

export const idsOf = (records: readonly Json[]): string[] => records.map((record) => String(record['id']));

export const sourceOf = (kind: string, url: string, more: Partial<SourceConfig> = {}): SourceConfig => ({ name: kind, kind, url, ...more });
