/** What the table of kinds is too small for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateAssertion } from '../../../src/engine/evaluation/assertions/evaluate.js';
import { objectsIn, TooMany } from '../../../src/engine/evaluation/assertions/lenientJson.js';
import { listItems } from '../../../src/engine/evaluation/assertions/lists.js';
import type { AssertionInput, AssertionTools } from '../../../src/engine/evaluation/assertions/types.js';
import type { Assertion } from '../../../src/engine/evaluation/types.js';
import { EngineError } from '../../../src/engine/errors.js';
import type { Http, HttpRequest } from '../../../src/engine/ports.js';
import { plainCode } from '../../support/evaluationWorkspace.js';

function assertion(written: string, value: unknown = null, more: Partial<Assertion> = {}): Assertion {
  const negate = written.startsWith('not-');
  const type = negate ? written.slice(4) : written;
  return { type, negate, value, threshold: null, weight: 1, metric: null, range: null, ...more };
}

function evaluate(given: Assertion, input: string | Partial<AssertionInput>, tools: Partial<AssertionTools> = {}) {
  const whole = { output: '', vars: {}, latencyMs: 1, ...(typeof input === 'string' ? { output: input } : input) };
  return evaluateAssertion(given, whole, { code: plainCode, trusted: () => true, ...tools });
}

describe('JSON in a text', () => {
  it.each<[string, unknown[]]>([
    ['{"a": {"b": 1}} and {"c": 2}', [{ a: { b: 1 } }, { c: 2 }]],
    ['{"a": "}", "b": "\\"{"}', [{ a: '}', b: '"{' }]],
    ["{'a': 'it''s', b: [1, 2,],}", [{ a: "it's", b: [1, 2] }]],
    ['{"a": 1, // first\n "b": "http://c.example//d"}', [{ a: 1, b: 'http://c.example//d' }]],
    ['{"a": {"b": [1, 2', []],
    ['{"a": {"b": 1', [{ a: { b: 1 } }]],
    ['[1, 2]', []],
    ['{ a: b: c }', []],
    ['{"a": &x [1], "b": *x}', [{ a: [1], b: [1] }]],
    [`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`, []],
  ])('%s', (text, objects) => {
    // Of what nests too deep for one look, the inside is looked at.
    if (objects.length === 0 && text.length > 1000) expect(() => objectsIn(text)).toThrow(TooMany);
    else expect(objectsIn(text)).toEqual(objects);
  });

  it('is found wherever it stands', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4, noNullPrototype: true }), (object) => {
        expect(objectsIn(`so: ${JSON.stringify(object)} ok`)[0]).toEqual(JSON.parse(JSON.stringify(object)));
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('that may be anywhere is not judged', async () => {
    expect(await evaluate(assertion('not-contains-json'), '{ a: b: c } '.repeat(200))).toMatchObject({ pass: false, evaluated: false });
    expect(await evaluate(assertion('tool-call-f1', ['a']), '{ a: b: c }\n'.repeat(200))).toMatchObject({ pass: false, evaluated: false });
  });

  it('is judged by a schema whatever way that is written', async () => {
    const text = 'type: object\nrequired: [a]';
    expect((await evaluate(assertion('is-json', text), '{"a": 1}')).pass).toBe(true);
    expect((await evaluate(assertion('is-json', text), '{}')).reason).toContain("must have required property 'a'");
    for (const schema of ['a: [', { type: 'nonsense' }, { nonsense: 1 }, { $ref: 'https://schemas.example/a' }, [1]]) {
      expect(await evaluate(assertion('not-is-json', schema), '{}')).toMatchObject({ pass: false, evaluated: false });
    }
    const { jsonSchema: _none, ...code } = plainCode;
    expect(await evaluate(assertion('is-json', {}), '{}', { code })).toMatchObject({ evaluated: false });
  });
});

describe('XML', () => {
  it.each<[string, string, unknown, boolean]>([
    ['is-xml', '<a><b><c/></b><b><d/></b></a>', 'a.b.d', true],
    ['is-xml', '<a xmlns:x="urn:x"><x:b/></a>', 'a.x:b', true],
    ['is-xml', '<a><x:b/></a>', null, false],
    ['is-xml', '<a b=1/>', null, false],
    ['is-xml', '<a>&nothing;</a>', null, false],
    ['is-xml', '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', null, false],
    ['contains-xml', 'x <a t=">"><b/></a> y', 'a.b', true],
    ['contains-xml', 'x <!-- <a></a> --> y', null, false],
    ['contains-xml', 'x <!-- <a></a>', null, false],
    ['contains-xml', '<a><b></a></b>', null, false],
    ['contains-xml', '<p><a>1</a>', 'p', false],
    ['contains-xml', '<p><a>1</a>', 'a', true],
    ['contains-xml', '<a>1</a><b><c/></b>', ['a', 'b.c'], true],
  ])('%s of %s with %j', async (type, output, value, pass) => {
    expect(await evaluate(assertion(type, value), output)).toMatchObject({ pass, evaluated: true });
  });

  it('takes no time that grows with the square of the answer', async () => {
    // Minutes where it does not hold, and the limit of a test is seconds.
    for (const part of ['<a>', '<a b="', '<!--', '<!', '<a><b></a>', '<a b', '</a ', ' a="', '&a']) {
      const output = part.repeat(20_000);
      for (const type of ['contains-xml', 'contains-html', 'is-refusal', 'is-xml']) {
        expect((await evaluate(assertion(type), output)).reason).not.toBe('');
      }
    }
  });

  it('names what is missing, and refuses a value that names nothing', async () => {
    expect((await evaluate(assertion('is-xml', 'a.b, a.c'), '<a><b/></a>')).reason).toBe('The XML lacks: a.c');
    expect(await evaluate(assertion('is-xml', { elements: ['a'] }), '<a/>')).toMatchObject({ evaluated: false });
  });
});

describe('limits', () => {
  it.each<[string, unknown, Partial<AssertionInput>]>([
    ['cost', null, { cost: null }],
    ['perplexity', null, {}],
    [
      'not-perplexity',
      null,
      { response: { text: '', logprobs: [-1], finishReason: null, tokensIn: 1, tokensOut: 1, latencyMs: 1, recorded: false } },
    ],
    ['word-count', { min: 3, max: 2 }, { output: 'a' }],
    ['word-count', {}, { output: 'a' }],
    ['word-count', 'many', { output: 'a' }],
    ['levenshtein', 'x'.repeat(30_000), { output: 'y'.repeat(30_000) }],
  ])('%s that cannot be known is not evaluated', async (type, value, input) => {
    expect(await evaluate(assertion(type, value, { threshold: type === 'cost' ? 1 : null }), input)).toMatchObject({
      pass: false,
      evaluated: false,
    });
  });

  it('that have no data pass or fail as promptfoo has it', async () => {
    expect((await evaluate(assertion('finish-reason', 'stop'), 'x')).pass).toBe(false);
    expect((await evaluate(assertion('not-finish-reason', 'stop'), 'x')).pass).toBe(true);
    expect((await evaluate(assertion('guardrails'), 'x')).pass).toBe(true);
  });

  it('give the score of what is missing to 1 where a degree must not be reached', async () => {
    const result = await evaluate(assertion('not-rouge-n', 'a b c d', { threshold: 0.9 }), 'a b x y');
    expect(result).toMatchObject({ pass: true, score: 0.5 });
  });
});

describe('calls of tools', () => {
  const params = {
    tools: [{ type: 'function', function: { name: 'add', parameters: { type: 'object', required: ['a'] } } }, { type: 'web_search' }],
  };
  const call = (args: string, name = 'add') => ({ id: '1', type: 'function' as const, function: { name, arguments: args } });

  it.each<[string, Partial<AssertionInput>, boolean]>([
    ['two that fit', { value: [call('{"a":1}'), call('{"a":2}')], params }, true],
    ['one of two that does not', { value: [call('{"a":1}'), call('{"b":2}')], params }, false],
    ['arguments that are no JSON', { value: [call('{')], params }, false],
    ['another name', { value: [call('{"a":1}', 'sub')], params }, false],
    ['none offered', { value: [call('{"a":1}')] }, false],
    ['offered by the provider', { value: [call('{"a":1}')], provider: { id: 'p', label: null, config: params } }, true],
    ['a text', { output: JSON.stringify([call('{"a":1}')]), params }, false],
    ['an empty list', { value: [], params }, false],
  ])('%s', async (_name, input, pass) => {
    expect(await evaluate(assertion('is-valid-openai-tools-call'), input)).toMatchObject({ pass, evaluated: true });
  });

  it('of a tool without parameters take none', async () => {
    const bare = { tools: [{ type: 'function', function: { name: 'now' } }] };
    expect((await evaluate(assertion('is-valid-openai-tools-call'), { value: [call('{}', 'now')], params: bare })).pass).toBe(true);
    expect((await evaluate(assertion('is-valid-openai-tools-call'), { value: [call('{"a":1}', 'now')], params: bare })).pass).toBe(false);
  });

  it('are scored by their names', async () => {
    const result = await evaluate(assertion('tool-call-f1', 'add, sub', { threshold: 0.6 }), { value: [call('{}'), call('{}')] });
    expect(result).toMatchObject({ pass: true, score: 2 / 3 });
    expect(result.reason).toContain('called: add');
  });
});

describe('a webhook', () => {
  function httpOf(answer: (request: HttpRequest) => { status?: number; body: string }): Http & { asked: HttpRequest[] } {
    const asked: HttpRequest[] = [];
    return {
      asked,
      request: (request) => {
        asked.push(request);
        const { status = 200, body } = answer(request);
        return Promise.resolve({ status, headers: {}, body: new TextEncoder().encode(body) });
      },
      key: () => null,
      expand: (value) => value,
    };
  }
  const hook = assertion('webhook', 'https://hooks.example/{{ v }}');
  const input = { output: 'out', vars: { v: 'x' }, prompt: 'asked' };

  it('is sent the answer with its context, and decides', async () => {
    const http = httpOf(() => ({ body: '{"pass": true, "score": 0.4, "reason": "so so"}' }));
    expect(await evaluate(hook, input, { http })).toMatchObject({ pass: true, score: 0.4, reason: 'so so', evaluated: true });
    expect(http.asked[0]).toMatchObject({ method: 'POST', url: 'https://hooks.example/x', timeoutMs: 5000 });
    expect(JSON.parse(String(http.asked[0]!.body))).toEqual({ output: 'out', context: { prompt: 'asked', vars: { v: 'x' } } });
  });

  it('is not asked in an untrusted workspace, for another scheme, or where nothing can be sent', async () => {
    const http = httpOf(() => ({ body: '{"pass": true}' }));
    expect(await evaluate(hook, input, { http, trusted: () => false })).toMatchObject({ pass: false, evaluated: false });
    expect(await evaluate(assertion('webhook', 'file:///etc/passwd'), input, { http })).toMatchObject({ pass: false, evaluated: false });
    expect(await evaluate(hook, input)).toMatchObject({ pass: false, evaluated: false });
    expect(http.asked).toEqual([]);
  });

  it.each([[{ status: 500, body: '{"pass": true}' }], [{ body: 'no' }], [{ body: '{"pass": "yes"}' }]])(
    'that answers %j says nothing of the answer',
    async (answer) => {
      expect(await evaluate(assertion('not-webhook', 'https://hooks.example/x'), input, { http: httpOf(() => answer) })).toMatchObject({
        pass: false,
        evaluated: false,
      });
    },
  );

  it('of an origin that was not confirmed is not evaluated', async () => {
    const http = {
      ...httpOf(() => ({ body: '' })),
      request: () => Promise.reject(new EngineError('ORIGIN_NOT_CONFIRMED', 'Confirm it first.')),
    };
    expect(await evaluate(hook, input, { http })).toMatchObject({
      pass: false,
      evaluated: false,
      reason: 'Not evaluated: Confirm it first.',
    });
  });
});

describe('a set', () => {
  const contains = (value: string, more: Partial<Assertion> = {}) => assertion('contains', value, more);
  const set = (parts: Assertion[], more: Partial<Assertion> = {}) => assertion('assert-set', null, { parts, ...more });

  it('passes with all of its parts, and counts as one', async () => {
    expect(await evaluate(set([contains('a'), contains('b')]), 'ab')).toMatchObject({ type: 'assert-set', pass: true, score: 1 });
    const half = await evaluate(set([contains('a'), contains('x')], { metric: 'm' }), 'ab');
    expect(half).toMatchObject({ pass: false, score: 0.5, metric: 'm', reason: 'The answer does not contain “x”' });
    expect(half.parts?.map(({ type, pass }) => [type, pass])).toEqual([
      ['contains', true],
      ['contains', false],
    ]);
  });

  it('passes from its threshold on, by weights', async () => {
    const parts = [contains('a', { weight: 3 }), contains('x')];
    expect(await evaluate(set(parts, { threshold: 0.75 }), 'ab')).toMatchObject({ pass: true, score: 0.75 });
    expect((await evaluate(set(parts, { threshold: 0.8 }), 'ab')).pass).toBe(false);
  });

  it('is not evaluated where one of its parts is not', async () => {
    const open = await evaluate(set([contains('a'), assertion('is-sql')], { threshold: 0 }), 'ab');
    expect(open).toMatchObject({ pass: false, evaluated: false });
    expect(open.parts).toHaveLength(2);
  });
});

describe('values', () => {
  const valueCode = { language: 'javascript' as const, file: 'v.js', range: null };
  const made = (value: unknown): Partial<AssertionTools> => ({ code: { ...plainCode, call: () => Promise.resolve(value) } });

  it('are made by the function of a file', async () => {
    expect((await evaluate(assertion('contains', 'file://v.js', { valueCode }), 'abc', made('b'))).pass).toBe(true);
    expect((await evaluate(assertion('contains-all', 'file://v.js', { valueCode }), 'abc', made(['b', 'x']))).pass).toBe(false);
  });

  it('that are verdicts, nothing, or code of an untrusted workspace are none', async () => {
    for (const value of [true, { pass: true }, undefined, null]) {
      expect(await evaluate(assertion('equals', 'file://v.js', { valueCode }), 'abc', made(value))).toMatchObject({
        pass: false,
        evaluated: false,
      });
    }
    const untrusted = { ...made('b'), trusted: () => false };
    expect(await evaluate(assertion('contains', 'file://v.js', { valueCode }), 'abc', untrusted)).toMatchObject({
      pass: false,
      evaluated: false,
    });
  });

  it('of files in lists, and what stands in mappings, are no templates', async () => {
    const given = assertion('contains-all', ['{{ a }}', '{{ a }}'], { fileItems: [1] });
    expect((await evaluate(given, { output: 'x {{ a }}', vars: { a: 'x' } })).pass).toBe(true);
    expect((await evaluate(assertion('equals', { b: '{{ a }}' }), { output: '{"b": "{{ a }}"}', vars: { a: 'x' } })).pass).toBe(true);
  });

  it.each([
    ['a, b', ['a', 'b']],
    ['"a, b",c', ['a, b', 'c']],
    ['"a ""b""", "c \\"d\\""', ['a "b"', 'c "d"']],
    [' , a,, ', ['a']],
    ['a "b", c', ['a "b"', 'c']],
    ['', []],
  ])('%s is a list', (text, items) => {
    expect(listItems(text)).toEqual(items);
  });
});
