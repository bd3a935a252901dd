import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Hover } from 'vscode-languageserver/node';
import { Methods, type EvalRunParams, type ServerOptions } from '../../src/shared/protocol.js';
import { startServer, type RunningServer } from '../support/languageServer.js';

const key = 'sk-this-key-must-not-be-seen-anywhere';
const secretFile = 'text of a file outside the workspace';
const markup = 'too long [click](command:workbench.action.terminal.new) <img src=x onerror=alert(1)> https://evil.example';

const good = '---\nname: good\n---\nsystem:\nExplain everything in long detail.\nuser:\n{{question}}\n';

/** A YAML bomb: nine levels of nine aliases, 3 * 10^8 nodes when expanded. */
const bomb = ['a: &a ["lol"]']
  .concat(
    Array.from({ length: 9 }, (_unused, level) => {
      const from = String.fromCharCode(97 + level);
      const to = String.fromCharCode(98 + level);
      return `${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(', ')}]`;
    }),
  )
  .concat(['messages: *j', 'name: bomb', ''])
  .join('\n');

function feedbackLines(): string {
  return Array.from({ length: 60 }, (_unused, index) =>
    [
      {
        schema: 'promptratchet.feedback/1',
        id: `r${String(index)}`,
        prompt: { name: 'good', version: null },
        signal: 'explicit.rating',
        actor: { kind: 'end_user' },
        user: `u${String(index)}`,
        time: new Date(Date.now() - 3_600_000).toISOString(),
        score: { raw: index % 10 === 0 ? 1 : 0, min: 0, max: 1 },
        text: markup,
      },
    ]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  ).join('\n');
}

