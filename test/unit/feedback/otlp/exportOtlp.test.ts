import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeOtlp } from '../../../../src/engine/feedback/otlp/decode.js';
import type { Json } from '../../../../src/engine/feedback/values.js';
import { createFeedbackEngine, type FeedbackEngine } from '../../../support/feedbackEngine.js';
import { feedbackLine } from '../../../support/feedbackLine.js';

let engine: FeedbackEngine;
beforeEach(() => {
  engine = createFeedbackEngine({ sources: [{ name: 'log', kind: 'jsonl', path: 'logs/*' }] });
});
afterEach(() => engine.close());

const read = (name: string, signal: 'traces' | 'logs'): Json[] =>
  readFileSync(join(engine.root, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => decodeOtlp(JSON.parse(line), signal, 'json').records);

describe('an export as OTLP', () => {
  it('holds each record once, in its last revision, from logs and from copies, with pseudonyms', async () => {
    engine.write(
      'logs/a.jsonl',
      [
        feedbackLine({ id: 'f1', user: 'anna', score: { raw: 0, min: 0, max: 1 } }),
        feedbackLine({ id: 'f1', user: 'anna', revision: 2, text: 'mail anna@example.org' }),
        'oops',
        '{"user":"bert","answer":"A","rating":4}',
      ].join('\n'),
    );
    engine.write(
      'logs/b.jsonl.gz',
      gzipSync(
        `${feedbackLine({ id: 'f2', user: 'anna', text: 'call anna@example.org' })}\n${feedbackLine({ id: 'f1', user: 'anna', revision: 1 })}\n`,
      ),
    );
    await engine.feedback.pull();
    const document = await engine.feedback.exportOtlp({ out: join(engine.root, 'otel.jsonl'), redact: false });
    expect(document).toMatchObject({
      schema: 'promptratchet.export/1',
      files: [
        { file: 'otel.traces.jsonl', signal: 'traces', lines: 1, records: 1 },
        { file: 'otel.logs.jsonl', signal: 'logs', lines: 1, records: 3 },
      ],
      interactions: 1,
      feedback: 3,
      skipped: 0,
      redacted: null,
    });
    const said = read('otel.logs.jsonl', 'logs');
    expect(
      said
        .map((each) => [each['id'] === 'f1' || each['id'] === 'f2' ? each['id'] : 'rating', each['text'], (each['score'] as Json)['max']])
        .sort(),
    ).toEqual([
      ['f1', 'mail anna@example.org', 1],
      ['f2', 'call [email]', 1],
      ['rating', undefined, 5],
    ]);
    const users = new Map(said.map((each) => [each['id'], each['user']]));
    expect(users.get('f1')).toBe(users.get('f2'));
    expect(JSON.stringify(said)).not.toMatch(/"anna"|"bert"/);
    expect(read('otel.traces.jsonl', 'traces')).toMatchObject([{ output: { text: 'A' }, implied: true }]);
  });

  it('takes personal data out where it is asked to, and never writes over a file', async () => {
    engine.write('logs/a.jsonl', `${feedbackLine({ id: 'f1', text: 'mail anna@example.org' })}\n`);
    const out = join(engine.root, 'x');
    expect(await engine.feedback.exportOtlp({ out, redact: true })).toMatchObject({ redacted: { email: expect.any(Number) as number } });
    expect(read('x.logs.jsonl', 'logs')).toMatchObject([{ text: 'mail [email]' }]);
    await expect(engine.feedback.exportOtlp({ out, redact: true })).rejects.toThrow(/exists already/);
    expect(existsSync(join(engine.root, 'x.logs.jsonl'))).toBe(true);
  });
});
