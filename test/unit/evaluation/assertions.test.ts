import { describe, expect, it } from 'vitest';
import { evaluateAssertion } from '../../../src/engine/evaluation/assertions/evaluate.js';
import { judge } from '../../../src/engine/evaluation/runCase.js';
import type { Assertion } from '../../../src/engine/evaluation/types.js';
import { EngineError } from '../../../src/engine/errors.js';
import { plainCode } from '../../support/evaluationWorkspace.js';

function assertion(type: string, value: unknown = null, more: Partial<Assertion> = {}): Assertion {
  const negate = type.startsWith('not-');
  return { type: negate ? type.slice(4) : type, negate, value, threshold: null, weight: 1, metric: null, range: null, ...more };
}

const evaluate = (given: Assertion, output: string, vars: Record<string, unknown> = {}, latencyMs = 10, trusted = true) =>
  evaluateAssertion(given, { output, vars, latencyMs }, { code: plainCode, trusted: () => trusted });

describe('assertions', () => {
  it.each<[string, unknown, string, boolean]>([
    ['equals', 'a', 'a', true],
    ['equals', 'a', 'A', false],
    ['equals', 42, '42', true],
    ['equals', { b: 1, a: [2] }, ' {"a":[2],"b":1}\n', true],
    ['equals', { a: 1 }, 'a', false],
    ['contains', 'b', 'abc', true],
    ['contains', 'B', 'abc', false],
    ['icontains', 'B', 'abc', true],
    ['contains-any', ['x', 'b'], 'abc', true],
    ['contains-any', 'x, b', 'abc', true],
    ['contains-any', ['x', 'y'], 'abc', false],
    ['contains-all', ['a', 'b'], 'abc', true],
    ['contains-all', ['a', 'x'], 'abc', false],
    ['icontains-any', ['X', 'B'], 'abc', true],
    ['icontains-all', ['A', 'C'], 'abc', true],
    ['starts-with', 'ab', 'abc', true],
    ['starts-with', 'b', 'abc', false],
    ['regex', '^a.c$', 'abc', true],
    ['regex', '^b', 'abc', false],
    ['is-json', null, '{"a": 1}', true],
    ['is-json', null, 'Sure: {"a": 1}', false],
    ['contains-json', null, 'Sure: {"a": [1, 2]} there', true],
    ['contains-json', null, 'no json here', false],
    ['is-json', { type: 'object', required: ['a'], properties: { a: { type: 'integer', minimum: 1 } } }, '{"a": 1}', true],
    ['is-json', { type: 'object', required: ['b'] }, '{"a": 1}', false],
    ['is-json', { properties: { a: { pattern: '^x' } } }, '{"a": "xy"}', true],
    ['is-json', { properties: { a: { pattern: '^x' } } }, '{"a": "y"}', false],
    ['javascript', 'output.length === 3', 'abc', true],
    ['javascript', 'context.vars.n > 1', 'abc', false],
    ['javascript', '({ pass: true, score: 0.5, reason: "half" })', 'abc', true],
    ['not-contains', 'b', 'abc', false],
    ['not-contains', 'x', 'abc', true],
    ['not-is-json', null, 'abc', true],
  ])('%s %j on %j', async (type, value, output, pass) => {
    const result = await evaluate(assertion(type, value), output, { n: 1 });
    expect(result).toMatchObject({ type, pass, evaluated: true });
    expect(result.reason).not.toBe('');
  });

  it('fill variables into their values', async () => {
    expect((await evaluate(assertion('contains', '{{ city }}'), 'in Leith', { city: 'Leith' })).pass).toBe(true);
    expect((await evaluate(assertion('contains-all', ['{{ a }}', 'x']), 'Ax', { a: 'A' })).pass).toBe(true);
    expect(await evaluate(assertion('contains', '{{ nothing }}'), 'x')).toMatchObject({ pass: false, evaluated: false });
  });

  it('keep what was expected, for a diff', async () => {
    expect((await evaluate(assertion('equals', 'billing'), 'x')).expected).toBe('billing');
    expect((await evaluate(assertion('not-equals', 'billing'), 'x')).expected).toBeNull();
  });

  it('compare latency with their threshold', async () => {
    expect((await evaluate(assertion('latency', null, { threshold: 100 }), '', {}, 100)).pass).toBe(true);
    expect((await evaluate(assertion('latency', null, { threshold: 100 }), '', {}, 101)).pass).toBe(false);
  });

  it('take a number from code by the threshold, and an exception as a failure', async () => {
    expect(await evaluate(assertion('javascript', '0.4', { threshold: 0.5 }), '')).toMatchObject({ pass: false, score: 0.4 });
    expect(await evaluate(assertion('javascript', '0.4'), '')).toMatchObject({ pass: true, score: 0.4 });
    expect(await evaluate(assertion('javascript', 'JSON.parse(output)'), 'x')).toMatchObject({ pass: false, evaluated: true });
  });

  it('that cannot be evaluated never pass, negated or not', async () => {
    const open = { problem: 'this type does not exist' };
    for (const given of [
      assertion('nonsense', 'x', open),
      assertion('not-nonsense', 'x', open),
      assertion('not-is-sql', 'x'),
      assertion('is-json', { nonsense: 'x' }),
      assertion('is-json', { $ref: 'https://schemas.example/x' }),
    ]) {
      expect(await evaluate(given, '{}')).toMatchObject({ pass: false, evaluated: false });
    }
  });

  it('that take too long are not evaluated', async () => {
    const late = () => Promise.reject(new EngineError('TIMEOUT', 'It did not end within 2 s.'));
    const tools = { code: { ...plainCode, regex: late, call: late }, trusted: () => true };
    for (const given of [assertion('not-regex', '(a+)+$'), assertion('javascript', 'for (;;);')]) {
      expect(await evaluateAssertion(given, { output: 'x', vars: {}, latencyMs: 0 }, tools)).toMatchObject({
        pass: false,
        evaluated: false,
      });
    }
  });

  it('run no code in an untrusted workspace', async () => {
    const result = await evaluate(assertion('javascript', 'true'), '', {}, 0, false);
    expect(result).toMatchObject({ pass: false, evaluated: false });
  });
});

