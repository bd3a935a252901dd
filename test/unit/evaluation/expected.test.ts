import { describe, expect, it } from 'vitest';
import { parseExpected } from '../../../src/engine/evaluation/expected.js';

describe('the short form of an assertion', () => {
  it.each([
    ['billing', { type: 'equals', value: 'billing' }],
    ['contains', { type: 'equals', value: 'contains' }],
    ['note: see below', { type: 'equals', value: 'note: see below' }],
    ['contains: a, b', { type: 'contains', value: 'a, b' }],
    ['contains-any: a, b', { type: 'contains-any', value: ['a', 'b'] }],
    ['not-icontains-all: a,b', { type: 'not-icontains-all', value: ['a', 'b'] }],
    ['is-json', { type: 'is-json' }],
    ['latency(200)', { type: 'latency', threshold: 200 }],
    ['similar(0.8): hello', { type: 'similar', value: 'hello', threshold: 0.8 }],
    ['fn: output.length > 3', { type: 'javascript', value: 'output.length > 3' }],
    ['javascript:a:b', { type: 'javascript', value: 'a:b' }],
    ['grade: is nice', { type: 'llm-rubric', value: ' is nice' }],
    ['regex: ^a:b$', { type: 'regex', value: '^a:b$' }],
    ['is-refusal', { type: 'is-refusal' }],
    ['not-is-html', { type: 'not-is-html' }],
    ['latency', { type: 'equals', value: 'latency' }],
    ['word-count: 3', { type: 'word-count', value: '3' }],
    ['file://check.js', { type: 'javascript', value: 'file://check.js' }],
    ['file://check.py:get', { type: 'python', value: 'file://check.py:get' }],
    ['http://example.com', { type: 'equals', value: 'http://example.com' }],
  ])('%s', (text, assertion) => {
    expect(parseExpected(text)).toEqual(assertion);
  });
});
