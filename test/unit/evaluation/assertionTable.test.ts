/** Every kind that is evaluated, with an answer that passes and one that fails. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allTypes, factsOf, isEvaluated, whyNotEvaluated } from '../../../src/engine/evaluation/assertionTypes.js';
import { evaluateAssertion } from '../../../src/engine/evaluation/assertions/evaluate.js';
import { handlers } from '../../../src/engine/evaluation/assertions/registry.js';
import type { AssertionInput } from '../../../src/engine/evaluation/assertions/types.js';
import type { Assertion } from '../../../src/engine/evaluation/types.js';
import type { ChatResponse, CodeRunner, Http } from '../../../src/engine/ports.js';
import { buildCodePrograms, codeRunnerIn, type BuiltPrograms } from '../../support/codeRunner.js';

let programs: BuiltPrograms;
let code: CodeRunner;

beforeAll(async () => {
  programs = await buildCodePrograms();
  code = codeRunnerIn(programs, programs.distDir);
});

afterAll(async () => {
  await code.close();
  programs.remove();
});

/** Passes what holds the word `good`. */
const http: Http = {
  request: ({ body }) => {
    const pass = String(body).includes('good');
    return Promise.resolve({ status: 200, headers: {}, body: new TextEncoder().encode(JSON.stringify({ pass })) });
  },
  key: () => null,
  expand: (value) => value,
};

const response = (more: Partial<ChatResponse>): Partial<AssertionInput> => ({
  response: { text: '', finishReason: 'stop', tokensIn: 1, tokensOut: 1, latencyMs: 1, recorded: false, ...more },
});

const callOf = (name: string, args: string): Partial<AssertionInput> => ({
  value: [{ id: '1', type: 'function', function: { name, arguments: args } }],
  params: {
    tools: [{ type: 'function', function: { name: 'add', parameters: { type: 'object', required: ['a'] } } }],
    functions: [{ name: 'add', parameters: { type: 'object', required: ['a'] } }],
  },
});

const functionOf = (args: string): Partial<AssertionInput> => ({ ...callOf('', ''), value: { name: 'add', arguments: args } });

type Answer = string | (Partial<AssertionInput> & { output?: string });

interface Row {
  value?: unknown;
  threshold?: number;
  passes: Answer;
  fails: Answer;
}

const table: Record<string, Row> = {
  equals: { value: 'a', passes: 'a', fails: 'b' },
  contains: { value: 'b', passes: 'abc', fails: 'aBc' },
  icontains: { value: 'b', passes: 'aBc', fails: 'ac' },
  'contains-any': { value: ['x', 'b'], passes: 'abc', fails: 'ac' },
  'contains-all': { value: ['a', 'b'], passes: 'abc', fails: 'ac' },
  'icontains-any': { value: 'x, b', passes: 'aBc', fails: 'ac' },
  'icontains-all': { value: 'a, b', passes: 'ABC', fails: 'AC' },
  'starts-with': { value: 'a', passes: 'abc', fails: 'bca' },
  'ends-with': { value: 'c', passes: 'abc', fails: 'bca' },
  regex: { value: '^a\\d$', passes: 'a1', fails: 'ab' },
  'is-json': { value: { required: ['a'] }, passes: '{"a": 1}', fails: '{"b": 1}' },
  'contains-json': { value: { required: ['a'] }, passes: 'so {"a": 1}', fails: 'so [1]' },
  'is-xml': { value: 'a.b', passes: '<a><b/></a>', fails: '<a><c/></a>' },
  'contains-xml': { passes: 'see <a>1</a>', fails: 'see <a>' },
  'is-html': { passes: '<p>a</p>', fails: 'a' },
  'contains-html': { passes: 'see <b>a</b>', fails: 'a < b' },
  'is-refusal': { passes: 'I cannot help with that.', fails: 'Here it is.' },
  'is-valid-openai-tools-call': { passes: callOf('add', '{"a": 1}'), fails: callOf('add', '{}') },
  'is-valid-openai-function-call': { passes: functionOf('{"a": 1}'), fails: functionOf('{}') },
  'is-valid-function-call': { passes: functionOf('{"a": 1}'), fails: callOf('sub', '{"a": 1}') },
  'tool-call-f1': { value: ['add'], passes: callOf('add', '{}'), fails: callOf('sub', '{}') },
  javascript: { value: 'output.length > 2', passes: 'abc', fails: 'a' },
  python: { value: 'len(output) > 2', passes: 'abc', fails: 'a' },
  webhook: { value: 'https://hooks.example/check', passes: 'a good one', fails: 'another' },
  levenshtein: { value: 'kitten', threshold: 2, passes: 'sitten', fails: 'sitting' },
  'rouge-n': { value: 'the cat sat', passes: 'The cat sat', fails: 'a dog ran' },
  bleu: { value: 'the cat sat on the mat', passes: 'the cat sat on the mat', fails: 'a dog' },
  gleu: { value: ['the cat sat'], passes: 'the cat sat.', fails: 'a dog' },
  perplexity: { threshold: 2, passes: response({ logprobs: [-0.1, -0.2] }), fails: response({ logprobs: [-2] }) },
  'perplexity-score': { threshold: 0.4, passes: response({ logprobs: [-0.1] }), fails: response({ logprobs: [-2] }) },
  cost: { threshold: 0.01, passes: { cost: 0.005 }, fails: { cost: 0.02 } },
  latency: { threshold: 100, passes: { latencyMs: 90 }, fails: { latencyMs: 110 } },
  'finish-reason': { value: 'STOP', passes: response({}), fails: response({ finishReason: 'length' }) },
  'word-count': { value: { min: 2, max: 3 }, passes: 'one two', fails: 'one' },
  guardrails: { passes: response({}), fails: response({ metadata: { guardrails: { flagged: true } } }) },
};

