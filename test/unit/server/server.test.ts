import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createConnection,
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type CodeAction,
  type CodeLens,
  type Hover,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import { connectionLogger } from '../../../src/server/logger.js';
import { createServer } from '../../../src/server/server.js';
import { Methods, Notifications, type PromptsResult, type RequestDef, type SuiteInfo } from '../../../src/shared/protocol.js';
import type { Result } from '../../../src/shared/result.js';
import { fakeEngine, promptDocument, versionScore, type FakeState } from '../../support/fakeEngine.js';

const text = '---\nname: p\n---\nsystem:\nExplain every option in detail. Answer {{question}}.\n';
const uri = 'file:///w/p.prompty';
const hostile = '[click](command:workbench.action.terminal.new) <img src=x>';

const lowScore = (): FakeState['scores'] => {
  const start = text.indexOf('Explain');
  const theme = { id: 't', label: hostile, users: 41, share: 0.34, examples: [], segments: [{ range: { start, end: start + 31 } }] };
  return {
    schema: 'promptratchet.score/1',
    asOf: '2026-03-31T00:00:00Z',
    threshold: 0.7,
    prompts: [{ prompt: 'p', current: 'v2', versions: [versionScore({ themes: [theme] })] }],
    unattributed: { none: 3, ambiguous: 0 },
    rejected: [],
  };
};

