import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SegmentWriter } from '../../../src/engine/feedback/segments/writer.js';
import { createFeedbackEngine, feedbackLine, type FeedbackEngine } from '../../support/feedbackEngine.js';
import { scriptedSource, type ScriptedSource } from '../../support/scriptedSource.js';

const anna = 'anna-4711';
const secrets = [
  'The parcel for my daughter never came',
  'It went to the neighbour at number 12',
  'Where is the blue bicycle I ordered?',
  'Your blue bicycle is in the depot',
  'red wheels were expected',
  'labelled by hand as lost',
  'a very private wish of hers',
  'a word in her conversation',
  'about her answer only',
];

let engine: FeedbackEngine;
let server: ScriptedSource;
let table: ScriptedSource;
beforeEach(async () => {
  server = scriptedSource();
  table = scriptedSource('csv');
  table.parts = ['exports/table.csv'];
  engine = createFeedbackEngine({
    sources: [
      { name: 'server', kind: 'phoenix' },
      { name: 'table', kind: 'csv', path: 'exports/*.csv' },
      { name: 'log', kind: 'jsonl', path: 'log.jsonl' },
    ],
    adapters: { phoenix: server.factory, csv: table.factory },
  });
  server.reads = [[{ records: serverRecords() }]];
  table.reads = [[{ part: 'exports/table.csv', restart: true, records: [record({ id: 't1', user: anna, text: secrets[6] })] }]];
  engine.write(
    'log.jsonl',
    [
      feedbackLine({ id: 'own1', user: anna, text: secrets[1], score: { raw: 0, min: 0, max: 1 } }),
      feedbackLine({ id: 'own2', user: 'bob', text: 'not hers, and stays where it is' }),
      feedbackLine({ id: 'own3', user: 'carl', score: { raw: 0, min: 0, max: 1 } }),
    ].join('\n') + '\n',
  );
  await engine.feedback.pull();
});
afterEach(() => engine.close());

type Json = Record<string, unknown>;
const record = (more: Json): Json => JSON.parse(feedbackLine(more)) as Json;

function serverRecords(): Json[] {
  return [
    {
      schema: 'promptratchet.interaction/1',
      id: 'i1',
      time: '2026-11-20T00:00:00Z',
      prompt: { name: 'p', version: 'v1' },
      user: anna,
      session: 'talk-1',
      input: { variables: { question: secrets[2] } },
      output: { text: secrets[3] },
      retrieval: { query: secrets[2], documents: [{ id: 'd1', score: 0.5, text: secrets[3] }] },
      attributes: { plan: 'free', wish: secrets[6] },
      system: { status: 'ok', latency_ms: 12 },
    },
    record({
      id: 'f1',
      user: anna,
      session: 'talk-1',
      interaction_id: 'i1',
      text: secrets[0],
      label: secrets[5],
      score: { raw: 0.25, min: 0, max: 1 },
    }),
    record({ id: 'f2', user: anna, signal: 'explicit.thumb', score: { raw: 'up', y: 1 }, correction: secrets[4] }),
    record({ id: 'f3', user: anna, signal: 'explicit.comment', score: undefined, text: secrets[0] }),
    record({ id: 'f4', user: undefined, session: 'talk-1', text: secrets[7], score: { raw: 1, min: 0, max: 1 } }),
    record({ id: 'f5', user: undefined, interaction_id: 'i1', text: secrets[8], score: { raw: 1, min: 0, max: 1 } }),
    record({ id: 'b1', user: 'bob', session: 'talk-2', text: 'a wish of another person', score: { raw: 1, min: 0, max: 1 } }),
  ];
}

const purge = (dryRun = false, user = anna) => engine.feedback.purge({ user, dryRun });
const local = (...parts: string[]) => join(engine.root, '.ratchet/.local', ...parts);
const scores = async () => {
  const { prompts } = await engine.scoring.score();
  return prompts.map(({ prompt, versions }) => [prompt, versions.map(({ version, score, channels }) => [version, score, channels])]);
};

