import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { Commands, Views } from '../../src/shared/ids.js';
import { extension, running } from './support.js';

interface Manifest {
  contributes: { commands: { command: string }[] };
}

describe('activation', () => {
  it('happens by itself in a folder with prompts', async () => {
    await running();
    assert.equal(extension().isActive, true);
  });

  it('registers exactly the commands of the manifest', async () => {
    await running();
    const { contributes } = extension().packageJSON as Manifest;
    const declared = contributes.commands.map(({ command }) => command).sort();
    const registered = (await vscode.commands.getCommands(true)).filter((id) => id.startsWith('promptRatchet.'));
    // VS Code adds some per view (focus, open, …) and per test controller by itself.
    const own = registered.filter((id) => !Object.values(Views).some((view) => id.startsWith(`${view}.`) && !declared.includes(id))).sort();
    assert.deepEqual(own, declared);
    assert.deepEqual(declared, Object.values(Commands).sort());
  });
});
