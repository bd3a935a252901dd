/** Sources, the list of feedback and cases, over the wire of the built server; the collector is the built command line beside it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFile, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CollectDocument } from '../../src/shared/documents.js';
import { Methods, Notifications } from '../../src/shared/protocol.js';
import { distDir } from '../support/cli.js';
import { startServer, type RunningServer } from '../support/languageServer.js';

const key = 'sk-collected-and-never-shown';
const prompt = '---\nname: answer\n---\nsystem:\nAnswer {{question}} kindly.\n';

/** `count` answers with a thumb each, the last of them an hour ago. */
function log(count: number): string {
  const time = (index: number): string => new Date(Date.now() - 3_600_000 - (count - index) * 1000).toISOString();
  return Array.from({ length: count }, (_unused, index) => [
    {
      schema: 'promptratchet.interaction/1',
      id: `i-${String(index)}`,
      time: time(index),
      prompt: { name: 'answer', version: 'v1' },
      user: `u${String(index)}`,
      attributes: { plan: index % 2 === 0 ? 'free' : 'paid' },
      input: { variables: { question: index === 0 ? 'Write to anna@example.org or +49 30 901820, please' : `question ${String(index)}` } },
      output: { text: 'shipping' },
    },
    {
      schema: 'promptratchet.feedback/1',
      id: `f-${String(index)}`,
      time: time(index),
      prompt: { name: 'answer', version: 'v1' },
      interaction_id: `i-${String(index)}`,
      signal: 'explicit.thumb',
      user: `u${String(index)}`,
      score: { raw: index % 4 === 0 ? 0 : 1, min: 0, max: 1 },
      ...(index === 0 ? { text: 'anna@example.org never got it', correction: 'billing' } : {}),
      source: { kind: 'app', url: index === 1 ? 'javascript:alert(1)' : 'https://traces.example/t/1' },
    },
  ])
    .flat()
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

describe('sources, feedback and cases', () => {
  let root = '';
  let server: RunningServer;
  let endpoint: Server;
  let origin = '';
  let answer = { status: 200, type: 'text/html', body: '<html>not an API</html>' };

  beforeAll(async () => {
    endpoint = createServer((_request, response) => {
      response.writeHead(answer.status, { 'content-type': answer.type });
      response.end(answer.body);
    });
    await new Promise<void>((resolve) => {
      endpoint.listen(0, '127.0.0.1', () => {
        resolve();
      });
    });
    origin = `http://127.0.0.1:${String((endpoint.address() as AddressInfo).port)}`;
    root = await realpath(await mkdtemp(join(tmpdir(), 'ratchet-sources-')));
    for (const folder of ['prompts', 'logs', '.ratchet']) mkdirSync(join(root, folder));
    await writeFile(join(root, 'prompts/answer.prompty'), prompt);
    await writeFile(
      join(root, 'prompts/answer.eval.yaml'),
      '# ours\nprompts: [file://answer.prompty]\ntests:\n  - vars: { question: a }\n',
    );
    await writeFile(join(root, 'logs/app.jsonl'), `${log(200)}{"broken": \n`);
    await writeFile(
      join(root, '.ratchet/config.yaml'),
      `version: 1\nsources:\n  - { name: app, kind: jsonl, path: logs/app.jsonl }\n  - { name: far, kind: phoenix, url: "${origin}" }\n`,
    );
    server = await startServer(root, { autoPull: 'interval' });
    await server.ask(Methods.pull, { sources: ['app'] });
  });
  afterAll(async () => {
    await server.stop();
    endpoint.close();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });

  it('tell how each is doing: counts, lines that were not read, a fault with its reason, and when it is tried again', async () => {
    await expect
      .poll(async () => (await server.ask(Methods.sources, {})).map(({ state }) => state), { timeout: 20_000 })
      .toEqual(['ok', 'failing']);
    const [app, far] = await server.ask(Methods.sources, {});
    expect(app).toMatchObject({ name: 'app', location: 'logs/app.jsonl', feedback: 200, interactions: 200, nextPull: null, origin: null });
    expect(app?.rejected).toEqual([{ reason: expect.any(String) as string, count: 1, firstLine: 401 }]);
    expect(far).toMatchObject({ name: 'far', lastPull: null, origin });
    expect(Date.parse(far?.nextPull ?? '')).toBeGreaterThan(Date.now() + 60_000);
    expect(far?.message).not.toBe('');
  });

  it('can be tested by name or before they are saved: which step fails, and what to do', async () => {
    expect(await server.ask(Methods.sourceProbe, { name: 'app' })).toMatchObject({ ok: true, failed: null, origin: null });
    const html = await server.ask(Methods.sourceProbe, { source: { name: 'x', kind: 'phoenix', url: origin } });
    expect(html).toMatchObject({ ok: false, origin });
    const nobody = await server.ask(Methods.sourceProbe, { source: { name: 'x', kind: 'phoenix', url: 'http://127.0.0.1:9' } });
    expect(nobody).toMatchObject({ ok: false, failed: 'connect' });
    answer = { status: 401, type: 'text/plain', body: 'Invalid token' };
    const refused = await server.ask(Methods.sourceProbe, { name: 'far' });
    expect(refused).toMatchObject({ ok: false, failed: 'auth' });
    expect(refused.todo).not.toBeNull();
    const gone = await server.result(Methods.sourceProbe, { name: 'gone' });
    expect(gone.ok ? '' : gone.error.code).toBe('SOURCE_NOT_FOUND');
  });

  it('never take a literal key over the wire', async () => {
    const result = await server.result(Methods.sourceEdit, { name: 'x', kind: 'langsmith', url: origin, project: 'p', key });
    expect(result.ok ? '' : result.error.code).toBe('BAD_USAGE');
    const edit = await server.ask(Methods.sourceEdit, {
      name: 'x',
      kind: 'langsmith',
      url: origin,
      project: 'p',
      key: '${env:LANGSMITH_API_KEY}',
    });
    expect(edit.after).toContain('${env:LANGSMITH_API_KEY}');
  });

  it('feedback is read from any place, narrowed by any filter, and its choices are told', async () => {
    const all = await server.ask(Methods.feedbackList, { limit: 50 });
    expect(all.total).toBe(200);
    const page = await server.ask(Methods.feedbackList, { limit: 50, offset: 120 });
    expect(page.rows[0]?.id).toBe('f-79');
    expect((await server.ask(Methods.feedbackList, { offset: 190, limit: 50 })).rows).toHaveLength(10);
    const count = async (filter: object): Promise<number> => (await server.ask(Methods.feedbackList, { ...filter, limit: 1 })).total;
    expect(await count({ maxY: 0.34 })).toBe(50);
    expect(await count({ segment: { key: 'plan', value: 'free' } })).toBe(100);
    expect(await count({ source: 'far' })).toBe(0);
    expect(await count({ source: 'app', since: new Date(Date.now() - 86_400_000).toISOString() })).toBe(200);
    expect(await count({ search: 'never got it' })).toBe(1);
    expect(await count({ prompt: 'answer', version: null })).toBe(0);
    const choices = await server.ask(Methods.feedbackChoices, {});
    expect(choices.sources).toEqual(['app', 'far']);
    expect(choices.attributes).toContain('plan');
  });

  it('a detail has the prompt as it was served where its text is known, the log, and an address only of the web', async () => {
    await server.ask(Methods.history, { prompt: 'answer' });
    const detail = await server.ask(Methods.feedbackDetail, { id: 'f-3' });
    expect(detail?.file).toBe(join(root, 'logs/app.jsonl'));
    expect(detail?.interaction?.variables).toEqual({ question: 'question 3' });
    // No snapshot of v1 was taken, so that what was served is not known.
    expect(detail?.rendered).toBeNull();
    expect(detail?.renderedProblem).toContain('v1');
    expect(detail?.url).toBe('https://traces.example/t/1');
    expect((await server.ask(Methods.feedbackDetail, { id: 'f-1' }))?.url).toBeNull();
    expect(await server.ask(Methods.feedbackDetail, { id: 'gone' })).toBeNull();
  });

  it('a case is drafted without personal data, says what was taken out, keeps the suite’s comments, and writes nothing', async () => {
    const file = join(root, 'prompts/answer.eval.yaml');
    const before = await readFile(file, 'utf8');
    const draft = await server.ask(Methods.caseDraft, { id: 'f-0', suite: 'prompts/answer.eval.yaml' });
    expect(draft.before).toBe(before);
    expect(draft.file).toBe(file);
    expect(draft.after.startsWith(before)).toBe(true);
    const { tests } = parse(draft.after) as { tests: unknown[] };
    expect(tests[1]).toEqual({
      description: 'Write to [email] or [phone], please',
      vars: { question: 'Write to [email] or [phone], please' },
      assert: [{ type: 'equals', value: 'billing' }],
    });
    expect(draft.after).not.toMatch(/anna@|901820/);
    // Comments are redacted before they are shown at all; the interaction is not.
    expect(draft.redacted).toEqual({ email: 1, phone: 1 });
    expect(draft.after).toContain('# Taken out of the texts: email (1), phone (1).');
    expect(draft.after.split('\n')[draft.range.start.line]).toContain('# From feedback f-0.');
    expect(await readFile(file, 'utf8')).toBe(before);
    const fresh = await server.ask(Methods.caseDraft, { id: 'f-4', suite: 'suites/new.eval.yaml' });
    expect(fresh.before).toBe('');
    expect(parse(fresh.after)).toMatchObject({
      prompts: ['file://../prompts/answer.prompty'],
      tests: [{ vars: { question: 'question 4' } }],
    });
    expect(fresh.notes.join(' ')).toContain('what a good answer must hold to');
    for (const suite of ['../outside.eval.yaml', '/etc/x.yaml', 'prompts/answer.prompty'])
      expect(await server.result(Methods.caseDraft, { id: 'f-0', suite })).toMatchObject({
        ok: false,
        error: { code: 'OUTSIDE_WORKSPACE' },
      });
  });

  it('what a collector takes in is told within a second, though no config.yaml names it', async () => {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(distDir, 'cli.js'), 'collect', '--workspace', root],
      { cwd: root },
    );
    try {
      const { address } = await firstLine(child);
      const send = async (user: string): Promise<number> => {
        const changed = server.next(Notifications.changed, ({ what }) => what.includes('scores'));
        const started = performance.now();
        const response = await fetch(`${address}/v1/feedback`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ prompt_name: 'answer', user, answer: 'hello', rating: 1 }),
        });
        expect(response.status).toBeLessThan(300);
        await changed;
        return performance.now() - started;
      };
      await send('first');
      const ms = await send('second');
      console.log(`collected feedback was told after ${ms.toFixed(0)} ms`);
      await expect.poll(async () => (await server.ask(Methods.feedbackList, { source: 'collector', limit: 5 })).total).toBe(2);
      expect((await server.ask(Methods.sources, {})).at(-1)).toMatchObject({
        name: 'collector',
        kind: 'collector',
        state: 'ok',
        feedback: 2,
      });
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    }
  });

  it('an appended line of a log is told while a server hangs', async () => {
    const changed = server.next(Notifications.changed, ({ what }) => what.includes('scores'));
    await appendFile(join(root, 'logs/app.jsonl'), log(1).replaceAll('"i-0"', '"i-new"').replaceAll('"f-0"', '"f-new"'));
    await changed;
    await expect.poll(async () => (await server.ask(Methods.feedbackList, { source: 'app', limit: 1 })).total).toBe(201);
  });
});

function firstLine(child: ChildProcess): Promise<CollectDocument> {
  return new Promise((resolve, reject) => {
    let out = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
      if (out.includes('\n')) resolve(JSON.parse(out.slice(0, out.indexOf('\n'))) as CollectDocument);
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      console.log(chunk);
    });
    child.once('exit', (code) => {
      reject(new Error(`the collector ended with ${String(code)}`));
    });
  });
}
