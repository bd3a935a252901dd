import { describe, expect, it } from 'vitest';
import type { EvaluationService } from '../../../src/engine/api.js';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';
import { fakeModels } from '../../support/fakeModels.js';

const example = 'My parcel from the third of May never arrived and the shop does not answer';
const suite = (tests: string): Record<string, string> => ({
  'p/triage.prompty': `---\nname: triage\n---\nsystem:\nName the team. Example: ${example}: shipping.\n\nuser:\n{{message}}\n`,
  'p/a.eval.yaml': `prompts: [triage]\nproviders: [fake]\ntests:\n${tests}`,
});
const health = async (tests: string, more: Partial<Parameters<EvaluationService['health']>[0]> = {}) => {
  const { evaluation } = evaluationWorkspace(suite(tests), { models: fakeModels(() => '') });
  const [found] = await evaluation.health({ suites: ['p/a.eval.yaml'], ...more });
  return found!.health.filter(({ code }) => code !== 'too-few-cases');
};
const test = (message: string, asserts: string): string => `  - { vars: { message: "${message}" }, assert: [${asserts}] }\n`;

describe('what is known before money is spent', () => {
  it.each([
    ['contains and not-contains', '{ type: contains, value: a }, { type: not-contains, value: a }'],
    ['equals and contains', '{ type: equals, value: yes it is }, { type: icontains, value: never }'],
    ['equals and starts-with', '{ type: starts-with, value: No }, { type: equals, value: yes it is }'],
  ])('finds contradictions: %s', async (_name, asserts) => {
    const [found] = await health(test('m', asserts));
    expect(found).toMatchObject({ code: 'contradictory-assertions', file: 'p/a.eval.yaml', range: expect.anything() as unknown });
  });

  it('takes what can hold together for no contradiction', async () => {
    const asserts =
      '{ type: equals, value: Yes it is }, { type: icontains, value: yes }, { type: not-contains, value: no }, { type: contains, value: "{{x}}" }';
    expect(await health(test('m', asserts))).toEqual([]);
  });

  it.each([
    ['invalid-regex', '{ type: regex, value: "(a" }'],
    ['invalid-schema', '{ type: is-json, value: { type: text } }'],
    ['invalid-schema', '{ type: is-json, value: { properties: { a: { required: true } } } }'],
    ['unknown-variable', '{ type: llm-rubric, value: "Says {{topic}}" }'],
  ])('finds %s at its assertion: %s', async (code, assertion) => {
    const found = await health(test('m', `{ type: contains, value: a }, ${assertion}`));
    expect(found.find((item) => item.code === code)).toMatchObject({ file: 'p/a.eval.yaml', range: expect.anything() as unknown });
  });

  it('finds cases that are nearly the same, and those that the prompt shows as an example', async () => {
    const equals = '{ type: equals, value: shipping }';
    const other = 'The invoice of last month shows a sum that I never agreed to pay';
    const found = await health(test(other, equals) + test(`${other}!`, equals) + test(example, equals));
    expect(found.map(({ code, range }) => [code, range !== undefined])).toEqual([
      ['near-duplicate-case', true],
      ['leaked-case', true],
    ]);
  });

  it('says how small a change so many cases show', async () => {
    const many = Array.from({ length: 30 }, (_, index) => test(`m${String(index)}`, '{ type: equals, value: a }')).join('');
    expect(await health(many)).toMatchObject([
      { code: 'few-cases-for-effect', message: expect.stringContaining('takes about 71') as string },
    ]);
  });
});
