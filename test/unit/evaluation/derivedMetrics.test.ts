import { describe, expect, it } from 'vitest';
import type { CaseResult } from '../../../src/shared/evalDocument.js';
import { ArithmeticFault, arithmetic, derivedOf } from '../../../src/engine/evaluation/derivedMetrics.js';

const values = new Map([
  ['a', 2],
  ['b', 3],
  ['__count', 4],
]);

describe('arithmetic over metrics', () => {
  it.each([
    ['a + b * 2', 8],
    ['(a + b) * 2', 10],
    ['a - b - 1', -2],
    ['2 * a * b / (a + b)', 2.4],
    ['-2^2', -4],
    ['2^3^2', 512],
    ['2^-1', 0.5],
    ['- -a', 2],
    ['-5 % 3', 1],
    ['sqrt(a * 8) + max(a, b, 1) + round(2.345, 2)', 9.35],
    ['1.5e1 / __count', 3.75],
    ['.5 + pi - pi', 0.5],
  ])('%s', (text, wanted) => {
    expect(arithmetic(text)(values)).toBeCloseTo(wanted, 12);
  });

  it.each([
    '',
    'a +',
    '(a',
    'a b',
    'constructor(1)',
    'a.b',
    '1..2',
    'a = 1',
    '('.repeat(200),
    '2^'.repeat(200) + '2',
    'x'.repeat(3000),
    '"a"',
  ])('refuses %j', (text) => {
    expect(() => arithmetic(text)(values)).toThrow(ArithmeticFault);
  });

  it('knows no names but those it is given', () => {
    expect(() => arithmetic('__proto__ + toString')(values)).toThrow('there is no metric');
  });
});

const result = (column: string, namedScores: Record<string, number>): CaseResult =>
  ({ id: 'c', column, repeat: 1, namedScores }) as unknown as CaseResult;

describe('derived metrics', () => {
  it('are computed over the sums of each column, in order, and are the mean of the columns', () => {
    const derived = [
      { name: 'share', value: 'hits / __count', range: null },
      { name: 'twice', value: 'share * 2', range: null },
    ];
    const results = [result('c1', { hits: 1 }), result('c1', { hits: 0 }), result('c2', { hits: 1 }), result('c2', { hits: 1 })];
    expect(derivedOf(derived, results)).toEqual({ metrics: { share: 0.75, twice: 1.5 }, health: [] });
  });

  it('that cannot be computed are left out and said', () => {
    const derived = [
      { name: 'x', value: 'nothing / 2', range: { start: 1, end: 2 } },
      { name: 'y', value: 'hits / 0', range: null },
    ];
    const { metrics, health } = derivedOf(derived, [result('c1', { hits: 1 })]);
    expect(metrics).toEqual({});
    expect(health.map(({ code, message, range }) => [code, message, range])).toEqual([
      ['metric-not-derived', expect.stringContaining('no metric "nothing"'), { start: 1, end: 2 }],
      ['metric-not-derived', expect.stringContaining('no finite number'), undefined],
    ]);
  });
});
