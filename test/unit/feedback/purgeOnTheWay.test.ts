import { describe, expect, it } from 'vitest';
import { Pseudonyms } from '../../../src/engine/feedback/identity.js';
import { createRedactor } from '../../../src/engine/feedback/redaction/redactor.js';
import { prepareRecord } from '../../../src/engine/feedback/segments/prepare.js';
import { readPurged, writePurged } from '../../../src/engine/feedback/purge/purgedUsers.js';
import { withoutPerson, withoutTexts } from '../../../src/engine/feedback/purge/withhold.js';
import { Withholder } from '../../../src/engine/feedback/purge/withholder.js';
import { createFileSystem } from '../../../src/platform/fs.js';
import { temporaryFolder } from '../../support/temporary.js';

const setUp = () => {
  const root = temporaryFolder();
  const fs = createFileSystem();
  const pseudonyms = new Pseudonyms('ab'.repeat(32));
  const withholder = new Withholder(fs, root, pseudonyms);
  const tools = { pseudonyms, redactor: createRedactor({ kinds: [], patterns: [] }) };
  const prepared = (record: Record<string, unknown>): string => JSON.stringify(prepareRecord(record, tools));
  const purge = () =>
    writePurged(fs, root, {
      users: [
        { pseudonym: pseudonyms.own('anna'), name: 'f'.repeat(32), time: '2026-11-24T00:00:00Z' },
        { pseudonym: pseudonyms.own('talk'), name: 'e'.repeat(32), time: '2026-11-24T00:00:00Z' },
      ],
      answers: ['i1'],
    });
  return { root, fs, pseudonyms, withholder, prepared, purge };
};
const feedback = (id: string, more: Record<string, unknown>) => ({
  schema: 'promptratchet.feedback/1',
  id,
  signal: 'explicit.rating',
  score: { raw: 1, min: 0, max: 1 },
  text: `said in ${id}`,
  ...more,
});

describe('lines on their way to a segment', () => {
  it('lose the words of somebody who was purged since they were prepared, however late they come', async () => {
    const { withholder, prepared, purge } = setUp();
    const lines = [
      prepared(feedback('named', { user: 'anna', session: 'talk' })),
      prepared(feedback('in talk', { session: 'talk' })),
      prepared(feedback('about', { interaction_id: 'i1' })),
      prepared(feedback('comment', { user: 'anna', signal: 'explicit.comment', score: undefined })),
      prepared(feedback('other', { user: 'bob', session: 'talk', interaction_id: 'i1' })),
      prepared(feedback('nobody', {})),
    ];
    expect(await withholder.check(lines)).toBe(lines);
    await purge();
    for (let commit = 0; commit < 4; commit++) {
      const kept = await withholder.check(lines);
      expect(kept.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['named', 'in talk', 'about', 'other', 'nobody']);
      expect(kept.join('\n').match(/said in \w+/g)).toEqual(['said in other', 'said in nobody']);
      expect(JSON.parse(kept[0] ?? '')).toMatchObject({ user: 'f'.repeat(32), session: 'e'.repeat(32), score: { raw: 1 } });
      expect(await withholder.check(kept)).toEqual(kept);
    }
  });

  it('do not pass where the list cannot be read', async () => {
    const { root, fs, withholder, prepared } = setUp();
    await fs.write(`${root}/.ratchet/.local/purged.json`, '{"schema":"promptratchet.purged/1","users":[{"pseudonym":1}]}');
    await expect(withholder.check([prepared(feedback('x', {}))])).rejects.toMatchObject({ code: 'IO_FAILED' });
    await expect(readPurged(fs, root)).rejects.toThrow('Restore it, or delete it.');
  });
});

describe('what stays', () => {
  it('is a number for a rating in words, and nothing for words alone', () => {
    const of = (score: unknown, signal = 'explicit.thumb') =>
      withoutPerson({ schema: 'promptratchet.feedback/1', id: 'f', prompt: { name: 'p' }, signal, score, label: 'x' }, 'n', null);
    expect(of({ raw: 'up', y: 1, note: 'mine' })).toMatchObject({ score: { y: 1 } });
    expect(of({ raw: 3, min: 1, max: 5, higher_is_better: true })).toMatchObject({
      score: { raw: 3, min: 1, max: 5, higher_is_better: true },
    });
    expect(of(true)).toMatchObject({ score: true });
    expect(of({ raw: 'a whole sentence of hers' })).not.toHaveProperty('score');
    expect(of(undefined, 'explicit.comment')).toBeNull();
    expect(of({ raw: 0, min: 0, max: 1 }, 'explicit.comment')).toMatchObject({ score: { raw: 0 } });
  });

  it('changes nothing the second time', () => {
    const record = {
      schema: 'promptratchet.interaction/1',
      id: 'i',
      user: 'u',
      input: { text: 'x' },
      retrieval: { query: 'q', top_k: 2, documents: [{ id: 'd', text: 't', rank: 1 }, 'odd'] },
      system: { status: 'error', error_type: 'words', latency_ms: 5 },
      rollout: { flag_key: 'k', variant: 'v2' },
    };
    const once = withoutPerson(record, 'n', 's');
    expect(once).toEqual({
      schema: 'promptratchet.interaction/1',
      id: 'i',
      user: 'n',
      system: { status: 'error', latency_ms: 5 },
      rollout: { flag_key: 'k', variant: 'v2' },
      retrieval: { top_k: 2, documents: [{ id: 'd', rank: 1 }] },
    });
    expect(withoutPerson(once ?? {}, 'n', 's')).toEqual(once);
    const texts = withoutTexts(record);
    expect(texts).toEqual({ ...record, input: undefined, retrieval: { top_k: 2, documents: [{ id: 'd', rank: 1 }] } });
    expect(JSON.stringify(withoutTexts(texts))).toBe(JSON.stringify(texts));
  });
});
