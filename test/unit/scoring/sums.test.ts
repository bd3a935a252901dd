/** From sums to the document: merging of back ends, headline, segments, targeting, change, rounding. */
import { describe, expect, it } from 'vitest';
import type { GroupSums, KnownVersions, SegmentSums, UnitSums } from '../../../src/engine/feedback/backend.js';
import { mergeSums } from '../../../src/engine/scoring/merge.js';
import { pValue, size4, unit6 } from '../../../src/engine/scoring/rounding.js';
import { scoreSegments, targetingOf } from '../../../src/engine/scoring/segments.js';
import { changeOf, trendOf } from '../../../src/engine/scoring/trend.js';
import { headlineOf, scoreVersion } from '../../../src/engine/scoring/versionScore.js';
import { randomStream } from '../../../src/engine/stats/random.js';
import type { ScoreDocument } from '../../../src/shared/documents.js';
import { contractNow, scoreOf } from '../../support/backendContract.js';
import { createReferenceBackend, type CanonicalRecord } from '../../support/referenceBackend.js';

const units = (users: number, mean: number, weight = 1): UnitSums => ({
  users,
  events: users,
  w: users * weight,
  w2: users * weight * weight,
  wy: users * weight * mean,
});

const group = (more: Partial<GroupSums> = {}): GroupSums => ({
  prompt: 'p',
  version: 'v1',
  channels: new Map(),
  days: new Map(),
  weeks: new Map(),
  system: {
    interactions: 0,
    real: 0,
    rated: 0,
    errors: 0,
    errorsKnown: 0,
    retries: 0,
    retriesKnown: 0,
    latencyP50: null,
    latencyP95: null,
  },
  proxies: [],
  segments: [],
  complaints: 0,
  ...more,
});

const segment = (value: string, own: UnitSums, rest: UnitSums | null = null): SegmentSums => ({
  value,
  channels: new Map([['explicit', own]]),
  rest: new Map(rest === null ? [] : [['explicit', rest]]),
});

describe('several back ends', () => {
  const known: KnownVersions = { onlyPrompt: null, bySha256: new Map() };
  const said = (id: string, user: string, y: number, more: Record<string, unknown> = {}): CanonicalRecord => ({
    schema: 'promptratchet.feedback/1',
    id,
    time: new Date(contractNow - 3_600_000).toISOString(),
    prompt: { name: 'p', version: 'v1' },
    signal: 'explicit.rating',
    actor: { kind: 'end_user' },
    user,
    score: { raw: y, min: 0, max: 1 },
    ...more,
  });

  it('are added up, with users of each apart and complaints in order of time', async () => {
    const words = (id: string, user: string, minutes: number): CanonicalRecord =>
      said(id, user, 0, {
        text: `too long ${id}`,
        time: new Date(contractNow - minutes * 60_000).toISOString(),
        attributes: { plan: 'free' },
      });
    const a = createReferenceBackend([said('a1', 'x', 1), words('a2', 'y', 10), words('a3', 'z', 30)]);
    const b = createReferenceBackend([said('b1', 'x', 0), words('b2', 'y', 20)]);
    const document = JSON.parse(await scoreOf([a, b], known, { segment: 'plan' })) as ScoreDocument;
    const [version] = document.prompts[0]?.versions ?? [];
    expect(version?.score).toMatchObject({ users: 5, events: 5, mean: expect.closeTo(0.2, 2) as number });
    expect(version?.segments.map((each) => [each.value, each.score.users, each.rest?.users])).toEqual([['free', 3, 2]]);
    expect(version?.themes.map((each) => [each.users, each.examples.length])).toEqual([[3, 3]]);
    expect(await scoreOf([a, b], known, {})).toBe(await scoreOf([b, a], known, {}));
  });

  it('of one is that one, and days, weeks and proxies of two are sums', () => {
    const day = { day: 1, users: 2, sum: 1, sum2: 1, firstUsers: 1, firstSum: 1, firstSum2: 1 };
    const week = { last: { users: 2, sum: 1, sum2: 1 }, before: { users: 0, sum: 0, sum2: 0 } };
    const proxy = { proxy: 'judge', n: 1, y: 1, y2: 1, f: 1, f2: 1, yf: 1, N: 2, fN: 1, fN2: 1 };
    const one = {
      groups: [group({ days: new Map([['explicit', [day]]]), weeks: new Map([['explicit', week]]), proxies: [proxy] })],
      unattributed: { none: 1, ambiguous: 2 },
    };
    expect(mergeSums([one])).toBe(one);
    const [both] = mergeSums([one, one]).groups;
    expect(both?.days.get('explicit')).toEqual([{ day: 1, users: 4, sum: 2, sum2: 2, firstUsers: 2, firstSum: 2, firstSum2: 2 }]);
    expect(both?.weeks.get('explicit')?.last).toEqual({ users: 4, sum: 2, sum2: 2 });
    expect(both?.proxies).toEqual([{ proxy: 'judge', n: 2, y: 2, y2: 2, f: 2, f2: 2, yf: 2, N: 4, fN: 2, fN2: 2 }]);
    expect(mergeSums([one, one]).unattributed).toEqual({ none: 2, ambiguous: 4 });
    expect(mergeSums([]).groups).toEqual([]);
  });

  it('know no latency where both have one of their own', () => {
    const served = (latency: number | null) => ({
      groups: [group({ system: { ...group().system, interactions: 5, real: 5, latencyP50: latency, latencyP95: latency } })],
      unattributed: { none: 0, ambiguous: 0 },
    });
    expect(mergeSums([served(10), served(null)]).groups[0]?.system).toMatchObject({ interactions: 10, latencyP50: 10, latencyP95: 10 });
    expect(mergeSums([served(10), served(20)]).groups[0]?.system).toMatchObject({ interactions: 10, latencyP50: null, latencyP95: null });
  });
});