describe('a hostile workspace', () => {
  let folder = '';
  let root = '';
  let endpoint: Server;
  let origin = '';
  let hits: { headers: Record<string, unknown> }[] = [];
  let server: RunningServer | null = null;

  beforeAll(async () => {
    endpoint = createServer((request, response) => {
      hits.push({ headers: request.headers });
      // An endpoint that throws the key back: it must not get any further.
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: `invalid key ${String(request.headers.authorization)}` } }));
    });
    await new Promise<void>((resolve) => {
      endpoint.listen(0, '127.0.0.1', () => {
        resolve();
      });
    });
    origin = `http://127.0.0.1:${String((endpoint.address() as AddressInfo).port)}`;
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ratchet-hostile-')));
    root = join(folder, 'workspace');
    const write = (file: string, text: string): void => {
      mkdirSync(join(root, file, '..'), { recursive: true });
      writeFileSync(join(root, file), text);
    };
    writeFileSync(join(folder, 'outside.csv'), `question,__expected\n${secretFile},x\n`, { flag: 'w' });
    write('prompts/good.prompty', good);
    write('prompts/bomb.prompt.yml', bomb);
    write('prompts/huge.prompty', `---\nname: huge\n---\nsystem:\n${'x'.repeat(50 * 1024 * 1024)}\n`);
    write('prompts/binary.prompty', '\u0000\u0001\uFFFD---');
    write('logs/feedback.jsonl', `${feedbackLines()}\n{"broken": \n`);
    write(
      '.ratchet/config.yaml',
      [
        'version: 1',
        'sources:',
        '  - { name: log, kind: jsonl, path: logs/feedback.jsonl }',
        '  - { name: gone, kind: jsonl, path: logs/missing.jsonl }',
        'models:',
        `  - { name: evil, provider: openai, baseUrl: "${origin}/v1", model: m }`,
        '  - { name: far, provider: openai, baseUrl: "https://far.example.invalid/v1", model: m }',
        'defaults: { model: evil }',
        '',
      ].join('\n'),
    );
    const suite = (provider: string, tests: string): string => `prompts: [file://good.prompty]\nproviders: [${provider}]\ntests:\n${tests}`;
    write('prompts/good.eval.yaml', suite('evil', '  - { vars: { question: hi }, assert: [{ type: equals, value: hi }] }\n'));
    write('prompts/far.eval.yaml', suite('far', '  - { vars: { question: hi }, assert: [{ type: equals, value: hi }] }\n'));
    write('prompts/outside.eval.yaml', suite('echo', '  - file://../../outside.csv\n'));
    write(
      'prompts/code.eval.yaml',
      suite('echo', '  - { vars: { question: hi }, assert: [{ type: javascript, value: "process.exit(1)" }] }\n'),
    );
    write('prompts/bomb.eval.yaml', bomb);
  });
  afterEach(async () => {
    await server?.stop();
    server = null;
    hits = [];
  });
  afterAll(async () => {
    endpoint.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (options: Partial<ServerOptions>): Promise<RunningServer> => {
    const name = `PROMPT_RATCHET_KEY_${createHash('sha256').update(origin).digest('hex').slice(0, 16)}`;
    server = await startServer(root, options, { [name]: key });
    await server.ask(Methods.pull, {});
    return server;
  };
  const run = (suite: string): EvalRunParams => ({ runId: 'r', suites: [suite] });

  it('still shows what can be read: no file hides another', async () => {
    const { ask, result, diagnostics, uri } = await open({ trusted: false });
    const { prompts, sourceProblems } = await ask(Methods.prompts, {});
    const sound = prompts.find((prompt) => prompt.id === 'good');
    expect(sound).toMatchObject({ status: 'low', problems: 0 });
    expect(prompts.filter((prompt) => prompt.problems > 0).length).toBeGreaterThanOrEqual(2);
    expect(sourceProblems.map((problem) => problem.source)).toContain('log');
    expect(sourceProblems.find((problem) => problem.source === 'log')?.message).toContain('61');
    await expect.poll(() => diagnostics.has(uri('prompts/huge.prompty')), { timeout: 10_000 }).toBe(true);
    const suites = await ask(Methods.suites, {});
    expect(suites.find((suite) => suite.suite === 'prompts/good.eval.yaml')?.cases).toHaveLength(1);
    expect((await result(Methods.history, { prompt: 'good' })).ok).toBe(true);
  });

  it('does not read a file outside of it', async () => {
    const { ask, traffic } = await open({ trusted: false });
    const suites = await ask(Methods.suites, {});
    const outside = suites.find((suite) => suite.suite === 'prompts/outside.eval.yaml');
    expect(outside?.problems.length).toBeGreaterThan(0);
    expect(traffic()).not.toContain(secretFile);
  });

  it('renders nothing of its log', async () => {
    const { connection, uri } = await open({ trusted: false });
    const hover = await connection.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri: uri('prompts/good.prompty') },
      position: { line: 1, character: 0 },
    });
    const { value } = hover.contents as { value: string };
    expect(value).toContain('too long');
    expect(value).not.toMatch(/\]\(command:|<img|https:\/\//);
  });

  it('calls no model and runs no code while it is not trusted', async () => {
    const { result } = await open({ trusted: false, confirmedOrigins: [origin] });
    for (const suite of ['prompts/good.eval.yaml', 'prompts/code.eval.yaml']) {
      const answer = await result(Methods.evalRun, run(suite));
      expect(answer.ok ? answer.value.cause?.code : answer.error.code).toBe('UNTRUSTED_WORKSPACE');
      if (answer.ok) expect(answer.value.suites.map(({ passed, failed }) => passed + failed)).toEqual([0]);
    }
    const suggestion = await result(Methods.suggest, { runId: 's', prompt: 'good', suite: 'prompts/good.eval.yaml' });
    expect(suggestion.ok ? '' : suggestion.error.code).toBe('UNTRUSTED_WORKSPACE');
    expect(hits).toEqual([]);
  });

  it('sends nothing to an address that nobody confirmed', async () => {
    const { result } = await open({ trusted: true });
    const answer = await result(Methods.evalRun, run('prompts/far.eval.yaml'));
    expect(answer.ok ? answer.value.cause?.code : answer.error.code).toBe('ORIGIN_NOT_CONFIRMED');
  });

  it('never shows a key, even where the endpoint throws it back', async () => {
    const { result, traffic } = await open({ trusted: true, confirmedOrigins: [origin] });
    const answer = await result(Methods.evalRun, run('prompts/good.eval.yaml'));
    expect(hits.length).toBeGreaterThan(0);
    expect(hits[0]?.headers['authorization']).toBe(`Bearer ${key}`);
    expect(JSON.stringify(answer)).toContain('MODEL_KEY_REFUSED');
    expect(traffic()).not.toContain(key);
  });
});
