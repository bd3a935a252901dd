import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.js';
import type { EvalDocument } from '../../../src/shared/evalDocument.js';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';
import { fakeModels, memoryCache } from '../../support/fakeModels.js';

const prompt = '---\nname: triage\n---\nsystem:\nAnswer with the team.\n\nuser:\n{{message}}\n';
const rows = (count: number, expected = (index: number): string => `team${String(index)}`): string =>
  Array.from({ length: count }, (_, index) => `m${String(index)},${expected(index)}`).join('\n');
const files = (count: number, more = '', expected?: (index: number) => string) => ({
  'p/triage.prompty': prompt,
  'p/a.eval.yaml': `prompts: [triage]\nproviders: [fake]\ntests: file://a.csv\n${more}`,
  'p/a.csv': `message,__expected\n${rows(count, expected)}\n`,
});
/** Answers m7 with team7. */
const right = (request: { messages: { content: string }[] }): string => request.messages.at(-1)!.content.replace('m', 'team');
const request = { suites: ['p/a.eval.yaml'] };
const bytes = (document: EvalDocument): string =>
  JSON.stringify({ ...document, run: '', suites: document.suites.map((suite) => ({ ...suite, stats: { ...suite.stats, seconds: 0 } })) });

describe('a run', () => {
  it('asks, judges, and orders by plan whatever arrives first', async () => {
    const models = fakeModels(
      (asked) =>
        new Promise((resolve) =>
          setTimeout(
            resolve,
            Math.abs(Math.sin(asked.messages.at(-1)!.content.length * 7)) * 5,
            asked.messages.at(-1)!.content === 'm3' ? 'wrong' : right(asked),
          ),
        ),
    );
    const { evaluation } = evaluationWorkspace(files(12), { models });
    const progress: number[] = [];
    const document = await evaluation.run(request, { onProgress: ({ done }) => progress.push(done) });
    const [report] = document.suites;
    expect(document).toMatchObject({ schema: 'promptratchet.eval/1', complete: true });
    expect(report!.cases.map(({ vars }) => vars['message'])).toEqual(Array.from({ length: 12 }, (_, index) => `m${String(index)}`));
    expect(report!.stats).toMatchObject({
      cases: 12,
      passed: 11,
      failed: 1,
      errored: 0,
      cached: 0,
      requests: 12,
      tokens: { in: 1200, out: 120 },
    });
    expect(report!.stats.cost).toBeCloseTo((1200 * 1 + 120 * 2) / 1e6, 12);
    expect(report!.passRate).toMatchObject({ mean: 11 / 12 });
    expect(report!.passRate!.lo).toBeGreaterThan(0.6);
    expect(report!.columns).toMatchObject([{ id: 'c1', prompt: 'triage', version: 'working', provider: 'fake', recorded: false }]);
    expect(progress.at(-1)).toBe(12);
    expect(models.asked[0]).toMatchObject({
      messages: [
        { role: 'system', content: 'Answer with the team.' },
        { role: 'user', content: 'm0' },
      ],
    });
  });

  it('makes no request the second time, and prints the same bytes the third', async () => {
    const models = fakeModels(right);
    const { evaluation } = evaluationWorkspace(files(12), { models });
    await evaluation.run(request);
    const second = await evaluation.run(request);
    expect(models.asked).toHaveLength(12);
    expect(second.suites[0]!.stats).toMatchObject({ cached: 12, requests: 0 });
    expect(bytes(await evaluation.run(request))).toBe(bytes(second));
    await evaluation.run({ ...request, noCache: true });
    expect(models.asked).toHaveLength(24);
  });

  it('keeps faults of the surroundings out of the pass rate', async () => {
    const models = fakeModels((asked) =>
      asked.messages.at(-1)!.content < 'm2' ? new EngineError('MODEL_FAILED', 'The gateway said no.', { retryable: false }) : right(asked),
    );
    const { evaluation } = evaluationWorkspace(files(10), { models });
    const report = (await evaluation.run(request)).suites[0]!;
    expect(report.stats).toMatchObject({ passed: 8, failed: 0, errored: 2 });
    expect(report.passRate).toMatchObject({ mean: 1 });
    expect(report.cases[0]).toMatchObject({
      status: 'error',
      score: null,
      error: { code: 'MODEL_FAILED', message: 'The gateway said no.' },
    });
  });

  it('never counts what it cannot evaluate as passed', async () => {
    const models = fakeModels(right);
    const { evaluation } = evaluationWorkspace(files(10, 'defaultTest: { assert: [{ type: llm-rubric, value: nice }] }\n'), { models });
    const report = (await evaluation.run(request)).suites[0]!;
    expect(report.stats).toMatchObject({ passed: 0, failed: 0, errored: 10, notEvaluated: 10 });
    expect(report.passRate).toBeNull();
    expect(report.cases[0]!.error).toMatchObject({ code: 'NOT_EVALUATED' });
  });

  it('reports a variable that is missing as an error of that case only', async () => {
    const models = fakeModels(right);
    const { evaluation } = evaluationWorkspace(
      {
        ...files(2),
        'p/a.eval.yaml':
          'prompts: [triage]\nproviders: [fake]\ntests:\n  - { vars: { other: x }, assert: [{ type: equals, value: y }] }\n  - { vars: { message: m1 }, assert: [{ type: equals, value: team1 }] }\n',
      },
      { models },
    );
    const report = (await evaluation.run(request)).suites[0]!;
    expect(report.cases.map(({ status, error }) => [status, error?.code])).toEqual([
      ['error', 'VARIABLE_MISSING'],
      ['pass', undefined],
    ]);
  });

  it('stops at once when it is cancelled, keeps what is done, and resumes from there', async () => {
    const stop = new AbortController();
    const models = fakeModels((asked) => {
      if (models.asked.length > 5) {
        stop.abort();
        return new Promise<string>(() => undefined);
      }
      return right(asked);
    });
    const workspace = evaluationWorkspace(files(30, 'evaluateOptions: { maxConcurrency: 1, cache: false }\n'), { models });
    const partial = await workspace.evaluation.run(request, {}, stop.signal);
    expect(partial.complete).toBe(false);
    expect(partial.suites[0]!.cases).toHaveLength(5);

    const more = fakeModels(right);
    workspace.context.ports.models = more;
    const whole = await workspace.evaluation.run({ suites: [], resume: partial.run });
    expect(whole).toMatchObject({ run: partial.run, complete: true });
    expect(whole.suites[0]!.stats).toMatchObject({ cases: 30, passed: 30 });
    expect(more.asked).toHaveLength(25);
  });

  it('has every finished case in its journal before it is reported, and a torn line is dropped', async () => {
    const models = fakeModels(right);
    const { evaluation, root } = evaluationWorkspace(files(4), { models });
    const seen: number[] = [];
    const folder = join(root, '.ratchet/.local/runs');
    const journal = (): string =>
      readFileSync(
        join(
          folder,
          readdirSync(folder).find((name) => name.endsWith('.jsonl'))!,
        ),
        'utf8',
      );
    const { run } = await evaluation.run(request, { onCase: (_suite, result) => seen.push(journal().includes(result.id) ? 1 : 0) });
    expect(seen).toEqual([1, 1, 1, 1]);
    writeFileSync(join(folder, `${run}.jsonl`), journal().slice(0, -20));
    expect((await evaluation.run({ suites: [], resume: run })).suites[0]!.stats.cases).toBe(4);
    await expect(evaluation.run({ suites: [], resume: 'r-../../x' })).rejects.toMatchObject({ code: 'BAD_USAGE' });
    expect(readFileSync(join(root, '.ratchet/.gitignore'), 'utf8')).toContain('.local/');
  });

  it('selects cases by id and by text, and repeats them', async () => {
    const models = fakeModels((asked) => `${right(asked)}${asked.repeat === 2 ? '!' : ''}`);
    const { evaluation } = evaluationWorkspace(files(5), { models });
    const { cases } = await evaluation.load('p/a.eval.yaml');
    const one = await evaluation.run({ ...request, cases: [cases[2]!.id], repeat: 3 });
    expect(one.suites[0]!.cases.map(({ repeat, status }) => [repeat, status])).toEqual([
      [1, 'pass'],
      [2, 'fail'],
      [3, 'pass'],
    ]);
    // Three answers to one question are one unit, not three.
    expect(one.suites[0]!.passRate!.hi - one.suites[0]!.passRate!.lo).toBeGreaterThan(0.7);
    expect((await evaluation.run({ ...request, filter: cases[1]!.id })).suites[0]!.cases).toHaveLength(1);
    await expect(evaluation.run({ ...request, filter: 'no such case' })).rejects.toMatchObject({ code: 'BAD_USAGE' });
    await expect(evaluation.run({ ...request, filter: '/(/' })).rejects.toMatchObject({ code: 'BAD_USAGE' });
  });

  it('asks a deterministic model once, however often it repeats', async () => {
    const models = fakeModels(right, { deterministic: true });
    const { evaluation } = evaluationWorkspace(files(3, 'evaluateOptions: { maxConcurrency: 1 }\n'), { models });
    const report = (await evaluation.run({ ...request, repeat: 2, concurrency: 1 })).suites[0]!;
    expect(report.stats).toMatchObject({ cases: 6, passed: 6 });
    expect(new Set(models.asked.map((asked) => asked.repeat))).toEqual(new Set([1]));
  });

  it('holds its concurrency', async () => {
    const models = fakeModels((asked) => new Promise((resolve) => setTimeout(resolve, 1, right(asked))));
    const { evaluation } = evaluationWorkspace(files(20), { models });
    await evaluation.run({ ...request, concurrency: 3 });
    expect(models.most).toBe(3);
  });

  it('never spends more than the cost cap, and needs prices for it', async () => {
    const models = fakeModels(right);
    const { evaluation } = evaluationWorkspace(files(10), { models });
    const chars = 'Answer with the team.'.length + 'm0'.length + 16;
    const worst = (chars * 1 + 4096 * 2) / 1e6;
    const each = (100 * 1 + 10 * 2) / 1e6;
    // Four answers cost as much as leaves no room for the worst that a fifth could cost.
    const maxCost = worst + 3.5 * each;
    for (const concurrency of [1, 8]) {
      const report = (await evaluation.run({ ...request, maxCost, concurrency, noCache: true })).suites[0]!;
      expect(report.stats).toMatchObject({ passed: 4, errored: 6, requests: 4 });
      expect(report.cases.filter(({ error }) => error?.code === 'COST_LIMIT')).toHaveLength(6);
      expect(report.stats.cost).toBeLessThanOrEqual(maxCost);
    }
    const unpriced = { name: 'free', provider: 'openai' as const, model: 'x', params: {} };
    await expect(evaluation.run({ ...request, provider: unpriced, maxCost: 1 })).rejects.toMatchObject({ code: 'BAD_USAGE' });
  });

  it('plans without asking', async () => {
    const models = fakeModels(right);
    const { evaluation } = evaluationWorkspace(files(6), { models });
    const tokensIn = Math.round((6 * ('Answer with the team.'.length + 2)) / 4);
    const estimated = {
      requests: 6,
      tokens: { in: tokensIn, out: 6 * 256 },
      cost: expect.closeTo((tokensIn + 2 * 6 * 256) / 1e6, 5) as number,
    };
    expect(await evaluation.plan(request)).toEqual({
      suites: [
        { suite: 'p/a.eval.yaml', cases: 6, columns: 1, repeat: 1, ...estimated, smallestDifference: expect.closeTo(0.57, 2) as number },
      ],
      ...estimated,
    });
    // Three times as many answers show no smaller difference where nothing is known of how much they scatter.
    expect(await evaluation.plan({ ...request, repeat: 3 })).toMatchObject({ requests: 18, suites: [{ repeat: 3 }] });
    await evaluation.run(request);
    expect(await evaluation.plan(request)).toMatchObject({ requests: 0, tokens: { in: 0, out: 0 }, cost: 0 });
    // An answer is taken to be as long as those of the last run.
    expect((await evaluation.plan({ ...request, noCache: true })).tokens.out).toBe(60);
    expect(models.asked).toHaveLength(6);
  });

  it('uses the text that it is given in place of the file', async () => {
    const models = fakeModels((asked) => asked.messages[0]!.content);
    const { evaluation, root } = evaluationWorkspace(files(2), { models });
    const override = { triage: { text: prompt.replace('Answer with the team.', 'Other text.'), version: 'candidate' } };
    const document = await evaluation.run({ ...request, override });
    expect(document.suites[0]!.columns[0]!.version).toBe('candidate');
    expect(document.suites[0]!.cases[0]!.output).toBe('Other text.');
    // A trial leaves no trace in the suite's history.
    expect(await evaluation.lastRun('p/a.eval.yaml')).toBeNull();
    expect(readdirSync(join(root, '.ratchet'))).not.toContain('.local');
  });

  it('is kept as the last run of its suite', async () => {
    const { evaluation } = evaluationWorkspace(files(2), { models: fakeModels(right) });
    expect(await evaluation.lastRun('p/a.eval.yaml')).toBeNull();
    const document = await evaluation.run(request);
    await evaluation.run({ ...request, filter: 'm1' });
    expect(await evaluation.lastRun('p/a.eval.yaml')).toEqual(document);
  });

  it('is not replaced by a run of one of its prompts', async () => {
    const { evaluation } = evaluationWorkspace(
      { ...files(2), 'p/a.eval.yaml': 'prompts: [triage, "{{message}}"]\nproviders: [fake]\ntests: file://a.csv\n' },
      { models: fakeModels(right) },
    );
    const document = await evaluation.run(request);
    await evaluation.run({ ...request, prompt: 'triage' });
    expect(await evaluation.lastRun('p/a.eval.yaml')).toEqual(document);
  });

  it('says what is not there, with the nearest names', async () => {
    const { evaluation } = evaluationWorkspace(
      {
        ...files(1),
        'p/b.eval.yaml': 'prompts: [triage]\nproviders: [fke]\ntests: [{ vars: { message: a }, assert: [{ type: equals, value: b }] }]\n',
      },
      { models: fakeModels(right) },
    );
    await expect(evaluation.run({ suites: ['p/c.eval.yaml'] })).rejects.toMatchObject({
      code: 'SUITE_NOT_FOUND',
      message: expect.stringContaining('p/a.eval.yaml'),
    });
    await expect(evaluation.run({ suites: ['p/b.eval.yaml'] })).rejects.toMatchObject({
      code: 'MODEL_NOT_CONFIGURED',
      message: expect.stringContaining('"fake"'),
    });
    await expect(evaluation.run({ suites: [], prompt: 'nobody' })).rejects.toMatchObject({ code: 'SUITE_NOT_FOUND' });
    expect(await evaluation.discover()).toEqual(['p/a.eval.yaml', 'p/b.eval.yaml']);
    expect(await evaluation.suitesOf('triage')).toEqual(['p/a.eval.yaml', 'p/b.eval.yaml']);
  });

  it('throws the reason where no column can be asked at all', async () => {
    const models = { ...fakeModels(right), client: () => Promise.reject(new EngineError('UNTRUSTED_WORKSPACE', 'Trust it first.')) };
    const { evaluation } = evaluationWorkspace(files(1), { models, cache: memoryCache() });
    await expect(evaluation.run(request)).rejects.toMatchObject({ code: 'UNTRUSTED_WORKSPACE' });
  });
});

