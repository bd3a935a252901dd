/**
 * All records of a workspace as JSON of the canonical schema, each in its last revision: from the logs that are read in place and from segments.
 * Users are pseudonyms, whoever was purged is not in them. Databases of a team are not read: their rows are there.
 */
import type { EngineContext } from '../../api.js';
import type { SourceConfig, WorkspaceConfig } from '../../config/types.js';
import { throwIfAborted } from '../../errors.js';
import { lineDigest, type Pseudonyms } from '../identity.js';
import { shown } from '../inPlace.js';
import { splitLines } from '../lines.js';
import { allSources } from '../pull.js';
import { createLineReader, parse } from '../reader.js';
import { Rejection, ScaleChange, type RatingScale } from '../records.js';
import type { Redactor } from '../redaction/redactor.js';
import { partFolder, segmentsIn } from '../segments/layout.js';
import { prepareRecord } from '../segments/prepare.js';
import { rejectedSchema, withheldSchema } from '../segments/segmentReader.js';
import { partsWithSegments } from '../segments/segmentStore.js';
import { segmentTools } from '../segments/upkeep.js';
import { findSourceFiles } from '../sourceFiles.js';
import { isReadInPlace } from '../sources/files/inPlace.js';
import { parseTime, toIso } from '../time.js';
import { field, isObject, numberOf, type Json } from '../values.js';

interface Options {
  redactor: Redactor;
  pseudonyms: Pseudonyms;
  signal: AbortSignal | undefined;
}

/** Batches of some hundred records. Throws IO_FAILED, CONFIG_INVALID, CANCELLED. */
export async function* allRecords(context: EngineContext, config: WorkspaceConfig, options: Options): AsyncGenerator<Json[]> {
  const scales = new Map<string, RatingScale>();
  const sources = await allSources(context, config);
  let winners = new Winners();
  for (let at = 0; at < sources.length;) {
    const source = sources[at];
    if (source === undefined) break;
    try {
      for await (const records of recordsOf(context, source, options, scales.get(source.name) ?? 'unit')) {
        for (const record of records) winners.see(record);
      }
      at++;
    } catch (error) {
      if (!(error instanceof ScaleChange)) throw error;
      // What was counted of this source was counted under another scale.
      scales.set(source.name, 'five');
      winners = new Winners();
      at = 0;
    }
  }
  for (const source of sources) {
    for await (const records of recordsOf(context, source, options, scales.get(source.name) ?? 'unit')) {
      yield records.filter((record) => winners.wins(record));
    }
  }
}

/** Of each id the highest revision, then the latest change, then the later place. Ids are kept as hashes: there may be millions. */
class Winners {
  private readonly slots = new Map<number, number>();
  private readonly best: { revision: number; updated: number; left: number }[] = [];

  see(record: Json): void {
    const key = keyOf(record);
    const found = { ...rankOf(record), left: 1 };
    const slot = this.slots.get(key);
    const before = slot === undefined ? undefined : this.best[slot];
    if (slot === undefined || before === undefined) this.slots.set(key, this.best.push(found) - 1);
    else if (compare(found, before) > 0) this.best[slot] = found;
    else if (compare(found, before) === 0) before.left++;
  }

  /** In the order of the first round: the last of equal ones. */
  wins(record: Json): boolean {
    const best = this.best[this.slots.get(keyOf(record)) ?? -1];
    if (best === undefined || compare(rankOf(record), best) !== 0) return false;
    return --best.left === 0;
  }
}

function keyOf(record: Json): number {
  return lineDigest(`${String(record['schema'])} ${String(record['id'])}`);
}

function rankOf(record: Json): { revision: number; updated: number } {
  const source = isObject(record['source']) ? record['source'] : {};
  const updated = parseTime(field(source, 'updated_at')) ?? parseTime(field(record, 'observed_time')) ?? parseTime(field(record, 'time'));
  return { revision: numberOf(field(record, 'revision')) ?? 0, updated: updated ?? 0 };
}

function compare(a: { revision: number; updated: number }, b: { revision: number; updated: number }): number {
  return a.revision - b.revision || a.updated - b.updated;
}

async function* recordsOf(context: EngineContext, source: SourceConfig, options: Options, scale: RatingScale): AsyncGenerator<Json[]> {
  const { fs } = context.ports;
  const tools = segmentTools(context);
  for (const part of await partsWithSegments(tools, source.name)) {
    for (const path of await segmentsIn(fs, partFolder(context.root, source.name, part))) {
      for await (const lines of splitLines(fs.stream(path), 0)) {
        throwIfAborted(options.signal);
        // What is in segments was prepared when it was written.
        yield lines.flatMap(({ text }) => usable(text, (record) => [record])).map((record) => redacted(record, options.redactor));
      }
    }
  }
  if (source.path === undefined) return;
  const reader = createLineReader(source);
  for (const path of await findSourceFiles(fs, context.root, source.path)) {
    if (!(await isReadInPlace(fs, source.kind, path))) continue;
    const time = toIso(Math.floor((await fs.stat(path))?.mtimeMs ?? 0));
    const place = { kind: source.kind, source: source.name, path: shown(context.root, path), scale, line: 0 };
    for await (const lines of splitLines(fs.stream(path), 0)) {
      throwIfAborted(options.signal);
      yield lines.flatMap(({ text, offset }) =>
        usable(text, (record) =>
          reader
            .canonical(record, text ?? '', { ...place, offset })
            .map((each) => prepareRecord(field(each, 'time') === null ? { ...each, time } : each, options)),
        ),
      );
    }
  }
}

function usable(text: string | null, read: (record: Json) => Json[]): Json[] {
  if (text === null || text.trim() === '') return [];
  try {
    return read(parse(text)).filter(({ schema }) => schema !== rejectedSchema && schema !== withheldSchema);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return [];
  }
}

/** Patterns may have been added since the segment was written; the people in it have their pseudonyms. */
function redacted(record: Json, redactor: Redactor): Json {
  return prepareRecord(record, { redactor, pseudonyms: { of: (name) => name, isWithheld: () => false } });
}
