/** Examples and values of variables by the lists and details of a back end, as the index of this workspace has them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examplesFrom, inTurns, mergedVariables, variablesFrom } from '../../../../src/engine/feedback/backendExamples.js';
import type { KnownVersions } from '../../../../src/engine/feedback/backend.js';
import { createFeedbackEngine, testNow, type FeedbackEngine } from '../../../support/feedbackEngine.js';
import { createReferenceBackend, type CanonicalRecord } from '../../../support/referenceBackend.js';

const known: KnownVersions = { onlyPrompt: null, bySha256: new Map() };
const hoursAgo = (hours: number): string => new Date(Date.parse(testNow) - hours * 3_600_000).toISOString();
const prompt = { name: 'p', version: 'v1' };

const answer = (id: string, hours: number, more: object = {}): CanonicalRecord => ({
  schema: 'promptratchet.interaction/1',
  id,
  time: hoursAgo(hours),
  prompt,
  input: { variables: { question: `Where is ${id}?` } },
  output: { text: `There is ${id}.` },
  ...more,
});
const rated = (about: string, user: string, y: number, hours: number, more: object = {}): CanonicalRecord => ({
  schema: 'promptratchet.feedback/1',
  id: `${about}-${user}-${String(hours)}`,
  interaction_id: about,
  time: hoursAgo(hours),
  prompt,
  signal: 'explicit.rating',
  actor: { kind: 'end_user' },
  user,
  score: { raw: y, min: 0, max: 1, y },
  ...more,
});

const records: CanonicalRecord[] = [
  answer('liked', 50),
  rated('liked', 'anna', 1, 9),
  rated('liked', 'ben', 0.75, 8),
  rated('liked', 'ben', 0.5, 20),
  answer('disputed', 40),
  rated('disputed', 'anna', 1, 7),
  rated('disputed', 'ben', 0, 6),
  answer('corrected', 30),
  rated('corrected', 'anna', 0, 5, { correction: 'Over there.' }),
  rated('corrected', 'ben', 0, 4, { correction: 'Behind the house.' }),
  answer('empty', 20, { output: {} }),
  rated('empty', 'anna', 1, 3),
  answer('judged', 10),
  rated('judged', 'anna', 1, 2, { signal: 'judge.score', actor: { kind: 'llm_judge' } }),
  answer('elsewhere', 10, { prompt: { name: 'q', version: 'v1' } }),
  rated('elsewhere', 'anna', 1, 1, { prompt: { name: 'q', version: 'v1' } }),
];

let engine: FeedbackEngine;
beforeEach(() => {
  engine = createFeedbackEngine();
});
afterEach(() => engine.close());

describe('examples of a back end', () => {
  it('are those that the index has: corrected or liked by the mean of the users, newest first', async () => {
    engine.write('log.jsonl', records.map((record) => JSON.stringify(record)).join('\n'));
    await engine.feedback.pull();
    const plain = (list: Awaited<ReturnType<typeof examplesFrom>>) =>
      list.map((each) => ({ ...each, feedbackIds: [...each.feedbackIds].sort() }));
    const found = plain(await examplesFrom(createReferenceBackend(records), 'p', 10, known));
    expect(found).toMatchObject([
      { output: 'There is corrected.', corrected: 'Behind the house.', raters: 2, y: 0, variables: { question: 'Where is corrected?' } },
      { output: 'There is liked.', corrected: null, raters: 2, y: 0.8125, feedbackIds: ['liked-anna-9', 'liked-ben-20', 'liked-ben-8'] },
    ]);
    expect(found).toEqual(plain(await engine.feedback.examples('p', 10)));
    expect(await examplesFrom(createReferenceBackend(records), 'p', 1, known)).toHaveLength(1);
    expect(await examplesFrom(createReferenceBackend(records), 'p', 0, known)).toEqual([]);
  });

  it('ask for a bounded number of answers, each once', async () => {
    const many = Array.from({ length: 300 }, (_, n) => `a${String(n)}`);
    const backend = createReferenceBackend(many.flatMap((id, n) => [answer(id, n + 1), rated(id, 'anna', 1, n), rated(id, 'ben', 1, n)]));
    const asked: string[] = [];
    const counting = { page: backend.page, detail: (id: string) => (asked.push(id), backend.detail(id, known)) };
    expect(await examplesFrom(counting, 'p', 500, known)).toHaveLength(100);
    expect(asked).toHaveLength(100);
    asked.length = 0;
    expect((await variablesFrom(counting, 'p', known))['question']).toEqual(many.slice(0, 5).map((id) => `Where is ${id}?`));
    expect(asked.length).toBeLessThanOrEqual(12);
  });

  it('of several back ends stand in turns', () => {
    expect(inTurns([[1, 2, 3], [], [10]], 3)).toEqual([1, 10, 2]);
    expect(mergedVariables([{ q: ['a', 'b'] }, { q: ['b', 'c'], r: ['x'] }])).toEqual({ q: ['a', 'b', 'c'], r: ['x'] });
  });
});
