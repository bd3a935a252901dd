import { describe, expect, it } from 'vitest';
import type { AssertionResult, CaseResult, JudgeUse } from '../../../../src/shared/evalDocument.js';
import { judgeHealth } from '../../../../src/engine/evaluation/judges/judgeHealth.js';
import { humanLabels, reviewsOf } from '../../../../src/engine/evaluation/judges/labels.js';
import type { EvalCase } from '../../../../src/engine/evaluation/types.js';
import { evaluationWorkspace } from '../../../support/evaluationWorkspace.js';
import { fakeModels } from '../../../support/fakeModels.js';

const range = { start: 5, end: 20 };
const entry = (id: string): EvalCase => ({
  id,
  description: null,
  vars: {},
  assertions: [{ type: 'llm-rubric', negate: false, value: 'is kind', threshold: null, weight: 1, metric: null, range }],
  threshold: null,
  metadata: {},
  file: 'a.eval.yaml',
  range: null,
});
const ids = Array.from({ length: 20 }, (_, index) => `c${String(index)}`);
const suite = { file: 'a.eval.yaml', cases: ids.map(entry) };

function result(id: string, pass: boolean, use: Partial<JudgeUse>, repeat = 1, column = 'c1'): CaseResult {
  const judge = { model: 'judge', cached: false, question: `q ${id}`, ...use };
  const assertion: AssertionResult = {
    type: 'llm-rubric',
    metric: null,
    pass,
    score: pass ? 1 : 0,
    reason: '',
    evaluated: true,
    expected: null,
    judge,
  };
  return {
    id,
    description: null,
    column,
    repeat,
    vars: {},
    status: pass ? 'pass' : 'fail',
    score: pass ? 1 : 0,
    reason: '',
    output: '',
    assertions: [assertion],
    latencyMs: 1,
    cached: false,
    cost: null,
    error: null,
  };
}
const health = (results: CaseResult[], earlier: CaseResult[] = [], candidates: string[] = []) =>
  judgeHealth(
    suite,
    [
      { run: 'r2', results },
      { run: 'r1', results: earlier },
    ],
    new Map([['judge', 'big']]),
    new Set(candidates),
  );
const codes = (...args: Parameters<typeof health>): string[] => health(...args).map(({ code }) => code);

describe('the health of judges', () => {
  it('says where a judge contradicts itself on repeats, or between runs', () => {
    const repeats = ids.flatMap((id, index) => [result(id, true, {}, 1), result(id, index % 2 === 0, {}, 2)]);
    const [found] = health(repeats);
    expect(found).toMatchObject({ code: 'judge-contradicts-itself', range, severity: 'warning' });
    expect(found!.message).toContain('50 % of the cases (30 % to 70 %, 20 answers)');
    const [now, before] = [ids.map((id) => result(id, true, {})), ids.map((id, index) => result(id, index > 12, {}))];
    expect(codes(now, before)).toEqual(['judge-contradicts-itself']);
    // Nine of ten is well enough, and what came from the cache is no second opinion.
    expect(
      codes(
        now,
        ids.map((id, index) => result(id, index > 1, {})),
      ),
    ).toEqual([]);
    expect(
      codes(
        now,
        ids.map((id) => result(id, false, { cached: true })),
      ),
    ).toEqual([]);
    expect(codes(now.slice(0, 4), before.slice(0, 4))).toEqual([]);
  });

  it('does not take two columns of one judgement for two opinions', () => {
    expect(codes(ids.flatMap((id) => [result(id, true, {}, 1, 'c1'), result(id, false, {}, 1, 'c2')]))).toEqual([]);
  });

  it('says where a judge prefers the place, or the length', () => {
    const columns = ['c1', 'c2'];
    const orders = (chosen: [string, string], longest: string | null = null) => ({ orders: { columns, chosen, longest } });
    const placed = ids.map((id, index) => result(id, false, orders(index < 8 ? ['c1', 'c2'] : ['c1', 'c1'])));
    const [position] = health(placed);
    expect(position).toMatchObject({ code: 'judge-prefers-position', range });
    expect(position!.message).toContain('8 of 20 comparisons');
    expect(position!.message).toContain('in front (8)');
    expect(codes(ids.map((id, index) => result(id, true, orders(['c1', 'c1'], index < 18 ? 'c1' : 'c2'))))).toEqual([
      'judge-prefers-length',
    ]);
    expect(codes(ids.map((id, index) => result(id, true, orders(['c1', 'c1'], index < 11 ? 'c1' : 'c2'))))).toEqual([]);
  });

  it('compares with people, once for each answer', () => {
    const agree = ids.map((id, index) => result(id, index < 12, { human: index < 12 }));
    const [good] = health([...agree, ...agree.map((each) => ({ ...each, repeat: 2 }))]);
    expect(good).toMatchObject({ code: 'judge-agrees-with-people', range });
    expect(good!.message).toMatch(/20 answers.*AC1 1\.00 \(0\.\d\d to 1\.00\), kappa 1\.00/u);
    const [bad] = health(ids.map((id, index) => result(id, index % 2 === 0, { human: index < 12 })));
    expect(bad).toMatchObject({ code: 'judge-disagrees-with-people', severity: 'warning' });
    expect(codes(agree.slice(0, 9))).toEqual([]);
  });

  it('says where a model judges itself', () => {
    expect(codes([result('c0', true, {})], [], ['big'])).toEqual(['judge-is-candidate']);
    expect(codes([result('c0', true, {})], [], ['small'])).toEqual([]);
  });
});

