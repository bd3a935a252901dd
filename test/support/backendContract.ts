/**
 * What every `FeedbackBackend` keeps, wherever its records lie. An implementation passes it with a harness that stores canonical records:
 *
 *     backendContract('the index', () => createHarness());
 *
 * First by examples whose figures can be worked out on paper, then against `referenceBackend.ts` on random records, at last by the whole
 * `score/1` document, byte by byte.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineContext } from '../../src/engine/api.js';
import type {
  Channel,
  FeedbackBackend,
  GroupSums,
  KnownVersions,
  Sums,
  SumsRequest,
  UnitSums,
  Window,
} from '../../src/engine/feedback/backend.js';
import type { FeedbackQuery } from '../../src/engine/feedback/types.js';
import { createScoreService, type ScoreServices } from '../../src/engine/scoring/service.js';
import type { FeedbackDetail, FeedbackRow } from '../../src/shared/documents.js';
import { randomStream } from '../../src/engine/stats/random.js';
import { createReferenceBackend, type CanonicalRecord } from './referenceBackend.js';

export interface BackendHarness {
  /** Name of the source that rows say they are of. */
  source: string;
  /** Joins by trace and span ids. */
  traces: boolean;
  /** Forgets what there was and stores these, one batch after the other (as by two pulls or two inserts). The back end stands until the next call. */
  load(batches: readonly (readonly CanonicalRecord[])[], known: KnownVersions): Promise<FeedbackBackend>;
  close(): Promise<void>;
}

export const contractNow = Date.UTC(2026, 10, 24, 15, 30);
const dayMs = 86_400_000;
const ago = (days: number): string => new Date(contractNow - days * dayMs).toISOString();
const nothingKnown: KnownVersions = { onlyPrompt: null, bySha256: new Map() };
const everything: Window = { since: null, until: null, asOf: contractNow, asked: true };
const request = (more: Partial<SumsRequest> = {}): SumsRequest => ({
  window: everything,
  known: nothingKnown,
  halfLifeMs: 14 * dayMs,
  days: 60,
  prompts: null,
  segment: null,
  ...more,
});

let lastId = 0;
/** The least feedback, with whatever an example adds. `undefined` takes a field away. */
function said(more: Record<string, unknown> = {}): CanonicalRecord {
  return clean({
    schema: 'promptratchet.feedback/1',
    id: `f${String(++lastId)}`,
    time: ago(1),
    prompt: { name: 'p', version: 'v1' },
    signal: 'explicit.rating',
    actor: { kind: 'end_user' },
    user: 'u1',
    score: { raw: 1, min: 0, max: 1 },
    ...more,
  });
}

function answer(id: string, more: Record<string, unknown> = {}): CanonicalRecord {
  return clean({ schema: 'promptratchet.interaction/1', id, time: ago(1), prompt: { name: 'p', version: 'v1' }, ...more });
}

function clean(record: CanonicalRecord): CanonicalRecord {
  return JSON.parse(JSON.stringify(record)) as CanonicalRecord;
}

const rated = (y: number): unknown => ({ raw: y, min: 0, max: 1 });
const review = (stratum: 'random' | 'risk', probability?: number): Record<string, unknown> => ({
  signal: 'review.score',
  actor: { kind: 'expert' },
  review: { stratum, inclusion_prob: probability },
});

