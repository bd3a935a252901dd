import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VersionScore } from '../../../src/shared/documents.js';
import { EngineError } from '../../../src/engine/errors.js';
import { randomStream } from '../../../src/engine/stats/random.js';
import { createFeedbackEngine, feedbackLine, type FeedbackEngine } from '../../support/feedbackEngine.js';

const asOf = '2026-11-24T00:00:00.000Z';
const day = 86_400_000;
const daysAgo = (days: number): string => new Date(Date.parse(asOf) - days * day).toISOString();

let engine: FeedbackEngine;
beforeEach(() => {
  engine = createFeedbackEngine();
});
afterEach(() => engine.close());

async function scoreLog(lines: readonly string[], options: Parameters<FeedbackEngine['scoring']['score']>[0] = {}) {
  engine.write('log.jsonl', lines.map((line) => `${line}\n`).join(''));
  await engine.feedback.pull();
  return engine.scoring.score({ asOf, ...options });
}

const rating = (user: string, raw: number, days: number, more: Record<string, unknown> = {}): string =>
  feedbackLine({ user, score: { raw, min: 0, max: 1 }, time: daysAgo(days), ...more });
const answer = (id: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({ schema: 'promptratchet.interaction/1', id, time: daysAgo(1), prompt: { name: 'p', version: 'v1' }, ...more });
const many = (n: number, make: (i: number) => string): string[] => Array.from({ length: n }, (_, i) => make(i));

async function only(lines: readonly string[], options = {}): Promise<VersionScore> {
  const [version, second] = (await scoreLog(lines, options)).prompts[0]?.versions ?? [];
  expect(second).toBeUndefined();
  if (version === undefined) throw new Error('no version');
  return version;
}

/** The recipe, written down once more in the plainest way. */
function reference(events: { user: string; y: number; time: number }[]): {
  mean: number;
  lo: number;
  hi: number;
  nEff: number;
  users: number;
} {
  const users = new Map<string, { y: number; time: number }[]>();
  for (const event of events) users.set(event.user, [...(users.get(event.user) ?? []), event]);
  let w = 0;
  let ww = 0;
  let wy = 0;
  for (const list of users.values()) {
    const weight = 2 ** (-(Date.parse(asOf) - Math.max(...list.map((each) => each.time))) / (14 * day));
    w += weight;
    ww += weight * weight;
    wy += (weight * list.reduce((sum, each) => sum + each.y, 0)) / list.length;
  }
  const z = 1.959963984540054;
  const n = (w * w) / ww;
  const mean = wy / w;
  const centre = (mean + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((mean * (1 - mean)) / n + (z * z) / (4 * n * n));
  return { mean, lo: centre - half, hi: centre + half, nEff: n, users: users.size };
}

describe('themes of before', () => {
  it('are given without a comment being read; what was said since is in the values', async () => {
    const complaint = (user: string, text: string): string => rating(user, 0, 1, { id: user, text });
    const lines = [complaint('a', 'Too long'), complaint('b', 'Too long again'), complaint('c', 'Far too long')];
    const fresh = await only(lines);
    expect(fresh.themes).toHaveLength(1);
    const none = await engine.scoring.score({ asOf, themes: 'last' });
    expect(none.prompts[0]?.versions[0]?.themes).toEqual(fresh.themes);
    const more = [...lines, ...['d', 'e', 'f'].map((user) => complaint(user, 'Wrong language, should be German'))];
    const locate = vi.spyOn(engine.store, 'locateFeedback');
    const last = await only(more, { themes: 'last' });
    expect(locate).not.toHaveBeenCalled();
    expect(last.themes).toEqual(fresh.themes);
    const after = await only(more);
    expect({ ...last, themes: [] }).toEqual({ ...after, themes: [] });
    expect(after.themes).toHaveLength(2);
  });

  it('are none where nothing was looked for yet', async () => {
    expect(
      (await only([rating('a', 0, 1, { id: 'a', text: 'Too long' }), rating('b', 0, 1, { id: 'b', text: 'Too long' })], { themes: 'last' }))
        .themes,
    ).toEqual([]);
  });
});

describe('score', () => {
  it('equals the recipe on random feedback of users who rate often and seldom', async () => {
    const random = randomStream(11, 'score');
    const events = Array.from({ length: 400 }, (_, i) => {
      const days = random.u(3 * i) * 40;
      return {
        user: `u${String(Math.floor(random.u(3 * i + 1) ** 2 * 120))}`,
        y: random.int(3 * i + 2, 5) / 4,
        time: Date.parse(daysAgo(days)),
      };
    });
    const { score, channel } = await only(
      events.map((each, i) => rating(each.user, each.y, 0, { id: `f${String(i)}`, time: new Date(each.time).toISOString() })),
    );
    const expected = reference(events);
    expect(channel).toBe('explicit');
    expect(score).toMatchObject({ level: 0.95, users: expected.users, events: 400 });
    for (const key of ['mean', 'lo', 'hi', 'nEff'] as const) expect(score?.[key]).toBeCloseTo(expected[key], key === 'nEff' ? 4 : 6);
  });

  it('counts one user once, as old as the latest event', async () => {
    const { score } = await only([rating('a', 0, 28), rating('a', 1, 0), rating('a', 1, 14), rating('b', 0, 14)]);
    // a: mean 2/3, weight 1; b: mean 0, weight 1/2.
    expect(score?.mean).toBeCloseTo(2 / 3 / 1.5, 6);
    expect(score?.nEff).toBeCloseTo(1.5 ** 2 / 1.25, 4);
  });

  it('takes the session, then the event, where there is no user', async () => {
    const { score } = await only([
      rating('', 1, 1, { user: undefined, session: 's' }),
      rating('', 0, 1, { user: undefined, session: 's', id: 'x' }),
      rating('', 1, 1, { user: undefined, id: 'y' }),
      rating('', 1, 1, { user: undefined, id: 'z' }),
    ]);
    expect(score).toMatchObject({ users: 3, events: 4 });
  });

  it('takes user, prompt and version of the interaction, whichever line comes first', async () => {
    const said = (id: string, raw: number): string =>
      feedbackLine({ id: `f-${id}`, interaction_id: id, prompt: undefined, user: undefined, score: { raw, min: 0, max: 1 } });
    const version = await only([said('i1', 1), answer('i1', { user: 'a' }), answer('i2', { user: 'a' }), said('i2', 0)]);
    expect(version).toMatchObject({ version: 'v1', score: { users: 1, events: 2, mean: 0.5 } });
  });

  it('gives low, watch, good and insufficient by interval, mean and effective size', async () => {
    const status = async (n: number, good: number, threshold = 0.7): Promise<string> =>
      (
        await only(
          many(n, (i) => rating(`u${String(i)}`, i < good ? 1 : 0, 0)),
          { threshold },
        )
      ).status;
    expect(await status(100, 40)).toBe('low');
    expect(await status(100, 66)).toBe('watch');
    expect(await status(100, 90)).toBe('good');
    expect(await status(30, 27)).toBe('good');
    expect(await status(29, 1)).toBe('insufficient');
    expect(await status(100, 40, 0.3)).toBe('good');
  });

  it('keeps channels apart', async () => {
    const expert = { signal: 'review.score', actor: { kind: 'expert' }, review: { stratum: 'random', inclusion_prob: 0.1 } };
    const version = await only([
      ...many(40, (i) => rating(`u${String(i)}`, 1, 1)),
      rating('e1', 0, 1, expert),
      rating('e2', 0, 1, { ...expert, review: { stratum: 'risk', inclusion_prob: 1 } }),
      rating('j', 0.25, 1, { signal: 'judge.score', actor: { kind: 'llm_judge' } }),
      rating('c', 0, 1, { signal: 'code.score', actor: { kind: 'code' } }),
      rating('u1', 0, 1, { signal: 'implicit.regenerate' }),
      rating('u1', 1, 1, { signal: 'implicit.copy' }),
      rating('u1', 1, 1, { signal: 'implicit.dwell', score: undefined }),
    ]);
    expect(version.channel).toBe('explicit');
    expect(version.score?.mean).toBe(1);
    expect(version.channels.expert).toMatchObject({ mean: 0, users: 2 });
    expect(version.channels.judge).toMatchObject({ mean: 0.25, users: 1 });
    expect(Object.keys(version.channels.implicit)).toEqual(['implicit.copy', 'implicit.regenerate']);
    expect(version.channels.implicit['implicit.regenerate']?.mean).toBe(0);
  });

  it('lets experts speak from fifty answers drawn at random on', async () => {
    const expert = (i: number): string =>
      rating(`x${String(i)}`, 0.5, 1, {
        signal: 'review.score',
        actor: { kind: 'expert' },
        review: { stratum: 'random', inclusion_prob: 0.1 },
      });
    const users = many(40, (i) => rating(`u${String(i)}`, 1, 1));
    expect((await only([...users, ...many(49, expert)])).channel).toBe('explicit');
    expect(await only([...users, ...many(50, expert)])).toMatchObject({ channel: 'expert', score: { mean: 0.5, users: 50 } });
  });

  it('has no score where nobody rated', async () => {
    const version = await only([answer('i1'), feedbackLine({ signal: 'explicit.comment', text: 'hm', score: undefined })]);
    expect(version).toMatchObject({ status: 'insufficient', channel: null, score: null, trend: [], bounds: null });
  });

  it('gives response rate and worst-case bounds', async () => {
    const version = await only([
      ...many(10, (i) => answer(`i${String(i)}`)),
      rating('a', 1, 1, { interaction_id: 'i0' }),
      rating('b', 0, 1, { interaction_id: 'i1' }),
      rating('b', 0, 1, { id: 'again', interaction_id: 'i1' }),
    ]);
    expect(version.responseRate?.mean).toBe(0.2);
    expect(version.bounds?.lo).toBeCloseTo(0.1, 6);
    expect(version.bounds?.hi).toBeCloseTo(0.9, 6);
  });

  it('knows no response rate from a log that only has rated answers', async () => {
    engine.prompts.push({ id: 'p', file: 'p.prompty', text: '', sha256: '', messages: [] } as unknown as FeedbackEngine['prompts'][number]);
    const lines = many(5, (i) => JSON.stringify({ user: `u${String(i)}`, answer: 'a', rating: 1, time: daysAgo(1) }));
    expect((await only(lines)).responseRate).toBeNull();
    const some = await only([...lines, JSON.stringify({ user: 'x', answer: 'b', time: daysAgo(1) })]);
    expect(some.responseRate?.mean).toBeCloseTo(5 / 6, 6);
    expect(some.channels.system.interactions).toBe(6);
  });

  it('gives error rate, retry rate and latency of the interactions that report them', async () => {
    const { channels } = await only([
      ...many(8, (i) =>
        answer(`i${String(i)}`, { system: { status: i < 2 ? 'error' : 'ok', latency_ms: (i + 1) * 100, retries: i === 7 ? 1 : 0 } }),
      ),
      answer('silent'),
    ]);
    expect(channels.system.interactions).toBe(9);
    expect(channels.system.errorRate?.mean).toBe(0.25);
    expect(channels.system.retryRate?.mean).toBe(0.125);
    expect(channels.system.latencyMs).toEqual({ p50: 450, p95: 765 });
  });

  it('counts errors that are reported as signals, with or without an interaction', async () => {
    const failed = (more: Record<string, unknown>): string =>
      feedbackLine({ signal: 'system.error', actor: { kind: 'system' }, score: undefined, user: undefined, time: daysAgo(1), ...more });
    const { channels } = await only([...many(8, (i) => answer(`i${String(i)}`)), failed({ interaction_id: 'i3' }), failed({ id: 'lost' })]);
    expect(channels.system.errorRate?.mean).toBeCloseTo(2 / 9, 6);
  });

  it('takes only what lies in the window', async () => {
    const lines = [rating('a', 1, 10), rating('b', 0, 5), rating('c', 0, 1)];
    expect((await only(lines, { since: daysAgo(5) })).score?.users).toBe(2);
    expect((await only(lines, { until: daysAgo(5) })).score?.users).toBe(1);
    expect((await only(lines, { asOf: daysAgo(5) })).score?.users).toBe(2);
    expect((await scoreLog(lines, { asOf: daysAgo(5) })).asOf).toBe(daysAgo(5));
  });

  it('takes a record from a clock that is ahead as said now, unless a time is asked for', async () => {
    const lines = [rating('a', 1, -3), rating('b', 0, 0)];
    expect((await only(lines, { asOf: undefined })).score).toMatchObject({ users: 2, mean: 0.5 });
    expect((await only(lines)).score).toMatchObject({ users: 1, mean: 0 });
  });

  it('gives a trend of UTC days, users of a day alike, and null for a day without anybody', async () => {
    const lines = [rating('a', 1, 0.6), rating('a', 0, 0.9), rating('b', 1, 0.7), rating('c', 0, 3.5), rating('old', 1, 29)];
    const { trend } = await only(lines);
    expect(trend.map((each) => [each.from, each.mean, each.users])).toEqual([
      [daysAgo(4), 0, 1],
      [daysAgo(3), null, 0],
      [daysAgo(2), null, 0],
      [daysAgo(1), 0.75, 2],
    ]);
    expect(trend.at(-1)?.to).toBe(asOf);
    // At another hour the days are the same, and the last of them is not over.
    const later = new Date(Date.parse(asOf) - day / 4).toISOString();
    const points = (await only(lines, { asOf: later })).trend;
    expect(points.map((each) => each.mean)).toEqual(trend.map((each) => each.mean));
    expect(points.at(-1)).toMatchObject({ from: daysAgo(1), to: later });
  });

  it('compares this week with the one before by users, once there are ten in each', async () => {
    const week = (n: number, good: number, days: number) =>
      [days, days + 1].flatMap((day) => many(n, (i) => rating(`u${String(i)}`, i < good ? 1 : 0, day)));
    expect((await only([...week(9, 9, 1), ...week(20, 10, 9)])).week).toBeNull();
    const { week: found } = await only([...week(20, 5, 1), ...week(20, 15, 9)]);
    expect(found).toMatchObject({ delta: -0.5, users: 20, usersBefore: 20 });
    expect(found?.lo).toBeLessThan(-0.5);
    expect(found?.hi).toBeGreaterThan(-0.5);
    expect(found?.hi).toBeLessThan(0);
  });

  it('lists prompts by name and versions by number, the unknown one last', async () => {
    const of = (name: string, version: string | null): string => rating('a', 1, 1, { prompt: { name, version } });
    engine.prompts.push({ id: 'm', file: 'm.prompty', text: '', sha256: '', messages: [] } as unknown as FeedbackEngine['prompts'][number]);
    const { prompts } = await scoreLog([of('z', 'v10'), of('z', 'v9'), of('z', null), of('z', 'canary'), of('z', 'v2'), of('b', '1')]);
    expect(prompts.map((each) => each.prompt)).toEqual(['b', 'm', 'z']);
    expect(prompts[2]?.versions.map((each) => each.version)).toEqual(['v2', 'v9', 'v10', 'canary', null]);
    expect(prompts[1]?.versions).toEqual([]);
    expect((await scoreLog([of('z', 'v1')], { prompts: ['m.prompty'] })).prompts.map((each) => each.prompt)).toEqual(['m']);
    const error = await engine.scoring.score({ prompts: ['nope'] }).catch((cause: unknown) => cause);
    expect(EngineError.is(error, 'PROMPT_NOT_FOUND')).toBe(true);
  });

  it('gives scores by a value of the records', async () => {
    const version = await only(
      [
        answer('i1', { attributes: { plan: 'free' } }),
        answer('i2', { input: { variables: { plan: 'paid' } } }),
        rating('a', 0, 1, { interaction_id: 'i1' }),
        rating('b', 1, 1, { interaction_id: 'i2' }),
        rating('c', 1, 1, { attributes: { plan: 'paid' } }),
        rating('d', 1, 1),
      ],
      { segment: 'plan' },
    );
    expect(version.segments.map(({ key, value, score }) => [key, value, score.users, score.mean])).toEqual([
      ['plan', 'free', 1, 0],
      ['plan', 'paid', 2, 1],
    ]);
  });

  it('warns of a change of quality that holds at any look', async () => {
    const lines = (drop: number) =>
      many(40 * 20, (i) => rating(`u${String(i)}`, i % 10 < (i < 25 * 20 ? 8 : 8 - drop) ? 1 : 0, 40 - Math.floor(i / 20) - 0.5));
    expect((await only(lines(3))).change).toMatchObject({ direction: 'down', before: 0.8, after: 0.5, since: daysAgo(15) });
    expect((await only(lines(0))).change).toBeNull();
  });

  it('says how the headline was made', async () => {
    const expert = { signal: 'review.score', actor: { kind: 'expert' }, review: { stratum: 'random', inclusion_prob: 0.1 } };
    const judged = { signal: 'judge.score', actor: { kind: 'llm_judge' } };
    const ids = many(300, (i) => `i${String(i)}`);
    const reviews = ids.slice(0, 60).map((id, i) => rating('', i % 3 === 0 ? 0 : 1, 1, { ...expert, user: undefined, interaction_id: id }));
    const judges = ids.map((id, i) =>
      rating('', i % 3 === 0 && i % 2 === 0 ? 0 : 1, 1, { ...judged, user: undefined, interaction_id: id }),
    );
    const served = ids.map((id) => answer(id));
    expect(await only([rating('a', 1, 1)])).toMatchObject({ channel: 'explicit', method: 'mean' });
    expect(await only([...served, ...reviews])).toMatchObject({ channel: 'expert', method: 'hajek' });
    expect(await only([...served, ...reviews, ...judges])).toMatchObject({ channel: 'expert', method: 'ppi', score: { events: 60 } });
    expect(await only([...served, ...reviews, ...judges.slice(0, 200)])).toMatchObject({ channel: 'expert', method: 'hajek' });
  });

  it('prints the same bytes twice', async () => {
    const lines = many(60, (i) => rating(`u${String(i % 17)}`, (i % 4) / 3, i % 30, { text: i % 4 === 0 ? 'too long' : undefined }));
    expect(JSON.stringify(await scoreLog(lines))).toBe(JSON.stringify(await engine.scoring.score({ asOf })));
  });
});

describe('attribution', () => {
  const versionsOf = async (lines: readonly string[]) => {
    const document = await scoreLog(lines);
    const rows = document.prompts.flatMap((each) =>
      each.versions.filter((version) => version.score !== null).map((version) => `${each.prompt}@${String(version.version)}`),
    );
    return { rows, unattributed: document.unattributed };
  };
  const prompt = (fields: Record<string, unknown>): string => rating('a', 1, 1, { prompt: fields });

  it('takes name and version as recorded', async () => {
    expect((await versionsOf([prompt({ name: 'p', version: 'v1' })])).rows).toEqual(['p@v1']);
  });

  it('finds a version by the hash of its text, and none by two', async () => {
    engine.versions.push(
      { prompt: 'p', version: 'v1', sha256: 'aa' },
      { prompt: 'p', version: 'v2', sha256: 'bb' },
      { prompt: 'p', version: 'v3', sha256: 'aa' },
    );
    expect((await versionsOf([prompt({ name: 'p', version: null, sha256: 'BB' })])).rows).toEqual(['p@v2']);
    expect((await versionsOf([prompt({ sha256: 'bb' })])).rows).toEqual(['p@v2']);
    expect(await versionsOf([prompt({ name: 'p', version: null, sha256: 'aa' })])).toEqual({
      rows: [],
      unattributed: { none: 0, ambiguous: 1 },
    });
    expect((await versionsOf([prompt({ name: 'p', version: null, sha256: 'cc' })])).rows).toEqual(['p@null']);
  });

  it('finds a version by the text of its template, whatever its line ends', async () => {
    const { promptSha256 } = await import('../../../src/engine/prompts/hash.js');
    engine.versions.push({ prompt: 'p', version: 'v7', sha256: promptSha256('Hello\nyou') });
    expect((await versionsOf([prompt({ name: 'p', version: null, template: 'Hello\r\nyou' })])).rows).toEqual(['p@v7']);
  });

  it('takes the variant that was served, where it is a version', async () => {
    const served = (variant: string): string[] => [
      answer('i1', { prompt: { name: 'p', version: null }, rollout: { flag_key: 'p', variant } }),
      rating('a', 1, 1, { prompt: { name: 'p', version: null }, interaction_id: 'i1' }),
    ];
    expect((await versionsOf(served('v2'))).rows).toEqual(['p@v2']);
    expect((await versionsOf(served('control'))).rows).toEqual(['p@null']);
  });

  it('never guesses by time: what names no version is in a row of its own', async () => {
    expect(await versionsOf([prompt({ name: 'p', version: 'v1' }), prompt({ name: 'p', version: null })])).toEqual({
      rows: ['p@v1', 'p@null'],
      unattributed: { none: 0, ambiguous: 0 },
    });
  });

  it('counts what names no prompt, and what has several candidates', async () => {
    expect(
      await versionsOf([
        prompt({}),
        rating('a', 1, 1, { prompt: undefined, interaction_id: 'unknown' }),
        prompt({ name: 'p', version: null, link: 'ambiguous' }),
        answer('i1'),
        rating('a', 1, 1, { id: 'conflict', interaction_id: 'i1', prompt: { name: 'p', version: 'v2' } }),
      ]),
    ).toEqual({ rows: [], unattributed: { none: 2, ambiguous: 2 } });
  });

  it('believes the better link where feedback and interaction differ', async () => {
    expect(
      (
        await versionsOf([
          answer('i1'),
          rating('a', 1, 1, { interaction_id: 'i1', prompt: { name: 'p', version: 'v2', link: 'metadata' } }),
        ])
      ).rows,
    ).toEqual(['p@v1']);
  });

  it('does not use a version that its writer marked as a guess', async () => {
    expect((await versionsOf([prompt({ name: 'p', version: 'v1', link: 'none' })])).rows).toEqual(['p@null']);
  });
});
