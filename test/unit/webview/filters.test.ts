import { describe, expect, it } from 'vitest';
import type { ViewFilter } from '../../../src/shared/webviewProtocol.js';
import { activeFilters, ratingChoices, ratingOf, toQuery, without } from '../../../src/webview/feedback/filters.js';

const full: ViewFilter = {
  prompt: 'a',
  version: null,
  signal: 'explicit.thumb',
  minY: 0.1,
  maxY: 0.2,
  segment: { key: 'plan', value: 'free' },
  source: 'log',
  period: 'custom',
  since: '2026-11-01T00:00:00.000Z',
  until: '2026-11-08T00:00:00.000Z',
  search: 'x',
};

describe('filters', () => {
  it('are told in words, each once', () => {
    expect(activeFilters(full).map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'Text: x',
      'Prompt: a',
      'Version: unknown',
      'Signal: thumb',
      'Rating: 0.10 to 0.20',
      'plan: free',
      'Source: log',
      'Time: 2026-11-01 to 2026-11-08',
    ]);
    expect(activeFilters({})).toEqual([]);
    expect(activeFilters({ segment: { key: 'plan', value: '' } })).toEqual([]);
  });

  it('lose one part at a time, until nothing is left', () => {
    const rest = (['prompt', 'version', 'signal', 'rating', 'segment', 'source', 'period', 'search'] as const).reduce(without, full);
    expect(rest).toEqual({});
  });

  it('know their rating again', () => {
    for (const { value, filter } of ratingChoices) expect(ratingOf(filter)).toBe(value);
    expect(ratingOf({ minY: 0.5 })).toBe('range');
    expect(ratingOf({})).toBe('');
  });

  it('sort every rating into exactly one third', () => {
    const thirds = ratingChoices.filter(({ value }) => value !== 'complaints');
    for (let y = 0; y <= 1; y += 0.001) {
      const rounded = Math.round(y * 1000) / 1000;
      expect(thirds.filter(({ filter }) => rounded >= (filter.minY ?? 0) && rounded <= (filter.maxY ?? 1))).toHaveLength(1);
    }
  });

  it('become a query with the time of now, and without what is empty', () => {
    const now = Date.parse('2026-11-24T12:00:00Z');
    expect(toQuery({ period: '24h', search: ' ', segment: { key: 'plan', value: '' } }, now)).toEqual({
      since: '2026-11-23T12:00:00.000Z',
    });
    expect(toQuery({ period: 'custom', since: full.since ?? '' }, now)).toEqual({ since: full.since });
  });
});
