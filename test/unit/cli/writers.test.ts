import { describe, expect, it } from 'vitest';
import { fraction, integer, isoTime, several } from '../../../src/cli/options.js';
import { count, estimate, plain, table } from '../../../src/cli/writers/human.js';
import { toJson } from '../../../src/cli/writers/json.js';
import { toJunit } from '../../../src/cli/writers/junit.js';
import type { CaseResult, EvalDocument } from '../../../src/shared/evalDocument.js';

describe('JSON', () => {
  it('is the same bytes whatever order the keys came in, schema first', () => {
    const one = toJson({ b: { d: 1, c: [{ z: 1, a: 2 }] }, schema: 'x/1', a: null });
    expect(one).toBe(toJson({ a: null, schema: 'x/1', b: { c: [{ a: 2, z: 1 }], d: 1 } }));
    expect(one.startsWith('{\n  "schema": "x/1",\n  "a": null,\n  "b": {\n    "c": [')).toBe(true);
  });

  it('keeps keys that are names of other things, and writes what is no number as null', () => {
    const text = toJson({ map: JSON.parse('{"__proto__": 1, "constructor": 2}') as object, n: Number.NaN });
    expect(text).toContain('"__proto__": 1');
    expect(text).toContain('"n": null');
  });
});

describe('text for people', () => {
  it('pads columns by what is seen, not by what is written', () => {
    expect(
      table(
        [
          ['a', '1', 'x'],
          ['\u001b[31mlong\u001b[39m', '10', ''],
        ],
        [1],
      ),
    ).toBe('a      1  x\n\u001b[31mlong\u001b[39m  10');
  });

  it('shows no number without its uncertainty', () => {
    expect(estimate({ mean: 0.614, lo: 0.5, hi: 0.7 })).toBe('0.61 (0.50 to 0.70)');
    expect(estimate(null)).toBe('-');
  });

  it('lets no text from a log steer the terminal', () => {
    expect(plain('a\u001b[2Jb\u001b]0;title\u0007c\r\nd\u0008e\u202Ef')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(plain('one\n two', 20)).toBe('one two');
    expect(plain('😀'.repeat(10), 4)).toBe('😀😀😀…');
  });

  it('counts', () => {
    expect([count(1, 'case'), count(0, 'case'), count(2, 'entry', 'entries')]).toEqual(['1 case', '0 cases', '2 entries']);
  });
});

describe('values of options', () => {
  it('are read, or refused with what they must be', () => {
    expect(integer(1)('12')).toBe(12);
    for (const text of ['0', '1.5', 'x', '', '1e3']) expect(() => integer(1)(text)).toThrow('whole number of at least 1');
    expect(() => integer(1, 5)('6')).toThrow('at most 5');
    expect(fraction('0.7')).toBe(0.7);
    for (const text of ['-0.1', '70', '', ' ', 'x']) expect(() => fraction(text)).toThrow('from 0 to 1');
    expect(isoTime('2026-11-23')).toBe('2026-11-23T00:00:00.000Z');
    expect(isoTime('2026-11-23T20:20:26+01:00')).toBe('2026-11-23T19:20:26.000Z');
    for (const text of ['yesterday', '1', '2026-13-01', '2026-02-30']) expect(() => isoTime(text)).toThrow('such as');
    expect(several('b', several('a', undefined))).toEqual(['a', 'b']);
  });

  it('mean UTC where a time has no zone, as in a log', () => {
    const before = process.env['TZ'];
    process.env['TZ'] = 'America/New_York';
    try {
      expect(isoTime('2026-11-23T10:00:00')).toBe('2026-11-23T10:00:00.000Z');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});

function result(more: Partial<CaseResult>): CaseResult {
  return {
    id: 'c1',
    description: null,
    column: 'k1',
    repeat: 1,
    vars: {},
    status: 'pass',
    score: 1,
    reason: '',
    output: null,
    assertions: [],
    latencyMs: 1500,
    cached: false,
    cost: null,
    error: null,
    ...more,
  };
}

function evaluation(cases: CaseResult[]): EvalDocument {
  const column = { id: 'k1', prompt: 'support/answer', version: 'working', provider: 'local', passRate: null, recorded: false };
  return {
    schema: 'promptratchet.eval/1',
    run: 'r-1',
    complete: true,
    suites: [
      {
        suite: 's.eval.yaml',
        columns: [column, { ...column, id: 'k2', provider: 'other' }],
        stats: {
          cases: 0,
          passed: 0,
          failed: 0,
          errored: 0,
          cached: 0,
          requests: 0,
          notEvaluated: 0,
          seconds: 0,
          tokens: { in: null, out: null },
          cost: null,
        },
        passRate: null,
        cases,
        metrics: {},
        health: [],
        baseline: null,
      },
    ],
  };
}

describe('JUnit', () => {
  it('tells failures from faults, and gives every column its own suite', () => {
    const failed = { type: 'equals', metric: null, pass: false, score: 0, reason: 'expected a', evaluated: true, expected: 'a' };
    const xml = toJunit(
      evaluation([
        result({}),
        result({ id: 'c2', status: 'fail', reason: 'not a', output: 'b', assertions: [failed, { ...failed, pass: true, reason: 'fine' }] }),
        result({ id: 'c3', status: 'error', latencyMs: null, error: { code: 'TIMEOUT', message: 'too slow' } }),
        result({ id: 'c1', column: 'k2', repeat: 2 }),
      ]),
    );
    expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="ratchet eval" tests="4" failures="1" errors="1" time="4.500">
  <testsuite name="s.eval.yaml support/answer@working local" tests="3" failures="1" errors="1" time="3.000">
    <testcase classname="s.eval.yaml support/answer@working local" name="c1" time="1.500"/>
    <testcase classname="s.eval.yaml support/answer@working local" name="c2" time="1.500">
      <failure message="not a">equals: expected a</failure>
      <system-out>b</system-out>
    </testcase>
    <testcase classname="s.eval.yaml support/answer@working local" name="c3" time="0.000">
      <error type="TIMEOUT" message="too slow"/>
    </testcase>
  </testsuite>
  <testsuite name="s.eval.yaml support/answer@working other" tests="1" failures="0" errors="0" time="1.500">
    <testcase classname="s.eval.yaml support/answer@working other" name="c1 #2" time="1.500"/>
  </testsuite>
</testsuites>
`);
  });

  it('stays XML whatever a model answers', () => {
    const xml = toJunit(
      evaluation([
        result({ status: 'fail', description: '<a> & "b"\n', output: ']]> \u0000\u001b[31m \ud800 \ufffe </system-out><x/>\r' }),
      ]),
    );
    expect(xml).toContain('name="&lt;a&gt; &amp; &quot;b&quot;&#10;"');
    expect(xml).toContain('<system-out>]]&gt; \uFFFD\uFFFD[31m \uFFFD \uFFFD &lt;/system-out&gt;&lt;x/&gt;&#13;</system-out>');
  });
});
