import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellsOf, csvRows, headerOf, sniffDelimiter, type CsvRow } from '../../../../src/engine/feedback/sources/files/csv.js';
import { jsonRecords, type JsonElement } from '../../../../src/engine/feedback/sources/files/jsonRecords.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function elements(text: string, size = 7, limit?: number): Promise<JsonElement[]> {
  const found = [];
  for await (const batch of jsonRecords(chunked(bytesOf(text), size), limit)) found.push(...batch);
  return found;
}

async function rows(text: string, options: { size?: number; delimiter?: string; limit?: number } = {}): Promise<CsvRow[]> {
  const found = [];
  for await (const batch of csvRows(chunked(bytesOf(text), options.size ?? 5), 0, options.delimiter ?? ',', 1, options.limit))
    found.push(...batch);
  return found;
}

const parsedElements = async (text: string, size?: number) =>
  (await elements(text, size)).map((each) => JSON.parse(each.text ?? 'null') as unknown);

describe('records of a JSON file', () => {
  it('are the elements of a list, with their lines', async () => {
    const found = await elements('\uFEFF[\n {"a": "]}\\""},\n {"b": [1, {"c": 2}]}, 7\n]');
    expect(found.map(({ text, line, state }) => ({ text, line, state }))).toEqual([
      { text: '{"a": "]}\\""}', line: 2, state: 'whole' },
      { text: '{"b": [1, {"c": 2}]}', line: 3, state: 'whole' },
      { text: '7', line: 3, state: 'whole' },
    ]);
  });

  it('are the elements of lists within an object, with what stood before', async () => {
    const found = await elements(
      '{"evalId": "e1", "results": {"version": 3, "prompts": [{"id": 1}], "results": [{"n": 1}, {"n": 2}], "stats": {}}, "config": {}}',
    );
    expect(found.map(({ text }) => text)).toEqual(['{"n": 1}', '{"n": 2}']);
    expect(found[0]?.path).toEqual(['results', 'results']);
    expect(found[0]?.header).toEqual({ evalId: 'e1', results: { version: 3, prompts: [{ id: 1 }], results: [] } });
  });

  it('are objects one after the other, also over several lines', async () => {
    expect(await parsedElements('{\n "user": "u",\n "answer": "a"\n}\n{"user": "v"}')).toEqual([{ user: 'u', answer: 'a' }, { user: 'v' }]);
  });

  it('keep a list that belongs to a record', async () => {
    expect(await parsedElements('{"id": "x", "spans": [{"a": 1}]}')).toEqual([{ id: 'x', spans: [{ a: 1 }] }]);
    expect(await parsedElements('{"data": [1, 2], "q": {}}')).toEqual([{ data: [1, 2], q: {} }]);
    expect(await parsedElements('{"data": []}')).toEqual([{ data: [] }]);
  });

  it('are the same in whatever chunks the file comes', async () => {
    const record = fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 2 }),
        async (list, size, indent) => {
          expect(await parsedElements(JSON.stringify(list, null, indent), size)).toEqual(JSON.parse(JSON.stringify(list)));
          if (list.length > 0)
            expect(await parsedElements(JSON.stringify({ meta: { n: 1 }, data: list }, null, indent), size)).toEqual(
              JSON.parse(JSON.stringify(list)),
            );
        },
      ),
      { seed: 7, numRuns: 150 },
    );
  });

  it('lose one record to a quote that is missing, and none behind it', async () => {
    const found = await elements('[\n{"a": "x},\n{"b": 1},\n{"c": 2}\n]');
    expect(found.map(({ text, state, line }) => ({ text: state === 'whole' ? text : null, state, line }))).toEqual([
      { text: null, state: 'broken', line: 2 },
      { text: '{"b": 1}', state: 'whole', line: 3 },
      { text: '{"c": 2}', state: 'whole', line: 4 },
    ]);
  });

  it('say what is cut off and what is too long', async () => {
    expect((await elements('[{"a": 1}, {"b": ')).map(({ state }) => state)).toEqual(['whole', 'cut']);
    expect((await elements('{"user": "u", "ans')).map(({ state }) => state)).toEqual(['cut']);
    expect((await elements(`[{"a": "${'x'.repeat(200)}"}, {"b": 1}]`, 16, 100)).map(({ text }) => text)).toEqual([null, '{"b": 1}']);
  });

  it('end, whatever the bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '\\', '\n', 'a', '1', ' ', 'data'), maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (text, size) => {
          const whole = await elements(text, 1000);
          expect((await elements(text, size)).map((each) => [each.text, each.state])).toEqual(whole.map((each) => [each.text, each.state]));
        },
      ),
      { seed: 11, numRuns: 400 },
    );
  });
});

/** A writer that quotes only where RFC 4180 asks for it. */
function written(cells: readonly string[], delimiter: string): string {
  return cells.map((cell) => (/["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter);
}

describe('CSV', () => {
  it('reads back what a plain writer wrote, in whatever chunks', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'ä', '"', ',', ';', '\t', '\n', '\r\n', ' ', '1', '.'), maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 2, max: 4 })
          .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 })),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 30 }),
        fc.boolean(),
        async (table, delimiter, end, size, last) => {
          const text = table.map((cells) => written(cells, delimiter)).join(end) + (last ? end : '');
          const found = await rows(text, { size, delimiter });
          expect(found.map((row) => cellsOf(row.text ?? '', delimiter))).toEqual(table);
          expect(found.at(-1)?.end).toBe(bytesOf(text).length);
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });

  it('knows where a row with line ends in it begins', async () => {
    expect(
      (await rows('\uFEFF"a",b\r\n"x\ny",1\nz,2')).map(({ text, line, offset, complete }) => ({ text, line, offset, complete })),
    ).toEqual([
      { text: '"a",b', line: 1, offset: 0, complete: true },
      { text: '"x\ny",1', line: 2, offset: 10, complete: true },
      { text: 'z,2', line: 4, offset: 18, complete: false },
    ]);
  });

  it('loses one line to a quote that is never closed', async () => {
    const found = await rows('a,b\n"x,1\ny,2\nz,3\n', { limit: 1000 });
    expect(found.map(({ text, line }) => [text, line])).toEqual([
      ['a,b', 1],
      [null, 2],
      ['y,2', 3],
      ['z,3', 4],
    ]);
    expect((await rows(`a,b\n"x,1\n${'y,2\n'.repeat(40)}`, { limit: 50 })).filter(({ text }) => text === null)).toHaveLength(1);
  });

  it('keeps nothing of a line that is too long', async () => {
    const found = await rows(`a,b\n${'x'.repeat(500)},1\ny,2\n`, { limit: 64, size: 16 });
    expect(found.map(({ text, line, offset }) => [text, line, offset])).toEqual([
      ['a,b', 1, 0],
      [null, 2, 4],
      ['y,2', 3, 507],
    ]);
  });

  it('finds the delimiter by what makes rows alike', () => {
    expect(sniffDelimiter(['user;answer;rating', 'u;a, b;1', 'v;c;2'])).toBe(';');
    expect(sniffDelimiter(['user\tanswer', 'u\ta'])).toBe('\t');
    expect(sniffDelimiter(['"a,b",c', '1,2'])).toBe(',');
    expect(sniffDelimiter(['words only', 'more words'])).toBeNull();
  });

  it('tells columns of one name apart', () => {
    expect(headerOf(['a', ' a ', '', 'b'])).toEqual({ names: ['a', 'a_2', 'column_3', 'b'], repeated: ['a'] });
  });
});
