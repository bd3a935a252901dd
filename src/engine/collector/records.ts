/**
 * From an item of a request to records of the canonical schema, complete with id and time.
 * - An id is kept. Without one it is made from the content where that has a time, so that what is sent again is the same record;
 *   else it is random, because two people may say the same.
 * - A missing time is the time of arrival.
 */
import type { SourceConfig } from '../config/types.js';
import { isCanonical, readCanonical } from '../feedback/canonical.js';
import { deterministicId } from '../feedback/identity.js';
import { createLineReader, type LineReader } from '../feedback/reader.js';
import { rejectReasons, Rejection, type LineContext, type RatingScale } from '../feedback/records.js';
import { toIso } from '../feedback/time.js';
import { field, isObject, textOf, timeOf, type Json } from '../feedback/values.js';
import { canonicalOf } from './canonicalOf.js';
import { rangeOf, type RatingScales } from './scales.js';
import type { CollectKind } from './types.js';

export interface NewRecord {
  kind: CollectKind;
  id: string;
  /** As it goes to a segment, before redaction. */
  json: Json;
  /** Its rating may have to be read on another scale, once that is known. */
  assumed: boolean;
}

/** Longer ones are no ids, and would be kept in memory. */
const maxIdLength = 512;

export class RecordReader {
  private readonly reader: LineReader;

  constructor(
    private readonly source: SourceConfig,
    private readonly scales: RatingScales,
    private readonly randomId: () => string,
  ) {
    this.reader = createLineReader(source);
  }

  /** Throws `Rejection`. `arrived`: ms. */
  read(kind: CollectKind, sent: Json, arrived: number): NewRecord[] {
    const record = withSchema(kind, sent);
    return isCanonical(record) ? [this.complete(record, arrived)] : this.readLoose(record, arrived);
  }

  /** A record of our own schema. Throws `Rejection`. */
  complete(record: Json, arrived: number): NewRecord {
    const time = timeOf(field(record, 'time'));
    const id = textOf(field(record, 'id')) ?? this.idOf(record, time);
    if (id.length > maxIdLength) throw new Rejection(rejectReasons.badField);
    const json: Json = {
      ...record,
      id,
      time: toIso(time ?? arrived),
      observed_time: toIso(timeOf(field(record, 'observed_time')) ?? arrived),
    };
    if (!isObject(record['source'])) json['source'] = { kind: 'collector' };
    // For what it says of the record: whether it can be used at all. What is stored is the record itself, which holds more.
    const { kind } = readCanonical(json, '', this.context('unit'));
    return { kind, id, json, assumed: false };
  }

  private readLoose(record: Json, arrived: number): NewRecord[] {
    const text = compact(record);
    const context = this.context('unit');
    const { records, scale, assumed } = this.scales.read((each) => this.reader.read(text, { ...context, scale: each }));
    return records.map((read) => {
      if (read.id.length > maxIdLength) throw new Rejection(rejectReasons.badField);
      const json = canonicalOf({ ...read, time: read.time ?? arrived });
      json['observed_time'] = toIso(arrived);
      json['source'] = { kind: 'collector', ...(assumed && read.kind === 'feedback' ? { assumed_scale: true } : {}) };
      if (scale !== null && isObject(json['score'])) json['score'] = { ...json['score'], ...rangeOf(scale) };
      return { kind: read.kind, id: read.id, json, assumed: assumed && read.kind === 'feedback' };
    });
  }

  private idOf(record: Json, time: number | null): string {
    return time === null ? this.randomId() : deterministicId('collector', this.source.name, compact(record));
  }

  /** The place is part of an id that is made for a record without a time: a random one. */
  private context(scale: RatingScale): LineContext {
    return { kind: 'collector', source: this.source.name, path: this.randomId(), offset: 0, line: 1, scale };
  }
}

/** Somebody who writes JSON by hand need not repeat what the address says. */
function withSchema(kind: CollectKind, record: Json): Json {
  if (isCanonical(record)) return record;
  const parts = ['output', 'input', 'system'].some((name) => isObject(field(record, name)));
  const ours = kind === 'feedback' ? textOf(field(record, 'signal')) !== null : parts && isObject(field(record, 'prompt'));
  return ours ? { schema: `promptratchet.${kind}/1`, ...record } : record;
}

function compact(record: Json): string {
  try {
    return JSON.stringify(record);
  } catch (error) {
    if (error instanceof RangeError) throw new Rejection(rejectReasons.tooDeep);
    throw error;
  }
}
