/** Files of any bytes: they are read as something, to their end, and nothing is thrown but what a user is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../../../../src/engine/ports.js';
import { createFilesSource } from '../../../../src/engine/feedback/sources/files/source.js';
import { sniff } from '../../../../src/engine/feedback/sources/files/sniff.js';
import type { SourceTools } from '../../../../src/engine/feedback/sources/source.js';

const kinds = ['jsonl', 'json', 'csv', 'otlp-file'];

function fileOf(bytes: Uint8Array, chunk: number): FileSystem {
  return {
    stat: () => Promise.resolve({ size: bytes.length, mtimeMs: 1.79e12, isDirectory: false }),
    readRange: (_path: string, offset: number, length: number) => Promise.resolve(bytes.slice(offset, offset + length)),
    async *stream(_path: string, offset = 0) {
      await Promise.resolve();
      for (let at = offset; at < bytes.length; at += chunk) yield bytes.slice(at, at + chunk);
    },
  } as unknown as FileSystem;
}

async function read(kind: string, bytes: Uint8Array, chunk: number): Promise<{ records: unknown[]; rejected: unknown[] }> {
  const source = createFilesSource({ name: 'x', kind, path: '/w/x' }, { root: '/w', fs: fileOf(bytes, chunk) } as unknown as SourceTools);
  const result = { records: [] as unknown[], rejected: [] as unknown[] };
  for await (const batch of source.read(null, { since: null, full: false, signal: undefined })) {
    if (batch.restart === true) Object.assign(result, { records: [], rejected: [] });
    result.records.push(...batch.records);
    result.rejected.push(...batch.rejected);
  }
  return result;
}

const piece = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ';',
    '\t',
    '\n',
    '\r\n',
    ':',
    '\\',
    '\0',
    '\uFEFF',
    'ä',
    ' ',
    '1',
    '5',
    'null',
    'user',
    '"user":"u"',
    '"answer":"a"',
    '"rating":1',
    '"rating":4',
    '"data":[',
    '{"user":"u","answer":"a","rating":1}',
    'user,answer,rating\n',
    'u,a,1\n',
    '"resourceSpans":[',
  ],
);
const anyFile = fc.oneof(
  { weight: 3, arbitrary: fc.array(piece, { maxLength: 30 }).map((parts) => new TextEncoder().encode(parts.join(''))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
);
/** Compressed files need a file system that unpacks. */
const isPacked = (bytes: Uint8Array): boolean => (bytes[0] === 0x1f && bytes[1] === 0x8b) || sniff(bytes, 'json').form === 'refused';

describe('files of any bytes', () => {
  it('are read to their end, the same in whatever chunks they come', async () => {
    let used = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), anyFile, fc.integer({ min: 1, max: 20 }), async (kind, bytes, chunk) => {
        fc.pre(!isPacked(bytes));
        const whole = await read(kind, bytes, 1_000_000);
        expect(await read(kind, bytes, chunk)).toEqual(whole);
        used += whole.records.length;
      }),
      { seed: 33, numRuns: 1500 },
    );
    expect(used).toBeGreaterThan(100);
  });

  it('are said to be something, whatever they begin with', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), anyFile, (kind, bytes) => {
        expect(['lines', 'json', 'csv', 'otlp', 'empty', 'refused']).toContain(sniff(bytes, kind).form);
      }),
      { seed: 34, numRuns: 1000 },
    );
  });
});
