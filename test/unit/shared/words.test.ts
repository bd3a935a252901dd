import { expect, it } from 'vitest';
import { caseTitle, signalName } from '../../../src/shared/words.js';

it('names a case by its description, else by its values, else by the fallback', () => {
  expect(caseTitle('refund', { message: 'x' }, 'Case 1')).toBe('refund');
  expect(caseTitle(null, { message: 'where is\n my refund', n: 2, o: {} }, 'Case 1')).toBe('where is my refund · 2');
  expect(caseTitle('', { o: {} }, 'Case 1')).toBe('Case 1');
  expect(caseTitle(null, { message: 'x'.repeat(300) }, 'Case 1')).toHaveLength(120);
});

it('names signals in words, and keeps what it does not know', () => {
  expect(signalName('implicit.regenerate')).toBe('asked again');
  expect(signalName('custom.thing')).toBe('custom.thing');
});
