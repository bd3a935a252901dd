import { describe, expect, it } from 'vitest';
import type { PromptScore, VersionScore } from '../../../src/shared/documents.js';
import { headline, lensTitle, qualityMessage } from '../../../src/server/quality.js';

const row = (changes: Partial<VersionScore> = {}): VersionScore => {
  const score = { mean: 0.61, lo: 0.56, hi: 0.66, level: 0.95, nEff: 212.4, users: 240, events: 318 };
  return {
    version: 'v2',
    sha256: 'x',
    status: 'low',
    channel: 'explicit',
    score,
    channels: {
      explicit: score,
      expert: null,
      judge: null,
      implicit: {},
      system: { interactions: 0, errorRate: null, retryRate: null, latencyMs: null },
    },
    responseRate: null,
    bounds: null,
    trend: [],
    themes: [],
    segments: [],
    ...changes,
  };
};
const few = (users: number): VersionScore => {
  const score = { mean: 0.5, lo: 0.2, hi: 0.8, level: 0.95, nEff: users, users, events: users };
  return row({ status: 'insufficient', score, channels: { ...row().channels, explicit: score } });
};

const of = (...versions: VersionScore[]): PromptScore => ({ prompt: 'p', current: 'v2', versions });

describe('lensTitle', () => {
  it('shows score, interval, users, trend and version', () => {
    const week = { delta: -0.08, lo: -0.15, hi: -0.01, users: 20, usersBefore: 20 };
    expect(lensTitle(of(row({ week })))).toBe('0.61 [0.56, 0.66] · 240 users · down 0.08 in 7 days · v2');
  });
  it('says that the version is unknown', () => {
    expect(lensTitle(of(row({ version: null })))).toBe('0.61 [0.56, 0.66] · 240 users · version unknown');
  });
  it('shows no number below the minimum', () => {
    expect(lensTitle(of(few(12)))).toBe('Not enough feedback yet: 12 users; a score needs 30.');
    expect(lensTitle(of(few(1)))).toBe('Not enough feedback yet: 1 user; a score needs 30.');
    expect(lensTitle(undefined)).toBe('No feedback yet');
    expect(lensTitle(of())).toBe('No feedback yet');
  });
  it('sees a new version against the one before it', () => {
    expect(
      lensTitle({
        prompt: 'p',
        current: 'v3',
        versions: [row({ version: 'v1' }), row(), few(3)].map((item, index) => ({ ...item, version: `v${String(index)}` })),
      }),
    ).toBe('No feedback on v3 yet · v1 had 0.61 [0.56, 0.66]');
  });
});

describe('headline', () => {
  it('is the current version, else the prompt as served, else whatever there is', () => {
    const served = row({ version: null });
    expect(headline({ prompt: 'p', current: 'v2', versions: [served, row()] })?.version).toBe('v2');
    expect(headline({ prompt: 'p', current: 'v2', versions: [few(3), served] })?.version).toBeNull();
    expect(headline({ prompt: 'p', current: 'v2', versions: [few(3)] })?.version).toBe('v2');
    expect(headline({ prompt: 'p', current: 'v3', versions: [row()] })).toBeNull();
    expect(headline(undefined)).toBeNull();
  });
});

describe('qualityMessage', () => {
  const theme = { id: 't', label: 'answers are too long.', users: 41, share: 0.34, examples: [], segments: [] };
  it('is a warning with the main complaint for a low prompt', () => {
    expect(qualityMessage(row({ themes: [theme] }), 0.7)).toEqual({
      severity: 'warning',
      text: 'Low quality: 0.61 (95 % interval 0.56 to 0.66, 240 users). Main complaint (41 users, 34 % of those who complain): answers are too long.',
    });
  });
  it('is information for a watched prompt, nothing for a good one', () => {
    expect(qualityMessage(row({ status: 'watch' }), 0.7)?.severity).toBe('information');
    expect(qualityMessage(row({ status: 'good' }), 0.7)).toBeNull();
    expect(qualityMessage(few(3), 0.7)).toBeNull();
  });
});

describe('a change that the evidence holds for', () => {
  const change = { since: '2026-11-12T00:00:00.000Z', direction: 'down' as const, before: 0.9, after: 0.8, logE: 6, level: 0.01 };
  it('stands in the lens in place of the trend, and is a problem though the prompt is good', () => {
    const good = row({ status: 'good', change });
    expect(lensTitle({ prompt: 'p', current: 'v2', versions: [good] })).toBe(
      '0.61 [0.56, 0.66] · 240 users · fell to 0.80 since 2026-11-12 · v2',
    );
    expect(qualityMessage(good, 0.7)).toMatchObject({
      severity: 'warning',
      text: expect.stringMatching(/^Quality fell from 0\.90 to 0\.80/) as string,
    });
  });
  it('for the better is no problem', () => {
    expect(qualityMessage(row({ status: 'good', change: { ...change, direction: 'up' } }), 0.7)).toBeNull();
  });
});
