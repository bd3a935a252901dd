/** promptfoo's own semantics, as its documentation and its files have them, over whole suites. */
import { describe, expect, it } from 'vitest';
import type { CaseResult, SuiteReport } from '../../../src/shared/evalDocument.js';
import { createEchoClient } from '../../../src/platform/echo/echo.js';
import type { Models } from '../../../src/engine/ports.js';
import { evaluationWorkspace, plainCode } from '../../support/evaluationWorkspace.js';

const echo: Models = {
  client: (profile) => Promise.resolve(createEchoClient(profile)),
  probe: () => Promise.resolve({ ok: true, detail: '', todo: null }),
  close: () => Promise.resolve(),
};

async function run(files: Record<string, string>, suite = 'a.eval.yaml'): Promise<SuiteReport> {
  const { evaluation } = evaluationWorkspace(files, { models: echo });
  const document = await evaluation.run({ suites: [suite] });
  return document.suites[0]!;
}

const head = 'prompts: ["{{m}}"]\nproviders: [echo]\n';
async function cases(tests: string, more: Record<string, string> = {}, top = ''): Promise<CaseResult[]> {
  return (await run({ 'a.eval.yaml': `${head}${top}tests:\n${tests}`, ...more })).cases;
}
const statuses = (results: readonly CaseResult[]): string[] => results.map(({ status }) => status);

describe('values of assertions', () => {
  it('never hold where they are empty', async () => {
    const results = await cases(
      [
        '  - { vars: { m: x, e: "" }, assert: [{ type: contains, value: "{{e}}" }] }',
        '  - { vars: { m: x, e: "" }, assert: [{ type: starts-with, value: "{{e}}" }] }',
        '  - { vars: { m: x }, assert: [{ type: contains-any, value: "a,,b" }] }',
        '  - { vars: { m: x }, assert: [{ type: contains-all, value: [""] }] }',
      ].join('\n'),
    );
    expect(statuses(results)).toEqual(['error', 'error', 'fail', 'error']);
  });

  it('may quote an item with a comma, and be a schema as YAML text', async () => {
    const results = await cases(
      [
        `  - { vars: { m: "a, b" }, assert: [{ type: contains-any, value: '"a, b",zz' }] }`,
        `  - { vars: { m: '{"a":1}' }, assert: [{ type: is-json, value: "type: object\\nrequired: [a]" }] }`,
        `  - { vars: { m: '{"b":1}' }, assert: [{ type: is-json, value: "type: object\\nrequired: [a]" }] }`,
      ].join('\n'),
    );
    expect(statuses(results)).toEqual(['pass', 'pass', 'fail']);
  });

  it('look at every JSON object of an answer', async () => {
    const results = await cases(
      `  - { vars: { m: 'x {"b":1} then {"a":2}' }, assert: [{ type: contains-json, value: { type: object, required: [a] } }] }`,
    );
    expect(statuses(results)).toEqual(['pass']);
  });

  it('from files are no templates', async () => {
    const code = 'module.exports = (output, context) => { const t = `{{${output}}}`; return t !== ""; };';
    const seen: unknown[] = [];
    const { evaluation } = evaluationWorkspace(
      { 'a.eval.yaml': `${head}tests: file://t.csv\n`, 't.csv': 'm,__expected\nb,file://a.js\n', 'a.js': code },
      { models: echo, code: { ...plainCode, call: (call) => Promise.resolve(seen.push(call.code) > 0) } },
    );
    const document = await evaluation.run({ suites: ['a.eval.yaml'] });
    expect(document.suites[0]!.cases[0]).toMatchObject({ status: 'pass', assertions: [{ type: 'javascript' }] });
    expect(seen).toMatchObject([{ language: 'javascript', file: 'a.js' }]);
  });
});

describe('weights and thresholds', () => {
  it('that are no numbers, or negative, keep a case from passing', async () => {
    const results = await cases(
      [
        '  - { vars: { m: x }, assert: [{ type: contains, value: x, weight: -1 }] }',
        '  - { vars: { m: x }, assert: [{ type: contains, value: x, threshold: "a" }] }',
        '  - { vars: { m: x }, threshold: high, assert: [{ type: contains, value: x }] }',
        '  - { vars: { m: x }, assert: [{ type: contains, value: y, weight: 0 }] }',
      ].join('\n'),
    );
    expect(statuses(results)).toEqual(['error', 'error', 'error', 'pass']);
    expect(results[3]!.score).toBe(0);
  });
});

describe('variables', () => {
  it('may name each other, in the prompt, in affixes, in values and in names of metrics', async () => {
    const results = await cases(
      '  - { vars: { name: Bob, m: "Hi {{ name }}" }, options: { prefix: "{{name}}: " }, assert: [{ type: equals, value: "Bob: {{m}}", metric: "of {{name}}" }] }',
    );
    expect(results[0]).toMatchObject({ status: 'pass', output: 'Bob: Hi Bob', assertions: [{ metric: 'of Bob' }] });
  });

  it('that name themselves or grow without end stay as they are', async () => {
    const results = await cases('  - { vars: { m: "{{m}} {{n}}", n: "{{m}}{{m}}" }, assert: [{ type: contains, value: zzz }] }');
    expect(statuses(results)).toEqual(['fail']);
  });

  it('are not multiplied where disableVarExpansion says so', async () => {
    const results = await cases(
      '  - { vars: { m: [a, b] }, options: { disableVarExpansion: true }, assert: [{ type: contains, value: a }] }',
    );
    expect(results).toHaveLength(1);
  });
});

