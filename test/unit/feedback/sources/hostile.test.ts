/** Servers that misbehave in the middle of a pull: what was read before stays, and the next pull goes on. */
import { afterEach, describe, expect, it } from 'vitest';
import { createMlflowSource } from '../../../../src/engine/feedback/sources/mlflow/source.js';
import { createPhoenixSource, createPhoenixSourceWith } from '../../../../src/engine/feedback/sources/phoenix/source.js';
import { drain, sourceConfig, sourceTools } from '../../../support/drainSource.js';
import type { Answer, Asked, HttpServer } from '../../../support/httpServer.js';
import { mlflowData, mlflowTrace, startMlflow } from '../../../support/servers/mlflow.js';
import { phoenixData, phoenixTrace, startPhoenix, type PhoenixData } from '../../../support/servers/phoenix.js';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const five = (): PhoenixData => phoenixData({ spans: [1, 2, 3, 4, 5].flatMap((n) => phoenixTrace(n, `2026-11-20T12:0${String(n)}:00Z`)) });

async function phoenix(data: PhoenixData, before: (asked: Asked) => Answer | null): Promise<string> {
  const server = await startPhoenix(data, before);
  open.push(server);
  return server.origin;
}
const config = (origin: string): ReturnType<typeof sourceConfig> => sourceConfig('phoenix', origin, { project: 'support' });
const small = { spans: 4, annotations: 2, ids: 2 };
const isSpans = (asked: Asked): boolean => asked.path.endsWith('/spans') && !asked.query.has('trace_id');

describe('a server that misbehaves', () => {
  it.each([
    ['fails', { status: 500, text: 'oops' }, 'it failed (500)'],
    ['asks for patience without end', { status: 429 }, 'asks for fewer requests'],
    ['answers with a web page', { headers: { 'content-type': 'text/html' }, text: '<html>' }, 'with a web page'],
    [
      'closes in the middle',
      (response: { destroy(): void }) => {
        response.destroy();
      },
      'connection was closed',
    ],
    ['sends broken JSON', { headers: { 'content-type': 'application/json' }, text: '{"data":[' }, 'no valid JSON'],
    ['loses its list', { json: { next_cursor: null } }, 'holds no list of spans'],
  ] as [string, Answer, string][])('%s on the second page: the first stays, and the next pull ends it', async (_name, answer, words) => {
    let broken = true;
    const data = five();
    const origin = await phoenix(data, (asked) => (broken && isSpans(asked) && asked.query.has('cursor') ? answer : null));
    const first = await drain(createPhoenixSourceWith(config(origin), sourceTools(), small));
    expect(first.error?.message).toContain(words);
    expect(first.interactions.map((each) => each['user'])).toEqual(['user-5', 'user-4']);
    broken = false;
    const second = await drain(createPhoenixSourceWith(config(origin), sourceTools(), small), first.state);
    expect(second.error).toBeNull();
    expect(second.interactions.map((each) => each['user']).sort()).toEqual(['user-1', 'user-2', 'user-3']);
  });

  it('goes round in a circle', async () => {
    const data = five();
    let first: string | null = null;
    const origin = await phoenix(data, (asked) => {
      if (!isSpans(asked) || !asked.query.has('cursor')) return null;
      first ??= asked.query.get('cursor');
      return { json: { data: [], next_cursor: first } };
    });
    const read = await drain(createPhoenixSourceWith(config(origin), sourceTools(), small));
    expect(read.interactions).toHaveLength(2);
    expect(read.error?.message).toContain('its pages of spans never end');
  });

  it('sends pages of another size than was asked for', async () => {
    const data = five();
    let turn = 0;
    const sizes = ['1', '7', '2'];
    const origin = await phoenix(data, (asked) => {
      if (isSpans(asked)) asked.query.set('limit', sizes[turn++ % sizes.length] ?? '1');
      return null;
    });
    const read = await drain(createPhoenixSourceWith(config(origin), sourceTools(), small));
    expect([read.error, read.interactions.length]).toEqual([null, 5]);
    const mlflow = mlflowData({ traces: [1, 2, 3, 4, 5].map((n) => mlflowTrace(n, `2026-11-20T12:0${String(n)}:00Z`)) });
    const server = await startMlflow(mlflow, (asked) => {
      if (asked.path.endsWith('/search'))
        asked.body = asked.body.replace(/"max_results":\d+/u, `"max_results":${String((turn++ % 3) + 1)}`);
      return null;
    });
    open.push(server);
    const traces = await drain(createMlflowSource(sourceConfig('mlflow', server.origin, { project: 'support' }), sourceTools()));
    expect([traces.error, new Set(traces.interactions.map((each) => each['id'])).size]).toEqual([null, 5]);
  });

  it('sends more than 64 MiB: it is asked for less at a time', async () => {
    const data = five();
    const limits: number[] = [];
    const block = Buffer.alloc(1 << 20, 0x20);
    const origin = await phoenix(data, (asked) => {
      if (!isSpans(asked)) return null;
      const limit = Number(asked.query.get('limit'));
      limits.push(limit);
      if (limit < 100) return null;
      return (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        let left = 66;
        const more = (): void => {
          while (left-- > 0) if (!response.write(block)) return void response.once('drain', more);
          response.end();
        };
        more();
      };
    });
    const read = await drain(createPhoenixSource(config(origin), sourceTools()));
    expect([read.error, read.interactions.length, limits.slice(0, 2)]).toEqual([null, 5, [500, 62]]);
  });
});
