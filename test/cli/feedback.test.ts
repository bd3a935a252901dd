/** `pull`, `score` and `feedback` as a person and a script use them. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from '../support/cli.js';
import { feedbackLine } from '../support/feedbackEngine.js';
import { temporaryFolder } from '../support/temporary.js';

const asOf = '2026-11-24T00:00:00Z';
let folder: string;
const ratchet = (...args: string[]): Promise<CliResult> => runCli(args, { cwd: folder });

const lines = (from: number, to: number, raw: (i: number) => number): string =>
  Array.from(
    { length: to - from },
    (_, i) => `${feedbackLine({ user: `u${String(from + i)}`, score: { raw: raw(i), min: 0, max: 1 }, time: '2026-11-23T00:00:00Z' })}\n`,
  ).join('');

beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, '.ratchet'));
  writeFileSync(join(folder, '.ratchet/config.yaml'), 'version: 1\nsources:\n  - { name: log, kind: jsonl, path: log.jsonl }\n');
});

describe('feedback on the command line', () => {
  it('scores what was appended since, without a pull of its own', async () => {
    writeFileSync(
      join(folder, 'log.jsonl'),
      lines(0, 12, () => 1),
    );
    const few = await ratchet('score', '--as-of', asOf);
    expect(few.code).toBe(0);
    expect(few.stdout).toContain('Not enough feedback yet: 12 users; a score needs 30.');
    expect(few.stdout).not.toContain('1.00 (');
    appendFileSync(
      join(folder, 'log.jsonl'),
      lines(12, 100, (i) => i % 2),
    );
    const enough = await ratchet('score', '--as-of', asOf);
    expect(enough.stdout).toContain('0.56 (0.46 to 0.65)  low  100 users');
    const document = (await ratchet('score', '--json', '--as-of', asOf)).stdout;
    expect((await ratchet('score', '--json', '--as-of', asOf)).stdout).toBe(document);
  });

  it('notes in the audit log what a pull took in, and nothing where there was nothing new', async () => {
    writeFileSync(join(folder, 'log.jsonl'), `${lines(0, 12, () => 1)}not json\n`);
    const entries = async () => ((await ratchet('audit', 'show', '--json')).json as { entries: Record<string, unknown>[] }).entries;
    await ratchet('pull');
    await ratchet('pull');
    appendFileSync(
      join(folder, 'log.jsonl'),
      lines(12, 14, () => 1),
    );
    await ratchet('score');
    const synced = (await entries()).filter((entry) => entry['type'] === 'source.synced');
    expect(synced).toEqual([
      expect.objectContaining({
        subject: { source: 'log' },
        data: { source: 'log', interactions: 0, feedback: 12, updated: 0, rejected: 1 },
      }),
    ]);
    expect(await ratchet('audit', 'verify')).toMatchObject({ code: 0 });
  });

  it('lists feedback by pages that go on from each other', async () => {
    writeFileSync(
      join(folder, 'log.jsonl'),
      lines(0, 5, (i) => i % 2),
    );
    const first = (await ratchet('feedback', 'p', '--limit', '3', '--json')).json as {
      rows: { line: number }[];
      total: number;
      nextCursor: string;
    };
    expect(first.rows.map((row) => row.line)).toEqual([5, 4, 3]);
    const rest = (await ratchet('feedback', 'p', '--cursor', first.nextCursor, '--json')).json as typeof first;
    expect(rest.rows.map((row) => row.line)).toEqual([2, 1]);
    expect(rest.nextCursor).toBeNull();
  });

  it('ends with 2 where a source fails, and still prints the document', async () => {
    const result = await ratchet('pull', '--json');
    expect(result.code).toBe(2);
    expect(result.json).toMatchObject({ sources: [{ name: 'log', ok: false }] });
    expect(result.stderr).toContain('no file matches log.jsonl');
    expect((await ratchet('pull', 'nope')).code).toBe(2);
    expect((await ratchet('score', 'nope')).code).toBe(2);
    expect((await ratchet('score', '--threshold', '7')).code).toBe(2);
  });

  it('says of a server that cannot be asked what failed, and nothing of how its records would be kept', async () => {
    writeFileSync(
      join(folder, '.ratchet/config.yaml'),
      'version: 1\nsources:\n  - { name: far, kind: phoenix, url: "http://127.0.0.1:9", project: p }\n',
    );
    const { code, stdout, stderr } = await ratchet('pull');
    expect(code).toBe(2);
    expect(stdout.trim()).toMatch(/^failed +far +0 interactions .*$/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('tells a fault in config.yaml from no source, and keeps what was read', async () => {
    writeFileSync(
      join(folder, 'log.jsonl'),
      lines(0, 3, () => 1),
    );
    await ratchet('pull');
    writeFileSync(join(folder, '.ratchet/config.yaml'), 'version: 1\nsources: [\n');
    const result = await ratchet('pull');
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('.ratchet/config.yaml: ');
    expect(result.stderr).not.toContain('No feedback source is configured');
    expect((await ratchet('feedback', '--json')).json).toMatchObject({ total: 3 });
  });

  it('shows escape sequences of a log as text', async () => {
    writeFileSync(join(folder, 'log.jsonl'), `${feedbackLine({ text: '\u001b[2J\u001b]0;owned\u0007 hi' })}\n`);
    const { stdout } = await ratchet('feedback');
    expect(stdout).toContain('hi');
    expect(stdout).not.toMatch(/\u001b|\u0007/);
  });
});
