/** From one line or object of a source to records. The text of a log is data: nothing in it is run, followed or rendered. */
import type { SourceConfig } from '../config/types.js';
import { isCanonical, readCanonical } from './canonical.js';
import { looseRecords } from './looseLog.js';
import { compileMapping, type Mapping } from './mapping.js';
import { rejectReasons, Rejection, type LineContext, type ReadRecord, type RejectReason } from './records.js';
import { detectShape, shapeFinder } from './shapes/detect.js';
import type { ShapeOptions } from './shapes/shape.js';
import { field, isObject, objectField, type Json } from './values.js';

export interface LineReader {
  /** Records of a line. Throws `Rejection`, or `ScaleChange` where the source has to be read again as 1 to 5. */
  read(text: string, context: LineContext): ReadRecord[];
  /** The same for a record that is parsed already; `text` identifies it. */
  readRecord(record: Json, text: string, context: LineContext): ReadRecord[];
  /** As JSON of the canonical schema, as it would stand on a line of a segment: checked, with ids, and without what the schema has no place for. */
  canonical(record: Json, text: string, context: LineContext): Json[];
  /** In plain words, what the record is taken for. */
  describe(record: Json): string;
}

/** Throws CONFIG_INVALID where `map` or `format` is wrong. `onUnclear`: as in `ShapeOptions`. */
export function createLineReader(source: SourceConfig, onUnclear?: ShapeOptions['onUnclear']): LineReader {
  const mapping = source.map === undefined ? null : compileMapping(source.map);
  const find = shapeFinder(source.format);
  const options: ShapeOptions = { scores: source.scores ?? {}, instance: '', ...(onUnclear === undefined ? {} : { onUnclear }) };
  const asIs = source.format === undefined || source.format === 'canonical';

  /** Every record with what it is as JSON. The records of our own schema are not copied unless something is laid over them. */
  const each = (record: Json, text: string, context: LineContext, take: (canonical: Json) => void): void => {
    if (asIs && isCanonical(record)) {
      take(mapping === null ? record : laidOver(record, record, mapping));
      return;
    }
    const shape = find(record);
    if (shape === null) {
      for (const canonical of looseRecords(record, text, context, mapping)) take(canonical);
      return;
    }
    shape.convert(
      record,
      options,
      (canonical, origin) => {
        take(mapping === null ? canonical : laidOver(canonical, origin, mapping));
      },
      (reason) => context.reject?.(reason as RejectReason),
    );
  };

  const readRecord = (record: Json, text: string, context: LineContext): ReadRecord[] => {
    const records: ReadRecord[] = [];
    each(record, text, context, (canonical) => records.push(readCanonical(canonical, text, context)));
    return records;
  };

  return {
    read: (text, context) => readRecord(parse(text), text, context),
    readRecord,
    canonical(record, text, context) {
      const records: Json[] = [];
      each(record, text, context, (canonical) => {
        const { id } = readCanonical(canonical, text, context);
        records.push({ ...onlyCanonical(canonical), id });
      });
      return records;
    },
    describe: (record) =>
      isCanonical(record)
        ? 'our schema'
        : ((source.format === undefined ? detectShape(record) : find(record))?.title ?? 'a log of answers and ratings'),
  };
}

/** A mapped version is one that a configured path found: (3) of the resolution order. */
function laidOver(canonical: Json, origin: Json, mapping: Mapping): Json {
  const mapped: Json = { ...canonical };
  mapping.apply(origin, mapped);
  if (canonical !== origin && mapping.fields.has('prompt.version') && !mapping.fields.has('prompt.link')) {
    const prompt = objectField(mapped, 'prompt');
    if (field(prompt, 'version') !== null) mapped['prompt'] = { ...prompt, link: 'metadata' };
  }
  return mapped;
}

const canonicalFields = new Set(
  (
    'schema id time observed_time revision trace_id span_id attributes source user session prompt implied rollout input output retrieval system ' +
    'interaction_id signal actor score label text correction review'
  ).split(' '),
);
const ofInteractions = new Set(['implied', 'rollout', 'input', 'output', 'retrieval', 'system']);
const ofFeedback = new Set(['interaction_id', 'signal', 'actor', 'score', 'label', 'text', 'correction', 'review']);

function onlyCanonical(record: Json): Json {
  const others = String(record['schema']).startsWith('promptratchet.interaction') ? ofFeedback : ofInteractions;
  const kept: Json = {};
  for (const [key, value] of Object.entries(record)) if (canonicalFields.has(key) && !others.has(key)) kept[key] = value;
  return kept;
}

export function parse(text: string): Json {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Rejection(rejectReasons.notJson);
    throw error;
  }
  if (!isObject(record)) throw new Rejection(rejectReasons.notObject);
  return record;
}
