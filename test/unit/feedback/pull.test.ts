import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.js';
import { createFeedbackEngine, feedbackLine, type FeedbackEngine } from '../../support/feedbackEngine.js';

let engine: FeedbackEngine;
beforeEach(() => {
  engine = createFeedbackEngine();
});
afterEach(() => engine.close());

const lines = (...texts: string[]): string => texts.map((text) => `${text}\n`).join('');
const rating = (user: string, raw: number, more: Record<string, unknown> = {}): string =>
  feedbackLine({ user, score: { raw, min: 0, max: 1 }, ...more });
const pullLog = async (options: Parameters<FeedbackEngine['feedback']['pull']>[0] = {}) => (await engine.feedback.pull(options)).sources[0];
const scoreOf = async (on: FeedbackEngine = engine) =>
  (await on.scoring.score()).prompts.find((each) => each.prompt === 'p')?.versions[0]?.score ?? null;

describe('pull', () => {
  it('does nothing, and writes nothing, where no source is configured', async () => {
    engine.sources.length = 0;
    expect(await engine.feedback.pull()).toEqual({ schema: 'promptratchet.pull/1', sources: [] });
    expect((await engine.scoring.score()).prompts).toEqual([]);
    expect((await engine.feedback.page({})).rows).toEqual([]);
    expect(existsSync(join(engine.root, '.ratchet'))).toBe(false);
  });

  it('counts what is new, then finds nothing new, also when everything is read again', async () => {
    engine.write('log.jsonl', lines(rating('a', 1), rating('b', 0)));
    expect(await pullLog()).toMatchObject({ ok: true, feedback: { new: 2, updated: 0, total: 2 } });
    expect(await pullLog()).toMatchObject({ feedback: { new: 0, updated: 0, total: 2 } });
    expect(await pullLog({ full: true })).toMatchObject({ feedback: { new: 0, updated: 0, total: 2 } });
  });

  it('counts bad lines by reason with the first line number and loses nothing else', async () => {
    engine.write(
      'log.jsonl',
      lines(rating('a', 1), 'oops', '', rating('b', 2), '[]', 'oops again', rating('c', 1), 'x'.repeat(16 * 1024 * 1024 + 1)),
    );
    const source = await pullLog();
    expect(source?.feedback.total).toBe(2);
    expect(source?.rejected).toEqual([
      { reason: 'not JSON', count: 2, firstLine: 2 },
      { reason: 'score out of range', count: 1, firstLine: 4 },
      { reason: 'not an object', count: 1, firstLine: 5 },
      { reason: 'line over 16 MiB', count: 1, firstLine: 8 },
    ]);
    expect((await engine.scoring.score()).rejected[0]).toEqual({ source: 'log', reason: 'not JSON', count: 2, firstLine: 2 });
  });

  it('reads a byte order mark and Windows line ends', async () => {
    engine.write('log.jsonl', `\uFEFF${rating('a', 1)}\r\n${rating('b', 0)}\r\n`);
    expect(await pullLog()).toMatchObject({ feedback: { total: 2 }, rejected: [] });
    expect((await engine.feedback.page({})).rows.map((row) => row.raw)).toEqual([0, 1]);
  });

  it('counts a last line without a line end, once, also when its end comes later', async () => {
    engine.write('log.jsonl', rating('a', 1));
    expect(await pullLog()).toMatchObject({ feedback: { new: 1, total: 1 } });
    appendFileSync(join(engine.root, 'log.jsonl'), `\n${rating('b', 0)}`);
    expect(await pullLog()).toMatchObject({ feedback: { total: 2 }, rejected: [] });
    expect(await scoreOf()).toMatchObject({ users: 2, events: 2, mean: 0.5 });
  });

  it('takes half a line as bad only until the other half is there', async () => {
    const line = rating('b', 0);
    engine.write('log.jsonl', `${rating('a', 1)}\n${line.slice(0, 30)}`);
    expect((await pullLog())?.rejected).toEqual([{ reason: 'incomplete last line', count: 1, firstLine: 2 }]);
    appendFileSync(join(engine.root, 'log.jsonl'), `${line.slice(30)}\n`);
    expect(await pullLog()).toMatchObject({ feedback: { new: 1, total: 2 }, rejected: [] });
  });

  it('keeps the last revision of a record, whatever the order', async () => {
    engine.write('log.jsonl', lines(rating('a', 0, { id: 'f', revision: 2 }), rating('a', 1, { id: 'f', revision: 1 })));
    await pullLog();
    expect((await scoreOf())?.mean).toBe(0);
    appendFileSync(join(engine.root, 'log.jsonl'), lines(rating('a', 1, { id: 'f', revision: 3 })));
    expect(await pullLog()).toMatchObject({ feedback: { new: 0, updated: 1, total: 1 } });
    expect((await scoreOf())?.mean).toBe(1);
  });

  it('keeps feedback with its interaction that was revised twice between two pulls', async () => {
    const served = (revision: number): string =>
      JSON.stringify({
        schema: 'promptratchet.interaction/1',
        id: 'i',
        revision,
        time: '2026-11-20T00:00:00Z',
        prompt: { name: 'p', version: 'v1' },
      });
    engine.write('log.jsonl', lines(served(0), rating('a', 1, { prompt: {}, interaction_id: 'i' })));
    await pullLog();
    appendFileSync(join(engine.root, 'log.jsonl'), lines(served(1), served(2)));
    await pullLog();
    expect(await scoreOf()).toMatchObject({ users: 1, mean: 1 });
  });

  it('keeps the later line where nothing else tells two records of an id apart', async () => {
    engine.write('log.jsonl', lines(rating('a', 0, { id: 'f' }), rating('a', 1, { id: 'f' })));
    await pullLog();
    expect((await scoreOf())?.mean).toBe(1);
  });

  it('counts a redelivered record once, also from two files', async () => {
    engine.sources[0] = { name: 'log', kind: 'jsonl', path: 'logs/*.jsonl' };
    engine.write('logs/a.jsonl', lines(rating('a', 1, { id: 'f' }), rating('a', 1, { id: 'f' }), rating('b', 0)));
    engine.write('logs/b.jsonl', lines(rating('a', 1, { id: 'f' })));
    expect(await pullLog()).toMatchObject({ feedback: { new: 2, updated: 0, total: 2 } });
    rmSync(join(engine.root, 'logs/a.jsonl'));
    expect(await pullLog()).toMatchObject({ feedback: { total: 1 }, notes: [expect.stringContaining('logs/a.jsonl is gone')] });
    expect((await scoreOf())?.events).toBe(1);
  });

  it('notices a file that was truncated, replaced or rewritten in place', async () => {
    const path = join(engine.root, 'log.jsonl');
    engine.write('log.jsonl', lines(rating('a', 1), rating('b', 1), rating('c', 1)));
    await pullLog();
    writeFileSync(path, lines(rating('d', 0)));
    expect(await pullLog()).toMatchObject({ feedback: { total: 1 } });
    writeFileSync(path, lines(rating('e', 1), rating('f', 1), rating('g', 0), rating('h', 0)));
    expect(await pullLog()).toMatchObject({ feedback: { total: 4 } });
    const text = readFileSync(path, 'utf8').replace('"raw":0', '"raw":1');
    writeFileSync(path, text);
    utimesSync(path, new Date(2026, 0, 1), new Date(2026, 0, 1));
    await pullLog();
    expect((await scoreOf())?.mean).toBe(0.75);
  });

  it('follows a log that is rotated', async () => {
    engine.sources[0] = { name: 'log', kind: 'jsonl', path: 'logs/app.jsonl*' };
    engine.write('logs/app.jsonl', lines(rating('a', 1), rating('b', 1)));
    await pullLog();
    renameSync(join(engine.root, 'logs/app.jsonl'), join(engine.root, 'logs/app.jsonl.1'));
    engine.write('logs/app.jsonl', lines(rating('c', 0)));
    expect(await pullLog()).toMatchObject({ feedback: { new: 1, total: 3 } });
  });

  it('reads only what was appended', async () => {
    engine.write('log.jsonl', lines(...Array.from({ length: 2000 }, (_, i) => rating(`u${String(i)}`, 1))));
    await pullLog();
    appendFileSync(join(engine.root, 'log.jsonl'), lines(rating('x', 0)));
    const { fs } = engine.context.ports;
    const offsets: (number | undefined)[] = [];
    const stream = fs.stream.bind(fs);
    engine.context.ports.fs = { ...fs, stream: (path, offset) => (offsets.push(offset), stream(path, offset)) };
    const size = statSync(join(engine.root, 'log.jsonl')).size;
    expect(await pullLog()).toMatchObject({ feedback: { new: 1, total: 2001 } });
    expect(offsets).toEqual([size - rating('x', 0).length - 1]);
  });

  it('reads a log of answers by its own scale, decided for the whole file', async () => {
    engine.prompts.push({
      id: 'p',
      file: 'p.prompty',
      text: '',
      sha256: 'x',
      messages: [],
    } as unknown as FeedbackEngine['prompts'][number]);
    engine.write(
      'log.jsonl',
      lines('{"user":"a","answer":"x","rating":1}', '{"user":"b","answer":"x","rating":0.5}', '{"user":"c","answer":"x","rating":1}'),
    );
    await pullLog();
    expect(await scoreOf()).toMatchObject({ users: 3, mean: 0.833333 });
    appendFileSync(join(engine.root, 'log.jsonl'), lines('{"user":"d","answer":"x","rating":5}'));
    const source = await pullLog();
    expect(source?.notes).toEqual(['Ratings over 1 occur, so ratings were read as 1 to 5.']);
    expect(source?.rejected).toEqual([{ reason: 'score out of range', count: 1, firstLine: 2 }]);
    expect(await scoreOf()).toMatchObject({ users: 3, mean: 0.333333 });
  });

  it('gives a record without a time the time of its file', async () => {
    engine.write('log.jsonl', lines(rating('a', 1, { time: undefined })));
    utimesSync(join(engine.root, 'log.jsonl'), new Date('2026-11-01T00:00:00Z'), new Date('2026-11-01T00:00:00Z'));
    await pullLog();
    expect((await engine.feedback.page({})).rows[0]?.time).toBe('2026-11-01T00:00:00.000Z');
    appendFileSync(join(engine.root, 'log.jsonl'), lines(rating('b', 1, { time: undefined })));
    utimesSync(join(engine.root, 'log.jsonl'), new Date('2026-11-09T00:00:00Z'), new Date('2026-11-09T00:00:00Z'));
    await pullLog();
    expect((await engine.feedback.page({})).rows.map((row) => row.time)).toEqual(['2026-11-09T00:00:00.000Z', '2026-11-09T00:00:00.000Z']);
  });

  it('leaves out older records until the next full pull', async () => {
    engine.write('log.jsonl', lines(rating('a', 1, { time: '2026-10-01' }), rating('b', 1, { time: '2026-11-01' })));
    const source = await pullLog({ since: '2026-10-15' });
    expect(source).toMatchObject({ feedback: { total: 1 } });
    expect(source?.notes[0]).toMatch(/before 2026-10-15.* --full/);
    expect(await pullLog()).toMatchObject({ feedback: { total: 1 } });
    expect(await pullLog({ full: true })).toMatchObject({ feedback: { total: 2 }, notes: [] });
  });

  it('goes on with the other sources where one fails, and says why', async () => {
    engine.sources.unshift(
      { name: 'missing', kind: 'jsonl', path: 'nowhere.jsonl' },
      { name: 'odd', kind: 'mystery' },
      { name: 'bad', kind: 'jsonl', path: 'log.jsonl', map: { user: 'x' } },
    );
    engine.write('log.jsonl', lines(rating('a', 1)));
    const { sources } = await engine.feedback.pull();
    expect(sources.map((source) => source.ok)).toEqual([false, false, false, true]);
    expect(sources[0]?.error).toMatch(/no file matches nowhere\.jsonl/);
    expect(sources[1]?.error).toMatch(/mystery/);
    expect(sources[2]?.error).toMatch(/not a JSON path/);
    expect(sources[3]?.feedback.total).toBe(1);
  });

  it('names a packed file that is damaged, and reads the others', async () => {
    engine.sources[0] = { name: 'log', kind: 'jsonl', path: 'logs/*' };
    engine.write('logs/a.jsonl.gz', new Uint8Array([0x1f, 0x8b, 8, 0]));
    engine.write('logs/b.jsonl', lines(rating('a', 1)));
    expect(await pullLog()).toMatchObject({
      ok: false,
      error: expect.stringContaining('logs/a.jsonl.gz: the gzip file is damaged') as string,
      feedback: { total: 1 },
      rejected: [],
    });
  });

  it('pulls the named sources only, and says which there are', async () => {
    engine.sources.push({ name: 'other', kind: 'jsonl', path: 'other.jsonl' });
    engine.write('log.jsonl', lines(rating('a', 1)));
    engine.write('other.jsonl', lines(rating('b', 1)));
    expect((await engine.feedback.pull({ sources: ['other'] })).sources.map((each) => each.name)).toEqual(['other']);
    const error = await engine.feedback.pull({ sources: ['nope'] }).catch((cause: unknown) => cause);
    expect(EngineError.is(error, 'SOURCE_NOT_FOUND')).toBe(true);
  });

  it('forgets the records of a source that is configured no more', async () => {
    engine.sources.push({ name: 'other', kind: 'jsonl', path: 'other.jsonl' });
    engine.write('log.jsonl', lines(rating('a', 1)));
    engine.write('other.jsonl', lines(rating('b', 0)));
    await engine.feedback.pull();
    engine.sources.pop();
    await engine.feedback.pull();
    expect((await scoreOf())?.users).toBe(1);
  });

  it('keeps users by pseudonym only, under a key that nobody else can read', async () => {
    engine.write('log.jsonl', lines(rating('alice@example.org', 1, { session: 'secret-session' })));
    await pullLog();
    const { rows } = await engine.feedback.page({});
    expect(rows[0]?.user).toMatch(/^[0-9a-f]{32}$/);
    const key = join(engine.root, '.ratchet/.local/pseudonym.key');
    if (process.platform !== 'win32') expect(statSync(key).mode & 0o777).toBe(0o600);
    await engine.store.close();
    const bytes = readFileSync(join(engine.root, '.ratchet/.local/feedback.sqlite'), 'latin1');
    expect(bytes).not.toContain('alice@example.org');
    expect(bytes).not.toContain('secret-session');
  });

  it('gives users new pseudonyms under a new key, with the same score', async () => {
    engine.write('log.jsonl', lines(rating('a', 1), rating('b', 0)));
    await pullLog();
    const before = (await engine.feedback.page({})).rows.map((row) => row.user);
    rmSync(join(engine.root, '.ratchet/.local/pseudonym.key'));
    const again = createFeedbackEngine({ root: engine.root, sources: engine.sources });
    await again.feedback.pull();
    const after = (await again.feedback.page({})).rows.map((row) => row.user);
    expect(after).toHaveLength(2);
    for (const user of after) expect(before).not.toContain(user);
    await again.close();
  });

  it('has its own .gitignore before anything private, and leaves the others as they are', async () => {
    engine.write('.gitignore', 'node_modules\n');
    engine.write('.ratchet/.gitignore', 'mine');
    engine.write('log.jsonl', lines(rating('a', 1)));
    await pullLog();
    expect(readFileSync(join(engine.root, '.ratchet/.gitignore'), 'utf8')).toBe('mine\n.local/\n');
    expect(readFileSync(join(engine.root, '.gitignore'), 'utf8')).toBe('node_modules\n');
  });

  it('lets two processes pull at once', async () => {
    engine.write('log.jsonl', lines(...Array.from({ length: 500 }, (_, i) => rating(`u${String(i)}`, 1))));
    const other = createFeedbackEngine({ root: engine.root, sources: engine.sources });
    const [a, b] = await Promise.all([engine.feedback.pull(), other.feedback.pull()]);
    expect((a.sources[0]?.feedback.new ?? 0) + (b.sources[0]?.feedback.new ?? 0)).toBe(500);
    expect(await scoreOf(other)).toEqual(await scoreOf());
    await other.close();
  });

  it('stops when asked to and goes on later', async () => {
    engine.write('log.jsonl', lines(...Array.from({ length: 45_000 }, (_, i) => rating(`u${String(i % 100)}`, 1, { id: String(i) }))));
    const stop = new AbortController();
    const write = engine.store.write.bind(engine.store);
    engine.store.write = (batch) => {
      stop.abort();
      return write(batch);
    };
    const error = await engine.feedback.pull({ signal: stop.signal }).catch((cause: unknown) => cause);
    expect(EngineError.is(error, 'CANCELLED')).toBe(true);
    engine.store.write = write;
    const source = await pullLog();
    expect(source?.feedback.total).toBe(45_000);
    expect(source?.feedback.new).toBeLessThan(45_000);
  });
});

