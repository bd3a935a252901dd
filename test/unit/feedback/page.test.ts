import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.js';
import { createFeedbackEngine, feedbackLine, type FeedbackEngine } from '../../support/feedbackEngine.js';

let engine: FeedbackEngine;
beforeEach(() => {
  engine = createFeedbackEngine();
});
afterEach(() => engine.close());

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 20, 0, minute)).toISOString();
const said = (minute: number, raw: number, text?: string, more: Record<string, unknown> = {}): string =>
  feedbackLine({
    id: `f${String(minute)}`,
    time: at(minute),
    user: `u${String(minute % 2)}`,
    score: { raw, min: 0, max: 1 },
    text,
    ...more,
  });

async function pull(...lines: string[]): Promise<void> {
  engine.write('log.jsonl', lines.map((line) => `${line}\n`).join(''));
  await engine.feedback.pull();
}

const ids = async (query: Parameters<FeedbackEngine['feedback']['page']>[0]): Promise<string[]> =>
  (await engine.feedback.page(query)).rows.map((row) => row.id);

describe('page', () => {
  it('gives rows as they were said, newest first', async () => {
    await pull(said(1, 1), said(2, 0, 'too long ☹', { label: 'bad', correction: 'short', interaction_id: 'i1' }));
    const { rows, total, nextCursor } = await engine.feedback.page({});
    expect(total).toBe(2);
    expect(nextCursor).toBeNull();
    expect(rows[0]).toEqual({
      id: 'f2',
      time: at(2),
      source: 'log',
      line: 2,
      prompt: 'p',
      version: 'v1',
      link: 'exact',
      signal: 'explicit.rating',
      actor: 'end_user',
      user: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      y: 0,
      raw: 0,
      label: 'bad',
      text: 'too long ☹',
      correction: 'short',
      interaction: 'i1',
    });
    expect(rows[1]?.id).toBe('f1');
  });

  it('goes on from a cursor although rows arrive meanwhile', async () => {
    await pull(...[1, 2, 3, 4, 5].map((minute) => said(minute, 1)));
    const first = await engine.feedback.page({ limit: 2 });
    expect(first.rows.map((row) => row.id)).toEqual(['f5', 'f4']);
    appendFileSync(join(engine.root, 'log.jsonl'), `${said(9, 1)}\n`);
    await engine.feedback.pull();
    const second = await engine.feedback.page({ limit: 2, cursor: first.nextCursor ?? '' });
    expect(second.rows.map((row) => row.id)).toEqual(['f3', 'f2']);
    const third = await engine.feedback.page({ limit: 2, cursor: second.nextCursor ?? '' });
    expect(third).toMatchObject({ rows: [{ id: 'f1' }], nextCursor: null });
    const error = await engine.feedback.page({ cursor: 'x' }).catch((cause: unknown) => cause);
    expect(EngineError.is(error, 'BAD_USAGE')).toBe(true);
  });

  it('filters', async () => {
    await pull(
      said(1, 1, 'fine'),
      said(2, 0.4),
      said(3, 1, 'hm', { signal: 'explicit.comment', score: undefined }),
      said(4, 1, undefined, { prompt: { name: 'q', version: null } }),
      said(5, 0, undefined, { signal: 'implicit.copy' }),
    );
    expect(await ids({ low: true })).toEqual(['f5', 'f3', 'f2']);
    expect(await ids({ signal: 'explicit' })).toEqual(['f4', 'f3', 'f2', 'f1']);
    expect(await ids({ signal: 'explicit.comment' })).toEqual(['f3']);
    expect(await ids({ prompt: 'q' })).toEqual(['f4']);
    expect(await ids({ prompt: 'q', version: null })).toEqual(['f4']);
    expect(await ids({ prompt: 'p', version: 'v1' })).toEqual(['f5', 'f3', 'f2', 'f1']);
    expect(await ids({ prompt: 'nope' })).toEqual([]);
    expect(await ids({ since: at(2), until: at(4) })).toEqual(['f3', 'f2']);
    expect(await ids({ user: 'u0' })).toEqual(['f4', 'f2']);
    const pseudonym = (await engine.feedback.page({ user: 'u0' })).rows[0]?.user ?? '';
    expect(await ids({ user: pseudonym })).toEqual(['f4', 'f2']);
    expect(await ids({ user: 'nobody' })).toEqual([]);
  });

  it('finds words in comments, and takes no character of a search as an operator', async () => {
    await pull(
      said(1, 0, 'The refund was too late'),
      said(2, 0, 'Où est mon café?'),
      said(3, 0, 'refund AND nothing'),
      said(4, 1, undefined, { correction: 'refunded' }),
    );
    expect(await ids({ search: 'refund late' })).toEqual(['f1']);
    expect(await ids({ search: 'cafe' })).toEqual(['f2']);
    expect(await ids({ search: 'refun' })).toEqual(['f4', 'f3', 'f1']);
    for (const hostile of ['"', "'", 'refund" OR "x', 'NEAR(', 'text:refund', '*', 'a AND', '-refund)', '; DROP TABLE comment']) {
      await expect(engine.feedback.page({ search: hostile })).resolves.toBeDefined();
    }
    expect(await ids({ search: 'refund" OR "café' })).toEqual([]);
  });

  it('shows no text of a record whose file has changed since', async () => {
    await pull(said(1, 0, 'secret'));
    engine.write('log.jsonl', '{"schema":"promptratchet.feedback/1"}\n');
    expect((await engine.feedback.page({})).rows[0]).toMatchObject({ id: 'f1', text: null, y: 0 });
  });
});

