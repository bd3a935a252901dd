import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeAction, CodeLens, Diagnostic } from 'vscode-languageserver/node';
import { Methods, Notifications } from '../../src/shared/protocol.js';
import { startServer, type RunningServer } from '../support/languageServer.js';

const suite = 'a.eval.yaml';
const text = [
  'prompts: ["Answer {{q}}"]',
  'providers: [echo]',
  'test: []',
  'tests:',
  '  - vars: { q: one }',
  '    assert: [{ type: icontain, value: one }]',
  '  - vars: { q: two }',
  '    assert: [{ type: contains, value: two }]',
  '  - vars: { q: three }',
  '    assert: [{ type: equals, value: a }, { type: equals, value: b }]',
  '',
].join('\n');

describe('suites in the editor', () => {
  let server: RunningServer;
  let root: string;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'ratchet-suites-'));
    writeFileSync(join(root, suite), text);
    server = await startServer(root, { trusted: true });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });
  const lenses = async (): Promise<string[]> => {
    const all = await server.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: server.uri(suite) } });
    return all.map(({ range, command }) => `${String(range.start.line)} ${command?.title ?? ''}`);
  };
  const fixes = (diagnostic: Diagnostic | undefined): Promise<CodeAction[]> =>
    server.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri: server.uri(suite) },
      range: diagnostic?.range,
      context: { diagnostics: [diagnostic] },
    });

  it('have a way to run over themselves and over each test, with the last result', async () => {
    expect(await lenses()).toEqual(['0 Run Suite', '0 Run With…', '0 Not run yet', '4 Run', '6 Run', '8 Run']);
    const ended = server.next(Notifications.evalEnded);
    const outcome = await server.ask(Methods.evalRun, { runId: 'r', suites: [suite] });
    expect(outcome.suites).toEqual([{ suite, cells: 3, passed: 1, failed: 1, errored: 1 }]);
    expect((await ended).suites).toEqual([suite]);
    expect(await lenses()).toEqual([
      ...['0 Run Suite', '0 Run With…', expect.stringMatching(/^0 1 of 2 passed, 0\.50 \[0\.\d\d, 0\.\d\d\], 1 error, just now$/)],
      ...['4 Run', '4 error', '6 Run', '6 passed', '8 Run', '8 failed'],
    ]);
  });

  it('a test that runs alone is merged into what is shown, and its texts are there', async () => {
    const before = await server.ask(Methods.evalView, { suite });
    const id = before?.rows.cases[1]?.id ?? '';
    await server.ask(Methods.evalRun, { runId: 'r2', suites: [suite], cases: [id] });
    const after = await server.ask(Methods.evalView, { suite });
    expect(after?.rows.status).toBe(before?.rows.status);
    expect(after?.rerun).toEqual([1]);
    const run = after?.head.run ?? '';
    const detail = await server.ask(Methods.evalCells, { suite, run, cells: [1, 2], rendered: true });
    expect(detail.results.map((result) => result?.output)).toEqual(['Answer two', 'Answer three']);
    expect(detail.rendered).toEqual([{ column: 'c1', messages: [{ role: 'user', text: 'Answer two' }], problem: null, changed: false }]);
    expect(await server.ask(Methods.evalSearch, { suite, run, text: 'THREE' })).toEqual([2]);
    expect(await server.ask(Methods.evalExport, { suite, run, format: 'csv' })).toContain('Answer two');
    expect((await server.ask(Methods.suiteHistory, { suite })).map(({ columns }) => columns[0]?.n)).toEqual([3]);
    const draft = await server.ask(Methods.outputDraft, { suite, run, cell: 1, to: suite });
    expect(draft.after.startsWith(text)).toBe(true);
    expect(draft.after).toContain('value: Answer two');
  });

  it('are marked where something is nearly right or can never pass, with a fix where there is one', async () => {
    const marks = (): Diagnostic[] => server.diagnostics.get(server.uri(suite)) ?? [];
    await expect.poll(() => marks().map(({ code }) => code)).toContain('contradictory-assertions');
    const key = marks().find(({ code }) => code === 'unknown-key');
    const [fix] = await fixes(key);
    expect(fix?.edit?.changes?.[server.uri(suite)]).toEqual([{ range: key?.range, newText: 'tests' }]);
    const type = marks().find(({ message }) => JSON.stringify(message).includes('icontain'));
    expect((await fixes(type))[0]?.title).toBe('Change to "icontains"');
    const contradiction = marks().find(({ code }) => code === 'contradictory-assertions');
    expect(contradiction?.range.start.line).toBe(8);
    expect((await fixes(contradiction)).map(({ command }) => command?.command)).toEqual(['promptRatchet.suite.show']);
    expect(readFileSync(join(root, suite), 'utf8')).toBe(text);
  });
});
