import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../../src/engine/errors.js';
import { evaluationWorkspace } from '../../../support/evaluationWorkspace.js';
import { fakeModels } from '../../../support/fakeModels.js';

const config = `version: 1
models:
  - { name: fake, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: fake, price: { in: 1, out: 2 } }
  - { name: second, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: second, price: { in: 1, out: 2 } }
  - { name: judge, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: judge, price: { in: 10, out: 20 } }
defaults: { model: fake, judge: judge }
`;
const prompt = 'Answer {{message}}';
const files = (suite: string) => ({ '.ratchet/config.yaml': config, 'p/a.txt': prompt, 'p/a.eval.yaml': suite });
const request = { suites: ['p/a.eval.yaml'] };
const asksJudge = (content: string): boolean => /-[0-9a-f]{8}>/u.test(content);

const rubricSuite = `prompts: [file://a.txt]
providers: [fake]
tests:
${Array.from({ length: 10 }, (_, index) => `  - { vars: { message: m${String(index)} }, assert: [{ type: llm-rubric, value: "is good" }, { type: contains, value: Answer }] }`).join('\n')}
`;

describe('a run with judges', () => {
  it('judges, counts what that takes, and asks nothing the second time', async () => {
    const models = fakeModels((asked, profile) => {
      const last = asked.messages.at(-1)!.content;
      if (profile.name === 'judge') return JSON.stringify({ reason: 'r', pass: !last.includes('m3'), score: last.includes('m3') ? 0 : 1 });
      return last;
    });
    const { evaluation } = evaluationWorkspace(files(rubricSuite), { models });
    const report = (await evaluation.run(request)).suites[0]!;
    expect(report.stats).toMatchObject({ cases: 10, passed: 9, failed: 1, errored: 0, notEvaluated: 0, requests: 20 });
    expect(report.stats.tokens).toEqual({ in: 2000, out: 200 });
    expect(report.stats.judge).toMatchObject({ requests: 10, tokensIn: 1000, tokensOut: 100 });
    expect(report.stats.judge!.cost).toBeCloseTo((1000 * 10 + 100 * 20) / 1e6, 10);
    expect(report.stats.cost).toBeCloseTo((1000 * 10 + 100 * 20 + 1000 * 1 + 100 * 2) / 1e6, 10);
    expect(report.cases[3]).toMatchObject({ status: 'fail', score: 0.5, judge: { requests: 1 } });
    const again = (await evaluation.run(request)).suites[0]!;
    expect(models.asked).toHaveLength(20);
    expect(again.stats).toMatchObject({ passed: 9, failed: 1, requests: 0, judge: { requests: 0, cost: 0 } });
  });

  it('ends cases in errors where the judge cannot be read, or cannot be asked', async () => {
    const models = fakeModels((asked, profile) => {
      if (profile.name !== 'judge') return asked.messages.at(-1)!.content;
      const shown = asked.messages.map(({ content }) => content).join('\n');
      return shown.includes('m1')
        ? 'It is good.'
        : shown.includes('m2')
          ? new EngineError('MODEL_FAILED', 'no', { retryable: false })
          : '{"pass": true, "score": 1}';
    });
    const { evaluation } = evaluationWorkspace(files(rubricSuite), { models });
    const report = (await evaluation.run(request)).suites[0]!;
    expect(report.stats).toMatchObject({ passed: 8, failed: 0, errored: 2, notEvaluated: 2 });
    expect(report.cases[1]!.error?.code).toBe('JUDGE_UNREADABLE');
    expect(report.cases[2]!.error?.code).toBe('MODEL_FAILED');
    expect(report.passRate?.mean).toBe(1);
  });

  it('needs a price of the judge where cost is limited', async () => {
    const models = fakeModels((asked) => asked.messages.at(-1)!.content);
    const workspace = evaluationWorkspace(
      { ...files(rubricSuite), '.ratchet/config.yaml': config.replace(', price: { in: 10, out: 20 }', '') },
      { models },
    );
    await expect(workspace.evaluation.run({ ...request, maxCost: 1 })).rejects.toThrow('judge');
  });

  it('says before how many requests judges may take', async () => {
    const { evaluation } = evaluationWorkspace(files(rubricSuite), { models: fakeModels(() => '') });
    expect((await evaluation.plan(request)).suites[0]).toMatchObject({ requests: 10, judgeRequests: 10 });
  });
});

const compared = (assertions: string, more = '') => `prompts: [file://a.txt]
providers: [fake, second]
tests:
  - { vars: { message: one }, assert: ${assertions} }
  - { vars: { message: two }, assert: ${assertions} }
${more}`;

