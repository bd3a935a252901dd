import { describe, expect, it } from 'vitest';
import { description, groupByFolder, nameOf, spoken, withoutName, worstFirst } from '../../../src/extension/views/promptText.js';
import type { PromptSummary } from '../../../src/shared/protocol.js';

const prompt = (id: string, changes: Partial<PromptSummary> = {}): PromptSummary => ({
  id,
  file: `${id}.prompty`,
  format: 'prompty',
  version: 'v2',
  status: 'low',
  score: { mean: 0.61, lo: 0.56, hi: 0.66, level: 0.95, nEff: 200, users: 240, events: 300 },
  users: 240,
  trend: -0.08,
  complaint: null,
  suites: 1,
  problems: 0,
  ...changes,
});
const good = { status: 'good' as const, score: { mean: 0.88, lo: 0.85, hi: 0.91, level: 0.95, nEff: 200, users: 240, events: 300 } };
const none = { status: 'none' as const, score: null, users: 0, trend: null };

describe('the Prompts view', () => {
  it('puts the worst first by the upper end, and those without a score last', () => {
    const order = [prompt('z', none), prompt('b', good), prompt('a', none), prompt('c')].sort(worstFirst).map(({ id }) => id);
    expect(order).toEqual(['c', 'b', 'a', 'z']);
  });

  it('groups by folder, the folder of the worst first', () => {
    const { groups, alone } = groupByFolder([prompt('a/x', good), prompt('b/y'), prompt('b/z', none), prompt('top')]);
    expect(groups.map(({ folder, prompts }) => [folder, prompts.map(nameOf)])).toEqual([
      ['b', ['y', 'z']],
      ['a', ['x']],
    ]);
    expect(alone.map(({ id }) => id)).toEqual(['top']);
  });

  it('says when a file has faults, and names a source once', () => {
    expect(description(prompt('p', { ...none, problems: 2 }))).toBe('no feedback yet  v2  2 problems');
    expect(withoutName('Source "log": no file matches.', 'log')).toBe('No file matches.');
    expect(withoutName('Line 3 was not read.', 'log')).toBe('Line 3 was not read.');
  });

  it('shows no number without its uncertainty', () => {
    expect(description(prompt('p'))).toBe('0.61 ±.05  v2  ↘');
    expect(description(prompt('p', { trend: 0.001 }))).toBe('0.61 ±.05  v2  →');
    expect(description(prompt('p', { status: 'insufficient', score: null, users: 12, trend: null }))).toBe('12 users  v2');
    expect(description(prompt('p', { ...none, version: null }))).toBe('no feedback yet');
  });

  it('says in words what icon and colour show', () => {
    const words = spoken(prompt('p', { complaint: { label: 'too long', users: 41, share: 0.3 }, problems: 1 }));
    expect(words).toBe(
      'p: low quality; score 0.61, 95 % interval 0.56 to 0.66, 240 users; version v2; down 0.08 in 7 days; main complaint of 41 users: too long; 1 problem in the file',
    );
    expect(spoken(prompt('p', { status: 'insufficient', score: null, users: 12, trend: null }))).toContain(
      '12 of 30 users that a score needs',
    );
  });
});
