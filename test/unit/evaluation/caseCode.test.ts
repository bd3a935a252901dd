import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MadeVars, scoredBy, transformAnswer, withMadePrompt } from '../../../src/engine/evaluation/caseCode.js';
import type { CodeTools } from '../../../src/engine/evaluation/codeCalls.js';
import { evaluateAssertion } from '../../../src/engine/evaluation/assertions/evaluate.js';
import { madeTests } from '../../../src/engine/evaluation/madeTests.js';
import type { Column } from '../../../src/engine/evaluation/columns.js';
import { mergeParts, noParts, type TestParts } from '../../../src/engine/evaluation/testParts.js';
import type { Assertion, EvalCase, SuiteCode } from '../../../src/engine/evaluation/types.js';
import type { ChatResponse, CodeRunner } from '../../../src/engine/ports.js';
import type { AssertionResult } from '../../../src/shared/evalDocument.js';
import { buildCodePrograms, codeRunnerIn, type BuiltPrograms } from '../../support/codeRunner.js';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';
import { temporaryFolder } from '../../support/temporary.js';

let programs: BuiltPrograms;
const runners: CodeRunner[] = [];

beforeAll(async () => {
  programs = await buildCodePrograms();
});

afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close();
});

afterAll(() => {
  programs.remove();
});

function toolsFor(files: Record<string, string> = {}): CodeTools {
  const code = codeRunnerIn(programs, temporaryFolder(files));
  runners.push(code);
  return { code, trusted: () => true };
}

const inline = (text: string): SuiteCode => ({ language: 'javascript', text, range: null });
const file = (path: string, name?: string): SuiteCode => ({
  language: path.endsWith('.py') ? 'python' : 'javascript',
  file: path,
  range: null,
  ...(name === undefined ? {} : { name }),
});
const entryOf = (more: Partial<EvalCase>): EvalCase => ({
  id: 'x',
  description: null,
  vars: {},
  assertions: [],
  threshold: null,
  metadata: {},
  file: 'a.eval.yaml',
  range: null,
  ...more,
});
const assertion = (more: Partial<Assertion>): Assertion => ({
  type: 'equals',
  negate: false,
  value: null,
  threshold: null,
  weight: 1,
  metric: null,
  range: null,
  ...more,
});
const response: ChatResponse = {
  text: '{"a": 1}',
  metadata: { from: 'model' },
  finishReason: 'stop',
  tokensIn: 1,
  tokensOut: 2,
  latencyMs: 5,
  recorded: false,
};

describe('transforms of an answer', () => {
  const context = { vars: { k: 'v' }, prompt: 'asked' };
  const column = { prompt: 'p', providerTransform: inline('JSON.parse(output)') };

  it("are the provider's, then the test's on what that made; data stays data", async () => {
    const tools = toolsFor({ 't.py': 'def get_transform(output, context):\n    return output["a"] + len(context["vars"]["k"])\n' });
    const only = await transformAnswer(tools, column, {}, response, context);
    expect(only.response).toMatchObject({ text: '{"a":1}', output: { a: 1 } });
    const both = await transformAnswer(tools, column, { transform: file('t.py') }, response, context);
    expect(both).toMatchObject({ response: { text: '2', output: 2 }, providerValue: { a: 1 } });
    const text = await transformAnswer(
      tools,
      column,
      { transform: inline('context.metadata.from + context.prompt.raw + typeof process.mainModule.require') },
      response,
      context,
    );
    expect(text.response).toMatchObject({ text: 'modelaskedfunction' });
    expect(text.response).not.toHaveProperty('output');
  });

  it.each([
    ['throw', 'output.none.there', /threw: Cannot read/u],
    ['return nothing', 'null', /returned nothing/u],
    ['have several lines without return', 'const a = 1;\na', /returned nothing/u],
  ])('that %s leave the case without a verdict', async (_name, text, message) => {
    const failed = transformAnswer(toolsFor(), { prompt: 'p' }, { transform: inline(text) }, response, context);
    await expect(failed).rejects.toMatchObject({ code: 'CODE_FAILED' });
    await expect(transformAnswer(toolsFor(), { prompt: 'p' }, { transform: inline(text) }, response, context)).rejects.toThrow(message);
  });

  it('of one assertion change what that one sees, and no other', async () => {
    const tools = toolsFor();
    const input = { output: 'Abc', vars: {}, latencyMs: 1 };
    const lower = assertion({ value: 'abc', transform: inline('output.toLowerCase()') });
    expect(await evaluateAssertion(lower, input, tools)).toMatchObject({ pass: true });
    expect(await evaluateAssertion(assertion({ value: 'Abc' }), input, tools)).toMatchObject({ pass: true });
    const wrong = assertion({ value: 'abc', transform: inline('undefined') });
    expect(await evaluateAssertion(wrong, input, tools)).toMatchObject({ pass: false, evaluated: false });
  });
});

