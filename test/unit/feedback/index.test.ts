import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFeedbackEngine, feedbackLine, type FeedbackEngine } from '../../support/feedbackEngine.js';

let engine: FeedbackEngine;
beforeEach(() => {
  engine = createFeedbackEngine({ sources: [{ name: 'log', kind: 'jsonl', path: 'logs/*.jsonl' }] });
});
afterEach(() => engine.close());

const lines = (...texts: string[]): string => texts.map((text) => `${text}\n`).join('');
const served = (id: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    schema: 'promptratchet.interaction/1',
    id,
    time: '2026-11-20T00:00:00Z',
    prompt: { name: 'p', version: 'v1' },
    ...more,
  });
const rows = async () => (await engine.feedback.page({ limit: 1000 })).rows;

/** Everything that a person could see, without the order in which it came. */
async function everything(): Promise<unknown> {
  const details = await Promise.all((await rows()).map(({ id }) => engine.feedback.detail(id)));
  const score = await engine.scoring.score({ asOf: '2026-11-24T00:00:00.000Z', segment: 'plan' });
  return {
    score,
    attributes: await engine.feedback.attributes(),
    rows: details.map((detail) => JSON.stringify(detail)).sort(),
  };
}

describe('the scale of ratings', () => {
  const rated = (user: string, rating: number): string => JSON.stringify({ user, answer: 'x', rating, prompt_name: 'p' });
  const values = async (): Promise<(number | null)[]> => (await rows()).map((row) => row.y).sort();

  it('is that of the whole source: a day with one star only is no day of full marks', async () => {
    engine.write('logs/1.jsonl', lines(rated('a', 1), rated('b', 1)));
    engine.write('logs/2.jsonl', lines(rated('c', 5), rated('d', 3)));
    await engine.feedback.pull();
    expect(await values()).toEqual([0, 0, 0.5, 1]);
  });

  it('is corrected for what was read before, and decided anew by a full pull', async () => {
    engine.write('logs/1.jsonl', lines(rated('a', 1), rated('b', 0)));
    await engine.feedback.pull();
    expect(await values()).toEqual([0, 1]);
    engine.write('logs/2.jsonl', lines(rated('c', 4)));
    const { sources } = await engine.feedback.pull();
    expect(sources[0]?.rejected).toEqual([{ reason: 'score out of range', count: 1, firstLine: 2 }]);
    expect(await values()).toEqual([0, 0.75]);
    engine.write('logs/2.jsonl', lines(rated('c', 0.5)));
    await engine.feedback.pull({ full: true });
    expect(await values()).toEqual([0, 0.5, 1]);
  });
});

describe('an index that is made again', () => {
  it('is the same, whatever the order in which its files and lines came', async () => {
    const interactions = Array.from({ length: 30 }, (_, i) =>
      served(`i${String(i)}`, {
        user: `u${String(i % 4)}`,
        attributes: { plan: i % 2 === 0 ? 'free' : 'pro' },
        trace_id: `t${String(i % 20)}`,
      }),
    );
    const feedback = Array.from({ length: 40 }, (_, i) =>
      feedbackLine({
        id: `f${String(i % 35)}`,
        revision: i,
        prompt: {},
        user: i % 5 === 0 ? undefined : `u${String(i % 4)}`,
        score: { raw: i % 3, min: 0, max: 2 },
        text: i % 4 === 0 ? `too long ${String(i)}` : undefined,
        ...(i % 2 === 0 ? { interaction_id: `i${String(i % 33)}` } : { trace_id: `t${String(i % 20)}` }),
      }),
    );
    // Feedback first, by pieces, with an interaction that is revised and a file that goes.
    engine.write('logs/a.jsonl', lines(...feedback.slice(0, 25)));
    engine.write('logs/gone.jsonl', lines(served('i1', { revision: -1, prompt: { name: 'q', version: 'v9' } }), ...feedback.slice(30)));
    await engine.feedback.pull();
    appendFileSync(join(engine.root, 'logs/a.jsonl'), lines(...feedback.slice(25)));
    engine.write('logs/b.jsonl', lines(...interactions.slice(0, 20), served('i3', { revision: -2 })));
    await engine.feedback.pull();
    appendFileSync(join(engine.root, 'logs/b.jsonl'), lines(...interactions.slice(20)));
    engine.write('logs/gone.jsonl', '');
    await engine.feedback.pull();
    const before = await everything();
    await engine.store.erase();
    await engine.feedback.pull();
    expect(await everything()).toEqual(before);
    engine.write('logs/a.jsonl', lines(...interactions, served('i3', { revision: -2 })));
    engine.write('logs/b.jsonl', lines(...feedback.toReversed()));
    await engine.feedback.pull({ full: true });
    const { score } = before as { score: unknown };
    expect(((await everything()) as { score: unknown }).score).toEqual(score);
  });
});