describe('columns that are compared', () => {
  const answers = (asked: { messages: { content: string }[] }, name: string): string => `${asked.messages.at(-1)!.content} by ${name}`;

  it('select-best asks in both orders, and one column wins', async () => {
    const models = fakeModels((asked, profile) => {
      const last = asked.messages.at(-1)!.content;
      if (profile.name !== 'judge') return answers(asked, profile.name);
      const number = /<answer(\d+)-[0-9a-f]{8}>\n[^<]*by second/u.exec(last)?.[1];
      return JSON.stringify({ reason: 'the second says more', best: Number(number) });
    });
    const { evaluation } = evaluationWorkspace(
      files(compared('[{ type: select-best, value: "says most" }, { type: contains, value: Answer }]')),
      {
        models,
      },
    );
    const report = (await evaluation.run(request)).suites[0]!;
    expect(report.cases.map(({ column, status, score }) => [column, status, score])).toEqual([
      ['c1', 'fail', 0.5],
      ['c1', 'fail', 0.5],
      ['c2', 'pass', 1],
      ['c2', 'pass', 1],
    ]);
    expect(report.cases[2]!.assertions[0]!.judge).toMatchObject({ orders: { columns: ['c1', 'c2'], chosen: ['c2', 'c2'], longest: 'c2' } });
    expect(models.asked.filter(({ messages }) => asksJudge(messages.at(-1)!.content))).toHaveLength(4);
    expect(report.stats).toMatchObject({ requests: 8, judge: { requests: 4 } });
  });

  it('has no winner where the judge chooses by place', async () => {
    const models = fakeModels((asked, profile) =>
      profile.name === 'judge' ? '{"best": 1, "reason": "the first"}' : answers(asked, profile.name),
    );
    const { evaluation } = evaluationWorkspace(files(compared('[{ type: select-best, value: best }]')), { models });
    const report = (await evaluation.run(request)).suites[0]!;
    expect(report.cases.map(({ status, score }) => [status, score])).toEqual(Array(4).fill(['fail', 0.5]));
    expect(report.cases[0]!.reason).toContain('order');
  });

  it('takes no part without an answer, and needs two', async () => {
    const models = fakeModels((asked, profile) => {
      if (profile.name === 'second') return new EngineError('MODEL_FAILED', 'no', { retryable: false });
      return answers(asked, profile.name);
    });
    const { evaluation } = evaluationWorkspace(files(compared('[{ type: select-best, value: best }]')), { models });
    const report = (await evaluation.run(request)).suites[0]!;
    expect(report.cases.map(({ error }) => error?.code)).toEqual(['NOT_EVALUATED', 'NOT_EVALUATED', 'MODEL_FAILED', 'MODEL_FAILED']);
    expect(report.cases[0]!.reason).toContain('fewer than two');
  });

  it('max-score takes the column with the best scores, and nobody under the threshold', async () => {
    const models = fakeModels((asked, profile) => answers(asked, profile.name));
    const assertions = '[{ type: contains, value: second }, { type: contains, value: Answer }, { type: max-score, weight: 0 }]';
    const { evaluation } = evaluationWorkspace(files(compared(assertions)), { models });
    const won = (await evaluation.run(request)).suites[0]!.cases.map(({ assertions: all }) => all[2]!.pass);
    expect(won).toEqual([false, false, true, true]);
    const strict = evaluationWorkspace(
      files(
        compared('[{ type: contains, value: nobody }, { type: contains, value: Answer }, { type: max-score, value: { threshold: 0.8 } }]'),
      ),
      { models },
    );
    const none = (await strict.evaluation.run(request)).suites[0]!.cases.map(({ assertions: all }) => all[2]!);
    expect(none.every(({ pass, evaluated }) => !pass && evaluated)).toBe(true);
  });

  it('goes on where it was interrupted', async () => {
    const stop = new AbortController();
    let answered = 0;
    const slow = fakeModels((asked, profile) => {
      if (profile.name === 'judge') return '{"best": 1, "reason": "r"}';
      if (profile.name === 'second' && ++answered > 1) {
        stop.abort();
        return new Promise<string>(() => undefined);
      }
      return answers(asked, profile.name);
    });
    const suite = compared('[{ type: max-score }, { type: contains, value: Answer }]', 'evaluateOptions: { maxConcurrency: 1 }\n');
    const workspace = evaluationWorkspace(files(suite), { models: slow });
    const partial = await workspace.evaluation.run(request, {}, stop.signal);
    expect(partial.complete).toBe(false);
    workspace.context.ports.models = fakeModels((asked, profile) => answers(asked, profile.name));
    const whole = await workspace.evaluation.run({ suites: [], resume: partial.run });
    expect(whole.complete).toBe(true);
    expect(whole.suites[0]!.cases.map(({ status }) => status)).toEqual(['pass', 'pass', 'fail', 'fail']);
  });
});

describe('what a suite says about judging', () => {
  it('holds for its tests: the default’s, the test’s own, and a prompt in a file', async () => {
    const asked: string[] = [];
    const models = fakeModels((request_, profile) => {
      const last = request_.messages.at(-1)!.content;
      if (last.startsWith('Answer')) return last;
      asked.push(`${profile.name}: ${last.slice(0, 30)}`);
      return last.includes('reference') ? '{"reason": "r", "category": "B"}' : '{"pass": true, "score": 1}';
    });
    const suite = `prompts: [file://a.txt]
providers: [fake]
defaultTest: { options: { provider: second, rubricPrompt: file://rubric.txt } }
tests:
  - { vars: { message: one }, assert: [{ type: llm-rubric, value: kind }] }
  - { vars: { message: two }, options: { provider: judge, rubricPrompt: "Is it {{rubric}}?" }, assert: [{ type: llm-rubric, value: short }] }
  - { vars: { message: three }, options: { rubricPrompt: "Compare with the reference {{ideal}}", factuality: { superset: 0 } }, assert: [{ type: factuality, value: x }] }
`;
    const { evaluation } = evaluationWorkspace({ ...files(suite), 'p/rubric.txt': 'Grade {{output}} by {{rubric}}' }, { models });
    const loaded = await evaluation.load('p/a.eval.yaml');
    expect(loaded.problems).toEqual([]);
    const report = (await evaluation.run(request)).suites[0]!;
    expect(report.cases.map(({ status }) => status)).toEqual(['pass', 'pass', 'fail']);
    expect(asked.sort()).toEqual(['judge: Is it short?', 'second: Compare with the reference x', 'second: Grade Answer one by kind']);
  });
});
