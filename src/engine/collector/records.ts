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
import { rejectReasons, Rejection, type LineContext } from '../feedback/records.js';
import { toIso } from '../feedback/time.js';
import { field, isObject, textOf, timeOf, type Json } from '../feedback/values.js';
import type { RatingScales } from './scales.js';
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

  /**
   * None for what holds nothing of interest (a span that calls no model). `reject` is told of parts that cannot be used. Throws `Rejection`.
   * `arrived`: RFC 3339.
   */
  read(kind: CollectKind, sent: Json, arrived: string, reject: (reason: string) => void): NewRecord[] {
    const record = withSchema(kind, sent);
    return isCanonical(record) ? [this.complete(record, arrived)] : this.readOther(record, arrived, reject);
  }

  /** A record of our own schema. Throws `Rejection`. */
  complete(record: Json, arrived: string): NewRecord {
    const id = textOf(field(record, 'id')) ?? this.idOf(record);
    if (id.length > maxIdLength) throw new Rejection(rejectReasons.badField);
    const json: Json = {
      ...record,
      id,
      time: timeText(record, 'time') ?? arrived,
      observed_time: timeText(record, 'observed_time') ?? arrived,
    };
    if (!isObject(record['source'])) json['source'] = { kind: 'collector' };
    // For what it says of the record: whether it can be used at all. What is stored is the record itself, which holds more.
    const { kind } = readCanonical(json, '', noPlace);
    return { kind, id, json, assumed: false };
  }

  private readOther(record: Json, arrived: string, reject: (reason: string) => void): NewRecord[] {
    const text = compact(record);
    // The place is part of an id that is made for a record without a time: a random one.
    const place: LineContext = { ...noPlace, source: this.source.name, path: this.randomId() };
    let refused: string[] = [];
    const { records, assumed } = this.scales.read((scale) => {
      // Another attempt refuses the same parts again.
      refused = [];
      return this.reader.canonical(record, text, { ...place, scale, reject: (reason) => refused.push(reason) });
    });
    refused.forEach(reject);
    return records.map((each) => {
      const complete = this.complete(each, arrived);
      const guessed = assumed && complete.kind === 'feedback';
      if (guessed) complete.json['source'] = { kind: 'collector', assumed_scale: true };
      return { ...complete, assumed: guessed };
    });
  }

  private idOf(record: Json): string {
    const timeless = timeOf(field(record, 'time')) === null;
    return timeless ? this.randomId() : deterministicId('collector', this.source.name, compact(record));
  }
}

/** For a record that has its id: then its place says nothing. */
const noPlace: LineContext = { kind: 'collector', source: '', path: '', offset: 0, line: 1, scale: 'unit' };

/** RFC 3339 UTC; `null` where there is no time. Throws `Rejection`, unless it is only found out when the record is read. */
function timeText(record: Json, name: string): string | null {
  const value = field(record, name);
  // Most are written so already, and times are read and written again slowly.
  if (typeof value === 'string' && value.length === 24 && value.endsWith('Z') && value.charAt(10) === 'T') return value;
  const time = timeOf(value);
  return time === null ? null : toIso(time);
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
