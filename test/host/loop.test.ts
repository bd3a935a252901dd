import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { Commands } from '../../src/shared/ids.js';
import { Methods } from '../../src/shared/protocol.js';
import { activeSuggestion, suggestionIdOf } from '../../src/extension/suggestion/uris.js';
import { startFakeModel, type FakeMessage, type FakeModel } from '../support/fakeModel.js';
import { closeEditors, folder, running, triage, until } from './support.js';

const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder().fsPath, encoding: 'utf8' }).trim();
const at = (path: string): string => vscode.Uri.joinPath(folder(), path).fsPath;
const suite = 'prompts/support/triage.eval.yaml';

/** A model that routes as asked once it is told to answer with the label alone, and chats before. */
function router(labels: ReadonlyMap<string, string>): (messages: FakeMessage[]) => string {
  return (messages) => {
    const label = labels.get(messages.at(-1)?.content.trim() ?? '') ?? 'billing';
    const strict = messages.some((message) => /exactly one|label only/i.test(message.content));
    return strict ? label : `Hello, and thank you for writing in! Our ${label} team will look after it.`;
  };
}

function readLabels(csv: string): Map<string, string> {
  return new Map(
    csv
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const match = /^(?:"((?:[^"]|"")*)"|([^",]*)),(\w+)\r?$/.exec(line);
        return match === null ? [] : [[(match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim(), match[3] ?? ''] as const];
      }),
  );
}

interface Outcomes {
  passed: string[];
  failed: string[];
  errored: string[];
  skipped: string[];
  output: string;
  ended: boolean;
}

/** Runs items of Test Explorer as the editor does, and keeps what the run was told. */
async function runTests(items: vscode.TestItem[] | undefined, onStart?: (cancel: () => void) => void): Promise<Outcomes> {
  const { tests } = (await running()).services;
  const outcomes: Outcomes = { passed: [], failed: [], errored: [], skipped: [], output: '', ended: false };
  const create = tests.controller.createTestRun.bind(tests.controller);
  tests.controller.createTestRun = (...args) => {
    const run = create(...args);
    const wrapped: vscode.TestRun = Object.create(run) as vscode.TestRun;
    const keep = (list: string[]) => (item: vscode.TestItem) => void list.push(item.label);
    return Object.assign(wrapped, {
      enqueued: () => undefined,
      started: () => undefined,
      passed: keep(outcomes.passed),
      failed: keep(outcomes.failed),
      errored: keep(outcomes.errored),
      skipped: keep(outcomes.skipped),
      appendOutput: (text: string) => void (outcomes.output += text),
      end: () => {
        outcomes.ended = true;
        run.end();
      },
    });
  };
  const source = new vscode.CancellationTokenSource();
  try {
    const running = tests.profile.runHandler(new vscode.TestRunRequest(items), source.token);
    onStart?.(() => {
      source.cancel();
    });
    await running;
  } finally {
    tests.controller.createTestRun = create;
    source.dispose();
  }
  return outcomes;
}

