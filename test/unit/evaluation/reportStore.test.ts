import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluationWorkspace } from '../../support/evaluationWorkspace.js';
import { fakeModels } from '../../support/fakeModels.js';

const suite = `prompts: ["one {{m}}", "two {{m}}"]
providers: [fake]
tests:
  - { description: "Straße", vars: { m: "é1" }, assert: [{ type: contains, value: one }] }
  - { vars: { m: "more words" }, assert: [{ type: contains, value: two }, { type: contains, value: words }] }
  - { vars: { other: x }, assert: [{ type: contains, value: x }] }
`;
const request = { suites: ['a.eval.yaml'] };
const workspace = () =>
  evaluationWorkspace({ 'a.eval.yaml': suite }, { models: fakeModels((asked) => `«${asked.messages.at(-1)!.content}»`) });
const folderOf = (root: string): string => join(root, '.ratchet/.local/runs/last');

describe('a stored report', () => {
  it('gives its head, its cells and each case alone', async () => {
    const { evaluation } = workspace();
    const document = await evaluation.run(request);
    const report = document.suites[0]!;
    const head = (await evaluation.lastHead('a.eval.yaml'))!;
    expect(head).toMatchObject({ run: document.run, complete: true, cells: 6, report: { ...report, cases: [] } });
    const rows = (await evaluation.lastRows('a.eval.yaml', document.run))!;
    expect(rows).toEqual({
      run: document.run,
      cases: [
        { id: report.cases[0]!.id, title: 'Straße' },
        { id: report.cases[1]!.id, title: 'more words' },
        { id: report.cases[2]!.id, title: 'x' },
      ],
      case: [0, 1, 2, 0, 1, 2],
      column: [0, 0, 0, 1, 1, 1],
      repeat: [1, 1, 1, 1, 1, 1],
      status: 'pfefpe',
      score: report.cases.map(({ score }) => score),
    });
    for (const [cell, result] of report.cases.entries()) {
      expect(await evaluation.caseDetail('a.eval.yaml', document.run, cell)).toEqual(result);
    }
    expect(await evaluation.caseDetail('a.eval.yaml', document.run, 6)).toBeNull();
  });

  it('gives nothing of a run that another has replaced', async () => {
    const { evaluation } = workspace();
    const { run } = await evaluation.run(request);
    await evaluation.run(request);
    expect(await evaluation.lastRows('a.eval.yaml', run)).toBeNull();
    expect(await evaluation.caseDetail('a.eval.yaml', run, 0)).toBeNull();
  });

  it.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 40)],
    ['with a part missing', (bytes: Buffer) => bytes.subarray(40)],
    ['empty', () => Buffer.from('')],
    ['of another kind', () => Buffer.from('null'.padEnd(200))],
  ])('that is %s is as good as none', async (_name, damage) => {
    const { evaluation, root } = workspace();
    const { run } = await evaluation.run(request);
    const file = join(
      folderOf(root),
      readdirSync(folderOf(root)).find((name) => name.endsWith('.report'))!,
    );
    writeFileSync(file, damage(readFileSync(file)));
    expect(await evaluation.lastHead('a.eval.yaml')).toBeNull();
    expect(await evaluation.lastRows('a.eval.yaml', run)).toBeNull();
    expect(await evaluation.caseDetail('a.eval.yaml', run, 0)).toBeNull();
    expect(await evaluation.lastRun('a.eval.yaml')).toBeNull();
  });
});