describe('detail', () => {
  it('gives the interaction and everything said about it', async () => {
    const interaction = {
      schema: 'promptratchet.interaction/1',
      id: 'i1',
      time: at(0),
      prompt: { name: 'p', version: 'v2' },
      input: { variables: { question: 'why' } },
      output: { text: 'because' },
      retrieval: { documents: [{ id: 'd1', score: 0.5, text: 'doc' }] },
      system: { status: 'ok', latency_ms: 7 },
    };
    await pull(
      said(1, 1, undefined, { interaction_id: 'i1', prompt: undefined }),
      said(2, 0, 'bad', { interaction_id: 'i1', prompt: undefined }),
      JSON.stringify(interaction),
    );
    const detail = await engine.feedback.detail('f1');
    expect(detail?.row).toMatchObject({ id: 'f1', prompt: 'p', version: 'v2', link: 'exact' });
    expect(detail?.interaction).toEqual({
      id: 'i1',
      time: at(0),
      variables: { question: 'why' },
      input: null,
      output: 'because',
      documents: [{ id: 'd1', score: 0.5, text: 'doc' }],
      latencyMs: 7,
      error: null,
    });
    expect(detail?.others.map((row) => row.id)).toEqual(['f2']);
    expect(await engine.feedback.detail('nope')).toBeNull();
  });

  it('shows the answer of a log that has only answers', async () => {
    await pull(JSON.stringify({ user: 'a', query: 'q', answer: 'x', rating: 1, time: at(1) }));
    const id = (await engine.feedback.page({})).rows[0]?.id ?? '';
    expect((await engine.feedback.detail(id))?.interaction).toMatchObject({ input: 'q', output: 'x' });
  });
});

describe('examples and variables', () => {
  it('gives corrected and liked answers with their variables, newest first', async () => {
    const answer = (i: number): string =>
      JSON.stringify({
        schema: 'promptratchet.interaction/1',
        id: `i${String(i)}`,
        time: at(i),
        prompt: { name: 'p', version: 'v1' },
        input: { variables: { q: `q${String(i)}` } },
        output: { text: `a${String(i)}` },
      });
    await pull(
      answer(1),
      answer(2),
      answer(3),
      answer(4),
      said(11, 1, undefined, { interaction_id: 'i1' }),
      said(12, 0.5, undefined, { interaction_id: 'i1' }),
      said(13, 0, undefined, { interaction_id: 'i2', correction: 'better' }),
      said(14, 0, undefined, { interaction_id: 'i3' }),
    );
    expect(await engine.feedback.examples('p', 5)).toEqual([
      { feedbackIds: ['f13'], variables: { q: 'q2' }, output: 'a2', corrected: 'better', raters: 1, y: 0 },
      { feedbackIds: ['f11', 'f12'], variables: { q: 'q1' }, output: 'a1', corrected: null, raters: 2, y: 0.75 },
    ]);
    expect(await engine.feedback.examples('other', 5)).toEqual([]);
    expect(await engine.feedback.variables('p')).toEqual({ q: ['q4', 'q3', 'q2', 'q1'] });
  });
});

describe('preview', () => {
  it('shows the first records as they would be understood, and why others cannot be', async () => {
    engine.write(
      'other.jsonl',
      [
        '{"user":"a","answer":"x","rating":4,"comment":"ok"}',
        'oops',
        feedbackLine({ score: { raw: 3 } }),
        '{"user":"a","answer":"x","rating":9}',
      ].join('\n'),
    );
    const preview = await engine.feedback.preview({
      name: 'new',
      kind: 'jsonl',
      path: 'other.jsonl',
      map: { 'prompt.name': { const: 'p' } },
    });
    expect(preview.detected).toBe('a log of answers and ratings and our schema');
    expect(preview.records).toEqual([
      { line: 1, prompt: 'p', version: null, signal: 'explicit.rating', score: 0.75, comment: 'ok', problem: null },
      { line: 2, prompt: null, version: null, signal: null, score: null, comment: null, problem: 'not JSON' },
      {
        line: 3,
        prompt: 'p',
        version: 'v1',
        signal: 'explicit.rating',
        score: null,
        comment: null,
        problem: 'no range: map score.min and score.max',
      },
      { line: 4, prompt: null, version: null, signal: null, score: null, comment: null, problem: 'score out of range' },
    ]);
    expect(preview.fields).toContain('$.rating');
    expect(preview.problems).toEqual([
      'Ratings over 1 occur, so ratings are read as 1 to 5.',
      '3 of the first 4 records cannot be used as they are.',
    ]);
    expect((await engine.feedback.page({})).total).toBe(0);
  });

  it('says that a prompt is missing, that a file is missing, and what is wrong with a map', async () => {
    engine.write('other.jsonl', '{"user":"a","answer":"x","rating":1}\n');
    const preview = (source: object) => engine.feedback.preview({ name: 'n', kind: 'jsonl', path: 'other.jsonl', ...source });
    expect((await preview({})).records[0]?.problem).toBe('no prompt: map prompt.name');
    expect((await preview({ path: 'none.jsonl' })).problems[0]).toMatch(/No file matches/);
    expect((await preview({ map: { x: '$.x' } })).problems[0]).toMatch(/no field "x"/);
    expect((await preview({ kind: 'mystery' })).problems[0]).toMatch(/mystery/);
  });
});

describe('watched', () => {
  it('names files, and for globs their folder', async () => {
    engine.sources.push({ name: 'more', kind: 'jsonl', path: 'logs/*.jsonl' });
    engine.write('logs/a.jsonl', '');
    expect(await engine.feedback.watched()).toEqual([
      join(engine.root, '.ratchet/.local/segments/collector/all'),
      join(engine.root, 'log.jsonl'),
      join(engine.root, 'logs'),
      join(engine.root, 'logs/a.jsonl'),
    ]);
  });
});
