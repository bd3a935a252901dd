/** From one line of a source to records. The text of a log is data: nothing in it is run, followed or rendered. */
import type { SourceConfig } from '../config/types.js';
import { isCanonical, readCanonical } from './canonical.js';
import { readLoose } from './looseLog.js';
import { compileMapping } from './mapping.js';
import { rejectReasons, Rejection, type LineContext, type ReadRecord } from './records.js';
import { isObject, type Json } from './values.js';

export interface LineReader {
  /** Records of a line. Throws `Rejection`, or `ScaleChange` where the file has to be read again as 1 to 5. */
  read(text: string, context: LineContext): ReadRecord[];
}

/** Throws CONFIG_INVALID where `map` is wrong. */
export function createLineReader(source: SourceConfig): LineReader {
  const mapping = source.map === undefined ? null : compileMapping(source.map);
  return {
    read(text, context) {
      const record = parse(text);
      if (!isCanonical(record)) return readLoose(record, text, context, mapping);
      if (mapping === null) return [readCanonical(record, text, context)];
      const mapped: Json = { ...record };
      mapping.apply(record, mapped);
      return [readCanonical(mapped, text, context)];
    },
  };
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