describe('whatever the order and the pieces', () => {
  const event = fc.record({
    kind: fc.constantFrom('interaction', 'feedback', 'rated'),
    id: fc.integer({ min: 0, max: 6 }),
    user: fc.integer({ min: 0, max: 3 }),
    version: fc.constantFrom('v1', 'v2', null),
    raw: fc.integer({ min: 0, max: 10 }),
    revision: fc.integer({ min: 0, max: 1000 }),
    day: fc.integer({ min: 1, max: 20 }),
  });
  const toLine = (each: {
    kind: string;
    id: number;
    user: number;
    version: string | null;
    raw: number;
    revision: number;
    day: number;
  }): string => {
    const base = {
      id: `${each.kind}${String(each.id)}`,
      revision: each.revision,
      time: `2026-11-${String(each.day).padStart(2, '0')}`,
      user: `u${String(each.user)}`,
    };
    if (each.kind === 'interaction')
      return JSON.stringify({
        schema: 'promptratchet.interaction/1',
        ...base,
        prompt: { name: 'p', version: each.version },
        system: { status: each.raw > 5 ? 'ok' : 'error' },
      });
    const prompt = each.kind === 'rated' ? { name: 'p', version: each.version } : {};
    return feedbackLine({ ...base, prompt, interaction_id: `interaction${String(each.id)}`, score: { raw: each.raw, min: 0, max: 10 } });
  };
  // Equal revisions are told apart by place, so the order of lines may only be free where revisions differ.
  const events = fc.uniqueArray(event, { maxLength: 25, selector: (each) => each.revision });
  const asOf = '2026-11-22T00:00:00.000Z';

  async function scoreInPieces(pieces: string[]): Promise<unknown> {
    const fresh = createFeedbackEngine();
    try {
      fresh.write('log.jsonl', '');
      for (const piece of pieces) {
        appendFileSync(join(fresh.root, 'log.jsonl'), piece);
        await fresh.feedback.pull();
        await fresh.scoring.score({ asOf });
      }
      return await fresh.scoring.score({ asOf });
    } finally {
      await fresh.close();
    }
  }

  it('gives the same score for shuffled lines', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.integer(), async (list, seed) => {
        const shuffled = [...list].sort((a, b) => ((a.revision * 7919 + seed) % 1009) - ((b.revision * 7919 + seed) % 1009));
        expect(await scoreInPieces([lines(...shuffled.map(toLine))])).toEqual(await scoreInPieces([lines(...list.map(toLine))]));
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  it('gives the same score for a log that grew by pieces, cut anywhere, as for the whole', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.array(fc.nat(3000), { maxLength: 4 }), async (list, cuts) => {
        const text = lines(...list.map(toLine));
        const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(await scoreInPieces(pieces)).toEqual(await scoreInPieces([text]));
      }),
      { numRuns: 12, seed: 2 },
    );
  });
});
