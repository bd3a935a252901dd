/** The segments of this workspace. See `types.ts`, and `layout.ts` for where they lie. */
import { join } from '../../paths.js';
import { lineDigest } from '../identity.js';
import { Withholder } from '../purge/withholder.js';
import type { SourceReject } from '../sources/source.js';
import { maxLineBytes } from '../lines.js';
import { rejectReasons } from '../records.js';
import { isObject, type Json } from '../values.js';
import {
  allSourcesFolder,
  namesIn,
  numberOf,
  partFolder,
  segmentsIn,
  sourceFolder,
  sourceLock,
  tornIn,
  type SegmentTools,
} from './layout.js';
import type { Pseudonyms } from '../identity.js';
import { prepareRecord, type PrepareTools } from './prepare.js';
import { retain, type Limits } from './retention.js';
import { rejectedSchema } from './segmentReader.js';
import { cutTornTail } from './tail.js';
import type { AppendResult, SegmentFile, SegmentStore } from './types.js';
import { readSmall, SegmentWriter, tornNote } from './writer.js';

export interface SegmentStoreOptions {
  prepare: PrepareTools & { pseudonyms: Pseudonyms };
  /**
   * Which of these records count already with this very text (see `FeedbackStore.holds`): they are not written again. Absent: all are
   * written.
   */
  holds?: (kind: 'interaction' | 'feedback', records: readonly { id: string; digest: number }[]) => Promise<boolean[]>;
  /** What is too old to be kept is not written in the first place; not for parts, which mirror files. */
  limits?: Limits;
  /** When a new segment is begun; default 64 MiB. */
  maxBytes?: number;
}

interface Part {
  folder: string;
  part: string | null;
}

/** Names of all sources that have segments, sorted. */
export async function sourcesWithSegments(tools: SegmentTools): Promise<string[]> {
  const names: string[] = [];
  const folder = allSourcesFolder(tools.root);
  for (const { name, isDirectory } of await namesIn(tools.fs, folder)) {
    if (!isDirectory || name.includes('.')) continue;
    const source = (await readSmall(tools, join(folder, name, 'source.json')))?.['source'];
    if (typeof source === 'string') names.push(source);
  }
  return names.sort();
}

/** `null` for what is not made of parts. */
export async function partsWithSegments(tools: SegmentTools, source: string): Promise<(string | null)[]> {
  return (await partsOf(tools, source)).map(({ part }) => part);
}

async function partsOf(tools: SegmentTools, source: string): Promise<Part[]> {
  const { root, fs } = tools;
  const found: Part[] = [];
  const folder = sourceFolder(root, source);
  for (const { name, isDirectory } of await namesIn(fs, folder)) {
    const path = join(folder, name);
    if (!isDirectory) continue;
    if (path === partFolder(root, source, null)) found.push({ folder: path, part: null });
    const part = (await readSmall(tools, join(path, 'part.json')))?.['part'];
    if (typeof part === 'string') found.push({ folder: path, part });
  }
  return found;
}

