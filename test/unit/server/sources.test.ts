import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/api.js';
import type { SourceConfig } from '../../../src/engine/config/types.js';
import { pauseMs, Sources } from '../../../src/server/sources.js';
import { sourceOrigin } from '../../../src/server/sourceOrigin.js';
import type { PullDocument, PullSource } from '../../../src/shared/documents.js';
import type { ServerOptions } from '../../../src/shared/protocol.js';

const log: SourceConfig = { name: 'log', kind: 'jsonl', path: 'a.jsonl' };
const phoenix: SourceConfig = { name: 'phoenix', kind: 'phoenix', url: 'http://127.0.0.1:6006/' };
const minute = 60_000;
const counts = { new: 0, updated: 0, total: 7 };

interface World {
  sources: Sources;
  options: ServerOptions;
  asked: (string[] | null)[];
  told: boolean[];
  answer: (name: string) => Partial<PullSource>;
  now: number;
}

function world(configured: SourceConfig[], options: Partial<ServerOptions> = {}): World {
  const all = { root: '/w', trusted: true, autoPull: 'interval', pullMinutes: 5, ...options } as ServerOptions;
  const self: Omit<World, 'sources'> = { options: all, asked: [], told: [], answer: () => ({}), now: 1_000_000_000_000 };
  const engine = {
    config: { load: () => Promise.resolve({ config: { sources: configured }, problems: [] }) },
    feedback: {
      pull: ({ sources }: { sources?: string[] }): Promise<PullDocument> => {
        self.asked.push(sources ?? null);
        const names = sources ?? configured.map(({ name }) => name);
        const results = names.map((name) => ({
          ...{
            name,
            kind: 'x',
            ok: true,
            interactions: counts,
            feedback: counts,
            rejected: [],
            notes: [],
            cursor: null,
            seconds: 0,
            error: null,
          },
          ...self.answer(name),
        }));
        return Promise.resolve({ schema: 'promptratchet.pull/1', sources: results });
      },
    },
  } as unknown as Engine;
  const warnings = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const sources = new Sources(
    engine,
    all,
    warnings,
    (news) => self.told.push(news),
    () => self.now,
  );
  return Object.assign(self, { sources });
}

const stateOf = async ({ sources }: World, name: string) => (await sources.statuses()).find((status) => status.name === name);

describe('sources', () => {
  it('are read logs first, each server by itself, so that a slow one holds up nothing else', async () => {
    const it = world([phoenix, log]);
    await it.sources.pull({ sources: null });
    expect(it.asked).toEqual([['log'], ['phoenix']]);
    expect(await stateOf(it, 'phoenix')).toMatchObject({ state: 'ok', feedback: 7, lastPull: new Date(it.now).toISOString() });
  });

  it('that are all logs are read in one go, which also drops what is not configured any more', async () => {
    const it = world([log]);
    await it.sources.pull({ sources: null });
    expect(it.asked).toEqual([null]);
  });

  it('on other machines wait in an untrusted workspace, and say so', async () => {
    const it = world([log, phoenix], { trusted: false });
    await it.sources.pull({ sources: null });
    expect(it.asked).toEqual([['log']]);
    expect(await stateOf(it, 'phoenix')).toMatchObject({ state: 'waiting', nextPull: null });
    expect(await it.sources.due()).toEqual([]);
    await expect(it.sources.pull({ sources: ['phoenix'], record: true })).rejects.toMatchObject({ code: 'UNTRUSTED_WORKSPACE' });
    expect(it.asked).toEqual([['log']]);
  });

  it('that fail before they gave anything say nothing of how it would be kept', async () => {
    const it = world([phoenix]);
    const none = { new: 0, updated: 0, total: 0 };
    it.answer = () => ({
      ok: false,
      error: 'No answer.',
      notes: ['Nothing of it is ever removed here.'],
      interactions: none,
      feedback: none,
    });
    await it.sources.pull({ sources: ['phoenix'] });
    expect(await stateOf(it, 'phoenix')).toMatchObject({ state: 'failing', message: 'No answer.', notes: [] });
    it.answer = () => ({ ok: false, error: 'Gone on page 7.', notes: ['Nothing of it is ever removed here.'] });
    await it.sources.pull({ sources: ['phoenix'] });
    expect(await stateOf(it, 'phoenix')).toMatchObject({ message: 'Gone on page 7.', notes: ['Nothing of it is ever removed here.'] });
  });

  it('that fail are asked less and less often, and as usual once they work again', async () => {
    const it = world([phoenix]);
    it.answer = () => ({ ok: false, error: 'No answer.' });
    const pauses: number[] = [];
    for (let round = 0; round < 4; round++) {
      await it.sources.pull({ sources: ['phoenix'] });
      expect(await it.sources.due()).toEqual([]);
      const { nextPull } = (await stateOf(it, 'phoenix')) ?? {};
      pauses.push((Date.parse(nextPull ?? '') - it.now) / minute);
      it.now = Date.parse(nextPull ?? '');
      expect(await it.sources.due()).toEqual(['phoenix']);
    }
    expect(pauses).toEqual([10, 20, 40, 80]);
    expect(await stateOf(it, 'phoenix')).toMatchObject({ state: 'failing', message: 'No answer.', lastPull: null });
    it.answer = () => ({});
    await it.sources.pull({ sources: ['phoenix'] });
    const after = await stateOf(it, 'phoenix');
    expect(after?.state).toBe('ok');
    expect((Date.parse(after?.nextPull ?? '') - it.now) / minute).toBe(5);
    expect(pauseMs(5, 50)).toBe(360 * minute);
    expect(pauseMs(1000, 50)).toBe(1000 * minute);
  });

  it('tell of news only where there are some, and of a fault once', async () => {
    const it = world([log]);
    const pulled = async (): Promise<boolean | undefined> => {
      await it.sources.pull({ sources: ['log'] });
      return it.told.at(-1);
    };
    expect(await pulled()).toBe(true);
    expect(await pulled()).toBe(false);
    it.answer = () => ({ feedback: { new: 1, updated: 0, total: 8 } });
    expect(await pulled()).toBe(true);
    it.answer = () => ({ error: 'gone' });
    expect(await pulled()).toBe(true);
    expect(await pulled()).toBe(false);
  });

  it('are not asked by the clock where the setting says so', async () => {
    for (const autoPull of ['off', 'onOpen'] as const) {
      const it = world([phoenix], { autoPull });
      await it.sources.pull({ sources: null });
      it.now += 1e9;
      expect(await it.sources.due()).toEqual([]);
      expect((await stateOf(it, 'phoenix'))?.nextPull).toBeNull();
    }
  });
});

describe('sourceOrigin', () => {
  it('is what a key is bound to', () => {
    expect(sourceOrigin(phoenix)).toBe('http://127.0.0.1:6006');
    expect(sourceOrigin({ kind: 'postgres', url: 'postgresql://reader@db.example/feedback' })).toBe('postgres://db.example:5432');
    expect(sourceOrigin(log)).toBeNull();
    expect(sourceOrigin({ kind: 'phoenix', url: 'javascript:alert(1)' })).toBeNull();
  });
});
