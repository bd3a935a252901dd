import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { Commands } from '../../src/shared/ids.js';
import { Methods } from '../../src/shared/protocol.js';
import { answer, closeEditors, folder, running, until } from './support.js';

const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder().fsPath, encoding: 'utf8' }).trim();

/** Accepts what is chosen in the quick pick that is open, again until `done`: a pick takes a moment to open. */
async function accept(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  await until(what, async () => {
    if (await done()) return true;
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    await new Promise((resolve) => setTimeout(resolve, 250));
    return done();
  });
}

describe('versions', () => {
  after(closeEditors);

  it('roll back with a diff, a confirmation, and one commit of our own files', async () => {
    const { services } = await running();
    const before = git('rev-parse', 'HEAD');
    const { text } = await services.client.ask(Methods.versionContent, { prompt: 'support/answer', version: 'v1' });
    assert.notEqual(await readFile(answer().fsPath, 'utf8'), text);
    const command = vscode.commands.executeCommand(Commands.rollback, { prompt: 'support/answer', to: 'v1' });
    await until('the diff', () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff);
    assert.notEqual(await readFile(answer().fsPath, 'utf8'), text, 'nothing is written before the confirmation');
    await accept('the rollback', async () => (await readFile(answer().fsPath, 'utf8')) === text);
    await command;
    assert.equal(git('rev-parse', 'HEAD~1'), before);
    const changed = git('show', '--name-only', '--format=', 'HEAD').split('\n');
    assert.ok(changed.includes('prompts/support/answer.prompt'));
    assert.ok(
      changed.every((file) => file === 'prompts/support/answer.prompt' || file.startsWith('.ratchet/')),
      changed.join(' '),
    );
    assert.match(git('show', '--format=%B', '--no-patch', 'HEAD'), /Ratchet-Prompt: support\/answer/);
    const { entries } = await services.client.ask(Methods.history, { prompt: 'support/answer' });
    assert.equal(entries.at(-1)?.why, 'rollback');
    await until('the new version in the view', () => services.prompts.find('support/answer')?.version === entries.at(-1)?.version);
  });

  it('can be looked at and are read-only', async () => {
    const { services } = await running();
    const { file } = await services.client.ask(Methods.history, { prompt: 'support/answer' });
    const uri = vscode.Uri.from({
      scheme: 'ratchet-version',
      path: `/v1/${file.split('/').at(-1) ?? ''}`,
      query: JSON.stringify({ prompt: 'support/answer', version: 'v1' }),
    });
    const document = await vscode.workspace.openTextDocument(uri);
    assert.equal(document.getText(), (await services.client.ask(Methods.versionContent, { prompt: 'support/answer', version: 'v1' })).text);
    assert.equal(vscode.workspace.fs.isWritableFileSystem('ratchet-version'), undefined);
  });
});
