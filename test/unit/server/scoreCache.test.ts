import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScoreCache } from '../../../src/server/scoreCache.js';
import type { ScoreDocument } from '../../../src/shared/documents.js';

const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: vi.fn(), error: silent };

/** One version with one theme of this label; `mean` in place of everything else. */
const document = (label: string, threshold = 0.5): ScoreDocument =>
  ({
    threshold,
    prompts: [
      {
        prompt: 'p',
        current: 'v1',
        versions: [{ version: 'v1', channels: { explicit: { events: 5001 } }, themes: [{ id: label, label }] }],
      },
    ],
  }) as unknown as ScoreDocument;

const none = document('');
none.prompts[0]?.versions[0]?.themes.splice(0);

function scores() {
  const asked: string[] = [];
  const onThemes = vi.fn();
  let fresh: ScoreDocument | Error = document('late');
  let last: ScoreDocument = document('late', 0.6);
  const cache = new ScoreCache(
    (themes) => {
      asked.push(themes);
      const answer = themes === 'fresh' ? fresh : last;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    600_000,
    logger,
    onThemes,
  );
  const next = (values: { fresh: ScoreDocument | Error; last: ScoreDocument }): void => {
    ({ fresh, last } = values);
  };
  return { cache, asked, onThemes, next };
}

describe('scores in the server', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    logger.warn.mockClear();
  });
  afterEach(() => vi.useRealTimers());

  it('come before their themes at first', async () => {
    const { cache, asked, onThemes, next } = scores();
    next({ fresh: document('late'), last: none });
    expect(await cache.get()).toEqual(none);
    expect(asked).toEqual(['last']);
    await vi.runAllTimersAsync();
    expect(onThemes).toHaveBeenCalledTimes(1);
    expect(await cache.get()).toEqual(document('late'));
    expect(asked).toEqual(['last', 'fresh']);
  });

  it('come before their themes after new feedback, and are told again only where those changed', async () => {
    const { cache, asked, onThemes, next } = scores();
    await cache.get();
    await vi.runAllTimersAsync();
    cache.drop(false);
    expect(await cache.get()).toEqual(document('late', 0.6));
    expect(asked).toEqual(['last', 'fresh', 'last']);
    await vi.runAllTimersAsync();
    expect(asked).toEqual(['last', 'fresh', 'last', 'fresh']);
    expect(onThemes).not.toHaveBeenCalled();
    next({ fresh: document('wrong'), last: document('late') });
    cache.drop(false);
    expect(await cache.get()).toEqual(document('late'));
    await vi.runAllTimersAsync();
    expect(onThemes).toHaveBeenCalledTimes(1);
    expect(await cache.get()).toEqual(document('wrong'));
    expect(asked).toHaveLength(6);
  });

  it('do not show themes of a text that has changed', async () => {
    const { cache, asked } = scores();
    await cache.get();
    await vi.runAllTimersAsync();
    cache.drop(true);
    await cache.get();
    expect(asked).toEqual(['last', 'fresh', 'fresh']);
  });

  it('come with their themes where there is little to read', async () => {
    const { cache, asked, onThemes, next } = scores();
    const few = document('late');
    Object.assign(few.prompts[0]?.versions[0] ?? {}, { channels: { explicit: { events: 5000 }, expert: null } });
    next({ fresh: document('late'), last: few });
    expect(await cache.get()).toEqual(document('late'));
    await vi.runAllTimersAsync();
    expect(asked).toEqual(['last', 'fresh']);
    expect(onThemes).not.toHaveBeenCalled();
  });

  it('have none to hide while none were looked for', async () => {
    const { cache, asked } = scores();
    cache.drop(true);
    await cache.get();
    expect(asked).toEqual(['last']);
  });

  it('forget what was begun before the last change', async () => {
    const { cache, asked, onThemes, next } = scores();
    await cache.get();
    next({ fresh: document('wrong'), last: document('late') });
    cache.drop(false);
    await cache.get();
    cache.drop(false);
    await vi.runAllTimersAsync();
    expect(asked).toEqual(['last', 'last']);
    expect(onThemes).not.toHaveBeenCalled();
  });

  it('keep the values where the themes cannot be had', async () => {
    const { cache, onThemes, next } = scores();
    await cache.get();
    next({ fresh: new Error('gone'), last: document('late') });
    cache.drop(false);
    await cache.get();
    await vi.runAllTimersAsync();
    expect(onThemes).not.toHaveBeenCalled();
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(await cache.get()).toEqual(document('late'));
  });
});
