/** From an adapter to segments: what is new in a source that is not read in place. */
import type { SourceConfig } from '../../config/types.js';
import { EngineError, throwIfAborted } from '../../errors.js';
import { deterministicId } from '../identity.js';
import type { FeedbackSource, SourceReject } from '../sources/source.js';
import { isObject, type Json } from '../values.js';
import type { SegmentStore } from './types.js';

export interface Fetched {
  notes: string[];
  /** Texts taken out, by kind. */
  redacted: Record<string, number>;
  /** Why it went no further; what was stored before stays. */
  error: EngineError | null;
}

/** What a server's records of this pull could not be read as is a part of its own, so that the next pull can replace it. */
export const rejectedPart = 'rejected';

/** Another way of making records of what a source says means reading it again. */
const adapterVersion = '1';

interface StoredState {
  /** Of which server and project, or files. */
  place: string;
  /** Of what decides how it is read. */
  reading: string;
  rejects: string;
  state: Json | null;
}

function fingerprints({ kind, url, project, user, path, map, scores, format }: SourceConfig): { place: string; reading: string } {
  return {
    place: deterministicId('place', kind, JSON.stringify([url, project, user, path === undefined])),
    reading: deterministicId('reading', adapterVersion, JSON.stringify([map, scores, format])),
  };
}

function readStored(value: Json | null): StoredState | null {
  if (value === null) return null;
  const { place, reading, rejects, state } = value;
  if (typeof place !== 'string' || typeof reading !== 'string') return null;
  return { place, reading, rejects: typeof rejects === 'string' ? rejects : '', state: isObject(state) ? state : null };
}

/**
 * Call it under the source's pull lock. Never throws but CANCELLED and defects: a source that fails is an `error`. After a crash the next call
 * goes on behind the last batch that was stored.
 */
export async function fetchIntoSegments(
  adapter: FeedbackSource,
  config: SourceConfig,
  segments: SegmentStore,
  options: { since: number | null; full: boolean; signal: AbortSignal | undefined },
): Promise<Fetched> {
  const fetched: Fetched = { notes: [], redacted: {}, error: null };
  try {
    await fetch(adapter, config, segments, options, fetched);
  } catch (error) {
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    fetched.error = error;
  }
  return fetched;
}

async function fetch(
  adapter: FeedbackSource,
  config: SourceConfig,
  segments: SegmentStore,
  options: { since: number | null; full: boolean; signal: AbortSignal | undefined },
  fetched: Fetched,
): Promise<void> {
  const { name } = config;
  const own = fingerprints(config);
  const before = readStored(await segments.state(name));
  const moved = before !== null && before.place !== own.place;
  const full = options.full || moved || (before !== null && before.reading !== own.reading);
  const current: StoredState = { ...own, rejects: before?.rejects ?? '', state: moved ? null : (before?.state ?? null) };
  let replace = moved;
  const rejects: SourceReject[] = [];
  const add = (redacted: Record<string, number>): void => {
    for (const [kind, count] of Object.entries(redacted)) fetched.redacted[kind] = (fetched.redacted[kind] ?? 0) + count;
  };
  try {
    for await (const batch of adapter.read(current.state, { since: options.since, full, signal: options.signal })) {
      const { part = null, records, rejected, notes = [], state } = batch;
      // A server that is read again from its start may have forgotten what is kept here: its records are replaced one by one, by id.
      const restart = batch.restart === true && (part !== null || !full);
      if (part === null) rejects.push(...rejected);
      if (restart || replace || records.length > 0 || (part !== null && rejected.length > 0)) {
        add((await segments.append(name, part, records, part === null ? [] : rejected, { restart: restart || replace })).redacted);
        replace = false;
      }
      current.state = state;
      await segments.setState(name, { ...current });
      for (const note of notes) if (!fetched.notes.includes(note)) fetched.notes.push(note);
      throwIfAborted(options.signal);
    }
    if (adapter.parts !== undefined) await dropGone(await adapter.parts(), name, segments, fetched);
  } finally {
    if (adapter.rejectsOnce !== true || full) await keepRejects(name, rejects, current, segments);
    else if (rejects.length > 0) await segments.append(name, rejectedPart, [], rejects);
  }
}

async function dropGone(there: readonly string[], name: string, segments: SegmentStore, fetched: Fetched): Promise<void> {
  for (const part of await segments.parts(name)) {
    if (there.includes(part) || part === rejectedPart) continue;
    await segments.drop(name, part);
    fetched.notes.push(`${part} is gone; its records count no more.`);
  }
}

async function keepRejects(name: string, rejects: readonly SourceReject[], current: StoredState, segments: SegmentStore): Promise<void> {
  const digest = rejects.length === 0 ? '' : deterministicId('rejects', JSON.stringify(rejects));
  if (digest === current.rejects) return;
  await segments.append(name, rejectedPart, [], rejects, { restart: true });
  await segments.setState(name, { ...current, rejects: digest });
}
