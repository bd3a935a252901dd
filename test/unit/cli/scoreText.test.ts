import { describe, expect, it } from 'vitest';
import { scoreText } from '../../../src/cli/writers/score.js';
import type { PromptScore, ScoreDocument, ScoreValue, VersionScore } from '../../../src/shared/documents.js';

const value = (mean: number, users = 120, nEff = users): ScoreValue => ({
  mean,
  lo: mean - 0.05,
  hi: mean + 0.05,
  level: 0.95,
  nEff,
  users,
  events: users,
});

const version = (more: Partial<VersionScore> = {}): VersionScore => ({
  version: 'v2',
  sha256: null,
  status: 'low',
  channel: 'explicit',
  method: 'mean',
  score: value(0.61),
  channels: {
    explicit: value(0.61),
    expert: null,
    judge: null,
    implicit: {},
    system: { interactions: 0, errorRate: null, retryRate: null, latencyMs: null },
  },
  responseRate: null,
  bounds: null,
  trend: [],
  week: null,
  change: null,
  themes: [],
  segments: [],
  ...more,
});

function text(versions: VersionScore[], more: Partial<PromptScore> = {}, document: Partial<ScoreDocument> = {}): string[] {
  return scoreText(
    {
      schema: 'promptratchet.score/1',
      asOf: '2026-11-24T00:00:00.000Z',
      threshold: 0.7,
      prompts: [{ prompt: 'p', current: 'v2', versions, ...more }],
      unattributed: { none: 0, ambiguous: 0 },
      rejected: [],
      ...document,
    },
    (_, shown) => shown,
  ).split('\n');
}

describe('the score in words', () => {
  it('has each number with its uncertainty', () => {
    expect(text([version()])).toEqual(['p  now v2', '  v2  0.61 (0.56 to 0.66)  low  120 users']);
    expect(text([version({ channel: 'expert', method: 'hajek' })])[1]).toMatch(/120 users, by experts$/);
    expect(text([version({ channel: 'expert', method: 'ppi' })])[1]).toMatch(/by experts and what goes with their labels$/);
  });

  it('hides a number of few users', () => {
    const few = (users: number, nEff: number): string =>
      text([version({ status: 'insufficient', score: value(0.6, users, nEff) })])[1] ?? '';
    expect(few(8, 8)).toBe('  v2    Not enough feedback yet: 8 users; a score needs 30.');
    expect(few(20, 20)).toContain('0.55 to 0.65  Not enough feedback yet: 20 users');
    expect(few(50, 21.4)).toContain('Not enough recent feedback yet: 50 users count as 21');
  });

  it('says what changed, and that it is no chance', () => {
    const change = { since: '2026-11-12T00:00:00.000Z', direction: 'down' as const, before: 0.81, after: 0.62, logE: 6.1, level: 0.05 };
    const [, , line] = text([version({ change })]);
    expect(line).toBe(
      '  v2: quality fell around 2026-11-12: people who rated for the first time gave 0.81 before and 0.62 since. This is no chance of looking often: of prompts that stay the same at most 5 in 100 are ever told so.',
    );
    expect(text([version({ change: { ...change, direction: 'up' } })])[2]).toContain('quality rose around');
  });

  it('says what the week brought, and where that may be chance', () => {
    const week = { delta: -0.08, lo: -0.15, hi: -0.01, users: 60, usersBefore: 70 };
    expect(text([version({ week })])[2]).toBe('  v2: down 0.08 (-0.15 to -0.01) against the week before');
    expect(text([version({ week: { ...week, delta: 0.03, lo: -0.04, hi: 0.1 } })])[2]).toBe(
      '  v2: up 0.03 (-0.04 to +0.10) against the week before, which may be chance',
    );
    expect(text([version({ week: { ...week, delta: 0.001 } })])).toHaveLength(2);
  });

  it('says which segment is worse than all others', () => {
    const segments = [
      { key: 'plan', value: 'free', score: value(0.41), rest: value(0.66), p: 0.0004, worse: true },
      { key: 'plan', value: 'paid', score: value(0.66), rest: value(0.41), p: 1, worse: false },
      { key: 'plan', value: 'new\u001b[2J', score: value(0.1, 4), rest: value(0.6), p: null, worse: false },
    ];
    expect(text([version({ segments })]).slice(2)).toEqual([
      '  v2: plan = free: 0.41 (0.36 to 0.46), 120 users; worse than all others (0.66), p under 0.001 with all segments counted',
      '  v2: plan = paid: 0.66 (0.61 to 0.71), 120 users',
      '  v2: plan = new: Not enough feedback yet: 4 users',
    ]);
  });

  it('proposes a version for those whom it served better, and how to be sure', () => {
    const targeting = [{ key: 'plan', value: 'free', version: 'v1', instead: 'v2', delta: 0.2, lo: 0.06, hi: 0.31, p: 0.004 }];
    expect(text([version()], { targeting }).slice(2)).toEqual([
      '  plan = free: v1 did better than v2 by 0.20 (+0.06 to +0.31), p = 0.004',
      '  Nobody drew lots for these versions: give it to a part of these users first and compare.',
    ]);
    expect(text([version()], { targeting: [] })).toHaveLength(2);
  });

  it('keeps what is said of one version together', () => {
    const theme = { id: 't', label: 'just the team', users: 9, share: 0.75, examples: [], segments: [] };
    const week = { delta: -0.08, lo: -0.15, hi: -0.01, users: 60, usersBefore: 70 };
    const lines = text([version({ version: 'v1', themes: [theme], week }), version({ themes: [theme], status: 'watch' })]);
    expect(lines.slice(3).map((line) => line.slice(0, 6))).toEqual(['  v1: ', '  v1: ', '  v2: ', '  v2: ']);
    expect(lines).toContain('  v2: 75 % of complaining users (9): just the team');
    expect(lines.at(-1)).toBe('  v2: the mean is below 0.7, its interval is not yet.');
  });

  it('says that no feedback has the attribute that was asked for', () => {
    const document: ScoreDocument = {
      schema: 'promptratchet.score/1',
      asOf: '2026-11-24T00:00:00.000Z',
      threshold: 0.7,
      prompts: [{ prompt: 'p', current: 'v2', versions: [version()] }],
      unattributed: { none: 0, ambiguous: 0 },
      rejected: [],
    };
    const shown = (segment?: string): string => scoreText(document, (_, words) => words, segment);
    expect(shown('locale')).toContain(
      'No rated feedback here has "locale", neither as an attribute nor as an input variable of its interaction.',
    );
    expect(shown()).not.toContain('No rated feedback');
  });

  it('says what is in no number', () => {
    const lines = text(
      [version()],
      {},
      { unattributed: { none: 2, ambiguous: 1 }, rejected: [{ source: 's', reason: 'not JSON', count: 1, firstLine: 7 }] },
    );
    expect(lines.slice(-3)).toEqual([
      '3 feedback in no score: 2 without a prompt, 1 with several candidates. Log prompt name and version with each answer.',
      '',
      's: 1 line not used: not JSON, first in line 7',
    ]);
  });
});
