import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BytePattern, wordMargin, Words } from '../../../../src/engine/feedback/scan/bytePattern.js';
import { BytesHash } from '../../../../src/engine/feedback/scan/bytesHash.js';
import { BytesTable } from '../../../../src/engine/feedback/scan/bytesTable.js';
import { IdHash } from '../../../../src/engine/feedback/scan/hash.js';

const viewOf = (text: string): DataView => {
  const bytes = new TextEncoder().encode(text);
  const roomy = new Uint8Array(bytes.length + wordMargin).fill(0x78);
  roomy.set(bytes);
  return new DataView(roomy.buffer);
};

describe('a pattern of bytes', () => {
  it('is where all of its bytes are, from four on', () => {
    for (let length = 4; length <= 21; length++) {
      const text = 'abcdefghijklmnopqrstu'.slice(0, length);
      const pattern = new BytePattern(new TextEncoder().encode(text));
      expect(pattern.isAt(viewOf(`--${text}--`), 2)).toBe(true);
      for (let at = 0; at < length; at++) {
        const other = `--${text.slice(0, at)}#${text.slice(at + 1)}--`;
        expect([at, pattern.isAt(viewOf(other), 2)]).toEqual([at, false]);
      }
    }
    expect(new BytePattern(new TextEncoder().encode('abc')).isAt(viewOf('abc'), 0)).toBe(false);
  });

  it('of some words says which one it is', () => {
    const words = new Words(['ok', 'error', 'okay']);
    const find = (text: string): number => words.find(viewOf(text), 0);
    expect(['"ok"', '"okay"', '"error"', '"ok"', '"o"', 'ok'].map(find)).toEqual([0, 2, 1, 0, -1, -1]);
    expect([0, 1, 2].map((word) => words.lengthOf(word))).toEqual([4, 7, 6]);
  });
});

describe('a hash of bytes', () => {
  const hash = new BytesHash();
  const of = (text: string, seed = 0): string => {
    const { x, z } = hash.of(viewOf(text), 0, new TextEncoder().encode(text).length, seed);
    return `${String(x)} ${String(z)}`;
  };

  it('is of these bytes alone, and of all of them', () => {
    const texts = Array.from({ length: 14 }, (_, length) => 'customer-12345'.slice(0, length));
    for (const text of [...texts]) for (let at = 0; at < text.length; at++) texts.push(`${text.slice(0, at)}~${text.slice(at + 1)}`);
    texts.push('a\0', 'a\0\0', 'a');
    expect(new Set(texts.map((text) => of(text))).size).toBe(new Set(texts).size);
    const longer = viewOf('customer-1 and more');
    expect(hash.of(longer, 0, 10, 0)).toEqual(hash.of(viewOf('customer-1'), 0, 10, 0));
    expect(of('x', 1)).not.toBe(of('x', 0));
  });

  it('finds numbers again in a table that grows', () => {
    const table = new BytesTable();
    const known = new Map<string, number>();
    fc.assert(
      fc.property(fc.integer({ min: -3, max: 400 }), fc.integer({ min: -2, max: 12 }), fc.nat(1_000_000), (x, z, value) => {
        hash.x = x * 1024;
        hash.z = z;
        const name = `${String(x)} ${String(z)}`;
        expect(table.get(hash)).toBe(known.get(name) ?? -1);
        table.set(hash, value);
        known.set(name, value);
        expect(table.get(hash)).toBe(value);
      }),
      { numRuns: 6000, seed: 5 },
    );
    for (const [name, value] of known) {
      const [x = 0, z = 0] = name.split(' ').map(Number);
      hash.x = x * 1024;
      hash.z = z;
      expect(table.get(hash)).toBe(value);
    }
    expect(known.size).toBeGreaterThan(2000);
  });
});

describe('the hash of an id', () => {
  it('is the same from bytes as from text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ minLength: 1, maxLength: 40 }),
          fc.stringMatching(/^[0-9a-f]{31}[0-9a-g]$/),
          fc.stringMatching(/^[0-9a-f]{16}$/),
        ),
        (text) => {
          const view = viewOf(text);
          const length = new TextEncoder().encode(text).length;
          const [fromText, fromBytes] = [new IdHash().text(text), new IdHash()];
          if (length === 32 && fromBytes.hex(view, 0)) expect(fromBytes).toEqual(fromText);
          else {
            expect(fromText.isHex).toBe(false);
            expect(fromBytes.bytes(new Uint8Array(view.buffer), 0, length, true)).toBe(true);
            expect(fromBytes).toEqual(fromText);
          }
        },
      ),
      { numRuns: 500, seed: 6 },
    );
    const taken = (text: string, upper: boolean): boolean => new IdHash().bytes(new TextEncoder().encode(text), 0, text.length, upper);
    expect(['ü', 'é1', 'A', 'aZ'].map((text) => taken(text, true))).toEqual([false, false, true, true]);
    expect(['A', 'aZ', 'bMb', 'a@[z', '0-9_~'].map((text) => taken(text, false))).toEqual([false, false, false, true, true]);
  });
});
