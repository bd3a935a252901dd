import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeAction, CodeLens, Hover } from 'vscode-languageserver/node';
import { Methods, Notifications } from '../../src/shared/protocol.js';
import { startServer, type RunningServer } from '../support/languageServer.js';
import { copyWorkspace, type WorkspaceCopy } from '../support/workspaces.js';

const triage = 'prompts/support/triage.prompty';

describe('the built server on the sample workspace', () => {
  let copy: WorkspaceCopy;
  let server: RunningServer;

  beforeAll(async () => {
    copy = await copyWorkspace('sample', { git: true });
    server = await startServer(copy.folder);
    const result = await server.ask(Methods.pull, {});
    expect(result.sources.map((source) => [source.name, source.error])).toEqual([
      ['app-log', null],
      ['old-widget', null],
    ]);
  });
  afterAll(async () => {
    await server.stop();
    await copy.remove();
  });

  it('tells the prompts, the bad one low with its complaint', async () => {
    const { prompts, sources } = await server.ask(Methods.prompts, {});
    expect(sources).toBe(2);
    expect(prompts.map((prompt) => prompt.id)).toEqual(['orders/find-order', 'support/answer', 'support/summarize', 'support/triage']);
    const low = prompts.find((prompt) => prompt.id === 'support/triage');
    expect(low?.status).toBe('low');
    expect(low?.score?.hi).toBeLessThan(0.7);
    expect(low?.complaint).not.toBeNull();
    expect(prompts.filter((prompt) => prompt.status === 'good').length).toBeGreaterThan(0);
  });

  it('has lens, problem, highlight, hover and quick fixes on it', async () => {
    const uri = server.uri(triage);
    const text = await readFile(join(copy.folder, triage), 'utf8');
    await server.openFile(triage, text);
    const lenses = await server.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lenses[0]?.command?.title).toMatch(/^0\.\d\d \[0\.\d\d, 0\.\d\d\] · \d+ users · .*v\d+$/);
    await expect
      .poll(() => server.diagnostics.get(uri)?.map((diagnostic) => diagnostic.code), { timeout: 10_000 })
      .toContain('low-quality');
    const diagnostic = server.diagnostics.get(uri)?.find((item) => item.code === 'low-quality');
    expect(diagnostic?.message).toMatch(
      /^Low quality: 0\.\d\d \(95 % interval 0\.\d\d to 0\.\d\d, \d+ users\)\. Main complaint \(\d+ users/,
    );
    const line = diagnostic?.range.start.line ?? -1;
    const marks = await server.ask(Methods.highlights, { uri });
    expect(marks.length).toBeGreaterThan(0);
    expect(marks[0]?.message).toMatch(/^\d+ % of complaints \(\d+ users\): /);
    const hover = await server.connection.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri },
      position: { line, character: 0 },
    });
    expect((hover.contents as { value: string }).value).toMatch(/Ratings by users: 0\.\d\d/);
    const actions = await server.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: { start: { line, character: 0 }, end: { line, character: 0 } },
      context: { diagnostics: [] },
    });
    expect(actions.map((action) => action.title).slice(0, 2)).toEqual(['Suggest an Edit', 'Show Feedback']);
  });

  it('pages through the feedback and shows one interaction', async () => {
    const first = await server.ask(Methods.feedbackList, { prompt: 'support/triage', limit: 5 });
    expect(first.rows).toHaveLength(5);
    expect(first.nextCursor).not.toBeNull();
    const second = await server.ask(Methods.feedbackList, { prompt: 'support/triage', limit: 5, cursor: first.nextCursor ?? '' });
    expect(second.rows.map((row) => row.id)).not.toContain(first.rows[0]?.id);
    const detail = await server.ask(Methods.feedbackDetail, { id: first.rows[0]?.id ?? '' });
    expect(detail?.row.id).toBe(first.rows[0]?.id);
  });

  it('shows feedback that is appended to the log, without being asked', async () => {
    const before = (await server.ask(Methods.feedbackList, { prompt: 'support/triage', limit: 1 })).total;
    const changed = server.next(Notifications.changed, ({ what }) => what.includes('scores'));
    const started = Date.now();
    const line = {
      schema: 'promptratchet.feedback/1',
      id: 'fb-appended-by-test',
      prompt: { name: 'support/triage', version: 'v2' },
      signal: 'explicit.comment',
      actor: { kind: 'end_user' },
      user: 'appended',
      time: '2026-01-15T10:00:00Z',
      text: 'appended while you look',
    };
    await appendFile(join(copy.folder, 'logs/feedback.jsonl'), `${JSON.stringify(line)}\n`);
    await changed;
    const seconds = (Date.now() - started) / 1000;
    const after = await server.ask(Methods.feedbackList, { prompt: 'support/triage', search: 'appended', limit: 5 });
    expect(after.rows.map((row) => row.text)).toContain('appended while you look');
    expect((await server.ask(Methods.feedbackList, { prompt: 'support/triage', limit: 1 })).total).toBe(before + 1);
    console.log(`appended feedback was told after ${seconds.toFixed(2)} s`);
  });

  it('shows how a source would be read and how config.yaml would change, and writes nothing', async () => {
    const before = await readFile(join(copy.folder, '.ratchet/config.yaml'), 'utf8');
    const source = { name: 'again', kind: 'jsonl', path: 'logs/widget-ratings.jsonl' };
    const preview = await server.ask(Methods.sourcePreview, source);
    expect(preview.records.length).toBeGreaterThan(0);
    expect(preview.fields.length).toBeGreaterThan(0);
    const edit = await server.ask(Methods.sourceEdit, source);
    expect(edit.before).toBe(before);
    expect(edit.after).toContain('again');
    expect(await readFile(join(copy.folder, '.ratchet/config.yaml'), 'utf8')).toBe(before);
  });

  it('rolls back through a new version, with history and contents', async () => {
    const { entries } = await server.ask(Methods.history, { prompt: 'support/answer' });
    expect(entries.map((entry) => entry.version)).toEqual(['v1', 'v2']);
    expect(entries[1]?.score?.score?.users).toBeGreaterThan(30);
    const first = entries[0]?.version ?? '';
    const content = await server.ask(Methods.versionContent, { prompt: 'support/answer', version: first });
    expect(content.file).toBe('prompts/support/answer.prompt');
    const version = await server.ask(Methods.rollback, { prompt: 'support/answer', to: first, commit: true });
    expect(version.why).toBe('rollback');
    expect(version.commit).toMatch(/^[0-9a-f]{40}/);
    expect(await readFile(join(copy.folder, content.file), 'utf8')).toBe(content.text);
    const audit = await server.ask(Methods.auditVerify, {});
    expect(audit.status).toBe('ok');
  });

  it('answers a wrong name with a sentence, not with an error', async () => {
    const result = await server.result(Methods.history, { prompt: 'support/triag' });
    expect(result.ok ? '' : result.error.code).toBe('PROMPT_NOT_FOUND');
    const missing = await server.result(Methods.suggestionGet, { id: 's-none' });
    expect(missing.ok ? '' : missing.error.code).toBe('SUGGESTION_NOT_FOUND');
  });
});
