import { describe, expect, it } from 'vitest';
import { evaluationMessage, feedbackMessage, historyMessage } from '../../../src/shared/webviewGuards.js';

describe('messages of pages', () => {
  it('pass in their exact shape, without anything else that they carried', () => {
    expect(feedbackMessage({ type: 'query', request: 3, filter: { prompt: 'p', low: true, evil: 1 }, extra: 2 })).toEqual({
      type: 'query',
      request: 3,
      filter: { prompt: 'p', low: true },
    });
    const filter = {
      prompt: 'p',
      version: null,
      minY: 0.2,
      maxY: 1,
      segment: { key: 'plan', value: 'free' },
      source: 's',
      period: '7d',
      since: '2026-11-01T00:00:00.000Z',
    };
    expect(feedbackMessage({ type: 'filter', filter: { ...filter, evil: 1 } })).toEqual({ type: 'filter', filter });
    const { period: _period, ...query } = filter;
    expect(feedbackMessage({ type: 'query', request: 1, filter: { ...filter, offset: 999_900, limit: 100 } })).toEqual({
      type: 'query',
      request: 1,
      filter: { ...query, offset: 999_900, limit: 100 },
    });
    expect(feedbackMessage({ type: 'cancel', request: 4 })).toEqual({ type: 'cancel', request: 4 });
    expect(feedbackMessage({ type: 'addToSuite', id: 'f-1', url: 'https://evil' })).toEqual({ type: 'addToSuite', id: 'f-1' });
    expect(feedbackMessage({ type: 'test', source: 'app' })).toEqual({ type: 'test', source: 'app' });
    expect(evaluationMessage({ type: 'run', suite: 's', cases: null })).toEqual({ type: 'run', suite: 's', cases: null });
    expect(evaluationMessage({ type: 'run', suite: 's', cases: ['a'] })).toEqual({ type: 'run', suite: 's', cases: ['a'] });
    const place = { suite: 's', run: 'r' };
    for (const message of [
      { type: 'suite', suite: 's' },
      { type: 'runWith', suite: 's' },
      { type: 'detail', request: 1, ...place, cells: [0, 7] },
      { type: 'search', request: 2, ...place, text: 'refund' },
      { type: 'place', file: 'a.eval.yaml', start: 3, line: null },
      { type: 'addToSuite', ...place, cell: 4 },
      { type: 'export', ...place, format: 'csv', to: 'file' },
    ])
      expect(evaluationMessage({ ...message, extra: 1 })).toEqual(message);
    expect(historyMessage({ type: 'diff', version: 'v2', against: null })).toEqual({ type: 'diff', version: 'v2', against: null });
  });

  it.each([
    null,
    undefined,
    7,
    'ready',
    [],
    {},
    { type: 'toString' },
    { type: 'query', request: -1, filter: {} },
    { type: 'query', request: 1, filter: { prompt: 7 } },
    { type: 'query', request: 1, filter: { limit: 1e9 } },
    { type: 'query', request: 1, filter: { search: 'x'.repeat(2_000) } },
    { type: 'copy', text: 'x'.repeat(1_000_001) },
    { type: 'open', id: {} },
    { type: 'openSource', url: 'https://evil.example' },
    { type: 'filter', filter: { period: 'ever' } },
    { type: 'filter', filter: { minY: 2 } },
    { type: 'filter', filter: { segment: 'plan' } },
    { type: 'query', request: 1, filter: { offset: -5 } },
    { type: 'cancel' },
  ])('of another shape are dropped: %o', (message) => {
    expect(feedbackMessage(message)).toBeNull();
  });

  it.each([
    { type: 'run', suite: 's' },
    { type: 'run', suite: 's', cases: [1] },
    { type: 'reveal', suite: 's' },
    { type: 'connect' },
    { type: 'detail', request: 1, suite: 's', run: 'r', cells: Array.from({ length: 201 }, () => 0) },
    { type: 'detail', request: 1, suite: 's', run: 'r', cells: [-1] },
    { type: 'export', suite: 's', run: 'r', format: 'html', to: 'file' },
    { type: 'place', file: 'f', start: 'x', line: null },
    { type: 'addToSuite', suite: 's', run: 'r', cell: 1.5 },
  ])('of another page are dropped: %o', (message) => {
    expect(evaluationMessage(message)).toBeNull();
    expect(historyMessage(message)).toBeNull();
  });
});
