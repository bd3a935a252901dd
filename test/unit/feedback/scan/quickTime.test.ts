import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { machineTimeInto } from '../../../../src/engine/feedback/scan/quickTime.js';
import { parseTime } from '../../../../src/engine/feedback/time.js';

/** ms; `null`: not read. */
function quick(text: string): number | null {
  const bytes = new Uint8Array(64);
  new TextEncoder().encodeInto(text, bytes);
  const numbers = new Float64Array(1);
  return machineTimeInto(numbers, 0, new DataView(bytes.buffer), 0) ? (numbers[0] ?? 0) : null;
}

describe('a time as machines write it', () => {
  it('is read as by the one that reads all times, on every day that there is and on none that there is not', () => {
    for (let year = 1969; year <= 2201; year++)
      for (let month = 0; month <= 13; month++)
        for (const day of [0, 1, 28, 29, 30, 31, 32]) {
          const text = `${String(year)}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T23:59:59.999Z`;
          if (quick(text) !== parseTime(text)) expect([text, quick(text)]).toEqual([text, parseTime(text)]);
        }
    expect(quick('2024-02-29T00:00:00.000Z')).toBe(Date.UTC(2024, 1, 29));
    expect(quick('2026-02-29T00:00:00.000Z')).toBeNull();
  });

  it('with anything else in its place is left to that one, or read as it does', () => {
    const time = fc
      .date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
    fc.assert(
      fc.property(time, fc.nat(23), fc.integer({ min: 0x20, max: 0x7e }), (text, at, code) => {
        expect(quick(text)).toBe(parseTime(text));
        const other = `${text.slice(0, at)}${String.fromCharCode(code)}${text.slice(at + 1)}`;
        const found = quick(other);
        if (found !== null) expect(found).toBe(parseTime(other));
      }),
      { numRuns: 3000, seed: 7 },
    );
    for (const wrong of ['2026-11-20T24:00:00.000Z', '2026-11-20T00:60:00.000Z', '2026-11-20T00:00:60.000Z', '2026-11-20 00:00:00.000Z'])
      expect([wrong, quick(wrong)]).toEqual([wrong, null]);
    expect(quick('２026-11-20T00:00:00.000Z')).toBeNull();
  });
});
