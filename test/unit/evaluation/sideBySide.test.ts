import { describe, expect, it } from 'vitest';
import { runLanes } from '../../../src/engine/evaluation/lanes.js';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';
import { fakeModels } from '../../support/fakeModels.js';

const config = `version: 1
models:
  - { name: one, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: one, concurrency: 4 }
  - { name: two, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: two, concurrency: 4 }
`;
const suite = (providers: string, texts: readonly string[]): string =>
  `prompts: ["say {{m}}"]\nproviders: [${providers}]\ntests:\n${texts.map((m, index) => `  - { description: "${String(index)}", vars: { m: "${m}" }, assert: [{ type: contains, value: say }] }`).join('\n')}\n`;
const texts = (name: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${name}${String(index)}`);
const echo = (request: { messages: { content: string }[] }): Promise<string> =>
  new Promise((resolve) => setTimeout(resolve, 2, request.messages.at(-1)!.content));

describe('what runs at the same time', () => {
  it('are the columns of two models', async () => {
    const models = fakeModels(echo);
    const { evaluation } = evaluationWorkspace(
      { '.ratchet/config.yaml': config, 'a.eval.yaml': suite('one, two', texts('a', 20)) },
      { models },
    );
    const document = await evaluation.run({ suites: ['a.eval.yaml'] });
    expect(models.most).toBe(8);
    expect(document.suites[0]!.cases.map(({ column }) => column)).toEqual([
      ...Array<string>(20).fill('c1'),
      ...Array<string>(20).fill('c2'),
    ]);
  });

  it('are suites, which fill the places of a model together and never take more', async () => {
    const models = fakeModels(echo);
    const names = ['a', 'b', 'c', 'd'];
    const files = Object.fromEntries(names.map((name) => [`${name}.eval.yaml`, suite('one', texts(name, 2))]));
    const { evaluation } = evaluationWorkspace({ '.ratchet/config.yaml': config, ...files }, { models });
    const document = await evaluation.run({ suites: names.map((name) => `${name}.eval.yaml`) });
    expect(models.most).toBe(4);
    expect(document.suites.map(({ suite: file, stats }) => [file, stats.passed, stats.requests])).toEqual(
      names.map((name) => [`${name}.eval.yaml`, 2, 2]),
    );
  });

  it('is one request for all who ask the same', async () => {
    const models = fakeModels(echo);
    const { evaluation } = evaluationWorkspace(
      { '.ratchet/config.yaml': config, 'a.eval.yaml': suite('one', Array<string>(40).fill('same')) },
      { models },
    );
    const planned = await evaluation.plan({ suites: ['a.eval.yaml'] });
    const { stats } = (await evaluation.run({ suites: ['a.eval.yaml'] })).suites[0]!;
    expect([planned.requests, models.asked.length, stats.requests, stats.cached, stats.passed]).toEqual([1, 1, 1, 39, 40]);
    await evaluation.run({ suites: ['a.eval.yaml'], noCache: true });
    expect(models.asked).toHaveLength(41);
  });
});

describe('a delay', () => {
  const times = async (options: string, provider: string): Promise<number> => {
    const began = performance.now();
    const models = fakeModels(echo);
    const text = suite(provider, texts('d', 4)).replace('tests:', `${options}\ntests:`);
    const { evaluation } = evaluationWorkspace({ '.ratchet/config.yaml': config, 'a.eval.yaml': text }, { models });
    expect((await evaluation.run({ suites: ['a.eval.yaml'] })).suites[0]!.stats.passed).toBe(4);
    return performance.now() - began;
  };

  // Three gaps of 60 ms lie between four requests, however quick the machine is.
  it('of a provider or of the suite lies between the requests of a model', async () => {
    expect(await times('', '{ id: one, delay: 60 }')).toBeGreaterThan(170);
    expect(await times('evaluateOptions: { delay: 60 }', 'one')).toBeGreaterThan(170);
  });
});

describe('lanes', () => {
  it('let the next group go before one that is full', async () => {
    const begun: string[] = [];
    const open: (() => void)[] = [];
    const groups = [
      { limit: 1, jobs: ['a1', 'a2'] },
      { limit: Infinity, jobs: ['b1', 'b2'] },
    ];
    const done = runLanes(
      [{ width: 3, groups }],
      (job) => {
        begun.push(job);
        return new Promise((resolve) => open.push(resolve));
      },
      () => false,
    );
    expect(begun).toEqual(['a1', 'b1', 'b2']);
    while (open.length > 0) {
      open.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    expect(begun).toEqual(['a1', 'b1', 'b2', 'a2']);
  });

  it('end in the fault of a piece, and begin nothing after it', async () => {
    const begun: number[] = [];
    const work = (job: number): Promise<void> => {
      begun.push(job);
      return job === 2 ? Promise.reject(new Error('broken')) : Promise.resolve();
    };
    await expect(runLanes([{ width: 1, groups: [{ limit: 9, jobs: [1, 2, 3] }] }], work, () => false)).rejects.toThrow('broken');
    expect(begun).toEqual([1, 2]);
  });
});
