import { describe, expect, it } from 'vitest';
import { notedMarks } from '../../../src/extension/views/noteLines.js';

describe('notes of complaints', () => {
  it('stand once for each complaint, at its shortest line', () => {
    const marks = [
      { message: 'a', line: 1, lineLength: 200 },
      { message: 'a', line: 4, lineLength: 50 },
      { message: 'b', line: 5, lineLength: 60 },
    ];
    expect([...notedMarks(marks)]).toEqual([1, 2]);
  });
  it('never share a line', () => {
    const marks = [
      { message: 'a', line: 4, lineLength: 50 },
      { message: 'b', line: 4, lineLength: 50 },
      { message: 'b', line: 6, lineLength: 90 },
      { message: 'c', line: 6, lineLength: 90 },
    ];
    expect([...notedMarks(marks)]).toEqual([0, 2]);
  });
});
