/** Every server's adapter says the very step that fails, and what to do; and none is led astray by what answers. */
import { afterEach, describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../../src/engine/config/types.js';
import { sourceFactory } from '../../../../src/engine/feedback/sources/registry.js';
import type { FeedbackSource, ProbeResult } from '../../../../src/engine/feedback/sources/source.js';
import { selfSigned } from '../../../support/certificate.js';
import { drain, sourceTools, type TestTools } from '../../../support/drainSource.js';
import { startHttpServer, type Answer, type Asked, type HttpServer } from '../../../support/httpServer.js';

const kinds = ['phoenix', 'mlflow', 'langfuse', 'langsmith', 'opik'];
const env = { KEY: 'key-of-the-test', USER_NAME: 'public' };

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function server(answer: (asked: Asked) => Answer, tls?: { key: string; cert: string }): Promise<HttpServer> {
  const started = await startHttpServer(answer, tls);
  open.push(started);
  return started;
}

function adapter(kind: string, url: string, tools: TestTools = sourceTools({ env }), more: Partial<SourceConfig> = {}): FeedbackSource {
  const factory = sourceFactory(kind);
  if (factory === null) throw new Error(`There is no adapter for ${kind}.`);
  const user = kind === 'langfuse' || kind === 'mlflow' ? { user: '${env:USER_NAME}' } : {};
  return factory({ name: 'team', kind, url, project: 'support', key: '${env:KEY}', ...user, ...more }, tools);
}

/** What is wrong, in one sentence, and what to do, in at least one. */
function expectWords({ ok, detail, todo }: ProbeResult): void {
  expect(ok).toBe(false);
  expect(detail.length).toBeGreaterThan(10);
  expect(todo).toMatch(/^[A-Z].*\.$/su);
  expect(detail + String(todo)).not.toContain(env.KEY);
}

describe.each(kinds)('a probe of %s', (kind) => {
  const stepOf = async (url: string, tools?: TestTools, more?: Partial<SourceConfig>): Promise<string | null> => {
    const result = await adapter(kind, url, tools, more).probe();
    expectWords(result);
    return result.failed;
  };

  it('tells name, connection and encryption apart', async () => {
    expect(await stepOf('http://nobody.invalid')).toBe('name');
    const { origin, close } = await startHttpServer(() => ({ json: {} }));
    await close();
    expect(await stepOf(origin)).toBe('connect');
    expect(await stepOf((await server(() => (response) => response.destroy())).origin)).toBe('connect');
    expect(await stepOf((await server(() => ({ json: {} }), selfSigned())).origin)).toBe('tls');
  });

  it('tells key, permission and failures of the server apart', async () => {
    expect(await stepOf((await server(() => ({ status: 401, text: 'who?' }))).origin)).toBe('auth');
    expect(await stepOf((await server(() => ({ status: 403, json: { message: 'no' } }))).origin)).toBe('permission');
    expect(await stepOf((await server(() => ({ status: 500, text: 'oops' }))).origin)).toBe('connect');
    expect(await stepOf('http://127.0.0.1:9', sourceTools({ env: {} }))).toBe('auth');
    expect(await stepOf('http://127.0.0.1:9', undefined, { key: 'literal-key' })).toBe('config');
  });

  it('is not taken in by a web page or a redirect', async () => {
    const page = { headers: { 'content-type': 'text/html' }, text: '<!doctype html><title>Log in</title>' };
    expect(await stepOf((await server(() => page)).origin)).toBe('config');
    const other = await server(() => ({ json: {} }));
    const { origin } = await server(() => ({ status: 302, headers: { location: `${other.origin}/steal` } }));
    expect(await stepOf(origin)).toBe('config');
    expect(other.asked).toEqual([]);
    expect(['config', 'data', 'version', 'permission']).toContain(await stepOf((await server(() => ({ json: [] }))).origin));
    expect(['config', 'data', 'version', 'permission']).toContain(await stepOf((await server(() => ({ status: 404, json: {} }))).origin));
  });

  it('asks nobody who is not trusted or not confirmed', async () => {
    const { origin, asked } = await server(() => ({ json: {} }));
    expect(await stepOf(origin, sourceTools({ env, trusted: false }))).toBe('trust');
    expect(await stepOf('https://feedback.invalid', sourceTools({ env, confirmed: [] }))).toBe('trust');
    expect(asked).toEqual([]);
  });

  it('stops when it is cancelled', async () => {
    const { origin } = await server(() => () => undefined);
    const stop = new AbortController();
    const probe = adapter(kind, origin).probe(stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 20);
    await expect(probe).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe.each(kinds)('a pull from %s', (kind) => {
  it.each([
    ['a web page', () => ({ headers: { 'content-type': 'text/html' }, text: '<html>' })],
    ['broken JSON', () => ({ headers: { 'content-type': 'application/json' }, text: '{"data": [' })],
    ['a list in place of an object', () => ({ json: [1, 2] })],
    ['a number', () => ({ json: 7 })],
    [
      'objects of other types',
      () => ({ json: { data: 'x', traces: 7, runs: {}, content: null, meta: 3, experiment: [], next_cursor: {} } }),
    ],
    ['a storm of 429', () => ({ status: 429, headers: { 'retry-after': '1' } })],
    ['500', () => ({ status: 500, text: 'oops' })],
    [
      'half a body',
      () => (response: { writeHead: (status: number, headers: object) => { write: (text: string) => void }; destroy: () => void }) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"data": [');
        setTimeout(() => {
          response.destroy();
        }, 5);
      },
    ],
  ] as [string, () => Answer][])('from a server that answers %s ends with a sentence, not a crash', async (_name, answer) => {
    const { origin } = await server(answer);
    const { error, records } = await drain(adapter(kind, origin));
    expect(records).toEqual([]);
    expect(error?.code).toBe('SOURCE_FAILED');
    expect(error?.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+: .*\.$/su);
  });

  it('from a server that hangs ends within a second of being cancelled', async () => {
    const { origin } = await server(() => () => undefined);
    const stop = new AbortController();
    const reading = drain(adapter(kind, origin), null, { signal: stop.signal });
    setTimeout(() => {
      stop.abort();
    }, 20);
    expect((await reading).error?.code).toBe('CANCELLED');
  });
});
