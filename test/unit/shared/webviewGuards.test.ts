import { describe, expect, it } from 'vitest';
import { evaluationMessage, feedbackMessage, historyMessage } from '../../../src/shared/webviewGuards.js';

describe('messages of pages', () => {
  it('pass in their exact shape, without anything else that they carried', () => {
    expect(feedbackMessage({ type: 'query', request: 3, filter: { prompt: 'p', low: true, evil: 1 }, extra: 2 })).toEqual({
      type: 'query',
      request: 3,
      filter: { prompt: 'p', low: true },
    });
    expect(evaluationMessage({ type: 'run', suite: 's', cases: null })).toEqual({ type: 'run', suite: 's', cases: null });
    expect(evaluationMessage({ type: 'run', suite: 's', cases: ['a'] })).toEqual({ type: 'run', suite: 's', cases: ['a'] });
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
  ])('of another shape are dropped: %o', (message) => {
    expect(feedbackMessage(message)).toBeNull();
  });

  it.each([{ type: 'run', suite: 's' }, { type: 'run', suite: 's', cases: [1] }, { type: 'reveal', suite: 's' }, { type: 'connect' }])(
    'of another page are dropped: %o',
    (message) => {
      expect(evaluationMessage(message)).toBeNull();
      expect(historyMessage(message)).toBeNull();
    },
  );
});
