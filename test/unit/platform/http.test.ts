import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.js';
import { createHttp } from '../../../src/platform/http/http.js';
import { keyVariable } from '../../../src/platform/openai/origin.js';
import { selfSigned } from '../../support/certificate.js';
import { startHttpServer, type Answer, type Asked, type HttpServer } from '../../support/httpServer.js';

const open: HttpServer[] = [];
async function server(answer: (asked: Asked, index: number) => Answer, tls?: { key: string; cert: string }): Promise<HttpServer> {
  const started = await startHttpServer(answer, tls);
  open.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const http = (
  env: Record<string, string> = {},
  more: { trusted?: boolean; confirmed?: string[] | null } = {},
): ReturnType<typeof createHttp> =>
  createHttp({ env, trusted: () => more.trusted ?? true, confirmedOrigins: () => (more.confirmed === undefined ? null : more.confirmed) });

async function faultOf(work: Promise<unknown>): Promise<{ code: string; fault: unknown; message: string }> {
  try {
    await work;
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    return { code: error.code, fault: error.details['fault'], message: error.message };
  }
  throw new Error('It succeeded.');
}

describe('a request to a source', () => {
  it('brings status, headers and body, whatever the status', async () => {
    const { origin, asked } = await server(({ path }) => (path === '/no' ? { status: 404, text: 'Not here' } : { json: { a: 1 } }));
    const ok = await http().request({ method: 'POST', url: `${origin}/yes?x=1`, body: '{"q":1}', headers: { authorization: 'Bearer k' } });
    expect([ok.status, ok.headers['content-type'], new TextDecoder().decode(ok.body)]).toEqual([200, 'application/json', '{"a":1}']);
    const no = await http().request({ method: 'GET', url: `${origin}/no` });
    expect([no.status, new TextDecoder().decode(no.body)]).toEqual([404, 'Not here']);
    expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/yes?x=1', '{"q":1}'],
      ['GET', '/no', ''],
    ]);
    // A server that guards against foreign pages (MLflow) refuses requests with an Origin.
    expect(asked[0]?.headers).not.toHaveProperty('origin');
  });

  it('follows redirects within the origin, with the key, and nowhere else', async () => {
    const other = await server(() => ({ json: {} }));
    const { origin, asked } = await server(({ path }) => {
      if (path === '/a') return { status: 302, headers: { location: '/b' } };
      if (path === '/b') return { json: { ok: true } };
      if (path === '/loop') return { status: 307, headers: { location: '/loop' } };
      return { status: 307, headers: { location: `${other.origin}/steal` } };
    });
    const headers = { authorization: 'Bearer secret' };
    expect((await http().request({ method: 'GET', url: `${origin}/a`, headers })).status).toBe(200);
    expect(asked[1]?.headers['authorization']).toBe('Bearer secret');

    const away = await faultOf(http().request({ method: 'GET', url: `${origin}/away`, headers }));
    expect(away).toMatchObject({ code: 'SOURCE_FAILED', fault: 'redirect' });
    expect(away.message).toContain(other.origin);
    expect(other.asked).toEqual([]);

    const before = asked.length;
    expect(await faultOf(http().request({ method: 'GET', url: `${origin}/loop`, headers }))).toMatchObject({ fault: 'redirect' });
    expect(asked.length - before).toBe(6);
    // A POST that would become a GET is not repeated as something else.
    expect(await faultOf(http().request({ method: 'POST', url: `${origin}/a`, body: '{}', headers }))).toMatchObject({ fault: 'redirect' });
  });

  it('stops at its limits of bytes, also of what is packed, and of time', async () => {
    const { origin } = await server(({ path }) => {
      if (path === '/bomb') {
        return (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(4 << 20)));
      }
      if (path === '/slow') {
        return (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{');
      }
      return () => undefined;
    });
    expect(await faultOf(http().request({ method: 'GET', url: `${origin}/bomb`, maxBytes: 1 << 20 }))).toMatchObject({ fault: 'tooLarge' });
    expect(await faultOf(http().request({ method: 'GET', url: `${origin}/slow`, timeoutMs: 100 }))).toMatchObject({ fault: 'timeout' });
    expect(await faultOf(http().request({ method: 'GET', url: `${origin}/never`, timeoutMs: 100 }))).toMatchObject({ fault: 'timeout' });
  });

  it('ends at once when it is cancelled', async () => {
    const { origin } = await server(() => () => undefined);
    const stop = new AbortController();
    const work = faultOf(http().request({ method: 'GET', url: origin }, stop.signal));
    setTimeout(() => {
      stop.abort();
    }, 20);
    expect(await work).toMatchObject({ code: 'CANCELLED' });
    expect(await faultOf(http().request({ method: 'GET', url: origin }, stop.signal))).toMatchObject({ code: 'CANCELLED' });
  });

  it('tells apart why no answer came', async () => {
    const { origin } = await server(({ path }) =>
      path === '/half'
        ? (response) => {
            response.writeHead(200, { 'content-length': '100' }).write('{');
            setTimeout(() => response.destroy(), 20);
          }
        : (response) => response.destroy(),
    );
    const closed = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .resume()
        .end('SSH-2.0-x\r\n');
    });
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    const get = (url: string): ReturnType<typeof faultOf> => faultOf(http().request({ method: 'GET', url }));
    expect(await get('http://nobody.invalid/')).toMatchObject({ code: 'SOURCE_FAILED', fault: 'name' });
    expect(await get(`${origin}/drop`)).toMatchObject({ fault: 'closed' });
    expect(await get(`${origin}/half`)).toMatchObject({ fault: 'closed' });
    expect(await get(`http://127.0.0.1:${String(port)}/`)).toMatchObject({ fault: 'closed' });
    await new Promise((resolve) => closed.close(resolve));
    expect(await get(`http://127.0.0.1:${String(port)}/`)).toMatchObject({ fault: 'refused' });
    const refused = await get('http://127.0.0.1:6000/');
    expect(refused).toMatchObject({ fault: 'unreachable' });
    expect(refused.message).toContain('Let the server listen on another port.');
    // A port that speaks no TLS, and one whose certificate nobody vouches for.
    expect(await get(origin.replace('http:', 'https:'))).toMatchObject({ fault: 'tls' });
    const secure = await server(() => ({ json: {} }), selfSigned());
    const self = await get(secure.origin);
    expect(self).toMatchObject({ fault: 'tls' });
    expect(self.message).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('asks nobody in an untrusted workspace, and beyond this machine only confirmed addresses', async () => {
    const { origin, asked } = await server(() => ({ json: {} }));
    const get = (port: ReturnType<typeof createHttp>, url: string): Promise<unknown> => port.request({ method: 'GET', url });
    expect(await faultOf(get(http({}, { trusted: false }), origin))).toMatchObject({ code: 'UNTRUSTED_WORKSPACE' });
    expect(asked).toEqual([]);
    expect(await faultOf(get(http({}, { confirmed: [] }), 'https://feedback.invalid/x'))).toMatchObject({ code: 'ORIGIN_NOT_CONFIRMED' });
    expect(await faultOf(get(http({}, { confirmed: ['https://feedback.invalid'] }), 'https://feedback.invalid/x'))).toMatchObject({
      code: 'SOURCE_FAILED',
      fault: 'name',
    });
    await get(http({}, { confirmed: [] }), origin);
    expect(asked).toHaveLength(1);
    expect(await faultOf(get(http(), 'http://u:p@127.0.0.1/'))).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await faultOf(get(http(), 'file:///etc/passwd'))).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('the key of a source', () => {
  const origin = 'https://feedback.example';
  it('is its variable, else the one given for the very origin', () => {
    const port = http({ NAMED: 'named', [keyVariable(origin)]: 'given' });
    expect(port.key({ name: 's', key: '${env:NAMED}' }, origin)).toBe('named');
    expect(port.key({ name: 's', key: '${env:OTHER}' }, origin)).toBe('given');
    expect(port.key({ name: 's' }, origin)).toBe('given');
    expect(port.key({ name: 's' }, 'https://elsewhere.example')).toBeNull();
    expect(port.expand('${env:NAMED}')).toBe('named');
    expect(port.expand('${env:OTHER}')).toBeNull();
    expect(port.expand('plain')).toBe('plain');
  });

  it('never stands in a file', () => {
    expect(() => http().key({ name: 's', key: 'sk-secret' }, origin)).toThrow(/must be a reference/);
    expect(() => http().key({ name: 's', key: 'sk-secret' }, origin)).not.toThrow(/sk-secret/);
  });
});
