/** The collector as a process: what it acknowledges is there, whatever happens to it. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/engine/feedback/values.js';
import { randomStream } from '../../src/engine/stats/random.js';
import type { CollectDocument, FeedbackDocument, PullDocument } from '../../src/shared/documents.js';
import { runCli } from '../support/cli.js';
import { startCollect, type CollectProcess } from '../support/collectProcess.js';
import { rating, send } from '../support/collector.js';
import { temporaryFolder } from '../support/temporary.js';

const workspace = (config = 'version: 1\n'): string => temporaryFolder({ '.ratchet/config.yaml': config });

const segments = (root: string): string => join(root, '.ratchet/.local/segments/collector/all');

function stored(root: string): Json[] {
  const names = readdirSync(segments(root)).filter((name) => name.endsWith('.jsonl'));
  return names.sort().flatMap((name) =>
    readFileSync(join(segments(root), name), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Json),
  );
}

async function pulled(root: string): Promise<PullDocument['sources'][number] | undefined> {
  const { json } = await runCli(['pull', '--json'], { cwd: root });
  return (json as PullDocument).sources.find((source) => source.name === 'collector');
}

const post = (collect: CollectProcess, records: Json | Json[], headers: Record<string, string> = {}) =>
  send(collect.document, { body: JSON.stringify(records), headers });

/** Sends records until it is told to stop, or the collector is gone; knows which were acknowledged. */
class Client {
  readonly acknowledged = new Set<string>();
  /** Sent, and nobody knows what became of them: they are sent again. */
  open: Json[] = [];
  private next = 0;
  private stopped = false;
  private readonly random;

  constructor(private readonly name: string) {
    this.random = randomStream(7, name);
  }

  get sent(): number {
    return this.next;
  }

  stop(): void {
    this.stopped = true;
  }

  async run(document: CollectDocument, connections: number): Promise<void> {
    this.stopped = false;
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    await Promise.all(Array.from({ length: connections }, () => this.loop(document, agent)));
    agent.destroy();
  }

  /** Everything that is open, until nothing is. */
  async finish(document: CollectDocument): Promise<void> {
    const agent = new Agent({ keepAlive: true });
    while (this.open.length > 0) await this.batch(document, agent, this.open.splice(0, 50));
    agent.destroy();
  }

  private async loop(document: CollectDocument, agent: Agent): Promise<void> {
    while (!this.stopped) {
      const records = this.open.splice(0, 5);
      const fresh = 1 + this.random.int(this.next, 20);
      for (let i = 0; i < fresh; i++) records.push(this.make());
      if (!(await this.batch(document, agent, records))) return;
    }
  }

  private make(): Json {
    const id = `${this.name}-${String(this.next++)}`;
    return rating(id, { user: `u${String(this.next % 50)}`, text: 'words '.repeat(this.random.int(this.next, 200)) });
  }

