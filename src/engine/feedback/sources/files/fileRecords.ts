/** Records of one file, whatever it holds, as plain objects with their places. */
import type { FileSystem } from '../../../ports.js';
import { assign, fieldPath } from '../../mapping.js';
import { decodeOtlp } from '../../otlp/decode.js';
import { signalOfProtobuf } from '../../otlp/protobuf.js';
import { OtlpError } from '../../otlp/model.js';
import { rejectReasons } from '../../records.js';
import { parsed } from '../../shapes/attributes.js';
import type { ShapeOptions } from '../../shapes/shape.js';
import { isObject, setOwn, type Json } from '../../values.js';
import { cellsOf, csvRows, headerOf, type CsvRow } from './csv.js';
import { jsonRecords, maxElementBytes, type JsonElement } from './jsonRecords.js';
import type { Content } from './sniff.js';

export interface FileRecord {
  /** `null` where there is a problem. */
  record: Json | null;
  problem: string | null;
  /** As it stands in the file: identifies a record that has no id. */
  text: string;
  /** Bytes (of the unpacked file) where it begins and where the next one does; line from 1. */
  offset: number;
  end: number;
  line: number;
  /** Line of the next one. */
  nextLine: number;
  /** False for a last line without a line end. */
  complete: boolean;
  /** Is in our own schema already and needs no detection. */
  decoded?: boolean;
}

export const fileProblems = {
  tooLong: 'record over 16 MiB',
  cut: 'incomplete record at the end of the file',
  broken: 'not JSON',
  cells: 'row with another number of cells than the header',
  quote: 'row over 1 MiB, or a quote that is never closed',
  otlp: 'not OTLP',
} as const;

export interface FilePart {
  fs: FileSystem;
  path: string;
  packed: boolean;
  maxBytes: number;
  /** Only for `lines` and `csv` that are not packed: where to go on. */
  offset: number;
  line: number;
  options: ShapeOptions;
}

/** Batches in the order of the file. Throws IO_FAILED. `onNote`: what a person should know of how it was read. */
export async function* fileRecords(part: FilePart, content: Content, onNote: (note: string) => void): AsyncGenerator<FileRecord[]> {
  const stream = (offset: number): AsyncIterable<Uint8Array> =>
    part.packed ? part.fs.gunzip(part.path, part.maxBytes) : part.fs.stream(part.path, offset);
  if (content.form === 'lines') {
    for await (const rows of csvRows(stream(part.offset), part.offset, '', part.line, maxElementBytes)) yield rows.flatMap(ofLine);
  } else if (content.form === 'json') {
    for await (const elements of jsonRecords(stream(0))) yield elements.map(ofElement);
  } else if (content.form === 'csv') {
    yield* csvRecords(part, content.delimiter, stream, onNote);
  } else if (content.form === 'otlp') {
    yield* otlpRecords(stream(0), content.framed, part.options);
  }
}

function parseObject(text: string): { record: Json | null; problem: string | null } {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? { record: value, problem: null } : { record: null, problem: rejectReasons.notObject };
  } catch (error) {
    if (error instanceof SyntaxError) return { record: null, problem: rejectReasons.notJson };
    throw error;
  }
}

function placeOf(row: CsvRow) {
  return { offset: row.offset, end: row.end, line: row.line, nextLine: row.line + row.lines, complete: row.complete };
}

function ofLine(row: CsvRow): FileRecord[] {
  const place = placeOf(row);
  if (row.text === null) return [{ record: null, problem: fileProblems.tooLong, text: '', ...place }];
  if (row.text.trim() === '') return [];
  const read = parseObject(row.text);
  const problem = read.problem !== null && !row.complete ? rejectReasons.incomplete : read.problem;
  return [{ record: read.record, problem, text: row.text, ...place }];
}

function ofElement(element: JsonElement): FileRecord {
  const { text, offset, line, state } = element;
  const place = { offset, end: offset, line, nextLine: line, complete: true };
  if (state === 'cut') return { record: null, problem: fileProblems.cut, text: '', ...place };
  if (state === 'broken') return { record: null, problem: fileProblems.broken, text: '', ...place };
  if (text === null) return { record: null, problem: fileProblems.tooLong, text: '', ...place };
  const { record, problem } = parseObject(text);
  return { record: record === null ? null : inContext(record, element), problem, text, ...place };
}

/** What an element needs of the file around it: OTLP's list is part of the shape, and a row of promptfoo belongs to an evaluation. */
function inContext(record: Json, { path, header }: JsonElement): Json {
  const key = path.at(-1) ?? '';
  if (/^resource_?(?:spans|logs)$/i.test(key)) return { [key]: [record] };
  if (header['evalId'] === undefined) return record;
  const results = header['results'];
  return { evalId: header['evalId'], timestamp: isObject(results) ? results['timestamp'] : null, ...record };
}

