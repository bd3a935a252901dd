import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stableJson } from '../../../src/engine/evaluation/cacheKey.js';

it('equal data make the same text, which is JSON of the data', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(stableJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { seed: 5 },
  );
  expect(stableJson({ b: 1, a: [{ d: undefined, c: 2 }, undefined], 1: 'x' })).toBe('{"1":"x","a":[{"c":2},null],"b":1}');
  expect(stableJson({ a: 1, b: { c: 2, d: 3 } })).toBe(stableJson({ b: { d: 3, c: 2 }, a: 1 }));
  expect(stableJson(new Date(0))).toBe('"1970-01-01T00:00:00.000Z"');
  expect([stableJson(undefined), stableJson(null), stableJson(NaN)]).toEqual(['null', 'null', 'null']);
});
