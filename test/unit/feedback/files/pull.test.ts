/** Files of other tools, from a pull to what the index says of them. */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFeedbackEngine, type FeedbackEngine } from '../../../support/feedbackEngine.js';

let engine: FeedbackEngine;
beforeEach(() => {
  engine = createFeedbackEngine();
});
afterEach(() => engine.close());

const fixture = (name: string): string => readFileSync(new URL(`../../../fixtures/otlp/${name}`, import.meta.url), 'utf8').trim();
const rows = async () =>
  (await engine.feedback.page({})).rows.map(({ prompt, version, signal, actor, y, text }) => ({ prompt, version, signal, actor, y, text }));

describe('a pull of files', () => {
  it('splits a score by a column that nobody mapped, of a plain log and of a table', async () => {
    engine.sources.splice(0, 1, { name: 'log', kind: 'jsonl', path: 'log.jsonl' }, { name: 'table', kind: 'csv', path: 'table.csv' });
    const line = (user: string, rating: number, plan: string) =>
      JSON.stringify({ user, answer: 'a', rating, plan, email: `${user}@example.org`, prompt_name: 'p', prompt_version: 'v1' });
    engine.write('log.jsonl', [line('a', 0, 'free'), line('b', 1, 'paid')].join('\n'));
    engine.write('table.csv', 'user,answer,rating,plan,email,prompt_name,prompt_version\nc,a,0,free,c@example.org,p,v1\n');
    await engine.feedback.pull();
    const { prompts } = await engine.scoring.score({ segment: 'plan' });
    expect(prompts[0]?.versions[0]?.segments.map(({ value, score }) => [value, score.users, score.mean])).toEqual([
      ['free', 2, 0],
      ['paid', 1, 1],
    ]);
    expect(await engine.feedback.attributes()).toEqual(['plan']);
  });

  it('joins scores to the generations of another file, by observation and by trace', async () => {
    engine.sources[0] = { name: 'log', kind: 'csv', path: '*.csv', scores: { thumbs: { signal: 'explicit.thumb' } } };
    engine.write(
      'scores.csv',
      'id,traceId,observationId,timestamp,source,name,dataType,value,stringValue,comment\n' +
        's1,t1,o1,2026-11-20T10:00:00Z,API,thumbs,NUMERIC,0,,too long\n' +
        's2,t1,,2026-11-20T11:00:00Z,ANNOTATION,quality,BOOLEAN,1,True,\n' +
        's3,t2,,2026-11-20T12:00:00Z,EVAL,relevance,NUMERIC,0.5,,\n',
    );
    engine.write(
      'observations.csv',
      'id,traceId,type,startTime,endTime,promptName,promptVersion,input,output,userId\n' +
        'o1,t1,GENERATION,2026-11-20T09:00:00Z,2026-11-20T09:00:01Z,p,4,"{""q"":""x""}",A long answer,u1\n' +
        'o2,t2,GENERATION,2026-11-20T09:00:00Z,2026-11-20T09:00:01Z,p,4,x,y,u1\n' +
        'o3,t2,GENERATION,2026-11-20T09:00:00Z,2026-11-20T09:00:01Z,q,1,x,y,u1\n' +
        'o4,t1,SPAN,2026-11-20T09:00:00Z,2026-11-20T09:00:01Z,,,x,y,u1\n',
    );
    const { sources } = await engine.feedback.pull();
    expect(sources).toMatchObject([{ ok: true, interactions: { total: 3 }, feedback: { total: 3 }, rejected: [] }]);
    expect(await rows()).toEqual([
      { prompt: null, version: null, signal: 'judge.score', actor: 'llm_judge', y: null, text: null },
      { prompt: 'p', version: '4', signal: 'review.score', actor: 'expert', y: 1, text: null },
      { prompt: 'p', version: '4', signal: 'explicit.thumb', actor: 'end_user', y: 0, text: 'too long' },
    ]);
  });

  it('joins annotations of Phoenix to the spans of another file', async () => {
    const span = (id: string, version: string) => ({
      id,
      name: 'chat',
      context: { trace_id: `t${id}`, span_id: id },
      span_kind: 'LLM',
      start_time: '2026-11-20T09:00:00Z',
      end_time: '2026-11-20T09:00:01Z',
      status_code: 'OK',
      attributes: { 'prompt.id': 'p', 'llm.prompt_template.version': version, 'output.value': 'There.', 'user.id': 'u1' },
    });
    const said = (span_id: string, score: number) => ({
      id: `a${span_id}`,
      span_id,
      name: 'user feedback',
      annotator_kind: 'HUMAN',
      source: 'API',
      result: { score, label: score === 1 ? 'thumbs-up' : 'thumbs-down', explanation: null },
      created_at: '2026-11-21T00:00:00Z',
    });
    engine.sources[0] = { name: 'log', kind: 'json', path: '*.json' };
    engine.write('annotations.json', JSON.stringify({ data: [said('s1', 1), said('s2', 0)], next_cursor: null }));
    engine.write('spans.json', JSON.stringify({ data: [span('s1', '1'), span('s2', '2')], next_cursor: null }));
    await engine.feedback.pull();
    expect((await rows()).map(({ prompt, version, signal, y }) => [prompt, version, signal, y]).sort()).toEqual([
      ['p', '1', 'explicit.thumb', 1],
      ['p', '2', 'explicit.thumb', 0],
    ]);
  });

  it('reads lines of OTLP where they are, and packed ones by a copy', async () => {
    engine.sources[0] = { name: 'log', kind: 'jsonl', path: 'otel/*' };
    engine.write('otel/logs.jsonl', `${fixture('logs.json')}\n`);
    engine.write('otel/traces.jsonl.gz', gzipSync(`${fixture('traces.json')}\n`));
    const { sources } = await engine.feedback.pull();
    expect(sources).toMatchObject([{ ok: true, interactions: { total: 1 }, feedback: { total: 2 }, rejected: [] }]);
    expect(await rows()).toMatchObject([
      { prompt: 'support/answer', version: '4', signal: 'judge.score', y: null },
      { prompt: 'support/answer', version: '4', signal: 'explicit.thumb', y: 1, text: 'Quick and clear' },
    ]);
    const [, said] = (await engine.feedback.page({})).rows;
    expect((await engine.feedback.detail(said?.id ?? ''))?.interaction).toMatchObject({
      output: 'It left the depot — 3 days.',
      latencyMs: 900,
    });
  });

  it('counts each record of a log once, though it is there plain and packed', async () => {
    const line = '{"user":"u1","answer":"A","rating":1,"time":"2026-11-20T00:00:00Z","prompt_name":"p","prompt_version":"1"}\n';
    engine.sources[0] = { name: 'log', kind: 'jsonl', path: 'log*' };
    engine.write('log.jsonl', line);
    engine.write('log.1.gz', gzipSync(line));
    const { sources } = await engine.feedback.pull();
    expect(sources).toMatchObject([{ feedback: { total: 1 } }]);
  });

  it('keeps of records with one id the highest revision, else the later one, and says how many were replaced', async () => {
    const said = (id: string, raw: number, revision: number) => ({
      schema: 'promptratchet.feedback/1',
      id,
      prompt: { name: 'p', version: '1' },
      signal: 'explicit.rating',
      time: '2026-11-20T00:00:00Z',
      revision,
      score: { raw, min: 0, max: 1 },
    });
    engine.sources[0] = { name: 'log', kind: 'json', path: '*.json' };
    engine.write('a.json', JSON.stringify([said('a', 1, 2), said('a', 0, 1), said('b', 1, 0), said('b', 0, 0), said('b', 0, 0)]));
    const { sources } = await engine.feedback.pull();
    expect(sources).toMatchObject([{ ok: true, feedback: { new: 2, updated: 1, total: 2 } }]);
    const values = new Map((await engine.feedback.page({})).rows.map(({ id, y }) => [id, y]));
    expect(Object.fromEntries(values)).toEqual({ a: 1, b: 0 });
  });

  it('takes the records of a file with it when the file goes or is replaced', async () => {
    const row = (user: string): string => `user,answer,rating\n${user},A,1\n`;
    engine.sources[0] = { name: 'log', kind: 'csv', path: '*.csv' };
    engine.write('a.csv', row('u1'));
    engine.write('b.csv', row('u2'));
    expect((await engine.feedback.pull()).sources).toMatchObject([{ feedback: { total: 2 } }]);
    engine.write('b.csv', row('somebody else'));
    expect((await engine.feedback.pull()).sources).toMatchObject([{ feedback: { total: 2 } }]);
    rmSync(join(engine.root, 'a.csv'));
    const { sources } = await engine.feedback.pull();
    expect(sources).toMatchObject([
      { feedback: { total: 1 }, notes: expect.arrayContaining([expect.stringMatching(/^a\.csv is gone/)]) as string[] },
    ]);
  });

  it('counts a log once while it is rotated and packed, also records without a time', async () => {
    const line = (user: string): string => `{"user":"${user}","answer":"A","rating":1}\n`;
    const total = async (): Promise<number | undefined> => (await engine.feedback.pull()).sources[0]?.feedback.total;
    engine.sources[0] = { name: 'log', kind: 'jsonl', path: 'log.jsonl*' };
    engine.write('log.jsonl', line('u1') + line('u1') + line('u2'));
    expect(await total()).toBe(3);
    renameSync(join(engine.root, 'log.jsonl'), join(engine.root, 'log.jsonl.1'));
    engine.write('log.jsonl', line('u3'));
    expect(await total()).toBe(4);
    engine.write('log.jsonl.1.gz', gzipSync(readFileSync(join(engine.root, 'log.jsonl.1'))));
    rmSync(join(engine.root, 'log.jsonl.1'));
    expect(await total()).toBe(4);
    renameSync(join(engine.root, 'log.jsonl.1.gz'), join(engine.root, 'log.jsonl.2.gz'));
    expect(await total()).toBe(4);
    engine.write('log.jsonl', line('u3') + line('u4'));
    expect(await total()).toBe(5);
  });

  describe('of exports that say a judgement twice', () => {
    const pulled = async () => (await engine.feedback.pull()).sources[0];
    const scores = (...rows: string[]): string =>
      ['id,traceId,observationId,timestamp,source,name,dataType,value,stringValue,comment', ...rows].join('\n') + '\n';
    const observation = (id: string, more: string): string =>
      `${id},t${id},GENERATION,2026-11-20T09:00:00Z,2026-11-20T09:00:01Z,p,4,x,y,u-${id},${more}\n`;
    const observations =
      'id,traceId,type,startTime,endTime,promptName,promptVersion,input,output,userId,thumbs,quality\n' +
      observation('o1', '"[0]",') +
      observation('o2', '"[1]",0.5');

    it('takes scores of Langfuse for what they are where the observations have them as columns too, whichever file was there first', async () => {
      engine.sources[0] = { name: 'log', kind: 'csv', path: '*.csv', scores: { thumbs: { signal: 'explicit.thumb' } } };
      engine.write('observations.csv', observations);
      expect(await pulled()).toMatchObject({ feedback: { total: 3 }, notes: [] });
      engine.write('scores.csv', scores('s1,to1,o1,2026-11-20T10:00:00Z,API,thumbs,NUMERIC,0,,too long'));
      const found = await pulled();
      expect(found).toMatchObject({ interactions: { total: 2 }, feedback: { total: 3 }, rejected: [] });
      expect(found?.notes.join()).toContain('observations.csv: 1 judgement stands as records of their own');
      expect((await rows()).filter(({ signal }) => signal === 'explicit.thumb')).toMatchObject([
        { prompt: 'p', y: 0, text: 'too long' },
        { prompt: 'p', y: 1, text: null },
      ]);
      // A row that came later takes the place of its column too.
      engine.write(
        'scores.csv',
        scores(
          's1,to1,o1,2026-11-20T10:00:00Z,API,thumbs,NUMERIC,0,,too long',
          's2,to2,o2,2026-11-20T10:00:00Z,API,thumbs,NUMERIC,1,,good',
        ),
      );
      expect(await pulled()).toMatchObject({ feedback: { total: 3, new: 1 } });
      expect((await rows()).map(({ text }) => text).sort()).toEqual(['good', 'too long', null].sort());
      expect(await pulled()).toMatchObject({ feedback: { total: 3, new: 0, updated: 0 }, notes: [] });
      rmSync(join(engine.root, 'scores.csv'));
      expect(await pulled()).toMatchObject({ feedback: { total: 3 } });
      expect((await rows()).map(({ text }) => text)).toEqual([null, null, null]);
    });

    it('takes feedback of LangSmith for what it is where the runs have its statistics, also in lines of one file', async () => {
      const run = (id: string, stats: object): object => ({
        id,
        trace_id: id,
        run_type: 'llm',
        start_time: '2026-11-20T09:00:00Z',
        end_time: '2026-11-20T09:00:01Z',
        inputs: { question: 'q' },
        outputs: { answer: 'a' },
        extra: { metadata: { prompt_name: 'p', prompt_version: '1' } },
        feedback_stats: stats,
      });
      const said = (id: string, run_id: string, score: number): object => ({
        id,
        run_id,
        trace_id: run_id,
        key: 'user_thumb',
        score,
        created_at: '2026-11-20T10:00:00Z',
        feedback_source: { type: 'api' },
      });
      const thumb = { user_thumb: { n: 2, avg: 0.5 }, helpful: { n: 1, avg: 1 } };
      const records = [
        run('r1', thumb),
        run('r2', { user_thumb: { n: 1, avg: 1 }, helpful: { n: 1, avg: 1 } }),
        said('f1', 'r1', 0),
        said('f2', 'r1', 1),
      ];
      engine.write('log.jsonl', records.map((record) => JSON.stringify(record)).join('\n'));
      // Of r1 two thumbs by themselves and what else its statistics say; of r2 the statistics are all that there is.
      const found = await pulled();
      expect(found).toMatchObject({ interactions: { total: 2 }, feedback: { total: 5 } });
      expect(found?.notes.join()).toContain('log.jsonl: 1 judgement stands');
      expect((await rows()).filter(({ signal }) => signal === 'explicit.thumb').map(({ y }) => y)).toEqual([1, 0, 1]);
    });
  });
});
