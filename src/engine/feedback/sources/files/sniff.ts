/** What a file holds, by its first bytes: names and `kind` may say otherwise. */
import type { FileSystem } from '../../../ports.js';
import { signalOfProtobuf } from '../../otlp/protobuf.js';
import { OtlpError } from '../../otlp/model.js';
import { isObject } from '../../values.js';
import { cellsOf, sniffDelimiter } from './csv.js';

/** What OTLP in protobuf is called, whose records are decoded before anybody sees their shape. */
export const protobufTitle = 'OpenTelemetry traces and logs (OTLP in protobuf)';

/** `lines`: one JSON object a line; `json`: a list or objects over several lines; `otlp`: OTLP in protobuf, bare or each message behind its length. */
export type Content =
  | { form: 'lines' | 'json' | 'empty' }
  | { form: 'csv'; delimiter: string }
  | { form: 'otlp'; framed: boolean }
  /** `reason` says what it is and what to do. */
  | { form: 'refused'; reason: string };

const headBytes = 64 * 1024;

const magics: readonly { bytes: readonly number[]; reason: string }[] = [
  {
    bytes: [0x28, 0xb5, 0x2f, 0xfd],
    reason: 'it is packed with zstd. Unpack it with zstd -d, or let its writer use gzip or no compression.',
  },
  { bytes: [0x50, 0x4b, 0x03, 0x04], reason: 'it is a ZIP archive. Unpack it first.' },
  { bytes: [0x42, 0x5a, 0x68], reason: 'it is packed with bzip2. Unpack it first, or pack it with gzip.' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], reason: 'it is packed with xz. Unpack it first, or pack it with gzip.' },
  { bytes: [0x50, 0x41, 0x52, 0x31], reason: 'it is Parquet. Export it as JSON lines or CSV.' },
  { bytes: [0xff, 0xfe], reason: 'it is UTF-16 text. Save it as UTF-8.' },
  { bytes: [0xfe, 0xff], reason: 'it is UTF-16 text. Save it as UTF-8.' },
];

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** First bytes of a file, unpacked where it is gzip. Throws IO_FAILED. */
export async function headOf(fs: FileSystem, path: string, maxBytes: number): Promise<{ head: Uint8Array; packed: boolean }> {
  const start = await fs.readRange(path, 0, headBytes);
  if (!isGzip(start)) return { head: start, packed: false };
  const head = new Uint8Array(headBytes);
  let length = 0;
  for await (const chunk of fs.gunzip(path, maxBytes)) {
    const part = chunk.subarray(0, headBytes - length);
    head.set(part, length);
    length += part.length;
    if (length === headBytes) break;
  }
  return { head: head.subarray(0, length), packed: true };
}

/** `head`: the first bytes, all of them where the file is shorter than 64 KiB. `kind` decides what looks like nothing in particular. */
export function sniff(head: Uint8Array, kind: string): Content {
  const magic = magics.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  if (magic !== undefined) return { form: 'refused', reason: magic.reason };
  const text = new TextDecoder('utf-8').decode(head).replace(/^\uFEFF/, '');
  if (text.trim() === '') return { form: 'empty' };
  const first = text.trimStart().charAt(0);
  if (first === '[') return { form: 'json' };
  if (first === '{') return { form: isLines(text, head.length < headBytes) ? 'lines' : 'json' };
  const otlp = protobufFraming(head);
  if (otlp !== null && (kind === 'otlp-file' || otlp.sure)) return { form: 'otlp', framed: otlp.framed };
  if (kind === 'otlp-file') return { form: 'lines' };
  const delimiter = delimiterOf(text, head.length < headBytes);
  if (delimiter !== null && (kind === 'csv' || isTable(text, delimiter))) return { form: 'csv', delimiter };
  if (kind === 'csv') return { form: 'csv', delimiter: ',' };
  return { form: kind === 'json' ? 'json' : 'lines' };
}

/** Is there a line that is an object by itself? A list within an object on one line is no line of a log. */
function isLines(text: string, whole: boolean): boolean {
  const lines = text.split('\n').slice(0, 50);
  if (!whole && lines.length > 1) lines.pop();
  const objects = lines.filter((line) => line.trim() !== '').map(objectOf);
  const [first] = objects;
  if (objects.length === 1)
    return first === null
      ? !/^\{\s*"(?:evalId|data|results|items|rows|records|runs|traces|spans)"\s*:/.test(text.trimStart()) && !whole
      : !holdsRecords(first);
  return objects.some((object) => object !== null);
}

function objectOf(line: string): Record<string, unknown> | null {
  if (!line.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The one line of the file is `{"data": […]}` or a report of promptfoo. */
function holdsRecords(record: Record<string, unknown> | undefined): boolean {
  if (record === undefined) return false;
  const { results } = record;
  if (record['evalId'] !== undefined && isObject(results)) return true;
  return ['data', 'results', 'items', 'rows', 'records', 'runs', 'traces', 'spans', 'events'].some((key) => {
    const list = record[key];
    return Array.isArray(list) && isObject(list[0]) && Object.keys(record)[0] === key;
  });
}

function rowsOf(text: string, whole: boolean): string[] {
  const rows = text.split(/\r?\n/).slice(0, 8);
  if (!whole && rows.length > 1) rows.pop();
  return rows.filter((row) => row !== '');
}

function delimiterOf(text: string, whole: boolean): string | null {
  return sniffDelimiter(rowsOf(text, whole).filter((row) => (row.match(/"/g)?.length ?? 0) % 2 === 0));
}

/** Names in the first row, and as many cells in one of the next: what a log of anything else has not. */
function isTable(text: string, delimiter: string): boolean {
  const [header, ...others] = rowsOf(text, true);
  const names = cellsOf(header ?? '', delimiter);
  const plain = names.every((name) => /^[\p{L}_][\p{L}\p{N}_ .:/-]{0,100}$/u.test(name.trim()));
  return (
    plain &&
    new Set(names).size === names.length &&
    (others.length === 0 || others.some((row) => row.includes('"') || cellsOf(row, delimiter).length === names.length))
  );
}

/** A message begins with field 1; the collector's file exporter writes the length of each before it (4 bytes). `null` for anything else. */
function protobufFraming(head: Uint8Array): { framed: boolean; sure: boolean } | null {
  if (head[0] === 0x0a) return { framed: false, sure: isOtlp(head) };
  const length = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 5 || head[4] !== 0x0a) return null;
  const size = length.getUint32(0);
  return size > 0 && size <= 64 * 1024 * 1024 ? { framed: true, sure: true } : null;
}

function isOtlp(bytes: Uint8Array): boolean {
  try {
    return signalOfProtobuf(bytes) !== null;
  } catch (error) {
    if (error instanceof OtlpError) return false;
    throw error;
  }
}
