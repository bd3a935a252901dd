/** `ratchet purge`, and several processes at once on one workspace: the built command line. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { PullDocument, PurgeDocument, ScoreDocument } from '../../src/shared/documents.js';
import { runCli } from '../support/cli.js';
import { feedbackLine } from '../support/feedbackEngine.js';
import { temporaryFolder } from '../support/temporary.js';

const words = 'Where is the blue bicycle of my daughter?';

const person = 'a'.repeat(32);

/** A log of the user's own, and segments as a collector leaves them. */
function workspace(collected = 3) {
  const root = temporaryFolder();
  mkdirSync(join(root, '.ratchet/.local/segments/collector/all'), { recursive: true });
  writeFileSync(join(root, '.ratchet/.local/segments/collector/source.json'), '{"source":"collector"}\n');
  const people = [person, 'b'.repeat(32)];
  const lines = Array.from({ length: collected }, (_, n) =>
    feedbackLine({ id: `c${String(n)}`, user: people[n % 2], text: n % 2 === 0 ? words : 'fine', score: { raw: n % 2, min: 0, max: 1 } }),
  );
  writeFileSync(join(root, '.ratchet/.local/segments/collector/all/000001.jsonl'), `${lines.join('\n')}\n`);
  writeFileSync(join(root, '.ratchet/config.yaml'), 'version: 1\nsources:\n  - { name: log, kind: jsonl, path: log.jsonl }\n');
  writeFileSync(join(root, 'log.jsonl'), `${feedbackLine({ id: 'own', user: 'anna', text: words })}\n`);
  const cli = (...args: string[]) => runCli(args, { cwd: root });
  return { root, cli, collected: join(root, '.ratchet/.local/segments/collector/all/000001.jsonl') };
}

describe('purge', () => {
  it('asks, and does nothing where there is nobody to ask', async () => {
    const { cli, collected } = workspace();
    const before = readFileSync(collected, 'utf8');
    const { code, stdout, stderr } = await cli('purge', '--user', person);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('2 records would be rewritten without words, 0 would be removed.');
    expect(stderr).toContain('Add --yes');
    expect(readFileSync(collected, 'utf8')).toBe(before);
    expect((await cli('purge')).code).toBe(2);
  });

  it('prints what it would do, and does it, with the score as it was', async () => {
    const { root, cli, collected } = workspace();
    const asOf = ['--as-of', '2026-11-24T00:00:00Z'];
    const before = (await cli('score', '--json', ...asOf)).json as ScoreDocument;
    const planned = (await cli('purge', '--user', person, '--dry-run', '--json')).json as PurgeDocument;
    expect(readFileSync(collected, 'utf8')).toContain(words);
    const { code, json } = await cli('purge', '--user', person, '--yes', '--json');
    expect({ code, json }).toEqual({ code: 0, json: { ...planned, dryRun: false } });
    expect(json).toMatchObject({ schema: 'promptratchet.purge/1', rewritten: 2, removed: 0 });
    const shape = JSON.parse(readFileSync(join(import.meta.dirname, '../support/schemas/purge.json'), 'utf8')) as object;
    expect(new Ajv2020({ strict: true }).validate(shape, json)).toBe(true);
    expect(readFileSync(collected, 'utf8')).not.toContain(words);
    const after = (await cli('score', '--json', ...asOf)).json as ScoreDocument;
    expect(after.prompts[0]?.versions[0]?.score).toEqual(before.prompts[0]?.versions[0]?.score);
    const log = readFileSync(join(root, '.ratchet/audit.jsonl'), 'utf8');
    expect(log).toContain('feedback.purged');
    expect(log).not.toContain(person);
    expect((await cli('audit', 'verify')).code).toBe(0);
  });

  it("names the user's own log, and shows its words no more", async () => {
    const { root, cli } = workspace();
    const { stdout } = await cli('purge', '--user', 'anna', '--yes');
    expect(stdout).toMatch(/log\.jsonl +log +1 line +yours, not changed/);
    expect(readFileSync(join(root, 'log.jsonl'), 'utf8')).toContain(words);
    const { stdout: list } = await cli('feedback', '--json');
    expect((JSON.parse(list) as { rows: { id: string; text: string | null }[] }).rows.find((row) => row.id === 'own')?.text).toBeNull();
    expect(existsSync(join(root, '.ratchet/.local/purged.json'))).toBe(true);
  });
});

describe('several processes on one workspace', () => {
  it('pull, count and purge at the same time, and agree', async () => {
    const { root, cli } = workspace(3000);
    const extra = Array.from({ length: 3000 }, (_, n) => feedbackLine({ id: `o${String(n)}`, user: `u${String(n % 50)}` }));
    writeFileSync(join(root, 'log.jsonl'), `${extra.join('\n')}\n`);
    const rows = Array.from({ length: 500 }, (_, n) => `u${String(n % 50)},an answer to row ${String(n)},${String(n % 2)}`);
    writeFileSync(join(root, 'table.csv'), `user,answer,rating\n${rows.join('\n')}\n`);
    appendFileSync(
      join(root, '.ratchet/config.yaml'),
      '  - { name: table, kind: csv, path: table.csv, map: { prompt.name: { const: p }, prompt.version: { const: v1 } } }\n',
    );
    const runs = await Promise.all([
      cli('pull', '--json'),
      cli('pull', '--full', '--json'),
      cli('purge', '--user', 'u7', '--yes', '--json'),
      cli('score', '--json'),
    ]);
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(runs.map(() => ({ code: 0, stderr: '' })));
    const { sources } = (await cli('pull', '--json')).json as PullDocument;
    expect(sources.map(({ name, ok, feedback }) => [name, ok, feedback.total, feedback.new])).toEqual([
      ['log', true, 3000, 0],
      ['table', true, 500, 0],
      ['collector', true, 3000, 0],
    ]);
    // Whichever came first: what was pulled meanwhile came in without words, or lost them.
    expect((await cli('purge', '--user', 'u7', '--dry-run', '--json')).json).toMatchObject({ rewritten: 0, removed: 0 });
    const local = join(root, '.ratchet/.local/segments');
    const stored = readdirSync(local, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.jsonl'));
    const text = stored.map((name) => readFileSync(join(local, name), 'utf8')).join('');
    expect(text).toContain('an answer to row 8');
    expect(text).not.toMatch(/an answer to row (?:7|57|107|457)"/);
  }, 60_000);
});