describe('the language server', () => {
  let client: ProtocolConnection;
  let state: FakeState;
  let diagnostics: Map<string, PublishDiagnosticsParams['diagnostics']>;
  let changes: number;

  const ask = <P, R>(def: RequestDef<P, Result<R>>, params: P): Promise<Result<R>> => client.sendRequest<Result<R>>(def.method, params);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  const begin = async (overrides: Parameters<typeof fakeEngine>[1] = {}): Promise<void> => {
    const [up, down] = [new PassThrough(), new PassThrough()];
    const connection = createConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
    createServer(connection, () => fakeEngine(state, overrides), connectionLogger(connection, []));
    connection.listen();
    client = createProtocolConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
    client.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      diagnostics.set(params.uri, params.diagnostics);
    });
    client.onNotification(Notifications.changed.method, () => {
      changes++;
    });
    client.listen();
    await client.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: {},
      initializationOptions: { root: '/w', trusted: false, autoPull: 'off' },
    });
    await client.sendNotification('initialized', {});
  };

  beforeEach(() => {
    state = { prompts: [promptDocument('p', 'p.prompty', text)], scores: lowScore(), calls: [] };
    diagnostics = new Map();
    changes = 0;
  });
  afterEach(async () => {
    await client.sendRequest('shutdown');
    client.dispose();
  });

  it('shows score and actions over a prompt, and nothing over other files', async () => {
    await begin();
    const lenses = await client.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lenses.map((lens) => lens.command?.title)).toEqual(['0.61 [0.56, 0.66] · 240 users · v2', 'Evaluate', 'Suggest', 'History']);
    expect(lenses[1]?.command?.arguments).toEqual(['p']);
    expect(await client.sendRequest('textDocument/codeLens', { textDocument: { uri: 'file:///w/readme.md' } })).toEqual([]);
    expect(await client.sendRequest('textDocument/codeLens', { textDocument: { uri: 'file:///elsewhere/p.prompty' } })).toEqual([]);
  });

  it('offers to connect feedback where there is none', async () => {
    state.scores = { ...lowScore(), prompts: [] };
    await begin();
    const lenses = await client.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lenses.map((lens) => lens.command?.title)).toEqual(['No feedback yet', 'Evaluate', 'Connect Feedback…']);
  });

  it('warns of a low prompt and reports a broken suite and config beside it', async () => {
    await begin();
    await until(() => diagnostics.size === 3);
    const [low] = diagnostics.get(uri) ?? [];
    expect(low).toMatchObject({ severity: 2, code: 'low-quality', source: 'Prompt Ratchet', range: { start: { line: 1, character: 0 } } });
    expect(low?.message).toMatch(/^Low quality: 0.61 \(95 % interval 0.56 to 0.66, 240 users\)\. Main complaint \(41 users/);
    expect(diagnostics.get('file:///w/bad.eval.yaml')?.[0]?.message).toBe('This is no YAML.');
    expect(diagnostics.get('file:///w/.ratchet/config.yaml')?.[0]?.severity).toBe(1);
  });

  it('keeps showing prompts where the scores fail', async () => {
    await begin({ scoring: { score: () => Promise.reject(new Error('the index is damaged')) } });
    const result = await ask(Methods.prompts, {});
    expect(result.ok && result.value.prompts.map((prompt) => [prompt.id, prompt.status, prompt.version])).toEqual([['p', 'none', 'v2']]);
    expect(result.ok && result.value.sourceProblems[0]?.message).toBe('the index is damaged');
    await until(() => diagnostics.has('file:///w/bad.eval.yaml'));
  });

  it('summarises prompts with score, complaint, suites and unattributed feedback', async () => {
    await begin();
    const result = (await ask(Methods.prompts, {})) as { ok: true; value: PromptsResult };
    expect(result.value).toMatchObject({ threshold: 0.7, unattributed: { none: 3, ambiguous: 0 } });
    expect(result.value.prompts[0]).toMatchObject({
      id: 'p',
      status: 'low',
      users: 240,
      suites: 1,
      version: 'v2',
      complaint: { users: 41 },
    });
  });

  it('never renders words from a log as markup in a hover', async () => {
    await begin();
    const onName = await client.sendRequest<Hover>('textDocument/hover', { textDocument: { uri }, position: { line: 1, character: 2 } });
    const onComplaint = await client.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri },
      position: { line: 4, character: 2 },
    });
    const onPlaceholder = await client.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri },
      position: { line: 4, character: 44 },
    });
    for (const hover of [onName, onComplaint, onPlaceholder]) {
      const { value } = hover.contents as { value: string };
      expect(value).not.toMatch(/[^\\]\]\(|command:|<img/);
    }
    expect((onName.contents as { value: string }).value).toContain('Ratings by users: 0.61 (95 % interval 0.56 to 0.66, 240 users)');
    expect((onPlaceholder.contents as { value: string }).value).toContain('where is it');
  });

  it('lets highlights follow the words in an edited buffer', async () => {
    await begin();
    await client.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'prompty', version: 1, text: text.replace('system:\n', 'system:\nBe kind.\n') },
    });
    const moved = await ask(Methods.highlights, { uri });
    expect(moved.ok && moved.value.map((mark) => mark.range.start)).toEqual([{ line: 5, character: 0 }]);
    await client.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: '---\nname: p\n---\nsystem:\nShort.\n' }],
    });
    const gone = await ask(Methods.highlights, { uri });
    expect(gone).toEqual({ ok: true, value: [] });
  });

  it('offers quick fixes on the line of the warning only', async () => {
    await begin();
    const on = (line: number): Promise<CodeAction[]> =>
      client.sendRequest('textDocument/codeAction', {
        textDocument: { uri },
        range: { start: { line, character: 0 }, end: { line, character: 0 } },
        context: { diagnostics: [] },
      });
    expect((await on(1)).map((action) => action.title)).toEqual(['Suggest an Edit', 'Show Feedback']);
    expect(await on(4)).toEqual([]);
  });

  it('lists the suites that can be read and the one that cannot', async () => {
    await begin();
    const result = (await ask(Methods.suites, {})) as { ok: true; value: SuiteInfo[] };
    expect(result.value.map((suite) => [suite.suite, suite.cases.length, suite.problems])).toEqual([
      ['good.eval.yaml', 1, []],
      ['bad.eval.yaml', 0, ['This is no YAML.']],
    ]);
  });

  it('gives expected failures as data and keeps defects to the log', async () => {
    await begin();
    expect(await ask(Methods.feedbackList, {})).toEqual({
      ok: false,
      error: { code: 'SOURCE_FAILED', message: 'The log is gone. Connect it again.', origin: 'https://a.example' },
    });
    const defect = await ask(Methods.feedbackDetail, { id: 'x' });
    expect(defect.ok ? null : defect.error.code).toBe('INTERNAL');
    expect(JSON.stringify(defect)).not.toContain('a defect');
  });

  it('cancels a run by its id', async () => {
    await begin();
    const run = ask(Methods.evalRun, { runId: 'r1', suites: ['good.eval.yaml'] });
    await until(() => state.calls.includes('evaluation.run'));
    await ask(Methods.cancel, { runId: 'r1' });
    const result = await run;
    expect(result.ok ? null : result.error.code).toBe('CANCELLED');
  });

  it('takes over settings and tells the client that scores changed', async () => {
    await begin();
    await client.sendRequest('textDocument/codeLens', { textDocument: { uri } });
    const before = changes;
    await ask(Methods.setOptions, { codeLens: false });
    await until(() => changes > before);
    expect(await client.sendRequest('textDocument/codeLens', { textDocument: { uri } })).toEqual([]);
  });
});
