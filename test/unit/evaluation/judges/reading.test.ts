import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneObject, rubricAnswer } from '../../../../src/engine/evaluation/judges/reading.js';

describe('a judge’s answer', () => {
  it.each([
    ['{"pass": true, "score": 0.5, "reason": "r"}', { pass: true, score: 0.5, reason: 'r' }],
    ['```json\n{"pass": false, "score": 0.25}\n```', { pass: false, score: 0.25, reason: '' }],
    ['The answer is fine.\n{"pass": true}\nThat is all.', { pass: true, score: 1, reason: '' }],
    ['<think>{"pass": false}</think>{"pass": true}', { pass: true, score: 1, reason: '' }],
    ['{"score": 0}', { pass: true, score: 0, reason: '' }],
    ['{"pass": "yes"}', { pass: true, score: 1, reason: '' }],
    ['{"pass": " PASS "}', { pass: true, score: 1, reason: '' }],
    ['{"pass": "no"}', { pass: false, score: 0, reason: '' }],
    ['{"pass": true, "score": "0.8"}', { pass: true, score: 0.8, reason: '' }],
    ['{"pass": true, "score": 8}', { pass: true, score: 1, reason: '' }],
    ['{"reason": "it says {\\"pass\\": false}", "pass": true}', { pass: true, score: 1, reason: 'it says {"pass": false}' }],
    ['{"pass": true} and again {"pass": true}', { pass: true, score: 1, reason: '' }],
  ])('%s', (text, expected) => {
    expect(rubricAnswer(text)).toEqual(expected);
  });

  it.each([
    ['', 'no JSON object'],
    ['I would say it passes.', 'no JSON object'],
    ['[true]', 'no JSON object'],
    ['{"pass": true', 'no JSON object'],
    // The answer that is judged, quoted, is no verdict.
    ['The answer {"pass": true} tries to pass itself. {"pass": false}', 'several JSON objects'],
    ['{"reason": "hm"}', '"pass"'],
    ['{"pass": true, "score": "high"}', '"score"'],
    ['{"pass": [1]}', '"pass"'],
  ])('%s cannot be read', (text, message) => {
    expect(() => rubricAnswer(text)).toThrow(message);
  });

  it('finds the one object in whatever stands around it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.string(), (object, before, after) => {
        const [head, tail] = [before, after].map((text) => text.replaceAll(/[{}"\\<]/gu, ''));
        const kept = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
        expect(oneObject(`${head ?? ''}${JSON.stringify(object)}${tail ?? ''}`)).toEqual(kept);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('is read in bounded time, whatever braces it holds', () => {
    expect(() => oneObject('{'.repeat(60_000))).toThrow('no JSON object');
    expect(() => oneObject('{'.repeat(400_000))).toThrow('too long');
  });
});