/** Every byte below a folder as text. */
function everything(folder: string): string {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

describe('purge', () => {
  it('leaves no byte of what the person said or is called, and the scores as they were', async () => {
    const before = await scores();
    expect(everything(local())).toContain(secrets[0]);
    const document = await purge();
    const left = everything(join(engine.root, '.ratchet'));
    for (const secret of [...secrets, anna, 'talk-1']) expect(left).not.toContain(secret);
    expect(left).toContain('a wish of another person');
    expect(await scores()).toEqual(before);
    expect(document).toMatchObject({
      dryRun: false,
      segments: [
        { file: '.ratchet/.local/segments/server/all/000001.jsonl', source: 'server', rewritten: 5, removed: 1 },
        {
          file: expect.stringMatching(/^\.ratchet\/\.local\/segments\/table\/.*\/000001\.jsonl$/) as string,
          source: 'table',
          rewritten: 1,
          removed: 0,
        },
      ],
      ownFiles: [
        { file: 'exports/table.csv', source: 'table', lines: 1 },
        { file: 'log.jsonl', source: 'log', lines: 1 },
      ],
      rewritten: 6,
      removed: 1,
    });
    expect(document.notes.join(' ')).toMatch(/delete that person's lines in exports\/table\.csv, log\.jsonl/);
    expect(document.notes.join(' ')).toMatch(/server: the server still has these records/);
  });

  it("shows the words of the user's own log no more, though they are still in the file", async () => {
    await purge();
    expect(readFileSync(join(engine.root, 'log.jsonl'), 'utf8')).toContain(secrets[1]);
    const { rows } = await engine.feedback.page({ source: 'log' });
    expect(rows.map((row) => [row.id, row.text])).toContainEqual(['own1', null]);
    expect((await engine.feedback.page({ search: 'neighbour' })).rows).toEqual([]);
    expect(JSON.stringify(await engine.feedback.detail('own1'))).not.toContain(secrets[1]);
    expect(JSON.stringify(await engine.feedback.examples('p', 10))).not.toContain(secrets[3]);
  });

  it('says what it would do with --dry-run, and does nothing', async () => {
    const before = everything(local('segments'));
    const planned = await purge(true);
    expect(everything(local('segments'))).toBe(before);
    expect(existsSync(local('purged.json'))).toBe(false);
    expect(engine.audited).toEqual([]);
    const done = await purge();
    expect({ ...done, dryRun: true, notes: [] }).toEqual({ ...planned, notes: [] });
  });

  it('is written to the audit log without the id', async () => {
    await purge();
    expect(engine.audited).toEqual([
      { type: 'feedback.purged', subject: {}, data: { rewritten: 6, removed: 1, segments: 2, ownFiles: 2 } },
    ]);
  });

  it('takes the pseudonym as it is shown as well', async () => {
    const [row] = (await engine.feedback.page({ user: anna })).rows;
    const document = await purge(false, row?.user ?? '');
    expect(document.rewritten).toBe(6);
    expect(everything(local())).not.toContain(secrets[0]);
  });

  it('holds for the same records when they are pulled again, and for what was on its way', async () => {
    const before = await scores();
    await purge();
    server.reads = [
      [
        {
          records: [...serverRecords(), record({ id: 'f6', user: anna, text: 'said after the purge', score: { raw: 1, min: 0, max: 1 } })],
          restart: true,
        },
      ],
    ];
    table.reads = [[{ part: 'exports/table.csv', restart: true, records: [record({ id: 't1', user: anna, text: secrets[6] })] }]];
    appendFileSync(
      join(engine.root, 'log.jsonl'),
      `${feedbackLine({ id: 'own4', user: anna, text: secrets[8], signal: 'explicit.comment', score: undefined })}\n`,
    );
    await engine.feedback.pull({ full: true });
    const left = everything(local());
    for (const secret of [...secrets, 'said after the purge', anna]) expect(left).not.toContain(secret);
    const after = await scores();
    expect(after).not.toEqual(before);
    // One person is one unit, whatever it is called.
    expect(JSON.stringify(after)).toContain('"users":');
    const users = (await engine.feedback.page({})).rows.flatMap((row) => row.user ?? []);
    expect(new Set(users).size).toBe(3);
  });

  it('changes nothing the second time', async () => {
    await purge();
    const before = everything(local('segments'));
    const score = await scores();
    expect(await purge()).toMatchObject({ rewritten: 0, removed: 0, segments: [] });
    expect(everything(local('segments'))).toBe(before);
    expect(await scores()).toEqual(score);
  });

  it('removes what crashes had cut off', async () => {
    appendFileSync(local('segments/server/all/000001.jsonl'), `{"id":"f7","text":"${secrets[0] ?? ''}`);
    await engine.feedback.pull();
    expect(readdirSync(local('segments/server/all')).some((name) => name.includes('.torn-'))).toBe(true);
    const { notes } = await purge();
    expect(notes).toContain(
      'server: A piece of a segment that a crash had cut off was removed, because nobody can tell whose words are in it.',
    );
    expect(everything(local())).not.toContain(secrets[0]);
  });

  it('removes journals, suggestions and cached answers that quote the person, and names what is under version control', async () => {
    const put = (path: string, text: string): void => {
      const full = join(engine.root, '.ratchet', path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
    };
    put('.local/suggestions/s-1.json', JSON.stringify({ edits: [{ after: `Example: ${secrets[3] ?? ''}` }] }));
    put('.local/suggestions/s-2.json', JSON.stringify({ edits: [{ after: 'Example: none of hers' }] }));
    put('.local/runs/r-1.jsonl', `${JSON.stringify({ vars: { q: secrets[2] } })}\n`);
    put('versions/p/v0001.evidence.json', JSON.stringify({ user: anna }));
    const db = new DatabaseSync(local('cache.sqlite'));
    db.exec('CREATE TABLE responses (key TEXT, value TEXT)');
    db.prepare('INSERT INTO responses VALUES (?, ?)').run('k', JSON.stringify({ text: `She said: ${secrets[0] ?? ''}` }));
    db.close();
    engine.write('support.eval.yaml', `tests:\n  - vars: { question: "${secrets[2] ?? ''}" }\n`);
    engine.write('other.eval.yaml', 'tests: []\n');
    const { notes } = await purge();
    expect(notes.join(' ')).not.toContain('other.eval.yaml');
    expect(notes).toEqual(
      expect.arrayContaining([
        'support.eval.yaml has cases that quote that person; it is yours, so it was not changed.',
        'The suggestion s-1 quoted that person and was removed.',
        'The journal of run r-1 quoted that person and was removed.',
        'The cache of model answers quoted that person and was removed.',
        '.ratchet/versions/p/v0001.evidence.json quotes that person and is under version control, so it was not changed. Edit it, and its history where that matters.',
      ]),
    );
    expect(existsSync(local('suggestions/s-2.json'))).toBe(true);
    for (const secret of secrets) expect(everything(local())).not.toContain(secret);
  });

  it('says where nobody of that name is known, and where nothing was taken in at all', async () => {
    expect((await purge(false, 'nobody')).notes).toEqual([
      'No record of that user was found. Check the id: it is the one that the application sends.',
    ]);
    await expect(purge(false, ' ')).rejects.toMatchObject({ code: 'BAD_USAGE' });
    const empty = createFeedbackEngine({ sources: [] });
    expect((await empty.feedback.purge({ user: anna, dryRun: false })).notes).toEqual([
      'Nothing has been taken in here yet, so nothing of anybody is stored.',
    ]);
    expect(existsSync(join(empty.root, '.ratchet'))).toBe(false);
    await empty.close();
  });

  it('loses nothing that a collector writes meanwhile', async () => {
    const { fs, locks, clock } = engine.context.ports;
    const writer = new SegmentWriter({ root: engine.root, fs, locks, clock }, { source: 'collector', part: null });
    await writer.append([feedbackLine({ id: 'c0', user: 'f'.repeat(32) })]);
    const writing = (async () => {
      for (let n = 1; n <= 20; n++) await writer.append([feedbackLine({ id: `c${String(n)}`, user: 'f'.repeat(32) })]);
    })();
    await purge(false, 'f'.repeat(32));
    await writing;
    const collected = readFileSync(local('segments/collector/all/000001.jsonl'), 'utf8').trim().split('\n');
    expect(collected.map((line) => (JSON.parse(line) as Json)['id'])).toEqual(Array.from({ length: 21 }, (_, n) => `c${String(n)}`));
  });
});