export function backendContract(name: string, make: () => BackendHarness | Promise<BackendHarness>): void {
  describe(`${name} as a back end of scores`, () => {
    let harness: BackendHarness;
    beforeAll(async () => {
      harness = await make();
    });
    afterAll(() => harness.close());

    const load = (...records: CanonicalRecord[]): Promise<FeedbackBackend> => harness.load([records], nothingKnown);
    async function sums(records: readonly CanonicalRecord[], more: Partial<SumsRequest> = {}): Promise<Sums> {
      return (await harness.load([records], more.known ?? nothingKnown)).sums(request(more));
    }
    async function only(records: readonly CanonicalRecord[], more: Partial<SumsRequest> = {}): Promise<GroupSums> {
      const { groups } = await sums(records, more);
      expect(groups.map((each) => `${each.prompt}@${String(each.version)}`)).toEqual(['p@v1']);
      if (groups[0] === undefined) throw new Error('no group');
      return groups[0];
    }
    async function channel(
      key: Channel,
      records: readonly CanonicalRecord[],
      more: Partial<SumsRequest> = {},
    ): Promise<UnitSums | undefined> {
      return (await only(records, more)).channels.get(key);
    }

    describe('attribution', () => {
      const known: KnownVersions = {
        onlyPrompt: null,
        bySha256: new Map([
          [
            'aa',
            [
              { prompt: 'p', version: 'v1' },
              { prompt: 'p', version: 'v3' },
            ],
          ],
          ['bb', [{ prompt: 'p', version: 'v2' }]],
          ['cc', [{ prompt: 'p', version: 'blue' }]],
        ]),
      };
      async function versions(...batches: CanonicalRecord[][]): Promise<string[]> {
        const found = await (await harness.load(batches, known)).sums(request({ known }));
        const rows = found.groups.filter((each) => each.channels.has('explicit')).map((each) => `${each.prompt}@${String(each.version)}`);
        const { none, ambiguous } = found.unattributed;
        return [
          ...rows.sort(),
          ...(none > 0 ? [`none ${String(none)}`] : []),
          ...(ambiguous > 0 ? [`ambiguous ${String(ambiguous)}`] : []),
        ];
      }
      const by = (prompt: unknown, more: Record<string, unknown> = {}): CanonicalRecord => said({ prompt, ...more });

      it('takes name and version as recorded, whatever the link that is no doubt', async () => {
        expect(
          await versions([
            by({ name: 'p', version: 'v1' }),
            by({ name: 'p', version: 'v2', link: 'metadata' }),
            by({ name: 'q', version: 'x', link: 'flag' }),
          ]),
        ).toEqual(['p@v1', 'p@v2', 'q@x']);
      });

      it('finds a version by its hash, none by a hash of two, and leaves an unknown hash to the prompt', async () => {
        expect(await versions([by({ name: 'p', version: null, sha256: 'bb' })])).toEqual(['p@v2']);
        expect(await versions([by({ sha256: 'bb' })])).toEqual(['p@v2']);
        expect(await versions([by({ name: 'q', sha256: 'bb' })])).toEqual(['q@null']);
        expect(await versions([by({ name: 'p', sha256: 'aa' })])).toEqual(['ambiguous 1']);
        expect(await versions([by({ name: 'p', sha256: 'dd' })])).toEqual(['p@null']);
      });

      it('takes the variant that was served where it is a version', async () => {
        const served = (variant: string): CanonicalRecord[] => [
          answer('i1', { prompt: { name: 'p', version: null }, rollout: { flag_key: 'p', variant } }),
          by({ name: 'p', version: null }, { interaction_id: 'i1' }),
        ];
        expect(await versions(served('v2'))).toEqual(['p@v2']);
        expect(await versions(served('blue'))).toEqual(['p@blue']);
        expect(await versions(served('control'))).toEqual(['p@null']);
      });

      it('has it from the interaction, whichever of the two comes first and however late', async () => {
        const late = by(undefined, { interaction_id: 'i1', user: undefined });
        const served = answer('i1', { user: 'somebody' });
        expect(await versions([served, late])).toEqual(['p@v1']);
        expect(await versions([late, served])).toEqual(['p@v1']);
        expect(await versions([late], [served])).toEqual(['p@v1']);
        expect(await versions([late])).toEqual(['none 1']);
      });

      it('follows an interaction that was revised', async () => {
        const late = by(undefined, { interaction_id: 'i1' });
        const first = answer('i1', { revision: 1 });
        const second = answer('i1', { revision: 2, prompt: { name: 'p', version: 'v2' } });
        expect(await versions([first, late], [second])).toEqual(['p@v2']);
        expect(await versions([second, late], [first])).toEqual(['p@v2']);
      });

      it('calls it ambiguous where feedback and interaction are as sure of different things, and believes the better link', async () => {
        const served = answer('i1');
        expect(await versions([served, by({ name: 'p', version: 'v2' }, { interaction_id: 'i1' })])).toEqual(['ambiguous 1']);
        expect(await versions([served, by({ name: 'q', version: null }, { interaction_id: 'i1' })])).toEqual(['ambiguous 1']);
        expect(await versions([served, by({ name: 'p', version: 'v2', link: 'metadata' }, { interaction_id: 'i1' })])).toEqual(['p@v1']);
        expect(await versions([by({ name: 'p', version: 'v1', link: 'ambiguous' })])).toEqual(['ambiguous 1']);
        expect(await versions([by({ name: 'p', version: 'v1', link: 'none' })])).toEqual(['p@null']);
        expect(await versions([by({}), by({ version: 'v1' })])).toEqual(['none 2']);
      });

      it('keeps interactions whose version is ambiguous out of every group', async () => {
        const found = await sums([
          answer('i1', { prompt: { name: 'p', version: 'v1', link: 'ambiguous' } }),
          answer('i2', { prompt: { name: 'p' } }),
        ]);
        expect(found.groups.map((each) => [each.prompt, each.version, each.system.interactions])).toEqual([['p', null, 1]]);
        expect(found.unattributed).toEqual({ none: 0, ambiguous: 0 });
      });

      it('joins by trace and span, and by a trace of one prompted interaction alone', async () => {
        if (!harness.traces) return;
        const served = (id: string, span: string, more = {}): CanonicalRecord => answer(id, { trace_id: 't1', span_id: span, ...more });
        const spoken = (more: Record<string, unknown>): CanonicalRecord => by(undefined, { trace_id: 't1', ...more });
        const second = served('i2', 's2', { prompt: { name: 'p', version: 'v2' } });
        expect(await versions([served('i1', 's1'), spoken({})])).toEqual(['p@v1']);
        expect(await versions([spoken({})], [served('i1', 's1')])).toEqual(['p@v1']);
        expect(await versions([served('i1', 's1'), served('i2', 's2', { prompt: undefined }), spoken({})])).toEqual(['p@v1']);
        expect(await versions([served('i1', 's1'), second, spoken({ span_id: 's2' })])).toEqual(['p@v2']);
        expect(await versions([served('i1', 's1'), second, spoken({})])).toEqual(['ambiguous 1']);
        expect(await versions([served('i1', 's1'), spoken({})], [second])).toEqual(['ambiguous 1']);
        expect(await versions([second, spoken({ trace_id: 't2' })])).toEqual(['none 1']);
      });
    });

    describe('windows', () => {
      it('includes since and asOf, not until, and knows nothing of what was said later', async () => {
        const records = [said({ time: ago(10), user: 'a' }), said({ time: ago(5), user: 'b' }), said({ time: ago(1), user: 'c' })];
        const users = async (window: Partial<Window>): Promise<number | undefined> =>
          (await channel('explicit', records, { window: { ...everything, ...window } }))?.users;
        const five = contractNow - 5 * dayMs;
        expect(await users({ since: five })).toBe(2);
        expect(await users({ until: five })).toBe(1);
        expect(await users({ asOf: five })).toBe(2);
        expect(await users({ asOf: five, asked: false })).toBe(3);
        expect(await users({ since: contractNow - 6 * dayMs, until: contractNow - 2 * dayMs })).toBe(1);
      });

      it('takes what a clock that is ahead says as said now, unless a time was asked for', async () => {
        const records = [said({ time: ago(-3), user: 'a' }), said({ time: ago(0), user: 'b' })];
        const now = await channel('explicit', records, { window: { ...everything, asked: false } });
        expect(now).toMatchObject({ users: 2, w: 2 });
        expect(await channel('explicit', records)).toMatchObject({ users: 1 });
        const past = await channel('explicit', records, { window: { ...everything, asked: false, since: contractNow } });
        expect(past?.users).toBe(2);
      });
    });

    describe('units', () => {
      it('counts a user once: the mean of what was said, as old as the latest of it', async () => {
        const found = await channel('explicit', [
          said({ time: ago(28), user: 'a', score: rated(0) }),
          said({ time: ago(0), user: 'a' }),
          said({ time: ago(14), user: 'a' }),
          said({ time: ago(14), user: 'b', score: rated(0) }),
        ]);
        near(found, { users: 2, events: 4, w: 1.5, w2: 1.25, wy: 2 / 3 });
      });

      it('takes the session where there is no user, the interaction’s where the feedback has none, else the event', async () => {
        const found = await channel('explicit', [
          said({ user: undefined, session: 's' }),
          said({ user: undefined, session: 's' }),
          said({ user: undefined }),
          said({ user: undefined }),
          answer('i1', { user: 'a' }),
          said({ user: undefined, session: 'other', interaction_id: 'i1' }),
          said({ user: 'a' }),
          answer('i2', { session: 's' }),
          said({ user: undefined, interaction_id: 'i2' }),
          // A session of the name of a user is no user.
          said({ user: undefined, session: 'a' }),
        ]);
        expect(found).toMatchObject({ users: 5, events: 8 });
      });

      it('halves the weight of a unit with each half-life', async () => {
        const records = [0, 7, 14].map((days) => said({ user: `u${String(days)}`, time: ago(days), score: rated(days === 0 ? 1 : 0) }));
        near(await channel('explicit', records, { halfLifeMs: 7 * dayMs }), { users: 3, events: 3, w: 1.75, w2: 1.3125, wy: 1 });
      });

      it('reads scores by their declared range', async () => {
        near(await channel('explicit', [said({ time: ago(0), score: { raw: 4, min: 1, max: 5 } })]), {
          users: 1,
          events: 1,
          w: 1,
          w2: 1,
          wy: 0.75,
        });
      });
    });

    describe('channels', () => {
      it('keeps users, experts, judges, each implicit signal and checks by code apart', async () => {
        const group = await only([
          said(),
          said({ ...review('random', 0.5) }),
          said({ signal: 'judge.score', actor: { kind: 'llm_judge' } }),
          said({ signal: 'explicit.rating', actor: { kind: 'llm_judge' }, user: 'j2' }),
          said({ signal: 'implicit.copy' }),
          said({ signal: 'implicit.regenerate', score: rated(0) }),
          said({ signal: 'implicit.dwell', score: undefined }),
          said({ signal: 'code.score', actor: { kind: 'code' } }),
          said({ signal: 'explicit.comment', score: undefined, text: 'hm' }),
        ]);
        expect([...group.channels.keys()].sort()).toEqual([
          'expert',
          'expertRandom',
          'explicit',
          'implicit.copy',
          'implicit.regenerate',
          'judge',
        ]);
        expect(group.channels.get('judge')?.users).toBe(2);
      });

      it('weighs reviews by one over their probability (Hájek)', async () => {
        const group = await only([
          said({ ...review('risk', 1), user: 'a', time: ago(0), score: rated(0) }),
          said({ ...review('random', 0.1), user: 'a', time: ago(0), score: rated(1) }),
          said({ ...review('random', 0.25), user: 'b', time: ago(14), score: rated(0.5) }),
        ]);
        // a: (0/1 + 1/0.1) / 11, weight 11/2; b: 0.5, weight 4/2.
        near(group.channels.get('expert'), { users: 2, events: 3, w: 7.5, w2: 34.25, wy: 5.5 * (10 / 11) + 1 });
        near(group.channels.get('expertRandom'), { users: 2, events: 2, w: 12, w2: 104, wy: 11 });
      });

      it('leaves out a review of the risk stratum without a probability; another counts as one', async () => {
        const group = await only([
          said({ ...review('risk'), user: 'a' }),
          said({ ...review('random'), user: 'b', time: ago(0) }),
          said({ signal: 'review.label', actor: { kind: 'expert' }, user: 'c', time: ago(0), score: rated(0) }),
          said({ ...review('risk', 0), user: 'd' }),
          said({ ...review('random', 1.5), user: 'e', time: ago(0) }),
        ]);
        near(group.channels.get('expert'), { users: 3, events: 3, w: 3, w2: 3, wy: 2 });
        near(group.channels.get('expertRandom'), { users: 2, events: 2, w: 2, w2: 2, wy: 2 });
      });
    });

    describe('days and weeks', () => {
      // contractNow is 15:30 UTC.
      const hour = 1 / 24;
      it('adds up days of the UTC calendar, and each unit once on its first day', async () => {
        const group = await only([
          said({ user: 'a', time: ago(15 * hour), score: rated(0) }),
          said({ user: 'a', time: ago(15.4 * hour), score: rated(1) }),
          said({ user: 'a', time: ago(15.6 * hour), score: rated(1) }),
          said({ user: 'b', time: ago(1 * hour), score: rated(1) }),
          said({ user: 'c', time: ago(61), score: rated(1) }),
          said({ user: 'c', time: ago(3), score: rated(0) }),
        ]);
        near(group.days.get('explicit'), [
          { day: 0, users: 2, sum: 1.5, sum2: 1.25, firstUsers: 1, firstSum: 1, firstSum2: 1 },
          { day: 1, users: 1, sum: 1, sum2: 1, firstUsers: 1, firstSum: 1, firstSum2: 1 },
          { day: 3, users: 1, sum: 0, sum2: 0, firstUsers: 0, firstSum: 0, firstSum2: 0 },
        ]);
        expect(group.days.has('expertRandom')).toBe(false);
      });

      it('gives the days of randomly drawn reviews by their own mean', async () => {
        const group = await only([
          said({ ...review('random', 0.1), user: 'a', time: ago(1), score: rated(1) }),
          said({ ...review('random', 0.5), user: 'a', time: ago(1), score: rated(0) }),
          said({ ...review('random', 0.5), user: 'b', time: ago(1), score: rated(0.5) }),
        ]);
        const sum = 10 / 12 + 0.5;
        const sum2 = (10 / 12) ** 2 + 0.25;
        near(group.days.get('expertRandom'), [{ day: 1, users: 2, sum, sum2, firstUsers: 2, firstSum: sum, firstSum2: sum2 }]);
        near(group.weeks.get('expertRandom'), { last: { users: 2, sum, sum2 }, before: { users: 0, sum: 0, sum2: 0 } });
      });

      it('gives the last seven days and the seven before, each user once in each', async () => {
        const group = await only([
          said({ user: 'a', time: ago(0), score: rated(0) }),
          said({ user: 'a', time: ago(6.9), score: rated(1) }),
          said({ user: 'a', time: ago(7), score: rated(1) }),
          said({ user: 'b', time: ago(13.9), score: rated(0.5) }),
          said({ user: 'c', time: ago(14), score: rated(0.5) }),
        ]);
        near(group.weeks.get('explicit'), { last: { users: 1, sum: 0.5, sum2: 0.25 }, before: { users: 2, sum: 1.5, sum2: 1.25 } });
      });

      it('goes back as many days as were asked for', async () => {
        const records = [0, 1, 2, 3].map((days) => said({ user: `u${String(days)}`, time: ago(days) }));
        const group = await only(records, { days: 2 });
        expect(group.days.get('explicit')?.map((each) => each.day)).toEqual([0, 1]);
      });
    });

    describe('the system', () => {
      it('counts interactions, what was rated of them, errors, retries and latency', async () => {
        const group = await only([
          ...Array.from({ length: 8 }, (_, i) =>
            answer(`i${String(i)}`, { system: { status: i < 2 ? 'error' : 'ok', latency_ms: (i + 1) * 100, retries: i === 7 ? 2 : 0 } }),
          ),
          answer('silent'),
          said({ interaction_id: 'i1' }),
          said({ interaction_id: 'i1' }),
          said({ interaction_id: 'i2', signal: 'implicit.copy' }),
          said({ interaction_id: 'lost' }),
        ]);
        expect(group.system).toEqual({
          interactions: 9,
          real: 9,
          rated: 1,
          errors: 2,
          errorsKnown: 8,
          retries: 1,
          retriesKnown: 8,
          latencyP50: 450,
          latencyP95: 765,
        });
      });

      it('counts errors that are signals, with an interaction or without; then every interaction is known', async () => {
        const failed = (more: Record<string, unknown>): CanonicalRecord =>
          said({ signal: 'system.error', actor: { kind: 'system' }, score: undefined, ...more });
        const group = await only([
          answer('i1'),
          answer('i2'),
          answer('i3', { system: { status: 'error' } }),
          failed({ interaction_id: 'i1' }),
          failed({ interaction_id: 'i1' }),
          failed({ interaction_id: 'i3' }),
          failed({ user: undefined }),
        ]);
        expect(group.system).toMatchObject({ errors: 3, errorsKnown: 4, retriesKnown: 0, latencyP50: null, latencyP95: null });
      });
    });

    describe('proxies', () => {
      it('adds up labelled and unlabelled interactions of each signal, an interaction once', async () => {
        const judged = (id: string, y: number): CanonicalRecord =>
          said({ signal: 'judge.score', actor: { kind: 'llm_judge' }, interaction_id: id, score: rated(y), user: undefined });
        const group = await only([
          ...['i1', 'i2', 'i3', 'i4'].map((id) => answer(id)),
          said({ ...review('random', 0.1), interaction_id: 'i1', score: rated(1) }),
          said({ ...review('random', 0.1), interaction_id: 'i1', score: rated(0) }),
          said({ ...review('random', 0.1), interaction_id: 'i2', score: rated(1) }),
          said({ ...review('risk', 1), interaction_id: 'i3', score: rated(0) }),
          said({ ...review('random', 0.1), interaction_id: 'i4', score: rated(0) }),
          judged('i1', 1),
          judged('i1', 0.5),
          judged('i2', 1),
          judged('i3', 0.25),
          judged('lost', 1),
        ]);
        near(group.proxies, [{ proxy: 'judge', n: 2, y: 1.5, y2: 1.25, f: 1.75, f2: 1.5625, yf: 1.375, N: 1, fN: 0.25, fN2: 0.0625 }]);
      });

      it('has none without a random label, nor for a signal that no labelled interaction has', async () => {
        const copied = said({ signal: 'implicit.copy', interaction_id: 'i2' });
        const risk = said({ ...review('risk', 1), interaction_id: 'i2' });
        const random = said({ ...review('random', 0.1), interaction_id: 'i1' });
        expect((await only([answer('i1'), answer('i2'), copied, risk])).proxies).toEqual([]);
        expect((await only([answer('i1'), answer('i2'), copied, random])).proxies).toEqual([]);
      });
    });

    describe('segments', () => {
      it('takes the value of the feedback, else of its interaction, else of its variable, and gives the rest of each', async () => {
        const records = [
          answer('i1', { attributes: { plan: 'free' } }),
          answer('i2', { input: { variables: { plan: 'paid' } } }),
          said({ user: 'a', time: ago(0), score: rated(0), interaction_id: 'i1' }),
          said({ user: 'b', time: ago(0), score: rated(1), interaction_id: 'i2' }),
          said({ user: 'b', time: ago(0), score: rated(0.5), interaction_id: 'i1', attributes: { plan: 'paid' } }),
          said({ user: 'b', time: ago(14), score: rated(0), interaction_id: 'i1' }),
          said({ user: 'c', time: ago(14), score: rated(1) }),
        ];
        const { segments } = await only(records, { segment: 'plan' });
        near(sortBy(segments), [
          {
            value: 'free',
            channels: { explicit: { users: 2, events: 2, w: 1.5, w2: 1.25, wy: 0 } },
            rest: { explicit: { users: 2, events: 3, w: 1.5, w2: 1.25, wy: 0.75 + 0.5 } },
          },
          {
            value: 'paid',
            channels: { explicit: { users: 1, events: 2, w: 1, w2: 1, wy: 0.75 } },
            // b's other event counts with b's weight in the whole channel, 1.
            rest: { explicit: { users: 3, events: 3, w: 2.5, w2: 2.25, wy: 0.5 } },
          },
        ]);
        const same = await only(records, { segment: 'input.variables.plan' });
        near(sortBy(same.segments), sortBy(segments));
        expect((await only(records, { segment: 'nothing' })).segments).toEqual([]);
      });

      it('reads numbers and truth values as they stand in a table', async () => {
        const { segments } = await only([said({ attributes: { tier: 2, beta: true } }), said({ user: 'b', attributes: { tier: '2' } })], {
          segment: 'tier',
        });
        expect(segments.map((each) => [each.value, each.channels.get('explicit')?.users])).toEqual([['2', 2]]);
      });

      it('gives at most a hundred values, those with the most users', async () => {
        const many = Array.from({ length: 120 }, (_, i) => said({ user: `u${String(i)}`, attributes: { city: `c${String(i)}` } }));
        const { segments } = await only([...many, said({ user: 'x', attributes: { city: 'c119' } })], { segment: 'city' });
        expect(segments).toHaveLength(100);
        expect(segments.find((each) => each.value === 'c119')?.channels.get('explicit')?.users).toBe(2);
      });
    });

    describe('complaints', () => {
      const complaints = async (records: readonly CanonicalRecord[], limit = 10, window = everything) =>
        (await (await load(...records)).complaints([{ prompt: 'p', version: 'v1' }], { window, known: nothingKnown, limit }))[0] ?? [];

      it('gives the words of those who were not content, newest first', async () => {
        const records = [
          said({ id: 'c1', time: ago(3), text: 'too long', score: rated(0) }),
          said({ id: 'c2', time: ago(1), text: 'no', score: undefined, signal: 'explicit.comment', user: 'u2' }),
          said({ id: 'c3', time: ago(2), text: 'fine', score: rated(0.5) }),
          said({ id: 'c4', time: ago(2), text: 'wrong', ...review('risk', 1), score: rated(0.2) }),
          said({ id: 'c5', time: ago(2), correction: 'this instead', score: rated(0) }),
          said({ id: 'c6', time: ago(2), text: 'bad', signal: 'judge.score', actor: { kind: 'llm_judge' }, score: rated(0) }),
          said({ id: 'c7', time: ago(2), text: 'other', prompt: { name: 'p', version: 'v2' }, score: rated(0) }),
          said({ id: 'c8', time: ago(3), text: 'again', score: rated(0) }),
        ];
        const found = await complaints(records);
        expect(found.map((each) => [each.id, each.time, each.text, each.rated])).toEqual([
          ['c2', contractNow - dayMs, 'no', false],
          ['c4', contractNow - 2 * dayMs, 'wrong', true],
          ['c1', contractNow - 3 * dayMs, 'too long', true],
          ['c8', contractNow - 3 * dayMs, 'again', true],
        ]);
        expect(new Set(found.map((each) => each.unit)).size).toBe(2);
        expect((await complaints(records, 3)).map((each) => each.id)).toEqual(['c2', 'c4', 'c1']);
        expect((await complaints(records, 9, { ...everything, until: contractNow - 2 * dayMs })).map((each) => each.id)).toEqual([
          'c1',
          'c8',
        ]);
        const { groups } = await sums(records);
        expect(groups.find((each) => each.version === 'v1')?.complaints).toBe(4);
      });

      it('leaves out words without a rating about an answer that somebody rated well', async () => {
        const found = await complaints([
          answer('i1'),
          said({ id: 'good', interaction_id: 'i1', score: rated(1) }),
          said({ id: 'words', interaction_id: 'i1', score: undefined, signal: 'explicit.comment', text: 'nice' }),
          said({ id: 'low', interaction_id: 'i1', score: rated(0), text: 'not nice' }),
          said({ id: 'elsewhere', interaction_id: 'i2', score: undefined, signal: 'explicit.comment', text: 'hm' }),
        ]);
        expect(found.map((each) => each.id)).toEqual(['elsewhere', 'low']);
      });

      it('gives those of many versions at once, each with its own limit, in the order that was asked', async () => {
        const comment = (id: string, name: string, version: string | undefined, days: number, more: Record<string, unknown> = {}) =>
          said({ id, time: ago(days), text: id, prompt: { name, version }, score: rated(0), ...more });
        const backend = await load(
          comment('a1', 'p', 'v1', 1),
          comment('a2', 'p', 'v1', 2),
          comment('a3', 'p', 'v1', 3),
          comment('b1', 'p', 'v2', 5, { interaction_id: 'i1', score: undefined, signal: 'explicit.comment' }),
          comment('c1', 'q', 'v1', 4),
          comment('d1', 'q', undefined, 6),
          // Of another version: it says nothing about the words on the same answer.
          said({ id: 'good', interaction_id: 'i1', score: rated(1) }),
          answer('i1', { prompt: undefined }),
        );
        const groups = [
          { prompt: 'q', version: null },
          { prompt: 'p', version: 'v2' },
          { prompt: 'nobody', version: 'v1' },
          { prompt: 'p', version: 'v1' },
          { prompt: 'q', version: 'v1' },
        ];
        const found = await backend.complaints(groups, { window: everything, known: nothingKnown, limit: 2 });
        expect(found.map((rows) => rows.map((each) => each.id))).toEqual([['d1'], ['b1'], [], ['a1', 'a2'], ['c1']]);
        expect(await backend.complaints([], { window: everything, known: nothingKnown, limit: 2 })).toEqual([]);
      });
    });

    describe('pages', () => {
      const at = (minute: number): string => new Date(contractNow - 3_600_000 + minute * 60_000).toISOString();
      const rows: CanonicalRecord[] = [
        said({ id: 'r1', time: at(1), text: 'fine', attributes: { plan: 'free' } }),
        said({ id: 'r2', time: at(2), user: 'u2', score: rated(0.4) }),
        said({ id: 'r3', time: at(3), score: undefined, signal: 'explicit.comment', text: 'hm, Over long', interaction_id: 'i1' }),
        said({ id: 'r4', time: at(4), prompt: { name: 'q', version: null } }),
        said({ id: 'r5', time: at(5), score: rated(0), signal: 'implicit.copy', correction: 'overlook it' }),
        said({ id: 'r6', time: at(6), score: undefined, signal: 'explicit.thumb', text: '100%_"or" 1=1; --' }),
        answer('i1', {
          time: at(0),
          input: { variables: { plan: 'paid' }, text: 'q?' },
          output: { text: 'a!' },
          system: { latency_ms: 20 },
        }),
      ];
      let backend: FeedbackBackend;
      beforeAll(async () => {
        backend = await harness.load([rows], nothingKnown);
      });
      const ids = async (query: FeedbackQuery): Promise<string[]> => (await backend.page(query, nothingKnown)).rows.map((row) => row.id);

      it('gives rows as they were said, newest first', async () => {
        const { rows: found, total, nextCursor } = await backend.page({}, nothingKnown);
        expect(found.map((row) => row.id)).toEqual(['r6', 'r5', 'r4', 'r3', 'r2', 'r1']);
        expect([total, nextCursor]).toEqual([6, null]);
        expect(found[5]).toMatchObject({
          id: 'r1',
          time: at(1),
          source: harness.source,
          prompt: 'p',
          version: 'v1',
          link: 'exact',
          signal: 'explicit.rating',
          actor: 'end_user',
          y: 1,
          raw: 1,
          label: null,
          text: 'fine',
          correction: null,
          interaction: null,
        });
        expect(found[3]).toMatchObject({ y: null, raw: null, interaction: 'i1' });
      });

      it.each<[FeedbackQuery, string[]]>([
        [{ low: true }, ['r6', 'r5', 'r3', 'r2']],
        [{ signal: 'explicit' }, ['r6', 'r4', 'r3', 'r2', 'r1']],
        [{ signal: 'implicit.copy' }, ['r5']],
        [{ user: 'u2' }, ['r2']],
        [{ user: 'nobody' }, []],
        [{ prompt: 'q' }, ['r4']],
        [{ prompt: 'p', version: 'v1', limit: 2 }, ['r6', 'r5']],
        [{ prompt: 'q', version: null }, ['r4']],
        [{ prompt: 'nothing' }, []],
        [{ since: at(5) }, ['r6', 'r5']],
        [{ until: at(2) }, ['r1']],
        [{ search: 'over' }, ['r5', 'r3']],
        [{ search: 'over lo' }, ['r3']],
        [{ search: 'LONG over' }, ['r3']],
        [{ search: '" OR *' }, ['r6']],
        [{ search: 'nothing-like-it' }, []],
        [{ minY: 0.4 }, ['r4', 'r2', 'r1']],
        [{ maxY: 0.4 }, ['r5', 'r2']],
        [{ minY: 0.3, maxY: 0.5 }, ['r2']],
        [{ segment: { key: 'plan', value: 'free' } }, ['r1']],
        [{ segment: { key: 'plan', value: 'paid' } }, ['r3']],
        [{ source: 'elsewhere' }, []],
        [{ offset: 4 }, ['r2', 'r1']],
        [{ offset: 1, limit: 2 }, ['r5', 'r4']],
        [{ offset: 9 }, []],
        [{ low: true, search: 'hm', since: at(3), signal: 'explicit.comment' }, ['r3']],
      ])('filters by %j', async (query, expected) => {
        expect(await ids(query)).toEqual(expected);
        const { total } = await backend.page({ ...query, offset: 0, limit: 1 }, nothingKnown);
        if (query.offset === undefined && query.limit === undefined) expect(total).toBe(expected.length);
      });

      it('has all of its own source', async () => {
        expect(await ids({ source: harness.source })).toHaveLength(6);
      });

      it('goes on from a cursor', async () => {
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const page = await backend.page({ limit: 4, ...(cursor === null ? {} : { cursor }) }, nothingKnown);
          expect(page.total).toBe(6);
          seen.push(...page.rows.map((row) => row.id));
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(seen).toEqual(['r6', 'r5', 'r4', 'r3', 'r2', 'r1']);
      });

      it('shows users as the same pseudonym, never as they are', async () => {
        const users = (await backend.page({}, nothingKnown)).rows.map((row) => row.user);
        expect(new Set(users).size).toBe(2);
        expect(users).not.toContain('u1');
      });

      it('gives one record with its interaction and what else was said of it', async () => {
        const more = await harness.load([[...rows, said({ id: 'r7', time: at(7), interaction_id: 'i1', score: rated(0) })]], nothingKnown);
        const found = await more.detail('r3', nothingKnown);
        expect(found?.row.id).toBe('r3');
        expect(found?.interaction).toEqual({
          id: 'i1',
          time: at(0),
          variables: { plan: 'paid' },
          input: 'q?',
          output: 'a!',
          documents: [],
          latencyMs: 20,
          error: null,
        });
        expect(found?.others.map((row) => row.id)).toEqual(['r7']);
        expect(await more.detail('r1', nothingKnown)).toMatchObject({ interaction: null, others: [] });
        expect(await more.detail('nothing', nothingKnown)).toBeNull();
        backend = await harness.load([rows], nothingKnown);
      });

      it('knows the attributes that occur', async () => {
        expect(await backend.attributes()).toEqual(['plan']);
      });
    });

    it('has nothing of nothing', async () => {
      const backend = await load();
      expect(await backend.sums(request({ segment: 'plan' }))).toEqual({ groups: [], unattributed: { none: 0, ambiguous: 0 } });
      expect(await backend.page({}, nothingKnown)).toEqual({ rows: [], total: 0, nextCursor: null });
      expect(await backend.attributes()).toEqual([]);
    });

    describe('random records', () => {
      const { records, known } = randomRecords(400, harnessTraces);
      let backend: FeedbackBackend;
      let reference: FeedbackBackend;
      beforeAll(async () => {
        const shown = harness.traces ? records : records.map((each) => ({ ...each, trace_id: undefined, span_id: undefined })).map(clean);
        const half = Math.floor(shown.length / 2);
        backend = await harness.load([shown.slice(0, half), shown.slice(half)], known);
        reference = createReferenceBackend(shown, harness.source);
      });

      it.each<[string, Partial<SumsRequest>]>([
        ['now', { segment: 'plan' }],
        [
          'as of then',
          { window: { since: null, until: null, asOf: contractNow - 9.3 * dayMs, asked: true }, segment: 'topic', halfLifeMs: dayMs },
        ],
        [
          'clocks ahead',
          { window: { since: contractNow - 20 * dayMs, until: null, asOf: contractNow - 9.3 * dayMs, asked: false }, days: 5 },
        ],
        [
          'between',
          { window: { since: contractNow - 30 * dayMs, until: contractNow - 10 * dayMs, asOf: contractNow, asked: true }, prompts: ['q'] },
        ],
      ])('are added up as by the reference: %s', async (_, more) => {
        const asked = request({ known, ...more });
        const [found, expected] = await Promise.all([backend.sums(asked), reference.sums(asked)]);
        near(canonical(found), canonical(expected));
        const options = { window: asked.window, known, limit: 20 };
        const [rows, wanted] = await Promise.all([
          backend.complaints(expected.groups, options),
          reference.complaints(expected.groups, options),
        ]);
        expect(rows.map((each) => each.map(({ unit: _unit, ...row }) => row))).toEqual(
          wanted.map((each) => each.map(({ unit: _unit, ...row }) => row)),
        );
        expect(rows.map(sameUnits)).toEqual(wanted.map(sameUnits));
      });

      it.each<FeedbackQuery>([
        { limit: 500 },
        { low: true, limit: 30, offset: 20 },
        { prompt: 'p', version: 'v2', search: 'long' },
        { segment: { key: 'plan', value: 'free' }, minY: 0.5, limit: 100 },
        { user: 'u3', since: ago(30), limit: 100 },
      ])('are listed as by the reference: %j', async (query) => {
        const [found, expected] = await Promise.all([backend.page(query, known), reference.page(query, known)]);
        expect(found.rows.map(plainRow)).toEqual(expected.rows.map(plainRow));
        expect(found.total).toBe(expected.total);
      });

      it('are shown as by the reference', async () => {
        for (const { id } of records.filter((each) => String(each['schema']).includes('feedback')).slice(0, 10)) {
          const [found, expected] = await Promise.all([backend.detail(String(id), known), reference.detail(String(id), known)]);
          expect(plainDetail(found)).toEqual(plainDetail(expected));
        }
      });

      it('give the same score/1, byte by byte', async () => {
        for (const options of [{ segment: 'plan' }, { asOf: ago(9.3), since: ago(40) }]) {
          const [found, expected] = await Promise.all([scoreOf([backend], known, options), scoreOf([reference], known, options)]);
          expect(found).toBe(expected);
        }
      });
    });
  });
}

