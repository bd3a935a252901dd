/**
 * How long what was pulled or collected is kept: after the one time the texts of interactions go, after the other whole records. Only for
 * segments that are a source of their own; those that mirror a file of the user's say what that file says.
 */
import type { RetentionConfig } from '../../config/types.js';
import { EngineError } from '../../errors.js';
import { basename, join } from '../../paths.js';
import { isObject, numberOf, textOf, type Json } from '../values.js';
import { withoutTexts } from '../purge/withhold.js';
import { eachLine, rewriteSegments } from '../purge/rewrite.js';
import { parseTime } from '../time.js';
import { partFolder, segmentsIn, sourceFolder, tornIn, type SegmentTools } from './layout.js';
import { readSmall } from './writer.js';

const DAY = 86_400_000;

export interface Limits {
  /** Texts of interactions before this (ms) go; `-Infinity`: none do. */
  texts: number;
  /** Records before this go. */
  records: number;
}

export interface Retained {
  /** Interactions whose texts went, and records that went. */
  texts: number;
  records: number;
}

export function limitsOf({ interactionDays, feedbackDays }: RetentionConfig, now: number): Limits {
  const before = (days: number | null): number => (days === null ? -Infinity : now - days * DAY);
  return { texts: before(interactionDays), records: before(feedbackDays) };
}

/** A record without a time is kept: nobody knows how old it is. */
function timeOf(record: Json): number {
  return parseTime(textOf(record['time']) ?? textOf(record['observed_time']) ?? '') ?? Infinity;
}

/** What stays of a record; the same object where all of it does, `null` where nothing does. */
export function retain(record: Json, limits: Limits): Json | null {
  const time = timeOf(record);
  if (time >= limits.texts && time >= limits.records) return record;
  if (time < limits.records) return null;
  return withoutTexts(record);
}

/** Of one segment: what it has that may have to go one day, so that it need not be looked through before. */
interface Seen {
  size: number;
  /** Time of the oldest interaction with texts, and of the oldest record. */
  text: number;
  record: number;
}

/** Segments in which nothing is old enough are not read again. */
async function applyTo(tools: SegmentTools, source: string, limits: Limits): Promise<Retained> {
  const { root, fs } = tools;
  const folder = partFolder(root, source, null);
  const statePath = join(sourceFolder(root, source), 'retention.json');
  const before = seenIn(await readSmall(tools, statePath));
  const after: Record<string, Seen> = {};
  const done: Retained = { texts: 0, records: 0 };
  for (const path of await segmentsIn(fs, folder)) {
    const name = basename(path);
    const size = (await fs.stat(path))?.size ?? 0;
    let seen = before[name];
    if (seen?.size !== size) seen = { ...(await lookThrough(tools, source, path)), size };
    if (seen.text < limits.texts || seen.record < limits.records) {
      const [result] = await rewriteSegments(
        tools,
        { source, parts: [null], only: path },
        { may: () => true, change: (record) => retain(record, limits) },
        false,
      );
      done.texts += result?.rewritten ?? 0;
      done.records += result?.removed ?? 0;
      seen = { ...(await lookThrough(tools, source, path)), size: (await fs.stat(path))?.size ?? 0 };
    }
    after[name] = seen;
  }
  for (const path of await tornIn(fs, folder)) {
    // Half a record has no time that could be read.
    if (((await fs.stat(path))?.mtimeMs ?? Infinity) < Math.max(limits.texts, limits.records)) await fs.remove(path);
  }
  if (Object.keys(after).length > 0)
    await fs.write(statePath, `${JSON.stringify(after, (_, value: unknown) => (value === Infinity ? null : value))}\n`);
  return done;
}

/** Without reading the JSON: a time somewhere deep in a record makes it look older, and then it is read. */
const times = /"(?:observed_)?time":(?:"([^"\\]{8,40})"|(\d{9,20}))/g;
const texts = /"(?:input|output)":|"(?:text|chunk|query)":"/;

async function lookThrough(tools: SegmentTools, source: string, path: string): Promise<{ text: number; record: number }> {
  const oldest = { text: Infinity, record: Infinity };
  await eachLine(tools, { source, parts: [null], only: path }, (line) => {
    let time = Infinity;
    for (const [, text = '', number = ''] of line.matchAll(times)) time = Math.min(time, parseTime(text || number) ?? Infinity);
    oldest.record = Math.min(oldest.record, time);
    if (line.includes('promptratchet.interaction/') && texts.test(line)) oldest.text = Math.min(oldest.text, time);
  });
  return oldest;
}

function seenIn(value: Json | null): Record<string, Seen> {
  return Object.fromEntries(
    Object.entries(value ?? {}).flatMap(([name, entry]) => {
      if (!isObject(entry)) return [];
      const { size, text, record } = entry;
      return [[name, { size: numberOf(size) ?? -1, text: numberOf(text) ?? Infinity, record: numberOf(record) ?? Infinity }]];
    }),
  );
}

/** By source, what went. Call it under the lock of the index. Where a disk cannot be written, old texts stay until it can: that is no reason not to pull. */
export async function applyRetention(
  tools: SegmentTools,
  sources: readonly string[],
  limits: Limits,
): Promise<Map<string, Retained | EngineError>> {
  const results = new Map<string, Retained | EngineError>();
  for (const source of sources) {
    try {
      results.set(source, await applyTo(tools, source, limits));
    } catch (error) {
      if (!EngineError.is(error, 'IO_FAILED') && !EngineError.is(error, 'LOCKED')) throw error;
      results.set(source, error);
    }
  }
  return results;
}
