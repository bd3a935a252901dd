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
    ['file://check.js:word', { type: 'equals', value: 'file://check.js:word' }],
    ['levenshtein: hallo', { type: 'levenshtein', value: 'hallo', threshold: 0.75 }],
    ['levenshtein(2): hallo', { type: 'levenshtein', value: 'hallo', threshold: 2 }],
    ['bleu(0.2): hallo', { type: 'bleu', value: 'hallo' }],
    ['cost(0.01)', { type: 'cost', threshold: 0.01 }],
    ['perplexity', { type: 'perplexity', threshold: 0.75 }],
    ['human', { type: 'equals', value: 'human' }],
    ['not-select-best: a', { type: 'equals', value: 'not-select-best: a' }],
    ['contains-any:"a, b","say ""c""", d', { type: 'contains-any', value: ['a, b', 'say "c"', 'd'] }],
    ['is-json: { a: 1 }', { type: 'is-json', value: ' { a: 1 }' }],
    ['file://check.py:get', { type: 'python', value: 'file://check.py:get' }],
    ['http://example.com', { type: 'equals', value: 'http://example.com' }],
  ])('%s', (text, assertion) => {
    expect(parseExpected(text)).toEqual(assertion);
  });
});
