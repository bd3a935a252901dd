import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeEditors, running, triage, until } from './support.js';

describe('lifetimes', () => {
  it('restarting 20 times leaves nothing behind', async function () {
    this.timeout(120_000);
    const { services } = await running();
    const { client, store } = services;
    await client.restart();
    const before = { run: client.runSize, extension: store.size };
    for (let count = 0; count < 20; count++) await client.restart();
    assert.deepEqual({ run: client.runSize, extension: store.size }, before);
    assert.ok(before.run > 0);
    await until('prompts after the restarts', async () => {
      await services.prompts.refresh();
      return services.prompts.failure === null && services.prompts.prompts.length > 0;
    });
    // A provider that survived its server would answer twice.
    await vscode.window.showTextDocument(triage());
    await until('the lenses of one server', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', triage(), 10);
      return lenses.length === 4;
    });
    await closeEditors();
  });

  it('a key reaches the server by its environment alone, and no line of the log', async () => {
    const { services } = await running();
    const key = 'sk-host-test-0123456789';
    await services.keys.set('https://host.test.example', key);
    try {
      await services.client.restart();
      assert.ok(Object.values(await services.keys.environment()).includes(key));
      assert.equal(services.log.clean(`401 for ${key}`), '401 for •••');
      const { workspaceState, globalState } = services.context;
      const kept = [workspaceState, globalState].flatMap((state) => state.keys().map((name) => JSON.stringify(state.get(name))));
      assert.ok(!kept.join('').includes(key));
    } finally {
      await services.keys.remove('https://host.test.example');
      await services.client.restart();
    }
    assert.deepEqual(await services.keys.origins(), []);
  });

  it('restarts that are asked for at the same time are one', async () => {
    const { services } = await running();
    const first = services.client.restart();
    const second = services.client.restart();
    const third = services.client.restart();
    assert.equal(second, third);
    await Promise.all([first, second, third]);
    await services.prompts.refresh();
    assert.equal(services.prompts.failure, null);
  });
});
