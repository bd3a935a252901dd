import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RedactionConfig } from '../../../../src/engine/config/types.js';
import { createFeedbackEngine, feedbackLine, type FeedbackEngine } from '../../../support/feedbackEngine.js';
import { scriptedSource } from '../../../support/scriptedSource.js';

const words = 'C-1234 wrote from anna@example.org';
const opened: FeedbackEngine[] = [];
afterEach(async () => {
  for (const engine of opened.splice(0).reverse()) await engine.close();
});

describe('redaction that was changed', () => {
  it('holds for what was stored before, in segments and in the index, and takes nothing back', async () => {
    const server = scriptedSource();
    const open = (redaction: RedactionConfig): FeedbackEngine => {
      const root = opened[0]?.root;
      const engine = createFeedbackEngine({
        ...(root === undefined ? {} : { root }),
        sources: [
          { name: 'server', kind: 'phoenix' },
          { name: 'log', kind: 'jsonl', path: 'log.jsonl' },
        ],
        adapters: { phoenix: server.factory },
        redaction,
      });
      opened.push(engine);
      return engine;
    };
    const stored = () => readFileSync(join(opened[0]?.root ?? '', '.ratchet/.local/segments/server/all/000001.jsonl'), 'utf8');

    let engine = open({ kinds: [], patterns: [] });
    engine.write('log.jsonl', `${feedbackLine({ id: 'own', text: words })}\n`);
    server.reads = [[{ records: [JSON.parse(feedbackLine({ id: 'f1', text: words })) as Record<string, unknown>] }]];
    await engine.feedback.pull();
    expect(stored()).toContain(words);
    expect((await engine.feedback.page({ search: 'anna' })).total).toBe(2);

    engine = open({ kinds: ['email'], patterns: [] });
    const [source] = (await engine.feedback.pull()).sources;
    expect(source?.notes).toEqual(['What redaction takes out by now was taken out of 1 record that had been stored before.']);
    expect(stored()).toContain('C-1234 wrote from [email]');
    expect((await engine.feedback.page({ search: 'anna' })).total).toBe(0);
    expect((await engine.feedback.page({})).rows.map((row) => row.text)).toEqual(Array(2).fill('C-1234 wrote from [email]'));
    expect((await engine.feedback.pull()).sources[0]?.notes).toEqual([]);

    engine = open({ kinds: [], patterns: [{ name: 'customer', pattern: 'C-\\d+' }] });
    await engine.feedback.pull();
    expect(stored()).toContain('[customer] wrote from [email]');
    // The user's own log is as it was, and is read as config.yaml says now.
    expect((await engine.feedback.page({ source: 'log' })).rows.map((row) => row.text)).toEqual(['[customer] wrote from anna@example.org']);
  });
});
