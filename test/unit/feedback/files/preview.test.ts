import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../../src/engine/config/types.js';
import { createFeedbackEngine, type FeedbackEngine } from '../../../support/feedbackEngine.js';

let engine: FeedbackEngine;
beforeEach(() => {
  engine = createFeedbackEngine();
});
afterEach(() => engine.close());

const preview = (source: Partial<SourceConfig>) => engine.feedback.preview({ name: 'new', kind: 'csv', path: '*.*', ...source });

describe('the preview of a file', () => {
  it('shows rows of a table as they are understood, and asks about metrics that nobody explains', async () => {
    engine.write(
      'scores.csv',
      'id,traceId,timestamp,source,name,dataType,value,comment\n' +
        's1,t1,2026-11-20T10:00:00Z,API,quality,NUMERIC,4,so so\n' +
        's2,t1,2026-11-20T10:00:00Z,API,quality,NUMERIC,2\n' +
        's3,t1,2026-11-20T10:00:00Z,ANNOTATION,tone,BOOLEAN,1,\n',
    );
    const result = await preview({});
    expect(result.detected).toBe('scores of Langfuse in CSV');
    expect(result.records).toEqual([
      {
        line: 2,
        prompt: null,
        version: null,
        signal: 'code.score',
        score: null,
        comment: 'so so',
        problem: 'no range: give quality a min and a max under scores',
      },
      {
        line: 3,
        prompt: null,
        version: null,
        signal: null,
        score: null,
        comment: null,
        problem: 'row with another number of cells than the header',
      },
      { line: 4, prompt: null, version: null, signal: 'review.score', score: 1, comment: null, problem: null },
    ]);
    expect(result.metrics).toEqual([{ name: 'quality', count: 1, examples: ['4'] }]);
    expect(result.examples).toMatchObject({ '$.name': 'quality' });
    expect(result.problems).toEqual(['2 of the first 3 records cannot be used as they are.']);
    const explained = await preview({ scores: { quality: { signal: 'explicit.rating', min: 1, max: 5 } } });
    expect(explained.records[0]).toMatchObject({ signal: 'explicit.rating', score: 0.75, problem: null });
    expect(explained.metrics).toBeUndefined();
  });

  it('reads packed files, lists and protobuf, and says what cannot be read', async () => {
    engine.write('a.json.gz', gzipSync('[{"user":"u","answer":"a","rating":1,"prompt_name":"p"}]'));
    expect(await preview({ kind: 'json', path: 'a.json.gz' })).toMatchObject({
      detected: 'a log of answers and ratings in JSON',
      records: [{ line: 1, prompt: 'p', score: 1, problem: null }],
    });
    engine.write('traces.pb', new Uint8Array(readFileSync(new URL('../../../fixtures/otlp/traces.pb', import.meta.url))));
    expect(await preview({ kind: 'otlp-file', path: 'traces.pb' })).toMatchObject({
      detected: 'OpenTelemetry traces and logs (OTLP in protobuf)',
      records: [{ prompt: 'support/answer', version: '4', problem: null }],
    });
    engine.write('x.zst', new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 1]));
    expect((await preview({ kind: 'otlp-file', path: 'x.zst' })).problems).toEqual([
      expect.stringMatching(/^Cannot read x\.zst: it is packed with zstd/) as string,
    ]);
    expect((await preview({ kind: 'langfuse' })).problems).toEqual([
      'Sources of kind langfuse have no preview. Test the connection instead.',
    ]);
    engine.write('empty.csv', '');
    expect(await preview({ path: 'empty.csv' })).toMatchObject({ detected: 'nothing', records: [], problems: [] });
  });

  it('says of a span that is no call of a model that there is nothing in it', async () => {
    const span = { name: 'x', context: { trace_id: 'a', span_id: 'b' }, span_kind: 'TOOL', start_time: '2026-11-20', attributes: {} };
    engine.write('spans.jsonl', JSON.stringify(span));
    expect((await preview({ kind: 'jsonl' })).records).toMatchObject([{ problem: 'neither an answer of a model nor feedback' }]);
  });
});
