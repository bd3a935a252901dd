/**
 * Records of a JSON file of any size, some at a time: the elements of a list, of a list within an object (`{"data": […]}`,
 * `{"results": {"results": […]}}`, `{"resourceSpans": […]}`), or whole values one after the other. What an element holds is left to `JSON.parse`.
 */
import { ByteCursor, ends, type RawValue } from './byteCursor.js';

export interface JsonElement extends RawValue {
  /** Keys that lead to its list, outermost first; empty for a whole value or an element of a bare list. */
  path: readonly string[];
  /** What stood before the list in the objects around it; `{}` where there was nothing, or too much of it. */
  header: Readonly<Record<string, unknown>>;
}

export const maxElementBytes = 16 * 1024 * 1024;
const longestHeader = 1024 * 1024;
const batchElements = 500;
const batchBytes = 4 * 1024 * 1024;

const lists = new Set(
  (
    'data results items rows records runs traces spans events interactions feedback scores observations ' +
    'resourceSpans resourceLogs resource_spans resource_logs'
  ).split(' '),
);
const wrappers = new Set(['data', 'results', 'response', 'trace']);
/** Never a field of a record. */
const always = /^resource_?(?:spans|logs)$/i;
/** An object with one of these before its list is a record that has a list, not a list of records. */
const ofRecords = [
  'schema',
  'id',
  'name',
  'user',
  'user_id',
  'trace_id',
  'traceId',
  'span_id',
  'context',
  'run_type',
  'dataType',
  'answer',
];

const nothing = {};

/** Batches of elements in the order of the file. Never throws on content. */
export async function* jsonRecords(stream: AsyncIterable<Uint8Array>, limit = maxElementBytes): AsyncGenerator<JsonElement[]> {
  const cursor = new ByteCursor(stream, limit);
  try {
    for (let byte = await cursor.peek(); byte !== ends; byte = await cursor.peek()) {
      if (byte === 0x5b) {
        cursor.skip();
        yield* list(cursor, [], nothing);
      } else if (byte === 0x7b) yield* new TopObject(cursor).read();
      else if (byte === 0x2c || byte === 0x5d || byte === 0x7d || byte === 0xef || byte === 0xbb || byte === 0xbf) cursor.skip();
      else yield* broken(cursor, await cursor.raw());
    }
  } finally {
    await cursor.close();
  }
}

async function* broken(cursor: ByteCursor, value: RawValue): AsyncGenerator<JsonElement[]> {
  yield [{ ...value, path: [], header: nothing }];
  if (value.state === 'broken') await cursor.resync();
}

/** Elements until the bracket that closes the list, or the end of the file. */
async function* list(cursor: ByteCursor, path: readonly string[], header: JsonElement['header']): AsyncGenerator<JsonElement[]> {
  let batch: JsonElement[] = [];
  let bytes = 0;
  for (;;) {
    const byte = cursor.peekNow() ?? (await cursor.peek());
    if (byte === ends || byte === 0x5d) break;
    if (byte === 0x2c || byte === 0x7d) {
      cursor.skip();
      continue;
    }
    const value = cursor.rawNow() ?? (await cursor.raw());
    batch.push({ ...value, path, header });
    bytes += value.text?.length ?? 0;
    if (value.state === 'broken') await cursor.resync();
    if (batch.length < batchElements && bytes < batchBytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  cursor.skip();
  if (batch.length > 0) yield batch;
}

/** An object at the top: a record itself, or a list of records with something around it. */
class TopObject {
  private readonly keys: string[] = [];
  private streamed = false;
  private failed: RawValue | null = null;

  constructor(private readonly cursor: ByteCursor) {}

  async *read(): AsyncGenerator<JsonElement[]> {
    const { cursor } = this;
    const start = { offset: cursor.offset, line: cursor.line };
    cursor.record();
    yield* this.object();
    const text = cursor.recording();
    cursor.forget();
    if (this.failed !== null) yield* broken(cursor, { ...this.failed, ...(this.streamed ? {} : start) });
    else if (!this.streamed) yield [{ text, ...start, state: 'whole', path: [], header: nothing }];
  }

  private async *object(): AsyncGenerator<JsonElement[]> {
    const { cursor } = this;
    cursor.skip();
    for (;;) {
      const byte = await cursor.peek();
      if (byte === 0x7d) {
        cursor.skip();
        return;
      }
      if (byte === 0x2c) {
        cursor.skip();
        continue;
      }
      const key = byte === 0x22 ? await cursor.raw() : null;
      const next = key === null ? byte : await cursor.peek();
      if (key?.state !== 'whole' || next !== 0x3a) {
        this.failed ??= { text: null, offset: cursor.offset, line: cursor.line, state: next === ends ? 'cut' : 'broken' };
        return;
      }
      cursor.skip();
      this.keys.push(keyOf(key.text));
      yield* this.value();
      this.keys.pop();
      if (this.failed !== null) return;
    }
  }

  private async *value(): AsyncGenerator<JsonElement[]> {
    const { cursor, keys } = this;
    const byte = await cursor.peek();
    const key = keys.at(-1) ?? '';
    const around = keys.slice(0, -1);
    if (byte === 0x7b && wrappers.has(key) && keys.length <= 2) {
      yield* this.object();
      return;
    }
    if (byte !== 0x5b || !lists.has(key) || !around.every((each) => wrappers.has(each))) {
      this.note(await cursor.raw());
      return;
    }
    cursor.skip();
    const header = this.header();
    if ((await cursor.peek()) === 0x7b && (always.test(key) || !ofRecords.some((name) => Object.hasOwn(header, name)))) {
      this.streamed = true;
      cursor.forget();
      yield* list(cursor, [...keys], header);
    } else this.note(await cursor.raw(1));
  }

  private note(value: RawValue): void {
    if (value.state !== 'whole') this.failed ??= value;
  }

  /** What was read of the objects around a list that begins here, closed right behind its bracket. */
  private header(): Record<string, unknown> {
    const text = this.cursor.recording();
    if (text === null || text.length > longestHeader) return {};
    try {
      return JSON.parse(`${text}]${'}'.repeat(this.keys.length)}`) as Record<string, unknown>;
    } catch (error) {
      if (error instanceof SyntaxError) return {};
      throw error;
    }
  }
}

function keyOf(text: string | null): string {
  try {
    return String(JSON.parse(text ?? '""'));
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}
