import { describe, expect, it } from 'vitest';
import type { ChatResponse } from '../../../src/engine/ports.js';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';
import { fakeModels } from '../../support/fakeModels.js';

const suite = (assert: string): Record<string, string> => ({
  'a.eval.yaml': `prompts: ['say {{x}}']\nproviders: [{ id: fake, config: { max_tokens: 5 } }]\ntests:\n  - { vars: { x: a }, assert: [${assert}] }\n`,
});

async function resultOf(answer: Partial<ChatResponse>, assert = '{ type: equals, value: hello }') {
  const models = fakeModels(() => answer);
  const { evaluation } = evaluationWorkspace(suite(assert), { models });
  const run = async () => (await evaluation.run({ suites: ['a.eval.yaml'] })).suites[0]?.cases[0];
  return { first: await run(), second: await run(), models };
}

describe('an answer that says nothing about the prompt', () => {
  it('is an error with a name, and is asked for again', async () => {
    for (const [answer, code] of [
      [{ text: 'hel', finishReason: 'length' }, 'ANSWER_CUT'],
      [{ text: '', finishReason: 'content_filter' }, 'ANSWER_FILTERED'],
      [{ text: ' ', finishReason: 'stop' }, 'ANSWER_EMPTY'],
    ] as const) {
      const { second, models } = await resultOf(answer);
      expect(second).toMatchObject({ status: 'error', score: null, cached: false, error: { code, kind: 'bad-answer' } });
      expect(models.asked).toHaveLength(2);
    }
    const { first } = await resultOf({ text: 'hel', finishReason: 'length' });
    expect(first?.reason).toContain('max_tokens 5');
  });

  it('is judged where the suite looks at how answers end, where tools are called, and where it is a refusal', async () => {
    const cut = await resultOf(
      { text: 'hello', finishReason: 'length' },
      '{ type: equals, value: hello }, { type: finish-reason, value: stop }',
    );
    expect(cut.first?.error?.code).not.toBe('ANSWER_CUT');
    expect((await resultOf({ text: '', isRefusal: true })).first?.status).toBe('fail');
    const call = { id: 'c', type: 'function' as const, function: { name: 'weather', arguments: '{}' } };
    const called = await resultOf(
      { text: '', output: [call], toolCalls: [call], finishReason: 'tool_calls' },
      '{ type: is-json }, { type: contains, value: weather }',
    );
    expect(called.first).toMatchObject({ status: 'pass', output: JSON.stringify([call]) });
  });

  it('is judged where the limit stands in the prompt, which cuts what it serves in production as well', async () => {
    const models = fakeModels(() => ({ text: 'hel', finishReason: 'length' }));
    const { evaluation } = evaluationWorkspace(
      {
        'p.prompty': '---\nname: p\nmodel:\n  parameters:\n    max_tokens: 5\n---\nuser:\nsay {{x}}\n',
        'a.eval.yaml':
          'prompts: [file://p.prompty]\nproviders: [fake]\ntests:\n  - { vars: { x: a }, assert: [{ type: equals, value: hello }] }\n',
      },
      { models },
    );
    const [report] = (await evaluation.run({ suites: ['a.eval.yaml'] })).suites;
    expect(report?.cases[0]).toMatchObject({ status: 'fail', output: 'hel' });
  });
});
