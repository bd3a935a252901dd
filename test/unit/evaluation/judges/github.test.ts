import { describe, expect, it } from 'vitest';
import { evaluationWorkspace } from '../../../support/evaluationWorkspace.js';
import { fakeModels } from '../../../support/fakeModels.js';

const config =
  'version: 1\nmodels:\n  - { name: fake, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: fake }\n  - { name: judge, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: judge }\ndefaults: { model: fake, judge: judge }\n';

async function run(evaluators: string, judge: (prompt: string) => string) {
  const asked: { role: string; content: string }[][] = [];
  const models = fakeModels(({ messages }, { name }) => {
    if (name !== 'judge') return `said ${messages.at(-1)!.content}`;
    asked.push(messages);
    return judge(messages.at(-1)!.content);
  });
  const file = `messages:\n  - { role: user, content: "{{m}}" }\ntestData:\n  - { m: one, expected: one }\n  - { m: two, expected: three }\nevaluators:\n${evaluators}`;
  const { evaluation } = evaluationWorkspace({ '.ratchet/config.yaml': config, 'g.prompt.yml': file }, { models });
  return { report: (await evaluation.run({ suites: ['g.prompt.yml'] })).suites[0]!, asked };
}

const llm = `  - name: same
    llm:
      modelId: openai/gpt-x
      systemPrompt: Compare.
      prompt: "Is {{completion}} {{expected}}?"
      choices: [{ choice: "yes", score: 1 }, { choice: partly, score: 0.4 }, { choice: "no", score: 0 }]
`;

describe('evaluators of GitHub Models', () => {
  it('take the score of the choice that the judge names', async () => {
    const { report, asked } = await run(llm, (prompt) => (prompt.includes('three') ? 'No.' : 'I say: partly'));
    expect(report.cases.map(({ status, score }) => [status, score])).toEqual([
      ['pass', 0.4],
      ['fail', 0],
    ]);
    expect(asked[0]).toEqual([
      { role: 'system', content: 'Compare.' },
      { role: 'user', content: 'Is said one one?' },
    ]);
    expect(report.metrics).toEqual({ same: 0.2 });
  });

  it('end in errors where it names none or several', async () => {
    const { report } = await run(llm, (prompt) => (prompt.includes('three') ? 'yes and no' : 'Norway'));
    expect(report.cases.map(({ error }) => error?.code)).toEqual(['JUDGE_UNREADABLE', 'JUDGE_UNREADABLE']);
  });

  it('have ready ones, and say which they do not know', async () => {
    const good = '{"reason": "r", "pass": true, "score": 1}';
    const { report, asked } = await run(
      '  - { name: near, uses: github/similarity }\n  - { name: fluent, uses: github/fluency }\n',
      () => good,
    );
    expect(report.stats).toMatchObject({ passed: 2, notEvaluated: 0 });
    expect(asked.some((messages) => messages.at(-1)!.content.includes('reference: three'))).toBe(true);
    const { report: other } = await run('  - { name: x, uses: acme/own }\n', () => good);
    expect(other.stats).toMatchObject({ errored: 2, notEvaluated: 2 });
    // No case has a context.
    const { report: open } = await run('  - { name: g, uses: github/groundedness }\n', () => good);
    expect(open.cases[0]!.error?.code).toBe('NOT_EVALUATED');
  });
});