describe('variables that code makes', () => {
  it('are those of the transforms in order, once for a case, and those of functions', async () => {
    const tools = toolsFor({
      'v.cjs': 'module.exports = (name, prompt, vars) => ({ output: [name, prompt, vars.a].join("/") });',
      'v.py':
        'def get_var(name, prompt, vars):\n    return {"output": name + "!"}\ndef bad(name, prompt, vars):\n    return {"error": "no"}\n',
    });
    const made = new MadeVars(tools);
    const entry = entryOf({
      vars: { a: '1', f: 'file://v.cjs' },
      transformVars: [inline('({ a: vars.a + "2" })'), inline('({ b: vars.a + "3" })')],
      varCode: { f: file('v.cjs'), g: file('v.py') },
    });
    expect((await made.of(entry, 'P')).vars).toEqual({ a: '12', b: '123', f: 'f/P/12', g: 'g!' });
    const failing = made.of(entryOf({ varCode: { g: file('v.py', 'bad') } }), 'P');
    await expect(failing).rejects.toThrow(/variable g was not made by v.py:bad: no/u);
    await expect(made.of(entryOf({ transformVars: [inline('1')] }), 'P')).rejects.toThrow('must return an object');
    await expect(made.of(entryOf({ transformVars: [inline('({ l: ["a"] })')] }), 'P')).rejects.toThrow('variable l is a list');
  });

  it("are by the test's transform in place of the default's", () => {
    const parts = (text: string): TestParts => ({ ...noParts, transformVars: [inline(text)] });
    expect(mergeParts(parts('1'), parts('2')).transformVars).toEqual([inline('2')]);
    expect(mergeParts(parts('1'), noParts).transformVars).toEqual([inline('1')]);
  });
});

describe('a prompt that code makes', () => {
  it('is a text, a chat, or a prompt with parameters', async () => {
    const { prompts } = evaluationWorkspace({});
    const tools = toolsFor({
      'p.mjs':
        'export default ({ vars, provider }) => `Hello ${vars.name} from ${provider.id}`;\nexport const chat = ({ vars }) => [{ role: "system", content: "Be kind" }, { role: "user", content: vars.name }];\nexport const more = () => ({ prompt: "Hi", config: { temperature: 0.5 } });\nexport const none = () => undefined;',
    });
    const column = (name?: string): Column => ({
      id: 'c1',
      prompt: 'p',
      version: 'inline',
      provider: 'echo',
      document: prompts.parse('inline.txt', ''),
      profile: { name: 'echo', provider: 'echo', model: 'echo', params: { seed: 1 } },
      client: null,
      fault: null,
      names: { prompt: [], provider: [] },
      baselineOf: null,
      delayMs: 0,
      promptCode: file('p.mjs', name),
    });
    const messages = async (name?: string): Promise<unknown> =>
      prompts.render((await withMadePrompt(tools, prompts, column(name), { name: 'Ann' })).document, {}).messages;
    expect(await messages()).toMatchObject([{ role: 'user', content: 'Hello Ann from echo' }]);
    expect(await messages('chat')).toMatchObject([
      { role: 'system', content: 'Be kind' },
      { role: 'user', content: 'Ann' },
    ]);
    expect((await withMadePrompt(tools, prompts, column('more'), {})).profile.params).toEqual({ seed: 1, temperature: 0.5 });
    await expect(withMadePrompt(tools, prompts, column('none'), {})).rejects.toMatchObject({ code: 'CODE_FAILED' });
  });
});

describe('a scoring function', () => {
  const result = (metric: string | null, score: number): AssertionResult => ({
    type: 'javascript',
    metric,
    pass: true,
    score,
    reason: '',
    evaluated: true,
    expected: null,
  });
  const verdict = { status: 'pass' as const, score: 1, reason: 'fine', error: null };

  it('replaces the verdict; one that throws or says none is a failure', async () => {
    const tools = toolsFor({
      's.cjs':
        'module.exports = (scores, { threshold, componentResults }) => ({ pass: scores.tone > threshold, score: scores.tone, reason: String(componentResults.length) });\nmodule.exports.bad = () => 1;\nmodule.exports.throws = () => { throw new Error("no"); };',
      's.py': 'def func(scores, context):\n    return {"pass": False, "score": 0.25, "reason": "python"}\n',
    });
    const scored = (code: SuiteCode) =>
      scoredBy(
        tools,
        entryOf({ threshold: 0.5, scoringFunction: code, assertions: [assertion({ weight: 3 }), assertion({ weight: 1 })] }),
        [result('tone', 1), result('tone', 0.5)],
        verdict,
      );
    expect(await scored(file('s.cjs'))).toMatchObject({ status: 'pass', score: 0.875, reason: '2' });
    expect(await scored(file('s.py'))).toMatchObject({ status: 'fail', score: 0.25, reason: 'python' });
    expect(await scored(file('s.cjs', 'bad'))).toMatchObject({ status: 'fail', score: 0 });
    expect(await scored(file('s.cjs', 'throws'))).toMatchObject({
      status: 'fail',
      score: 0,
      reason: expect.stringContaining('threw: no') as string,
    });
    expect(await scored(file('s.cjs', 'none'))).toMatchObject({ status: 'error', error: { code: 'SUITE_INVALID' } });
  });
});

describe('tests that code makes', () => {
  it('are a list from a function with its config, or the list that a module exports', async () => {
    const tools = toolsFor({
      'g.mjs': 'export default (config) => [{ vars: { n: config?.n ?? 0 } }];',
      'l.mjs': 'export default [{ vars: { n: 1 } }];',
      'g.py': 'def generate_tests(config=None):\n    return [{"vars": {"n": config["n"] if config else 7}}]\ndef none():\n    return 3\n',
    });
    expect(await madeTests(tools, file('g.mjs'), { n: 5 })).toEqual([{ vars: { n: 5 } }]);
    expect(await madeTests(tools, file('l.mjs'))).toEqual([{ vars: { n: 1 } }]);
    expect(await madeTests(tools, file('g.py'))).toEqual([{ vars: { n: 7 } }]);
    expect(await madeTests(tools, file('g.py'), { n: 2 })).toEqual([{ vars: { n: 2 } }]);
    await expect(madeTests(tools, file('g.py', 'none'))).rejects.toThrow('must return a list');
  });
});