describe('the loop', () => {
  let model: FakeModel;
  let onRequest: () => void = () => undefined;
  let config = '';

  before(async () => {
    await running();
    const answer = router(readLabels(await readFile(at('prompts/support/triage.cases.csv'), 'utf8')));
    model = await startFakeModel((messages) => {
      onRequest();
      return answer(messages);
    });
    config = await readFile(at('.ratchet/config.yaml'), 'utf8');
    const models = `models:\n  - { name: local, provider: openai, baseUrl: "${model.baseUrl}", model: fake, params: { temperature: 0 } }\n\ndefaults:`;
    const changed = config.replace(/models:[\s\S]*?defaults:/, models);
    assert.notEqual(changed, config);
    await writeFile(at('.ratchet/config.yaml'), changed);
  });
  after(async () => {
    await closeEditors();
    await writeFile(at('.ratchet/config.yaml'), config);
    await model.close();
  });

  it('Test Explorer lists the suites, runs one case, and the whole suite', async () => {
    const { tests } = (await running()).services;
    await until('the suites', () => tests.controller.items.size === 4);
    const item = tests.controller.items.get(suite);
    assert.ok(item);
    assert.ok(item.children.size > 100);
    const children: vscode.TestItem[] = [];
    item.children.forEach((child) => children.push(child));
    const one = await runTests(children.slice(0, 1));
    assert.deepEqual([one.passed.length, one.failed.length, one.errored.length, one.ended], [0, 1, 0, true]);
    assert.match(one.output, /fail .*\r\n/);
    const all = await runTests([item]);
    assert.equal(all.failed.length, item.children.size);
  });

  it('the Evaluation tab opens at the start of a run and ends with its result, which Test Explorer has as well', async () => {
    const { client, tests } = (await running()).services;
    const told: string[] = [];
    const marks = { passed: 0, failed: 0 };
    const create = tests.controller.createTestRun.bind(tests.controller);
    tests.controller.createTestRun = (...args) => {
      const run = create(...args);
      const [passed, failed] = [run.passed.bind(run), run.failed.bind(run)];
      run.passed = (...of) => {
        marks.passed++;
        passed(...of);
      };
      run.failed = (...of) => {
        marks.failed++;
        failed(...of);
      };
      return run;
    };
    const listeners = [
      client.onEvalBegun(({ view }) => told.push(`begun ${String(view.head.cells)}`)),
      client.onEvalEnded(() => told.push('ended')),
    ];
    try {
      await vscode.commands.executeCommand(Commands.evaluate, 'support/triage');
      await until('the end', () => told.includes('ended'));
      await until('marks in Test Explorer', () => marks.passed + marks.failed > 100);
    } finally {
      tests.controller.createTestRun = create;
      for (const listener of listeners) listener.dispose();
    }
    assert.match(told[0] ?? '', /^begun /);
    const view = await client.ask(Methods.evalView, { suite });
    assert.equal(view?.running, false);
    assert.ok(view.head.cells > 100);
    const detail = await client.ask(Methods.evalCells, { suite, run: view.head.run, cells: [0], rendered: true });
    assert.ok((detail.rendered[0]?.messages ?? []).length > 0);
    await until('the tab', () => vscode.window.tabGroups.activeTabGroup.tabs.some((tab) => tab.label === 'Evaluation'));
  });

  it('a run of one case is merged into the report that is shown', async () => {
    const { client } = (await running()).services;
    const before = await client.ask(Methods.evalView, { suite });
    assert.ok(before);
    const id = before.rows.cases[0]?.id ?? '';
    await vscode.commands.executeCommand(Commands.runSuite, { suite, cases: [id] });
    const after = await client.ask(Methods.evalView, { suite });
    assert.equal(after?.head.cells, before.head.cells);
    assert.deepEqual(after.rerun, [0]);
  });

  it('a cancelled run stops asking the model, and ends without errors', async () => {
    const { tests } = (await running()).services;
    const item = tests.controller.items.get('prompts/orders/find-order.eval.yaml');
    assert.ok(item);
    const before = model.requests.length;
    const outcomes = await runTests([item], (cancel) => {
      onRequest = cancel;
    });
    onRequest = () => undefined;
    assert.equal(outcomes.ended, true);
    assert.equal(outcomes.errored.length, 0);
    assert.ok(model.requests.length - before < item.children.size, 'not every case was asked');
  });

  it('a suggestion opens as a diff; an edit withdraws its certificate; accepting commits our files alone', async function () {
    this.timeout(180_000);
    const { services } = await running();
    const before = { head: git('rev-parse', 'HEAD'), text: await readFile(triage().fsPath, 'utf8') };
    await vscode.commands.executeCommand(Commands.suggest, 'support/triage');
    await until('the diff', () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input as vscode.TabInputTextDiff;
    const id = suggestionIdOf(input.modified);
    assert.ok(id);
    const view = await services.client.ask(Methods.suggestionGet, { id });
    assert.equal(view.document.verdict, 'certified');
    assert.ok((view.document.certificate?.lo ?? 0) > 0);
    const right = await vscode.workspace.openTextDocument(input.modified);
    assert.equal(right.getText(), view.candidate);
    assert.equal((await vscode.workspace.openTextDocument(input.original)).getText(), before.text);

    // An edit of the right side.
    const edit = new vscode.WorkspaceEdit();
    edit.insert(input.modified, new vscode.Position(right.lineCount - 1, 0), 'Be kind.\n');
    assert.equal(await vscode.workspace.applyEdit(edit), true);
    assert.equal((await services.review.current(id)).edited, true);
    await vscode.commands.executeCommand(Commands.acceptSuggestion, id);
    assert.equal(await readFile(triage().fsPath, 'utf8'), before.text);
    assert.equal(git('rev-parse', 'HEAD'), before.head);

    // Taken back: the certificate holds again.
    const undo = new vscode.WorkspaceEdit();
    undo.replace(input.modified, new vscode.Range(0, 0, right.lineCount, 0), view.candidate ?? '');
    assert.equal(await vscode.workspace.applyEdit(undo), true);
    assert.equal((await services.review.current(id)).edited, false);

    await vscode.commands.executeCommand(Commands.showEvidence, id);
    const evidence = vscode.workspace.textDocuments.find((document) => document.uri.scheme === 'ratchet-evidence');
    assert.match(evidence?.getText() ?? '', /CERTIFICATE[\s\S]*Gain: \+[01]\.\d\d \[\+[01]\.\d\d, /);

    // Edited again and checked: a suggestion of its own, with its own certificate.
    const better = new vscode.WorkspaceEdit();
    better.replace(
      input.modified,
      new vscode.Range(0, 0, right.lineCount, 0),
      (view.candidate ?? '').replace('\n\nuser:', '\nBe quick.\n\nuser:'),
    );
    assert.equal(await vscode.workspace.applyEdit(better), true);
    const edited = right.getText();
    assert.notEqual(edited, view.candidate);
    await vscode.commands.executeCommand(Commands.checkMyEdit, id);
    const checked = activeSuggestion()?.id ?? '';
    assert.notEqual(checked, id);
    assert.equal((await services.review.current(checked)).text, edited);

    await writeFile(at('staged.txt'), 'the user is working on this\n');
    git('add', 'staged.txt');
    await vscode.commands.executeCommand(Commands.acceptSuggestion, checked);
    assert.equal(await readFile(triage().fsPath, 'utf8'), edited);
    assert.equal(git('rev-parse', 'HEAD~1'), before.head);
    assert.match(git('show', '--format=%B', '--no-patch', 'HEAD'), /Ratchet-Evidence: /);
    assert.equal(git('diff', '--cached', '--name-only'), 'staged.txt');
    assert.equal(
      vscode.window.tabGroups.all.flatMap((group) => group.tabs).some((tab) => tab.input instanceof vscode.TabInputTextDiff),
      false,
    );
    await until('the new version in the view', () => services.prompts.find('support/triage')?.version === 'v2');
    git('rm', '--cached', '--quiet', 'staged.txt');
  });

  it('without trust nothing is run and no model is called', async () => {
    const { services } = await running();
    const calls = model.requests.length;
    await services.client.ask(Methods.setTrusted, { trusted: false });
    try {
      const result = await services.client.request(Methods.suggest, { runId: 'untrusted', prompt: 'support/triage' });
      assert.equal(result.ok ? '' : result.error.code, 'UNTRUSTED_WORKSPACE');
      assert.ok((await services.client.request(Methods.prompts, {})).ok, 'reading goes on');
      assert.equal(model.requests.length, calls);
    } finally {
      await services.client.ask(Methods.setTrusted, { trusted: true });
    }
  });
});