/** `score/1` as printed, of a workspace without prompt files. */
export async function scoreOf(
  backends: readonly FeedbackBackend[],
  known: KnownVersions,
  options: Record<string, string>,
): Promise<string> {
  const context = {
    root: '/',
    options: { root: '/', trusted: true },
    ports: { clock: { now: () => new Date(contractNow) } },
    isTrusted: () => true,
  } as unknown as EngineContext;
  const services = {
    config: { load: () => Promise.resolve({ config: { threshold: 0.7 }, problems: [] }) },
    prompts: { list: () => Promise.resolve([]) },
    versions: { list: () => Promise.resolve({ schema: 'promptratchet.versions/1', prompts: [] }) },
    feedback: { withBackends: <T>(work: (set: unknown) => Promise<T>) => work({ backends, known, rejected: [] }) },
  } as unknown as ScoreServices;
  return JSON.stringify(await createScoreService(context, services).score(options), null, 2);
}

const harnessTraces = true;

/** Records of every kind, seeded; times differ from one another and from every limit. */
export function randomRecords(count: number, traces: boolean): { records: CanonicalRecord[]; known: KnownVersions } {
  const random = randomStream(5, 'contract');
  let draw = 0;
  const u = (): number => random.u(draw++);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(u() * items.length)] as T;
  const time = (): string => new Date(contractNow - Math.floor(u() ** 2 * 50 * dayMs) + (draw % 997)).toISOString();
  const prompt = (): unknown =>
    pick<unknown>([
      { name: 'p', version: 'v1' },
      { name: 'p', version: 'v1' },
      { name: 'p', version: 'v2' },
      { name: 'q', version: 'v1', link: 'metadata' },
      { name: 'p', version: null, sha256: 'bb' },
      { name: 'p', sha256: 'aa' },
      { name: 'q' },
      { name: 'q', version: 'v1', link: 'ambiguous' },
      undefined,
    ]);
  const maybe = <T>(share: number, value: () => T): T | undefined => (u() < share ? value() : undefined);
  const user = (): string | undefined => maybe(0.8, () => `u${String(Math.floor(u() ** 2 * 40))}`);
  const session = (): string | undefined => maybe(0.5, () => `s${String(Math.floor(u() * 20))}`);
  const attributes = (): unknown => maybe(0.5, () => ({ plan: pick(['free', 'paid', 'team']), ...(u() < 0.3 ? { beta: u() < 0.5 } : {}) }));
  const words = ['too long', 'so long and wordy', 'wrong', 'great but long', 'no', 'not what I asked', 'the link is dead'];
  const records: CanonicalRecord[] = [];
  for (let i = 0; i < count; i++) {
    if (u() < 0.4) {
      records.push(
        answer(`i${String(i)}`, {
          time: time(),
          prompt: prompt(),
          user: user(),
          session: session(),
          attributes: attributes(),
          revision: Math.floor(u() * 3),
          ...(traces ? { trace_id: maybe(0.5, () => `t${String(Math.floor(u() * 60))}`), span_id: `s${String(i)}` } : {}),
          rollout: maybe(0.2, () => ({ flag_key: 'p', variant: pick(['v2', 'control']) })),
          input: { variables: { topic: pick(['billing', 'shipping', 'other']) } },
          system: maybe(0.7, () => ({
            status: pick(['ok', 'ok', 'error']),
            latency_ms: Math.floor(u() * 900),
            retries: maybe(0.5, () => Math.floor(u() * 2)),
          })),
        }),
      );
      continue;
    }
    const kind = pick<Record<string, unknown>>([
      { signal: 'explicit.rating', score: { raw: Math.floor(u() * 5) + 1, min: 1, max: 5 } },
      { signal: 'explicit.thumb', score: rated(u() < 0.7 ? 1 : 0) },
      { signal: 'explicit.thumb', score: rated(u() < 0.7 ? 1 : 0) },
      { signal: 'explicit.comment', score: undefined, text: pick(words) },
      { signal: 'explicit.correction', score: undefined, correction: 'like this' },
      { signal: 'implicit.copy' },
      { signal: 'implicit.abandon', score: rated(0) },
      { signal: 'judge.score', actor: { kind: 'llm_judge' }, score: rated(Math.floor(u() * 4) / 3) },
      { signal: 'system.error', actor: { kind: 'system' }, score: undefined },
      { signal: 'system.retry', actor: { kind: 'system' }, score: undefined },
      { ...review('random', pick([0.1, 0.2, 0.5])), score: rated(Math.floor(u() * 5) / 4) },
      { ...review('risk', pick([1, 0.5, undefined])), score: rated(Math.floor(u() * 5) / 4) },
    ]);
    const linked = u() < 0.6 ? `i${String(Math.floor(u() * count))}` : undefined;
    records.push(
      said({
        time: time(),
        prompt: linked === undefined || u() < 0.3 ? prompt() : undefined,
        interaction_id: linked,
        user: user(),
        session: session(),
        attributes: attributes(),
        text: maybe(0.25, () => pick(words)),
        ...(traces && linked === undefined ? { trace_id: maybe(0.3, () => `t${String(Math.floor(u() * 60))}`) } : {}),
        ...kind,
      }),
    );
  }
  // Some come again with another revision.
  for (let i = 0; i < 20; i++) {
    const again = records[Math.floor(u() * count)];
    if (again !== undefined) records.push({ ...again, revision: 7, user: 'u1' });
  }
  const known: KnownVersions = {
    onlyPrompt: null,
    bySha256: new Map([
      [
        'aa',
        [
          { prompt: 'p', version: 'v1' },
          { prompt: 'p', version: 'v3' },
        ],
      ],
      ['bb', [{ prompt: 'p', version: 'v2' }]],
    ]),
  };
  return { records, known };
}