/** They need a judge, whose part has its own tests: `judges/`. */
const judged = [
  'llm-rubric',
  'g-eval',
  'factuality',
  'model-graded-factuality',
  'model-graded-closedqa',
  'answer-relevance',
  'context-recall',
  'context-relevance',
  'context-faithfulness',
  'conversation-relevance',
  'similar',
  'similar:cosine',
  'similar:dot',
  'similar:euclidean',
  // GitHub Models' own, not one of promptfoo's.
  'llm',
  'select-best',
  'max-score',
];

function evaluate(type: string, row: Row, answer: Answer, negate: boolean) {
  const assertion: Assertion = {
    type,
    negate,
    value: row.value ?? null,
    threshold: row.threshold ?? null,
    weight: 1,
    metric: null,
    range: null,
  };
  const input = { output: '', vars: {}, latencyMs: 1, ...(typeof answer === 'string' ? { output: answer } : answer) };
  return evaluateAssertion(assertion, input, { code, http, trusted: () => true });
}

describe('the table of kinds', () => {
  it.each(Object.entries(table))('%s', async (type, row) => {
    expect(await evaluate(type, row, row.passes, false)).toMatchObject({ type, pass: true, evaluated: true });
    expect(await evaluate(type, row, row.fails, false)).toMatchObject({ type, pass: false, evaluated: true });
    expect(await evaluate(type, row, row.passes, true)).toMatchObject({ type: `not-${type}`, pass: false, evaluated: true });
    expect(await evaluate(type, row, row.fails, true)).toMatchObject({ type: `not-${type}`, pass: true, evaluated: true });
  });

  it('holds every kind that is evaluated', () => {
    const tested = [...Object.keys(table), ...judged];
    expect(Object.keys(handlers).filter((type) => !tested.includes(type))).toEqual([]);
    expect(tested.filter((type) => !isEvaluated(type))).toEqual([]);
  });

  it('knows every type of promptfoo 0.123.1, and why some are not evaluated', () => {
    const real =
      'agent-rubric answer-relevance bleu classifier contains contains-all contains-any contains-html contains-json contains-sql contains-xml context-faithfulness context-recall context-relevance conversation-relevance cost equals factuality finish-reason g-eval gleu guardrails icontains icontains-all icontains-any is-html is-json is-refusal is-sql is-valid-function-call is-valid-openai-function-call is-valid-openai-tools-call is-xml javascript latency levenshtein llm-rubric pi meteor model-graded-closedqa model-graded-factuality moderation perplexity perplexity-score python regex rouge-n ruby similar similar:cosine similar:dot similar:euclidean starts-with tool-call-f1 skill-used trajectory:goal-success trajectory:tool-args-match trajectory:step-count trajectory:tool-sequence trajectory:tool-used trace-error-spans trace-span-count trace-span-duration search-rubric webhook word-count select-best human max-score assert-set'.split(
        ' ',
      );
    expect(real.filter((type) => factsOf(type) === null)).toEqual([]);
    // `ends-with` is ours.
    expect(allTypes.filter((type) => !real.includes(type))).toEqual(['ends-with']);
    for (const type of real.filter((each) => !isEvaluated(each))) expect(whyNotEvaluated(type)).not.toBe('this type is not evaluated here');
  });
});