describe('comparisons', () => {
  /** v1 says the wrong team to most messages; the working text always the right one. */
  const models = () =>
    fakeModels((asked) =>
      asked.messages[0]!.content.startsWith('Chat') ? (asked.messages.at(-1)!.content === 'm1' ? 'team1' : 'hello') : right(asked),
    );

  it('run a version side by side and pair by case', async () => {
    const workspace = evaluationWorkspace(
      { ...files(12), 'p/triage.prompty': prompt.replace('Answer with the team.', 'Chat a little.') },
      { models: models() },
    );
    await workspace.versions.snapshot('triage');
    writeFileSync(join(workspace.root, 'p/triage.prompty'), prompt);
    workspace.prompts.invalidate();
    const report = (await workspace.evaluation.run({ ...request, baseline: 'v1' })).suites[0]!;
    expect(report.columns.map(({ id, version }) => [id, version])).toEqual([
      ['c1', 'working'],
      ['b1', 'v1'],
    ]);
    expect(report.passRate).toMatchObject({ mean: 1 });
    expect(report.baseline).toMatchObject({ ref: 'v1', verdict: 'better', regressed: [] });
    expect(report.baseline!.delta).toBeCloseTo(11 / 12, 10);
    expect(report.baseline!.p).toBeCloseTo(2 / 2 ** 11, 10);
    expect(report.baseline!.fixed).toHaveLength(11);
    await expect(workspace.evaluation.run({ ...request, baseline: 'v9' })).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' });
  });

  it('say "no evidence" where there is none', async () => {
    const workspace = evaluationWorkspace(files(12), { models: models() });
    await workspace.versions.snapshot('triage');
    const report = (await workspace.evaluation.run({ ...request, baseline: 'v1' })).suites[0]!;
    expect(report.columns[0]!.version).toBe('v1');
    expect(report.baseline).toMatchObject({ delta: 0, p: 1, verdict: 'no-evidence', regressed: [], fixed: [] });
  });

  it('hold against a blessed baseline, which has no outputs in it', async () => {
    const workspace = evaluationWorkspace(files(12), { models: models() });
    await workspace.evaluation.run({ ...request, bless: true });
    const blessed = readFileSync(join(workspace.root, '.ratchet/baselines/p/a.eval.yaml.json'), 'utf8');
    expect(blessed).not.toContain('team1');
    writeFileSync(join(workspace.root, 'p/triage.prompty'), prompt.replace('Answer with the team.', 'Chat a little more.'));
    const report = (await workspace.evaluation.run(request)).suites[0]!;
    expect(report.baseline).toMatchObject({ ref: 'blessed', verdict: 'worse', fixed: [] });
    expect(report.baseline!.regressed).toHaveLength(11);
  });

  it('hold against an earlier report, and do not pair cases that changed', async () => {
    const workspace = evaluationWorkspace(files(12), { models: models() });
    const document = await workspace.evaluation.run(request);
    writeFileSync(
      join(workspace.root, 'p/a.csv'),
      `message,__expected\n${rows(12, (index) => (index < 4 ? 'other' : `team${String(index)}`))}\n`,
    );
    const report = (await workspace.evaluation.run({ ...request, baselineReport: { ref: 'old.json', document } })).suites[0]!;
    expect(report.stats.failed).toBe(4);
    expect(report.baseline).toMatchObject({ ref: 'old.json', delta: 0, regressed: [] });
  });
});