/** Equal to the last few bits: the order of a sum is free. */
function near(actual: unknown, expected: unknown, path = ''): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    if (Math.abs(actual - expected) > 1e-9 * Math.max(1, Math.abs(expected))) expect({ [path]: actual }).toEqual({ [path]: expected });
    return;
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    expect(actual, path).toHaveLength(expected.length);
    expected.forEach((each, i) => {
      near(actual[i], each, `${path}[${String(i)}]`);
    });
    return;
  }
  const [a, b] = [plain(actual), plain(expected)];
  if (a !== null && b !== null) {
    expect(Object.keys(a).sort(), path).toEqual(Object.keys(b).sort());
    for (const key of Object.keys(b)) near(a[key], b[key], `${path}.${key}`);
    return;
  }
  expect(actual, path).toEqual(expected);
}

function plain(value: unknown): Record<string, unknown> | null {
  if (value instanceof Map) return Object.fromEntries(value) as Record<string, unknown>;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

const sortBy = <T extends { value: string }>(items: readonly T[]): T[] => [...items].sort((a, b) => (a.value < b.value ? -1 : 1));

/** Groups, proxies and segments are in no order. */
function canonical(sums: Sums): unknown {
  return {
    ...sums,
    groups: [...sums.groups]
      .sort((a, b) => (`${a.prompt} ${String(a.version)}` < `${b.prompt} ${String(b.version)}` ? -1 : 1))
      .map((group) => ({
        ...group,
        segments: sortBy(group.segments),
        proxies: [...group.proxies].sort((a, b) => (a.proxy < b.proxy ? -1 : 1)),
      })),
  };
}

/** Which rows have the same unit, whatever it is called. */
function sameUnits(rows: readonly { unit: string }[]): number[] {
  const units = rows.map((row) => row.unit);
  return units.map((unit) => units.indexOf(unit));
}

function plainRow({ line: _line, user, ...row }: FeedbackRow): unknown {
  return { ...row, user: user !== null };
}

function plainDetail(detail: FeedbackDetail | null): unknown {
  return detail === null
    ? null
    : {
        ...detail,
        // Where a record stands is what implementations differ in.
        url: null,
        file: null,
        row: plainRow(detail.row),
        others: detail.others.map(plainRow).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      };
}