describe('the headline', () => {
  const labels = 60;
  const proxy = (more: Record<string, number> = {}) => ({
    proxy: 'judge',
    n: labels,
    y: 42,
    y2: 42,
    f: 45,
    f2: 45,
    yf: 40,
    N: 940,
    fN: 700,
    fN2: 700,
    ...more,
  });
  const reviewed = (more: Partial<GroupSums> = {}): GroupSums =>
    group({
      channels: new Map([
        ['explicit', units(200, 0.9)],
        ['expertRandom', units(labels, 0.7)],
        ['expert', units(labels, 0.7)],
      ]),
      system: { ...group().system, interactions: 1000, real: 1000 },
      ...more,
    });

  it('is that of the experts with the proxy, where that is there for nearly all answers', () => {
    const { channel, method, score } = headlineOf(reviewed({ proxies: [proxy()] }));
    expect([channel, method]).toEqual(['expert', 'ppi']);
    const alone = headlineOf(reviewed()).score;
    expect(headlineOf(reviewed())).toMatchObject({ channel: 'expert', method: 'hajek', score: { mean: 0.7 } });
    expect((score?.hi ?? 1) - (score?.lo ?? 0)).toBeLessThan((alone?.hi ?? 0) - (alone?.lo ?? 0));
    expect(score?.nEff).toBeGreaterThan(labels);
    expect(score).toMatchObject({ users: labels, events: labels });
  });

  it('does not take a proxy of some answers only, nor one with too few labels', () => {
    expect(headlineOf(reviewed({ proxies: [proxy({ N: 600 })] })).method).toBe('hajek');
    expect(headlineOf(reviewed({ proxies: [proxy({ n: 49 })] })).method).toBe('hajek');
  });

  it('prefers a judge to signals of users', () => {
    const copied = { ...proxy({ f: 10, f2: 10, yf: 1, fN: 100, fN2: 100 }), proxy: 'implicit.copy' };
    expect(headlineOf(reviewed({ proxies: [copied, proxy()] })).score).toEqual(headlineOf(reviewed({ proxies: [proxy()] })).score);
  });

  it('is that of the users under fifty labels, and nobody’s without any', () => {
    const few = group({
      channels: new Map([
        ['explicit', units(200, 0.9)],
        ['expertRandom', units(49, 0.5)],
      ]),
    });
    expect(headlineOf(few)).toMatchObject({ channel: 'explicit', method: 'mean', score: { mean: 0.9 } });
    expect(headlineOf(group())).toMatchObject({ channel: null, method: null, score: null });
    expect(scoreVersion(group(), headlineOf(group()), contractNow, 0.7)).not.toHaveProperty('method');
  });
});