  /** False where the collector is gone. */
  private batch(document: CollectDocument, agent: Agent, records: Json[]): Promise<boolean> {
    return new Promise((resolve) => {
      const lost = (): void => {
        this.open.push(...records);
        resolve(false);
      };
      const headers = { 'content-type': 'application/x-ndjson' };
      const call = httpRequest({ host: document.host, port: document.port, method: 'POST', path: '/v1/feedback', headers, agent });
      call.on('error', lost);
      call.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('error', lost);
        response.on('end', () => {
          if (!response.complete || response.statusCode !== 200) {
            lost();
            return;
          }
          expect(JSON.parse(text)).toMatchObject({ rejected: [] });
          for (const record of records) this.acknowledged.add(String(record['id']));
          resolve(true);
        });
      });
      call.end(records.map((record) => JSON.stringify(record)).join('\n'));
    });
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('ratchet collect', () => {
  it('says in its first line where it listens, takes feedback, and pull finds it without a word in config.yaml', async () => {
    const root = workspace();
    const collect = await startCollect(root);
    expect(collect.document).toEqual({
      schema: 'promptratchet.collect/1',
      address: `http://127.0.0.1:${String(collect.document.port)}`,
      host: '127.0.0.1',
      port: collect.document.port,
      pid: collect.child.pid,
      token: false,
      cors: [],
    });
    const log = {
      id: 'b',
      user: 'anna',
      answer: 'Write to anna@example.org',
      rating: 2,
      prompt_name: 'support/answer',
      prompt_version: 'v2',
    };
    expect((await post(collect, rating('a', { user: 'anna' }))).json).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
    expect((await post(collect, log)).status).toBe(200);
    expect((await post(collect, rating('a', { user: 'anna' }))).json).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
    expect((await post(collect, { nothing: 1 })).status).toBe(400);
    expect((await send(collect.document, { method: 'GET', path: '/metrics' })).text).toContain(
      'ratchet_collector_redactions_total{kind="email"} 1\n',
    );
    expect(await collect.end()).toBe(143);
    expect(JSON.stringify(stored(root))).not.toMatch(/anna|example\.org/);
    expect(await pulled(root)).toMatchObject({
      kind: 'collector',
      ok: true,
      interactions: { new: 1 },
      feedback: { new: 2 },
      rejected: [{ reason: 'no known field', count: 1 }],
    });
    const { json } = await runCli(['feedback', '--json', '--user', 'anna'], { cwd: root });
    expect((json as FeedbackDocument).rows.map(({ id, y, version }) => [id, y, version]).sort()).toEqual([
      ['a', 0.75, 'v2'],
      ['b', 0.25, 'v2'],
    ]);
  });

  it('collects for the source of config.yaml, with what its metrics mean', async () => {
    const root = workspace(
      'version: 1\nsources:\n  - { name: desk, kind: collector, scores: { mood: { signal: explicit.rating, min: 0, max: 10 } } }\n',
    );
    const collect = await startCollect(root);
    const attributes = [
      { key: 'gen_ai.evaluation.name', value: { stringValue: 'mood' } },
      { key: 'gen_ai.evaluation.score.value', value: { intValue: 4 } },
      { key: 'gen_ai.prompt.name', value: { stringValue: 'p' } },
      { key: 'gen_ai.prompt.version', value: { stringValue: 'v1' } },
    ];
    const logRecords = [{ timeUnixNano: '1795463007901000000', eventName: 'gen_ai.evaluation.result', attributes }];
    const sent = await send(collect.document, {
      path: '/v1/logs',
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    });
    expect(sent.text).toBe('{}');
    await collect.end();
    const { json } = await runCli(['feedback', '--json'], { cwd: root });
    expect((json as FeedbackDocument).rows).toMatchObject([
      { source: 'desk', prompt: 'p', version: 'v1', signal: 'explicit.rating', y: 0.4 },
    ]);
  });

  it('says at its start what is wrong in config.yaml, and does not start where it could not take out what it should', async () => {
    const collect = await startCollect(workspace('version: 1\nsources:\n  - { name: x, kind: jsonl, paht: y }\n'));
    expect((await post(collect, rating('a'))).status).toBe(200);
    await collect.end();
    expect(collect.said()).toMatch(/^\.ratchet\/config\.yaml: .*paht/m);
    const broken = workspace('version: 1\nredaction:\n  patterns:\n    - { name: order, pattern: "(" }\n');
    const refused = await runCli(['collect'], { cwd: broken });
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(/^The pattern \( cannot be used: .+\.\n$/);
  });

  it('refuses to start in one sentence', async () => {
    const root = workspace();
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await runCli(['collect', ...args], { cwd: root, env: { EMPTY_TOKEN: '' } });
      expect([code, stdout]).toEqual([2, '']);
      return stderr;
    };
    expect(await refused('--host', '0.0.0.0')).toMatch(/^Other machines can reach 0\.0\.0\.0, so a token is needed: .+\.\n$/);
    expect(await refused('--token-env', 'EMPTY_TOKEN')).toMatch(/^The environment variable EMPTY_TOKEN holds no token\. .+\.\n$/);
    expect(await refused('--cors', '*')).toMatch(/^"\*" is not an origin\. .+\.\n$/);
    expect(await refused('--port', '70000')).toMatch(/at most 65535/);
    expect(existsSync(join(root, '.ratchet/.local'))).toBe(false);
  });

  it('asks for the token of the environment and never shows it', async () => {
    const root = workspace();
    const collect = await startCollect(root, {
      args: ['--token-env', 'COLLECT_TOKEN', '--cors', 'https://app.example'],
      env: { COLLECT_TOKEN: 's3cr3t-t0ken' },
    });
    expect(collect.document).toMatchObject({ token: true, cors: ['https://app.example'] });
    expect((await post(collect, rating('a'))).status).toBe(401);
    expect((await post(collect, rating('a'), { authorization: 'Bearer s3cr3t-t0ken', origin: 'https://app.example' })).status).toBe(200);
    await collect.end();
    expect(collect.said()).not.toContain('s3cr3t');
  });

  it('stops on Ctrl-C and on SIGTERM and loses nothing that it acknowledged', async () => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const root = workspace();
      const collect = await startCollect(root);
      const client = new Client(signal);
      const running = client.run(collect.document, 8);
      while (client.acknowledged.size < 200) await pause(5);
      expect(await collect.end(signal)).toBe(code);
      await running;
      const ids = new Set(stored(root).map((record) => record['id']));
      expect([...client.acknowledged].filter((id) => !ids.has(id))).toEqual([]);
    }
  });

  it('is killed 100 times while it writes: nothing acknowledged is lost, nothing is doubled', { timeout: 180_000 }, async () => {
    const lanes = 4;
    const random = randomStream(11, 'kills');
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        const root = workspace();
        const client = new Client(`lane${String(lane)}`);
        for (let kill = 0; kill < 100 / lanes; kill++) {
          const collect = await startCollect(root);
          const before = client.acknowledged.size;
          const running = client.run(collect.document, 4);
          // Somewhere in a commit: the first one makes files, later ones append.
          while (kill > 0 && client.acknowledged.size === before && collect.child.exitCode === null) await pause(1);
          await pause(random.int(kill * lanes + lane, 40));
          await collect.end('SIGKILL');
          client.stop();
          await running;
        }
        const last = await startCollect(root);
        await client.finish(last.document);
        await last.end();
        expect(client.acknowledged.size).toBe(client.sent);
        expect(client.sent).toBeGreaterThan(100);
        const ids = new Set(stored(root).map((record) => record['id']));
        expect([...client.acknowledged].filter((id) => !ids.has(id))).toEqual([]);
        expect(await pulled(root)).toMatchObject({ ok: true, feedback: { new: client.sent, total: client.sent }, rejected: [] });
      }),
    );
  });

  it('cuts off half a line that a crash left behind, keeps it beside, and says so', async () => {
    const root = workspace();
    const first = await startCollect(root);
    await post(first, rating('a'));
    await first.end('SIGKILL');
    appendFileSync(join(segments(root), '000001.jsonl'), '{"schema":"promptratchet.feedback/1","id":"torn');
    const second = await startCollect(root);
    await post(second, rating('b'));
    await second.end();
    expect(second.said()).toContain('000001.jsonl ended in the middle of a line; 47 bytes were cut off and are kept beside it.');
    expect(stored(root).map((record) => record['id'])).toEqual(['a', 'b']);
    const torn = readdirSync(segments(root)).find((name) => name.includes('.torn-')) ?? '';
    expect(readFileSync(join(segments(root), torn), 'utf8')).toMatch(/"torn$/);
  });

  it('corrects a 1 that was one of five stars, though it was restarted in between', async () => {
    const root = workspace();
    for (const [id, stars] of [
      ['a', 1],
      ['b', 5],
    ] as const) {
      const collect = await startCollect(root);
      await post(collect, { id, user: id, answer: 'x', rating: stars, prompt_name: 'p', prompt_version: 'v1' });
      await collect.end();
    }
    const { json } = await runCli(['feedback', '--json'], { cwd: root });
    expect(Object.fromEntries((json as FeedbackDocument).rows.map(({ id, y }) => [id, y]))).toEqual({ a: 0, b: 1 });
  });

  it('shares a workspace with another collector and with pulls', { timeout: 60_000 }, async () => {
    const root = workspace();
    const both = await Promise.all([startCollect(root), startCollect(root)]);
    const same = Array.from({ length: 200 }, (_, i) => rating(`same-${String(i)}`));
    const sending = both.map(async (collect, which) => {
      for (let i = 0; i < 40; i++) {
        const own = Array.from({ length: 5 }, (_, k) => rating(`c${String(which)}-${String(i)}-${String(k)}`));
        const reply = await post(collect, [...own, ...same.slice(i * 5, i * 5 + 5)]);
        expect([reply.status, reply.json]).toMatchObject([200, { rejected: [] }]);
      }
    });
    const pulls = (async () => {
      for (let i = 0; i < 3; i++) expect(await pulled(root).then((source) => source?.ok ?? true)).toBe(true);
    })();
    await Promise.all([...sending, pulls]);
    for (const collect of both) await collect.end();
    expect(new Set(stored(root).map((record) => record['id'])).size).toBe(600);
    expect(await pulled(root)).toMatchObject({ feedback: { total: 600 }, rejected: [] });
  });

  it('goes on beside a purge, and the person does not come back', async () => {
    const root = workspace();
    const collect = await startCollect(root);
    await post(collect, [rating('a', { user: 'gone', text: 'my own words' }), rating('b', { user: 'stays' })]);
    const { code } = await runCli(['purge', '--user', 'gone', '--yes', '--json'], { cwd: root });
    expect(code).toBe(0);
    await post(collect, [rating('c', { user: 'gone', text: 'more of my words' }), rating('d', { user: 'stays' })]);
    await collect.end();
    expect(JSON.stringify(stored(root))).not.toContain('words');
    expect(new Set(stored(root).map((record) => record['id']))).toEqual(new Set(['a', 'b', 'c', 'd']));
    expect(await pulled(root)).toMatchObject({ feedback: { total: 4 } });
  });
});