describe('the health of a suite', () => {
  const codes = async (given: Record<string, string>, answer = right): Promise<string[]> => {
    const { evaluation } = evaluationWorkspace(given, { models: fakeModels(answer) });
    return (await evaluation.run(request)).suites[0]!.health.map(({ code }) => code);
  };

  it('names assertions that always or never pass, once there are ten answers', async () => {
    const given = (count: number) =>
      files(count, 'defaultTest: { assert: [{ type: contains, value: team }, { type: contains, value: nowhere, weight: 0 }] }\n');
    expect(await codes(given(9))).toEqual(['too-few-cases']);
    expect(await codes(given(20))).toEqual(['assertion-always-passed', 'assertion-never-passed']);
  });

  it('names repeated cases and contradictions', async () => {
    const suite =
      'prompts: [triage]\nproviders: [fake]\ntests:\n  - { vars: { message: a }, assert: [{ type: equals, value: b }, { type: equals, value: c }] }\n  - { vars: { message: a }, assert: [{ type: equals, value: b }, { type: equals, value: c }] }\n';
    expect(await codes({ ...files(1), 'p/a.eval.yaml': suite })).toEqual([
      'duplicate-cases',
      'too-few-cases',
      'contradictory-assertions',
      'contradictory-assertions',
    ]);
  });
});
