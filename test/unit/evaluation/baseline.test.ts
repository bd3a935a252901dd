import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EvalDocument, SuiteReport } from '../../../src/shared/evalDocument.js';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';
import { fakeModels, memoryCache } from '../../support/fakeModels.js';
import { makeRepository } from '../../support/repository.js';

const prompt = (words: string): string => `---\nname: triage\n---\nsystem:\n${words}\n\nuser:\n{{message}}\n`;
const rows = Array.from({ length: 12 }, (_, index) => `m${String(index)},team${String(index)}`).join('\n');
const config = `version: 1
models:
  - { name: one, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: one }
  - { name: two, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: two }
defaults: { model: one }
`;
const files = (words: string, providers = 'one') => ({
  '.ratchet/config.yaml': config,
  'p/triage.prompty': prompt(words),
  'p/a.eval.yaml': `prompts: [triage]\nproviders: [${providers}]\ntests: file://a.csv\n`,
  'p/a.csv': `message,__expected\n${rows}\n`,
});
const request = { suites: ['p/a.eval.yaml'] };
/** A text with "good" in it makes the model right. */
const models = () =>
  fakeModels(({ messages }) => (messages[0]!.content.includes('good') ? messages.at(-1)!.content.replace('m', 'team') : 'no'));
const open = (words: string, providers?: string) => {
  const workspace = evaluationWorkspace(files(words, providers), { models: models(), cache: memoryCache() });
  return {
    ...workspace,
    rewrite(next: string, more = providers): void {
      const { 'p/triage.prompty': text, 'p/a.eval.yaml': suite } = files(next, more);
      writeFileSync(join(workspace.root, 'p/triage.prompty'), text);
      writeFileSync(join(workspace.root, 'p/a.eval.yaml'), suite);
      workspace.prompts.invalidate();
    },
  };
};
const only = (document: EvalDocument): SuiteReport => document.suites[0]!;

describe('a git ref as the baseline', () => {
  it('runs the text of that ref side by side, and the suite counts its own columns alone', async () => {
    const { root, evaluation, rewrite } = open('bad');
    makeRepository(root);
    rewrite('good');
    const report = only(await evaluation.run({ ...request, baseline: 'main' }));
    expect(report.columns).toMatchObject([
      { id: 'c1', version: 'working' },
      { id: 'b1', version: 'main', baselineOf: 'c1' },
    ]);
    expect(report.stats).toMatchObject({ cases: 12, passed: 12, failed: 0, requests: 24 });
    expect(report.baselineStats).toMatchObject({ cases: 12, failed: 12 });
    expect(report.baseline).toMatchObject({ ref: 'main', verdict: 'better', delta: 1, pairs: 12 });
    expect(report.columns[0]!.baseline).toMatchObject({ verdict: 'better' });
  });

  it('is the blessed baseline of that ref where there is one, and then asks for nothing twice', async () => {
    const { root, evaluation, rewrite } = open('good');
    await evaluation.run({ ...request, bless: true });
    const blessed = JSON.parse(readFileSync(join(root, '.ratchet/baselines/p/a.eval.yaml.json'), 'utf8')) as Record<string, unknown>;
    expect(blessed).toMatchObject({ time: expect.stringMatching(/^\d{4}-/) as string, columns: [{ model: 'one', repeats: 1 }] });
    expect(JSON.stringify(blessed)).toMatch(/"sha256":"[0-9a-f]{64}"/);
    expect(JSON.stringify(blessed)).not.toContain('team1');
    makeRepository(root);
    rewrite('bad');
    const report = only(await evaluation.run({ ...request, baseline: 'main' }));
    expect(report.columns).toHaveLength(1);
    expect(report.baseline).toMatchObject({ ref: 'main', verdict: 'worse', delta: -1, score: { delta: -1 } });
  });

  it('costs nothing where it is not there', async () => {
    const { root, evaluation } = open('good');
    makeRepository(root);
    await expect(evaluation.run({ ...request, baseline: 'nowhere' })).rejects.toMatchObject({
      code: 'BAD_USAGE',
      message: expect.stringContaining('neither a version (v1), nor a file, nor a branch') as string,
    });
    writeFileSync(join(root, 'p/new.prompty'), prompt('good').replace('triage', 'new'));
    writeFileSync(join(root, 'p/b.eval.yaml'), files('')['p/a.eval.yaml'].replace('triage', 'new'));
    await expect(evaluation.run({ suites: ['p/b.eval.yaml'], baseline: 'main' })).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' });
    const both = await evaluation.run({ suites: ['p/a.eval.yaml', 'p/b.eval.yaml'], baseline: 'main' });
    expect(both.suites[1]).toMatchObject({
      baseline: null,
      notCompared: [expect.stringContaining('p/new.prompty does not exist at main')],
    });
  });
});

describe('columns and their baseline', () => {
  it('are compared one by one: a gain in one does not hide a loss in another', async () => {
    const workspace = open('good', 'one, two');
    const document = await workspace.evaluation.run(request);
    for (const result of document.suites[0]!.cases.filter(({ column }) => column === 'c1')) result.status = 'fail';
    workspace.rewrite('bad');
    for (const result of document.suites[0]!.cases) result.score = null;
    const report = only(await workspace.evaluation.run({ ...request, baselineReport: { ref: 'old', document } }));
    expect(report.columns.map(({ baseline }) => baseline?.verdict)).toEqual(['no-evidence', 'worse']);
    expect(report.baseline).toMatchObject({ verdict: 'worse', delta: -0.5, pairs: 24 });
    expect(report.columns[1]!.baseline).toMatchObject({ score: null });
  });

  it('of another model are compared aloud, and not at all where it is not clear which', async () => {
    const workspace = open('good');
    const document = await workspace.evaluation.run(request);
    workspace.rewrite('good', 'two');
    const other = only(await workspace.evaluation.run({ ...request, baselineReport: { ref: 'old', document } }));
    expect(other.columns[0]!.baseline!.notes![0]).toContain('made with another model (one, now two)');
    workspace.rewrite('good', 'two, echo');
    const none = only(await workspace.evaluation.run({ ...request, baselineReport: { ref: 'old', document } }));
    expect(none.baseline).toBeNull();
    expect(none.notCompared).toHaveLength(2);
    expect(none.notCompared![0]).toContain('old has no column of triage with the model two (it has one)');
  });
});

it('an A/A check runs every column twice, with answers of its own', async () => {
  let asked = 0;
  const noisy = fakeModels(({ messages }) => (asked++ % 3 === 0 ? 'no' : messages.at(-1)!.content.replace('m', 'team')));
  const { evaluation } = evaluationWorkspace(files('good'), { models: noisy, cache: memoryCache() });
  const report = only(await evaluation.run({ ...request, aa: true }));
  expect(report.stats.requests).toBe(24);
  expect(report.columns.map(({ version, baselineOf }) => [version, baselineOf])).toEqual([
    ['working', undefined],
    ['working', 'c1'],
  ]);
  expect(report.baseline).toMatchObject({ ref: 'itself', pairs: 12 });
  expect(await evaluation.lastRun('p/a.eval.yaml')).toBeNull();
});
