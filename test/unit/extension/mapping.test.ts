import { describe, expect, it } from 'vitest';
import { describeRecord, describeRecords, fieldWords } from '../../../src/extension/connect/mapping.js';

const record = {
  line: 3,
  prompt: 'p',
  version: null,
  signal: 'explicit.rating',
  score: 0.2,
  comment: 'bad $(trash)\nanswer',
  problem: null,
};

describe('the connect steps', () => {
  it('show a record as it is read, without letting it bring icons', () => {
    expect(describeRecord(record)).toEqual({
      label: 'Line 3',
      description: 'p · no version · explicit.rating · score 0.20',
      detail: 'bad $ (trash) answer',
    });
    expect(describeRecord({ ...record, problem: 'not JSON' })).toEqual({ label: '$(warning) Line 3', description: 'not JSON' });
  });
  it('tell once why neighbouring lines cannot be read', () => {
    const bad = (line: number) => ({ ...record, line, problem: 'no known field' });
    expect(describeRecords([bad(1), bad(2), bad(3), record, bad(5)]).map(({ label }) => label)).toEqual([
      '$(warning) Lines 1 to 3',
      'Line 3',
      '$(warning) Line 5',
    ]);
  });
  it('say where a field comes from', () => {
    expect(fieldWords(undefined)).toBe('by its usual name');
    expect(fieldWords('$.a')).toBe('from $.a');
    expect(fieldWords({ const: 'x' })).toBe('always "x"');
  });
});