describe('the verdict on a case', () => {
  const result = (pass: boolean, score = pass ? 1 : 0, evaluated = true) => ({
    type: 'x',
    metric: null,
    pass,
    score,
    reason: pass ? 'fine' : 'wrong',
    evaluated,
    expected: null,
  });
  const verdict = (results: ReturnType<typeof result>[], weights: number[], threshold: number | null = null) =>
    judge({ assertions: weights.map((weight) => assertion('contains', 'x', { weight })), threshold }, results);

  it('needs every assertion, unless a threshold says how much', () => {
    expect(verdict([result(true), result(false)], [1, 1])).toMatchObject({ status: 'fail', score: 0.5, reason: 'wrong' });
    expect(verdict([result(true), result(false)], [3, 1], 0.7)).toMatchObject({ status: 'pass', score: 0.75 });
    expect(verdict([result(true), result(false)], [1, 1], 0.7)).toMatchObject({ status: 'fail' });
  });

  it('does not count an assertion of weight 0', () => {
    expect(verdict([result(true), result(false)], [1, 0])).toMatchObject({ status: 'pass', score: 1 });
  });

  it('is neither pass nor fail where something was not evaluated, or there is nothing to evaluate', () => {
    for (const open of [
      verdict([result(true), result(false, 0, false)], [1, 1]),
      verdict([], []),
      verdict([result(false, 0, false)], [1], 0),
    ]) {
      expect(open).toMatchObject({ status: 'error', score: null, error: { code: 'NOT_EVALUATED' } });
    }
  });
});
