import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanText } from '../../../support/recordBatch.js';
import { feedbackLine } from '../../../support/feedbackEngine.js';

const long = 16 * 1024 * 1024;

describe('lines of a file', () => {
  it('are the same wherever the pieces of it meet', () => {
    const lines = ['', feedbackLine({ id: 'a', text: 'é☺' }), 'oops', '[]', feedbackLine({ id: 'b' }), '  ', feedbackLine({ id: 'ü' })];
    const bytes = new TextEncoder().encode(`\uFEFF${lines.join('\n')}\r\n${feedbackLine({ id: 'last' })}`);
    const whole = { ...scanText(bytes), dictionary: 0 };
    expect(whole).toMatchObject({ lines: 7, feedback: { count: 4 } });
    expect(whole.rejected.map(({ reason, line }) => [reason, line])).toEqual([
      ['not JSON', 3],
      ['not an object', 4],
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bytes.length }), (piece) => {
        expect({ ...scanText(bytes, { piece }), dictionary: 0 }).toEqual(whole);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it('give place and number of each record', () => {
    const [a, b] = [feedbackLine({ id: 'a' }), feedbackLine({ id: 'ü' })];
    const { feedback, end, tailEnd } = scanText(`${a}\n\n${b}\n${a}`, { offset: 100 });
    expect([...feedback.offset]).toEqual([100, 102 + a.length, 102 + a.length + b.length + 2]);
    expect([...feedback.line]).toEqual([1, 3, 4]);
    expect(feedback.length[1]).toBe(new TextEncoder().encode(b).length);
    expect(tailEnd - end).toBe(a.length);
  });

  it('that are too long cost no memory, and nothing else is lost', () => {
    const tail = `\n${feedbackLine({ id: 'b' })}\n`;
    const text = `${feedbackLine({ id: 'a' })}\n${'x'.repeat(long + 5)}${tail}`;
    const { feedback, rejected, lines } = scanText(text, { piece: 1024 * 1024 });
    expect([feedback.count, lines]).toEqual([2, 3]);
    expect(rejected).toEqual([{ reason: 'line over 16 MiB', line: 2, count: 1, tail: false, elsewhere: false }]);
  });

  it('of an unfinished file are marked as its tail', () => {
    const { rejected, end, tailEnd } = scanText(`${feedbackLine({ id: 'a' })}\n{"schema":`);
    expect(rejected).toEqual([{ reason: 'incomplete last line', line: 2, count: 1, tail: true, elsewhere: false }]);
    expect(tailEnd - end).toBe(10);
  });

  it('end where the file does, whatever lay in the buffer before', () => {
    const line = feedbackLine({ id: 'a', text: 'fine' });
    const bytes = line.length + 1;
    // What is left of the line before would make the last one whole.
    const whole = scanText(`${line}\n${line}`, { piece: bytes });
    expect([whole.feedback.count, whole.rejected.length]).toEqual([2, 0]);
    for (let cut = 1; cut < line.length; cut++) {
      const { feedback, rejected } = scanText(`${line}\n${line.slice(0, cut)}`, { piece: bytes + cut });
      expect([feedback.count, rejected.map(({ reason }) => reason)]).toEqual([1, ['incomplete last line']]);
    }
  });
});
