import { describe, expect, it } from 'vitest';
import { describeRecord, fieldWords } from '../../../src/extension/commands/sourceMapping.js';

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
  it('say where a field comes from', () => {
    expect(fieldWords(undefined)).toBe('found by itself');
    expect(fieldWords('$.a')).toBe('$.a');
    expect(fieldWords({ const: 'x' })).toBe('always "x"');
  });
});