async function* csvRecords(
  part: FilePart,
  delimiter: string,
  stream: (offset: number) => AsyncIterable<Uint8Array>,
  onNote: (note: string) => void,
): AsyncGenerator<FileRecord[]> {
  let names = part.offset === 0 ? null : headerOf(await firstRow(stream(0), delimiter)).names;
  for await (const rows of csvRows(stream(part.offset), part.offset, delimiter, part.line)) {
    const records: FileRecord[] = [];
    for (const row of rows) {
      const { text } = row;
      const place = placeOf(row);
      if (text === null) records.push({ record: null, problem: fileProblems.quote, text: '', ...place });
      else if (text.trim() === '') continue;
      else if (names === null) {
        const header = headerOf(cellsOf(text, delimiter));
        ({ names } = header);
        if (header.repeated.length > 0)
          onNote(`Columns of one name: ${header.repeated.join(', ')}; the later ones have a number behind it.`);
      } else records.push({ ...ofRow(cellsOf(text, delimiter), names, row.complete), text, ...place });
    }
    yield records;
  }
}

async function firstRow(stream: AsyncIterable<Uint8Array>, delimiter: string): Promise<string[]> {
  for await (const rows of csvRows(stream, 0, delimiter)) {
    const text = rows.find((row) => row.text !== null && row.text.trim() !== '')?.text;
    if (text !== undefined && text !== null) return cellsOf(text, delimiter);
  }
  return [];
}

/** A cell that is JSON of an object or a list is that; an empty cell is none. A row that names our schema has its fields as columns (`prompt.name`). */
function ofRow(cells: string[], names: readonly string[], complete: boolean): { record: Json | null; problem: string | null } {
  if (cells.length === names.length + 1 && cells.at(-1) === '') cells.pop();
  if (cells.length !== names.length) return { record: null, problem: complete ? fileProblems.cells : rejectReasons.incomplete };
  const record: Json = {};
  const own = names.includes('schema');
  cells.forEach((cell, index) => {
    const name = names[index] ?? '';
    if (cell === '') return;
    const value = /^[[{]/.test(cell) ? parsed(cell) : cell;
    const path = own ? fieldPath(name) : null;
    if (path === null) setOwn(record, name, value);
    else assign(record, path, value);
  });
  return { record, problem: null };
}

/** Whole messages: one in the file, or many, each behind its length. */
async function* otlpRecords(stream: AsyncIterable<Uint8Array>, framed: boolean, options: ShapeOptions): AsyncGenerator<FileRecord[]> {
  let number = 0;
  let offset = 0;
  for await (const message of framed ? frames(stream) : whole(stream)) {
    number++;
    const place = { text: '', offset, end: offset, line: number, nextLine: number + 1, complete: true };
    offset += message?.length ?? 0;
    const signal = message === null ? null : signalOf(message);
    if (message === null || signal === 'damaged') {
      yield [{ record: null, problem: message === null ? fileProblems.tooLong : fileProblems.otlp, ...place }];
      continue;
    }
    if (signal === null) continue;
    const decoded = decodeOtlp(message, signal, 'protobuf', options);
    yield [
      ...decoded.records.map((record): FileRecord => ({ record, problem: null, decoded: true, ...place })),
      ...decoded.rejected.map(({ reason }): FileRecord => ({ record: null, problem: reason, ...place })),
    ];
  }
}

function signalOf(message: Uint8Array): 'traces' | 'logs' | 'damaged' | null {
  try {
    return signalOfProtobuf(message);
  } catch (error) {
    if (error instanceof OtlpError) return 'damaged';
    throw error;
  }
}

const maxMessageBytes = 64 * 1024 * 1024;

/** `null` for a file over the limit. */
async function* whole(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxMessageBytes) {
      yield null;
      return;
    }
    parts.push(chunk.slice());
  }
  yield joined(parts, length);
}

/** Messages behind 4 bytes of length each; what the end cuts off comes as a message that is damaged. */
async function* frames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | null> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    parts.push(chunk.slice());
    length += chunk.length;
    for (;;) {
      if (length < 4) break;
      const all: Uint8Array = parts.length === 1 ? (parts[0] ?? new Uint8Array(0)) : joined(parts, length);
      parts = [all];
      const size = new DataView(all.buffer, all.byteOffset, all.byteLength).getUint32(0);
      if (size > maxMessageBytes) {
        yield null;
        return;
      }
      if (length < 4 + size) break;
      yield all.subarray(4, 4 + size);
      parts = [all.subarray(4 + size)];
      length -= 4 + size;
    }
  }
  if (length > 0) yield joined(parts, length);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