describe('defaultTest', () => {
  it('gives each option that a test does not set', async () => {
    const top = 'defaultTest: { options: { prefix: "<", suffix: ">" } }\n';
    const results = await cases('  - { vars: { m: a }, options: { prefix: "[" }, assert: [{ type: equals, value: "[a>" }] }', {}, top);
    expect(statuses(results)).toEqual(['pass']);
  });
});

describe('tables', () => {
  it('are divided as their header is, whatever the cells hold', async () => {
    const report = await run({
      'a.eval.yaml': `${head}tests: [file://c.csv, file://s.csv]\n`,
      'c.csv': 'm,__expected\na;b;c,contains:a;b\nd;e;f,contains:d;e\n',
      's.csv': 'm;__expected\n"x";equals:x\n',
    });
    expect(statuses(report.cases)).toEqual(['pass', 'pass', 'pass']);
  });
});

describe('prompts', () => {
  it('of a text file are divided by lines of three hyphens', async () => {
    const report = await run({
      'a.eval.yaml': 'prompts: file://p.txt\nproviders: [echo]\ntests: [{ vars: { m: x }, assert: [{ type: contains, value: x }] }]\n',
      'p.txt': 'One {{m}}\n---\nTwo {{m}}\n',
    });
    expect(report.cases.map(({ output }) => output)).toEqual(['One x', 'Two x']);
  });
});

describe('what is wrong in a suite', () => {
  it('is told with file and line', async () => {
    const report = await run({
      'a.eval.yaml': `${head}tests:\n  - file://t.jsonl\n  - vars: { m: a }\n    assrt: 1\n`,
      't.jsonl': '{"vars":{"m":"x"},"assert":[{"type":"equals","value":"x"}]}\n{"vars"\n',
    });
    expect(report.health).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'tests-unreadable', severity: 'error', file: 't.jsonl', line: 2 }),
        expect.objectContaining({ code: 'unknown-key', severity: 'warning', file: 'a.eval.yaml', line: 6 }),
      ]),
    );
  });

  it('never shows where the workspace lies on this machine', async () => {
    const report = await run({ 'a.eval.yaml': `${head.replace('["', '["file://gone.prompty", "')}tests: [{ vars: { m: a } }]\n` });
    expect(report.health.find(({ code }) => code === 'IO_FAILED')?.message).toMatch(/^file:\/\/gone\.prompty does not exist/);
  });

  it('hides no other suite and no other provider', async () => {
    const good = `${head}tests: [{ vars: { m: a }, assert: [{ type: equals, value: a }] }]\n`;
    const { evaluation } = evaluationWorkspace(
      {
        'a.eval.yaml': good,
        'b.eval.yaml': 'prompts: [x\n tests: }\n',
        'c.eval.yaml': good.replace('[echo]', '["anthropic:messages:x", echo]'),
      },
      { models: echo },
    );
    const { suites } = await evaluation.run({ suites: [] });
    expect(suites.map(({ suite, stats }) => [suite, stats.passed, stats.errored])).toEqual([
      ['a.eval.yaml', 1, 0],
      ['b.eval.yaml', 0, 0],
      ['c.eval.yaml', 1, 1],
    ]);
    expect(suites[1]!.health).toEqual(expect.arrayContaining([expect.objectContaining({ severity: 'error', file: 'b.eval.yaml' })]));
    expect(suites[2]!.cases[0]!.error).toMatchObject({ code: 'MODEL_NOT_CONFIGURED' });
  });
});

describe('a GitHub Models prompt', () => {
  const prompt = (evaluators: string): string =>
    `messages:\n  - { role: user, content: "{{m}}" }\ntestData:\n  - { m: one, expected: one }\n  - { m: two, expected: three }\nevaluators:\n${evaluators}`;

  it('is a suite of its own', async () => {
    const files = { 'p/g.prompt.yml': prompt('  - { name: has, string: { contains: "{{expected}}", endsWith: e } }\n') };
    const { evaluation } = evaluationWorkspace(files, { models: echo });
    expect(await evaluation.discover()).toEqual(['p/g.prompt.yml']);
    const { suites } = await evaluation.run({ suites: [] });
    expect(statuses(suites[0]!.cases)).toEqual(['pass', 'fail']);
    expect(suites[0]!.metrics).toEqual({ has: 0.5 });
  });

  it('never passes an evaluator that asks a model', async () => {
    const report = await run({ 'g.prompt.yml': prompt('  - { name: judge, llm: { modelId: x } }\n') }, 'g.prompt.yml');
    expect(report).toMatchObject({ stats: { passed: 0, errored: 2, notEvaluated: 2 } });
  });

  it('gives way to a suite of its name beside it', async () => {
    const files = { 'g.prompt.yml': prompt('  - { name: x, string: { equals: a } }\n'), 'g.eval.yaml': head };
    expect(await evaluationWorkspace(files, { models: echo }).evaluation.discover()).toEqual(['g.eval.yaml']);
  });
});