describe('what people said', () => {
  const withMetadata = (human: unknown): EvalCase => ({ ...entry('c'), metadata: { human } });

  it('stands in the test, for its answer or for each of several', () => {
    const labels = humanLabels(new Map());
    expect(labels(withMetadata('pass'), 'x')).toBe(true);
    expect(labels(withMetadata(false), 'x')).toBe(false);
    expect(labels(withMetadata('perhaps'), 'x')).toBeNull();
    const several = withMetadata([
      { output: 'yes\n', pass: true },
      { output: 'no', pass: 'fail' },
    ]);
    expect([labels(several, 'yes'), labels(several, 'no'), labels(several, 'other')]).toEqual([true, false, null]);
  });

  it('stands in reviews of the same answer, by majority', async () => {
    const given: Record<string, [string, number][]> = {
      p: [
        ['good', 1],
        ['good', 0.9],
        ['good', 0],
        ['bad', 0.1],
        ['split', 1],
        ['split', 0],
      ],
    };
    const feedback = {
      page: ({ prompt }: { prompt?: string }) =>
        Promise.resolve({
          rows: (given[prompt ?? ''] ?? []).map(([output, y], index) => ({ id: `${String(index)} ${output}`, y })),
        } as never),
      detail: (id: string) => Promise.resolve({ interaction: { output: id.split(' ')[1] } } as never),
    };
    const silent = (): void => undefined;
    const labels = humanLabels(await reviewsOf(feedback, ['p', 'q'], { debug: silent, info: silent, warn: silent, error: silent }));
    expect(['good', 'bad', 'split', 'unknown'].map((output) => labels(entry('c'), output))).toEqual([true, false, null, null]);
  });
});

describe('in a report', () => {
  it('stands with the assertion’s range, over the runs that are stored', async () => {
    const tests = ids.map(
      (id, index) =>
        `  - { vars: { m: ${id} }, metadata: { human: ${index < 10 ? 'pass' : 'fail'} }, assert: [{ type: llm-rubric, value: is kind }] }`,
    );
    const files = {
      '.ratchet/config.yaml':
        'version: 1\nmodels:\n  - { name: fake, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: fake }\ndefaults: { model: fake, judge: fake }\n',
      'a.eval.yaml': `prompts: ["Say {{m}}"]\nproviders: [fake]\ntests:\n${tests.join('\n')}\n`,
    };
    let said = true;
    const models = fakeModels((asked) => {
      const last = asked.messages.at(-1)!.content;
      if (!last.includes('<criteria')) return last;
      return JSON.stringify({ reason: 'r', score: 1, pass: said });
    });
    const { evaluation } = evaluationWorkspace(files, { models });
    const request = { suites: ['a.eval.yaml'], noCache: true };
    const first = (await evaluation.run(request)).suites[0]!;
    expect(first.stats).toMatchObject({ passed: 20 });
    expect(first.cases[0]!.assertions[0]!.judge).toMatchObject({ human: true, model: 'fake' });
    const found = first.health.filter(({ code }) => code.startsWith('judge-'));
    expect(found.map(({ code }) => code).sort()).toEqual(['judge-disagrees-with-people', 'judge-is-candidate']);
    const at = files['a.eval.yaml'].slice(found[0]!.range!.start, found[0]!.range!.end);
    expect(at).toContain('llm-rubric');
    said = false;
    const second = (await evaluation.run(request)).suites[0]!;
    expect(second.health.map(({ code }) => code)).toContain('judge-contradicts-itself');
  });
});