describe('feedback without the id of its interaction', () => {
  const said = (more: Record<string, unknown>): string => feedbackLine({ prompt: {}, ...more });
  const links = async (): Promise<unknown> => Object.fromEntries((await rows()).map(({ id, version, link }) => [id, [version, link]]));

  it('has that of its span, else the only one with a prompt in its trace, and none of several', async () => {
    engine.write(
      'logs/a.jsonl',
      lines(
        said({ id: 'span', trace_id: 'T1', span_id: 's2' }),
        said({ id: 'trace', trace_id: 't2' }),
        said({ id: 'several', trace_id: 't1' }),
        said({ id: 'nothing', trace_id: 't9' }),
        served('a', { trace_id: 't1', span_id: 's1' }),
        served('b', { trace_id: 't1', span_id: 'S2', prompt: { name: 'p', version: 'v2' } }),
        served('c', { trace_id: 't2', span_id: 's3', prompt: { name: 'p', version: 'v3' } }),
        served('d', { trace_id: 't2', span_id: 's4', prompt: {} }),
      ),
    );
    await engine.feedback.pull();
    expect(await links()).toEqual({ span: ['v2', 'exact'], trace: ['v3', 'exact'], several: [null, 'ambiguous'], nothing: [null, 'none'] });
    appendFileSync(join(engine.root, 'logs/a.jsonl'), lines(served('e', { trace_id: 't2', prompt: { name: 'p', version: 'v4' } })));
    await engine.feedback.pull();
    expect(await links()).toMatchObject({ trace: [null, 'ambiguous'] });
  });
});

describe('attributes', () => {
  it('are known by name, and have no values where there are too many', async () => {
    const record = (i: number, key: string): string =>
      served(`i${String(i)}`, { attributes: { [key]: `value ${String(i)}`, plan: 'free' } });
    engine.write(
      'logs/a.jsonl',
      lines(...Array.from({ length: 1000 }, (_, i) => record(i, 'customer')), feedbackLine({ interaction_id: 'i5', id: 'f' })),
    );
    await engine.feedback.pull();
    expect(await engine.feedback.attributes()).toEqual(['customer', 'plan']);
    expect((await engine.feedback.page({ segment: { key: 'customer', value: 'value 5' } })).rows.map((row) => row.id)).toEqual(['f']);
    engine.write('logs/b.jsonl', lines(record(1000, 'customer')));
    await engine.feedback.pull();
    expect(await engine.feedback.attributes()).toEqual(['plan']);
    expect((await engine.feedback.page({ segment: { key: 'customer', value: 'value 5' } })).total).toBe(0);
    expect((await engine.feedback.page({ segment: { key: 'plan', value: 'free' } })).total).toBe(1);
  });
});

describe('comments', () => {
  it('of a log that is read in place are redacted where they are found and shown', async () => {
    engine.write('logs/a.jsonl', lines(feedbackLine({ id: 'f', text: 'write to anna@example.org', correction: 'ask bob@example.org' })));
    await engine.feedback.pull();
    expect((await engine.feedback.page({ search: 'anna' })).total).toBe(0);
    expect((await engine.feedback.page({ search: 'write email' })).rows[0]).toMatchObject({
      text: 'write to [email]',
      correction: 'ask [email]',
    });
  });
});
