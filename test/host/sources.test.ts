import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Commands } from '../../src/shared/ids.js';
import { Methods } from '../../src/shared/protocol.js';
import { closeEditors, extension, folder, running, until } from './support.js';

const at = (path: string): string => vscode.Uri.joinPath(folder(), path).fsPath;
const suite = 'prompts/support/answer.eval.yaml';

/** The diff in front whose right side is a draft of a case. */
function caseDiff(): vscode.TabInputTextDiff | null {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputTextDiff && input.modified.scheme === 'ratchet-case' ? input : null;
}

/** Takes the first item of the quick pick that a command opens, as a person who presses Enter. */
async function takeFirst(what: string, done: () => boolean): Promise<void> {
  await until(what, async () => {
    if (done()) return true;
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    await new Promise((resolve) => setTimeout(resolve, 200));
    return done();
  });
}

describe('sources and cases', () => {
  let config = '';
  let suiteText = '';
  before(async () => {
    await running();
    config = await readFile(at('.ratchet/config.yaml'), 'utf8');
    suiteText = await readFile(at(suite), 'utf8');
  });
  after(async () => {
    const { services } = await running();
    await services.collector.stop();
    await writeFile(at('.ratchet/config.yaml'), config);
    await writeFile(at(suite), suiteText);
    await closeEditors();
  });

  async function feedbackOf(prompt: string): Promise<string> {
    const { services } = await running();
    const page = await services.client.ask(Methods.feedbackList, { prompt, limit: 200 });
    for (const { id } of page.rows) {
      const detail = await services.client.ask(Methods.feedbackDetail, { id });
      if (Object.keys(detail?.interaction?.variables ?? {}).length > 0) return id;
    }
    throw new Error(`No feedback of ${prompt} has an interaction`);
  }

  it('feedback becomes a case only through a diff that can be edited, and the suite keeps its comments', async () => {
    const id = await feedbackOf('support/answer');
    const command = vscode.commands.executeCommand(Commands.addToSuite, { feedback: id });
    await takeFirst('the diff of the case', () => caseDiff() !== null);
    await command;
    const input = caseDiff();
    assert.ok(input);
    const draft = await vscode.workspace.openTextDocument(input.modified);
    assert.equal((await vscode.workspace.openTextDocument(input.original)).getText(), suiteText);
    assert.ok(draft.getText().startsWith(suiteText));
    assert.match(draft.getText(), new RegExp(`# From feedback ${id}\\.`));
    assert.equal(await readFile(at(suite), 'utf8'), suiteText, 'nothing is written yet');

    const edit = new vscode.WorkspaceEdit();
    edit.insert(input.modified, new vscode.Position(draft.lineCount, 0), '# looked at\n');
    assert.equal(await vscode.workspace.applyEdit(edit), true);
    await vscode.commands.executeCommand(Commands.acceptCase);
    const after = await readFile(at(suite), 'utf8');
    assert.ok(after.startsWith(suiteText) && after.endsWith('# looked at\n'), 'as it was edited');
    assert.equal(caseDiff(), null);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, at(suite));
  });

  it('a suite that changed meanwhile is left as it is, and a discarded case leaves nothing', async () => {
    const { services } = await running();
    const before = await readFile(at(suite), 'utf8');
    const id = await feedbackOf('support/answer');
    const draft = await services.client.ask(Methods.caseDraft, { id, suite });
    const uri = services.cases.add(draft);
    await vscode.window.showTextDocument(uri);
    await writeFile(at(suite), `${before}# by somebody else\n`);
    await until('the change in the editor', async () =>
      (await vscode.workspace.openTextDocument(vscode.Uri.file(at(suite)))).getText().endsWith('# by somebody else\n'),
    );
    await vscode.commands.executeCommand(Commands.acceptCase, uri);
    assert.equal(await readFile(at(suite), 'utf8'), `${before}# by somebody else\n`);
    await vscode.commands.executeCommand(Commands.discardCase, uri);
    assert.equal(services.cases.draftOf(uri), null);
    assert.equal(await readFile(at(suite), 'utf8'), `${before}# by somebody else\n`);
  });

  it('a source that fails shows in the tree with its reason, and can be tested and read from there', async () => {
    const { services } = await running();
    await writeFile(
      at('.ratchet/config.yaml'),
      config.replace('sources:', 'sources:\n  - { name: gone, kind: phoenix, url: "http://127.0.0.1:9" }'),
    );
    await until('the new source', () => services.prompts.sources.some(({ name }) => name === 'gone'));
    await services.client.ask(Methods.pull, {});
    await until('its fault', () => services.prompts.sources.find(({ name }) => name === 'gone')?.state === 'failing');
    const group = services.tree.getChildren().find((node) => node.kind === 'sources');
    assert.ok(group);
    assert.match(String(services.tree.getTreeItem(group).description), /1 fails/);
    assert.equal(services.tree.getTreeItem(group).collapsibleState, vscode.TreeItemCollapsibleState.Expanded);
    const node = services.tree.getChildren(group).find((child) => child.kind === 'source' && child.status.name === 'gone');
    assert.ok(node);
    const item = services.tree.getTreeItem(node);
    assert.equal(item.contextValue, 'source.failing');
    assert.match(String(item.description), /127\.0\.0\.1:9/);
    assert.match(typeof item.tooltip === 'string' ? item.tooltip : '', /Read again in/);
    await vscode.commands.executeCommand(Commands.testSource, node);
    await vscode.commands.executeCommand(Commands.editSource, node);
    const editor = vscode.window.activeTextEditor;
    assert.match(editor?.document.lineAt(editor.selection.active.line).text ?? '', /name: gone/);
    await writeFile(at('.ratchet/config.yaml'), config);
    await until('the old sources', () => services.prompts.sources.every(({ name }) => name !== 'gone'));
  });

  it('the collector listens as a child of this window, takes in feedback within a second, and ends with it', async () => {
    const { services } = await running();
    const cli = join(extension().extensionUri.fsPath, 'dist', 'cli.js');
    const document = await services.collector.start({ cli, folder: folder().fsPath, port: 0, token: 't0ken' });
    const group = services.tree.getChildren().find((node) => node.kind === 'sources');
    assert.deepEqual(services.tree.getChildren(group)[0], { kind: 'collector', address: document.address });
    const send = (token: string): Promise<Response> =>
      fetch(`${document.address}/v1/feedback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ prompt_name: 'support/answer', user: 'collected', answer: 'ok', rating: 1 }),
      });
    assert.equal((await send('wrong')).status, 401);
    assert.ok((await send('t0ken')).ok);
    const started = Date.now();
    await until(
      'the collected feedback',
      async () => (await services.client.ask(Methods.feedbackList, { source: 'collector', limit: 1 })).total === 1,
    );
    assert.ok(Date.now() - started < 5000);
    const alive = (): boolean => {
      try {
        process.kill(document.pid, 0);
        return true;
      } catch {
        return false;
      }
    };
    assert.equal(alive(), true);
    await vscode.commands.executeCommand(Commands.stopCollector);
    assert.equal(services.collector.running, null);
    await until('its end', () => !alive());
    assert.equal(
      services.tree.getChildren().some((node) => node.kind === 'collector'),
      false,
    );
    execFileSync('rm', ['-rf', at('.ratchet/.local/segments/collector')]);
  });

  it('a collector that cannot start says why in one sentence', async () => {
    const { services } = await running();
    const cli = join(extension().extensionUri.fsPath, 'dist', 'cli.js');
    await assert.rejects(services.collector.start({ cli, folder: folder().fsPath, port: 99_999, token: null }), /port|99999/i);
    assert.equal(services.collector.running, null);
  });
});
