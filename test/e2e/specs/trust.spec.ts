/** Restricted Mode: everything can be read, no model is called before the workspace is trusted, and it works from then on without a reload. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeModel } from '../../support/fakeModel.js';
import type { FakeModel } from '../../support/fakeModel.js';
import { closeBrowser, openWorkbench } from '../harness.js';
import type { Opened } from '../harness.js';

let from = '';
let model: FakeModel;
let opened: Opened;

describe('a workspace that is not trusted', () => {
  beforeAll(async () => {
    model = await startFakeModel(() => 'hello there');
    from = mkdtempSync(join(tmpdir(), 'ratchet-trust-'));
    for (const folder of ['prompts', 'logs', '.ratchet']) mkdirSync(join(from, folder));
    writeFileSync(join(from, 'prompts/greet.prompty'), '---\nname: greet\n---\nsystem:\nGreet.\n\nuser:\n{{question}}\n');
    writeFileSync(
      join(from, 'prompts/greet.eval.yaml'),
      'prompts: [file://greet.prompty]\nproviders: [fake]\ntests:\n  - vars: { question: Hello? }\n    assert: [{ type: contains, value: hello }]\n',
    );
    writeFileSync(
      join(from, '.ratchet/config.yaml'),
      `version: 1\nsources:\n  - { name: log, kind: jsonl, path: logs/log.jsonl }\nmodels:\n  - { name: fake, provider: openai, baseUrl: "${model.baseUrl}", model: m }\n`,
    );
    const lines = Array.from({ length: 40 }, (_, index) => JSON.stringify({ user: `u${String(index)}`, answer: 'Hi.', rating: 0 }));
    writeFileSync(join(from, 'logs/log.jsonl'), `${lines.join('\n')}\n`);
    opened = await openWorkbench({ from, trust: false });
  });
  afterAll(async () => {
    await opened.close();
    await closeBrowser();
    await model.close();
    rmSync(from, { recursive: true, force: true });
  });

  it('shows scores and lenses, and says that evaluating waits for trust', async () => {
    const { workbench } = opened;
    await workbench.statusBar('Restricted Mode').waitFor({ timeout: 60_000 });
    await workbench.openView('Prompt Ratchet');
    await workbench
      .tree('Prompts')
      .getByRole('treeitem', { name: /greet: low quality/ })
      .click({ timeout: 60_000 });
    await workbench.codeLens(/40 users/).waitFor({ timeout: 60_000 });
    await workbench.codeLens('Evaluate').click();
    await workbench.notification(/Models are not called in an untrusted workspace/).waitFor({ timeout: 30_000 });
    expect(model.requests).toEqual([]);
  });

  it('works once trust is given', async () => {
    const { workbench, page } = opened;
    await page.getByRole('button', { name: 'Manage Workspace Trust' }).click();
    await page.getByRole('button', { name: 'Trust', exact: true }).click();
    await page.getByText('You trust this folder').waitFor();
    await page
      .locator('.monaco-modal-editor-block')
      .getByRole('button', { name: /^Close/ })
      .first()
      .click();
    await workbench.codeLens('Evaluate').click();
    await (await workbench.webview('Evaluation')).getByText('1 passed', { exact: false }).first().waitFor({ timeout: 60_000 });
    expect(model.requests).toHaveLength(1);
  });
});