describe('segments', () => {
  it('flag what is worse than the rest, with all segments counted', () => {
    const found = scoreSegments(
      group({
        segments: [
          segment('free', units(80, 0.5), units(160, 0.75)),
          segment('paid', units(80, 0.75), units(160, 0.62)),
          segment('team', units(80, 0.7), units(160, 0.65)),
          segment('tiny', units(6, 0), units(240, 0.7)),
        ],
      }),
      'explicit',
      'plan',
    );
    expect(found.map((each) => [each.value, each.worse])).toEqual([
      ['free', true],
      ['paid', false],
      ['team', false],
      ['tiny', false],
    ]);
    expect(found[0]?.rest?.mean).toBe(0.75);
    expect(found[0]?.p).toBeLessThan(0.001);
    expect(found[3]?.p).toBeNull();
  });

  it('that do not differ are flagged in at most five of a hundred reports', () => {
    const random = randomStream(17, 'segments');
    let draw = 0;
    const sizes = [12, 20, 40, 60, 90, 150];
    let reports = 0;
    const runs = 1200;
    for (let run = 0; run < runs; run++) {
      const good = sizes.map((n) => Array.from({ length: n }, () => (random.u(draw++) < 0.8 ? 1 : 0)).reduce<number>((a, b) => a + b, 0));
      const [all, n] = [good.reduce((a, b) => a + b, 0), sizes.reduce((a, b) => a + b, 0)];
      const segments = sizes.map((size, i) => {
        const own = good[i] ?? 0;
        return segment(String(i), units(size, own / size), units(n - size, (all - own) / (n - size)));
      });
      if (scoreSegments(group({ segments }), 'explicit', 'k').some((each) => each.worse)) reports++;
    }
    expect(reports / runs).toBeLessThanOrEqual(0.05);
  });

  it('that another version served better are proposed for it, and only those', () => {
    const now = group({
      version: 'v2',
      channels: new Map([['explicit', units(200, 0.65)]]),
      segments: [segment('free', units(100, 0.5)), segment('paid', units(100, 0.8))],
    });
    const before = group({
      version: 'v1',
      channels: new Map([['explicit', units(300, 0.7)]]),
      segments: [segment('free', units(150, 0.8)), segment('paid', units(150, 0.78)), segment('gone', units(50, 1))],
    });
    const unknown = group({ version: null, channels: new Map([['explicit', units(300, 1)]]), segments: [segment('paid', units(150, 1))] });
    const found = targetingOf([now, before, unknown], 'v2', 'plan');
    expect(found).toMatchObject([{ key: 'plan', value: 'free', version: 'v1', instead: 'v2', delta: 0.3 }]);
    expect(found[0]?.lo).toBeGreaterThan(0);
    // Without a current version, that of the most users is what they have.
    expect(targetingOf([now, before], null, 'plan')).toEqual([]);
    expect(targetingOf([], 'v2', 'plan')).toEqual([]);
  });
});

describe('the change of a version', () => {
  const days = (from: number, to: number, mean: number) =>
    Array.from({ length: from - to + 1 }, (_, i) => ({
      day: from - i,
      users: 30,
      sum: 1,
      sum2: 1,
      firstUsers: 30,
      firstSum: 30 * mean,
      firstSum2: 1,
    }));

  it('is told from first ratings, with its day, and not told where there is none', () => {
    const found = changeOf([...days(29, 10, 0.8), ...days(9, 0, 0.5)].reverse(), contractNow);
    expect(found).toMatchObject({ since: '2026-11-15T00:00:00.000Z', direction: 'down', before: 0.8, after: 0.5, level: 0.05 });
    expect(found?.logE).toBeGreaterThan(3);
    expect(changeOf(days(29, 0, 0.8), contractNow)).toBeNull();
    expect(changeOf([], contractNow)).toBeNull();
  });

  it('leaves days without anybody empty in the trend', () => {
    const trend = trendOf([...days(2, 2, 0.8), ...days(40, 40, 0.1)], contractNow);
    expect(trend.map((each) => [each.from, each.users])).toEqual([
      ['2026-11-22T00:00:00.000Z', 30],
      ['2026-11-23T00:00:00.000Z', 0],
      ['2026-11-24T00:00:00.000Z', 0],
    ]);
  });
});

describe('rounding', () => {
  it('does not show the last bits of a sum, at a tie either', () => {
    expect(unit6(0.1 + 0.2)).toBe(0.3);
    expect(unit6(1 / 128 + 1e-17)).toBe(unit6(1 / 128 - 1e-17));
    expect(unit6(1 / 128)).toBe(0.007813);
    expect(unit6(-0.0078125 - 1e-17)).toBe(unit6(-0.0078125 + 1e-17));
    expect(Object.is(unit6(-1e-9), 0)).toBe(true);
    expect(size4(29.999999999)).toBe(30);
    expect(pValue(0)).toBe(0.000001);
  });
});