export function createSegmentStore(tools: SegmentTools, options: SegmentStoreOptions): SegmentStore {
  const { root, fs, locks, clock } = tools;
  const encoder = new TextEncoder();
  const writers = new Map<string, SegmentWriter>();
  const torn: string[] = [];
  const withholder = new Withholder(fs, root, options.prepare.pseudonyms);

  const locked = <T>(source: string, work: () => Promise<T>): Promise<T> => locks.withLock(sourceLock(root, source), work);

  const writerOf = (source: string, part: string | null): SegmentWriter => {
    const key = JSON.stringify([source, part]);
    let writer = writers.get(key);
    if (writer === undefined) {
      const { maxBytes } = options;
      writer = new SegmentWriter(tools, {
        source,
        part,
        ...(maxBytes === undefined ? {} : { maxBytes }),
        onTorn: (note) => torn.push(note),
        withholder,
      });
      // One file of a source of many is written to for a while and then no more.
      if (writers.size >= 100) writers.clear();
      writers.set(key, writer);
    }
    return writer;
  };

  const toLines = async (
    part: string | null,
    records: readonly Json[],
    rejected: readonly SourceReject[],
    skipKnown: boolean,
  ): Promise<string[]> => {
    const limits = part === null ? options.limits : undefined;
    const prepared: Json[] = [];
    for (const record of records) {
      const whole = prepareRecord(record, options.prepare);
      const kept = limits === undefined ? whole : retain(whole, limits);
      if (kept !== null) prepared.push(kept);
    }
    const lines = prepared.map((record) => JSON.stringify(record));
    const skip = skipKnown && options.holds !== undefined ? await knownLines(prepared, lines, options.holds) : null;
    const kept = skip === null ? lines : lines.filter((_, index) => skip[index] !== true);
    // Nobody could read it again.
    const short = kept.filter((line) => line.length * 3 <= maxLineBytes || encoder.encode(line).length <= maxLineBytes);
    const tooLong = new Array<SourceReject>(kept.length - short.length).fill({ reason: rejectReasons.tooLong, line: 0 });
    return [...short, ...rejectLines([...rejected, ...tooLong])];
  };

  return {
    async append(source, part, records, rejected, { restart = false } = {}): Promise<AppendResult> {
      const before = { ...options.prepare.redactor.counts };
      const lines = await toLines(part, records, rejected, !restart);
      const writer = writerOf(source, part);
      if (!restart) await writer.append(lines);
      else {
        // First the new, then away with the old: a crash between the two leaves both, and the next pull begins again.
        await locked(source, async () => {
          const old = await segmentsIn(fs, partFolder(root, source, part));
          const first = await writer.begin();
          if (lines.length > 0) await writer.appendLocked(lines);
          for (const path of old) if (numberOf(path) < numberOf(first)) await fs.remove(path);
        });
      }
      return { redacted: difference(options.prepare.redactor.counts, before) };
    },

    open: (source) =>
      locked(source, async () => {
        const files: SegmentFile[] = [];
        const notes = torn.splice(0);
        for (const { folder, part } of await partsOf(tools, source)) {
          for (const path of await segmentsIn(fs, folder)) {
            const stat = await fs.stat(path);
            if (stat === null) continue;
            const cut = await cutTornTail(fs, path, stat.size, clock.now());
            if (cut > 0) notes.push(tornNote(root, path, cut));
            files.push({ path, source, part });
          }
        }
        return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), notes };
      }),

    sources: () => sourcesWithSegments(tools),

    async parts(source) {
      return (await partsOf(tools, source)).flatMap(({ part }) => part ?? []).sort();
    },

    async state(source) {
      const state = (await readSmall(tools, join(sourceFolder(root, source), 'state.json')))?.['state'];
      return isObject(state) ? state : null;
    },

    setState: (source, state) =>
      locked(source, async () => {
        const path = join(sourceFolder(root, source), 'state.json');
        const text = `${JSON.stringify({ state })}\n`;
        // Most pulls find nothing new; their state is what it was.
        if ((await fs.stat(path)) !== null && (await fs.read(path)) === text) return;
        await fs.write(path, text);
      }),

    drop: (source, part) =>
      locked(source, async () => {
        const whole = part === undefined;
        for (const each of await partsOf(tools, source)) {
          if (!whole && each.part !== part) continue;
          // The name goes last: a crash in between leaves something that can be dropped again.
          for (const path of [...(await segmentsIn(fs, each.folder)), ...(await tornIn(fs, each.folder))]) await fs.remove(path);
          await fs.remove(join(each.folder, 'part.json'));
        }
        if (!whole) return;
        for (const name of ['state.json', 'retention.json', 'source.json']) await fs.remove(join(sourceFolder(root, source), name));
      }),
  };
}

/** By line: does the index have it as it is? */
async function knownLines(
  records: readonly Json[],
  lines: readonly string[],
  holds: NonNullable<SegmentStoreOptions['holds']>,
): Promise<boolean[]> {
  const result = new Array<boolean>(lines.length).fill(false);
  for (const kind of ['interaction', 'feedback'] as const) {
    const asked: { index: number; id: string; digest: number }[] = [];
    records.forEach((record, index) => {
      const { schema, id } = record;
      if (schema === `promptratchet.${kind}/1` && typeof id === 'string' && id !== '')
        asked.push({ index, id, digest: lineDigest(lines[index] ?? '') });
    });
    const held = asked.length === 0 ? [] : await holds(kind, asked);
    asked.forEach(({ index }, place) => {
      result[index] = held[place] === true;
    });
  }
  return result;
}

/** One line for each reason, with the first line and how many there were. */
function rejectLines(rejected: readonly SourceReject[]): string[] {
  const byReason = new Map<string, { line: number; count: number }>();
  for (const { reason, line } of rejected) {
    const before = byReason.get(reason);
    if (before === undefined) byReason.set(reason, { line, count: 1 });
    else byReason.set(reason, { line: Math.min(before.line, line), count: before.count + 1 });
  }
  return [...byReason].map(([reason, { line, count }]) => JSON.stringify({ schema: rejectedSchema, reason, line, count }));
}

function difference(after: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>): Record<string, number> {
  const added: Record<string, number> = {};
  for (const [kind, count] of Object.entries(after)) {
    if (count > (before[kind] ?? 0)) added[kind] = count - (before[kind] ?? 0);
  }
  return added;
}