describe('a full disk', () => {
  const large = (id: string): Json => rating(id, { text: 'x'.repeat(20_000) });

  it('is answered with 507 where a file may not grow, and half a batch is taken back', async () => {
    if (process.platform === 'win32') {
      console.log('skipped: this system limits no files by ulimit');
      return;
    }
    const root = workspace();
    const collect = await startCollect(root, { under: ['sh', '-c', 'ulimit -f 128; exec "$0" "$@"'] });
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push((await post(collect, large(String(i)))).status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0);
    expect(statuses.at(-1)).toBe(507);
    expect((await send(collect.document, { method: 'GET', path: '/healthz' })).json).toEqual({ status: 'ok', storage: 'full' });
    expect((await post(collect, rating('small'))).status).toBe(200);
    await collect.end();
    const kept = [...statuses.flatMap((status, i) => (status === 200 ? [String(i)] : [])), 'small'];
    expect(stored(root).map((record) => record['id'])).toEqual(kept);
    expect(await pulled(root)).toMatchObject({ feedback: { total: kept.length }, rejected: [] });
  });

  it('is answered with 507, and taken up again when there is room', async () => {
    const root = workspace();
    const local = join(root, '.ratchet/.local');
    mkdirSync(local);
    if (!mounted(local)) {
      console.log('skipped: a small file system can only be mounted by root on Linux');
      return;
    }
    try {
      const collect = await startCollect(root);
      expect((await post(collect, rating('a'))).status).toBe(200);
      // Once the lock was let go it does not fit on the disk any more: no part of it may be left, or everybody would wait for its owner.
      const lock = join(local, 'segments/collector.lock');
      while (existsSync(lock)) await pause(5);
      fill(join(local, 'ballast'));
      for (let i = 0; i < 3; i++) expect((await post(collect, large('b'))).status).toBe(507);
      expect((await post(collect, large('b'))).json).toMatchObject({
        error: expect.stringContaining('disk of the collector is full') as string,
      });
      expect(existsSync(lock)).toBe(false);
      rmSync(join(local, 'ballast'));
      expect((await post(collect, large('b'))).json).toMatchObject({ accepted: 1 });
      await collect.end();
      expect(stored(root).map((record) => record['id'])).toEqual(['a', 'b']);
      expect(collect.said().match(/system answered ENOSPC|disk is full/g)).toHaveLength(1);
    } finally {
      execFileSync('umount', [local]);
    }
  });
});

function mounted(folder: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'ratchet-test', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // a container may lack the right
  }
}

function fill(path: string): void {
  for (let size = 1 << 16; size >= 1024;) {
    const before = existsSync(path) ? statSync(path).size : 0;
    try {
      writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch {
      size /= 2; // that much is not there any more
      if (existsSync(path) && statSync(path).size === before && size < 1024) return;
    }
  }
}
