import * as assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { Methods } from '../../src/shared/protocol.js';
import { closeEditors, folder, running, triage, until } from './support.js';

const warning = (): vscode.Diagnostic | undefined =>
  vscode.languages.getDiagnostics(triage()).find((diagnostic) => diagnostic.code === 'low-quality');

describe('on a low prompt', () => {
  before(async () => {
    await running();
    await vscode.window.showTextDocument(triage());
  });
  after(closeEditors);

  it('a code lens shows score and actions', async () => {
    let lenses: vscode.CodeLens[] = [];
    await until('lenses', async () => {
      lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', triage(), 10);
      return lenses.length === 4;
    });
    assert.match(lenses[0]?.command?.title ?? '', /^0\.\d\d \[0\.\d\d, 0\.\d\d\] · \d+ users/);
    assert.deepEqual(
      lenses.slice(1).map((lens) => lens.command?.title),
      ['Evaluate', 'Suggest', 'History'],
    );
  });

  it('Problems has the warning with the main complaint, and a quick fix', async () => {
    await until('the warning', () => warning() !== undefined);
    const low = warning();
    assert.ok(low);
    assert.equal(low.severity, vscode.DiagnosticSeverity.Warning);
    assert.match(low.message, /Main complaint \(\d+ users/);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', triage(), low.range);
    assert.ok(actions.some((action) => action.title === 'Suggest an Edit'));
  });

  it('a hover shows the breakdown and is not trusted', async () => {
    const line = warning()?.range.start ?? new vscode.Position(0, 0);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', triage(), line);
    const ours = hovers
      .flatMap((hover) => hover.contents)
      .find(
        (content): content is vscode.MarkdownString =>
          content instanceof vscode.MarkdownString && content.value.includes('Ratings by users'),
      );
    assert.ok(ours);
    assert.ok(ours.isTrusted === undefined || ours.isTrusted === false);
    assert.ok(ours.supportHtml !== true);
  });

  it('feedback appended to the log changes the view without a reload', async () => {
    const { services } = await running();
    const total = async (): Promise<number> =>
      (await services.client.ask(Methods.feedbackList, { prompt: 'support/triage', limit: 1 })).total;
    const before = await total();
    const line = {
      schema: 'promptratchet.feedback/1',
      prompt: { name: 'support/triage', version: 'v1' },
      signal: 'explicit.comment',
      actor: { kind: 'end_user' },
      user: 'host-test',
      time: new Date().toISOString(),
      text: 'appended by the host test',
    };
    const told = new Promise<void>((resolve) => {
      const listener = services.client.onChanged(({ what }) => {
        if (!what.includes('scores')) return;
        listener.dispose();
        resolve();
      });
    });
    await appendFile(vscode.Uri.joinPath(folder(), 'logs/feedback.jsonl').fsPath, `${JSON.stringify(line)}\n`);
    await told;
    assert.equal(await total(), before + 1);
  });
});

describe('the Prompts view', () => {
  it('has the worst first, with words beside every icon', async () => {
    const { services } = await running();
    const [first] = services.tree.getChildren();
    assert.equal(first?.kind, 'folder');
    const [worst] = services.tree.getChildren(first);
    assert.ok(worst?.kind === 'prompt' && worst.prompt.id === 'support/triage');
    const item = services.tree.getTreeItem(worst);
    assert.match(item.accessibilityInformation?.label ?? '', /^support\/triage: low quality; score 0\.\d\d, 95 % interval/);
    assert.match(typeof item.description === 'string' ? item.description : '', /^0\.\d\d ±\.\d\d {2}v1/);
    assert.equal(item.contextValue, 'prompt.versioned');
  });
});
