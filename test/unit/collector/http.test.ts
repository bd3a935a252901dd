import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CollectError } from '../../../src/engine/collector/types.js';
import { EngineError } from '../../../src/engine/errors.js';
import { memoryCollector, rating, send, serve } from '../../support/collector.js';

const full = new CollectError('full', 'The disk is full.');

/** What a raw connection is answered, until it is closed. */
async function raw(port: number, bytes: string, more?: (write: (text: string) => void) => void): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  socket.on('error', () => undefined); // closed while it was written to
  await once(socket, 'connect');
  socket.write(bytes);
  more?.((text) => {
    socket.write(text);
  });
  await new Promise((resolve) => socket.on('close', resolve));
  return answer;
}

describe('POST /v1/feedback and /v1/interactions', () => {
  it('takes one object, an array and NDJSON, and says what became of each', async () => {
    const { collector, records } = memoryCollector();
    const server = await serve(collector);
    const one = await send(server, { body: JSON.stringify(rating('a')) });
    expect([one.status, one.json]).toEqual([200, { accepted: 1, duplicates: 0, rejected: [] }]);
    const array = await send(server, { body: JSON.stringify([rating('a'), rating('b'), 3]) });
    expect(array.json).toEqual({ accepted: 1, duplicates: 1, rejected: [{ line: 3, reason: 'not an object' }] });
    const lines = `${JSON.stringify(rating('c'))}\r\n\n<html>\n${JSON.stringify({ ...rating('d'), signal: 'explicit.hug' })}\n${JSON.stringify(rating('e'))}`;
    const ndjson = await send(server, { body: lines, headers: { 'content-type': 'application/x-ndjson' } });
    expect(ndjson.json).toEqual({
      accepted: 2,
      duplicates: 0,
      rejected: [
        { line: 3, reason: 'not JSON' },
        { line: 4, reason: 'unknown signal' },
      ],
    });
    expect(records().map((record) => record['id'])).toEqual(['a', 'b', 'c', 'e']);
  });

  it('takes a body without a length, and a packed one', async () => {
    const { collector, disk } = memoryCollector();
    const server = await serve(collector);
    const text = JSON.stringify(rating('a'));
    expect((await send(server, { chunks: [text.slice(0, 20), text.slice(20)] })).status).toBe(200);
    const packed = await send(server, { body: gzipSync(JSON.stringify(rating('b'))), headers: { 'content-encoding': 'gzip' } });
    expect(packed.json).toMatchObject({ accepted: 1 });
    expect(disk.lines).toHaveLength(2);
  });

  it('answers 400 where nothing could be used', async () => {
    const { collector, disk } = memoryCollector();
    const server = await serve(collector);
    for (const body of ['', '  \n ', '[', '[1,', 'nonsense', '{"a":', '42', 'null', '{}']) {
      const reply = await send(server, { body });
      expect([body, reply.status]).toEqual([body, 400]);
      expect(reply.json).toMatchObject({ error: expect.stringMatching(/\.$/) as string });
    }
    expect((await send(server, { body: '[]' })).json).toEqual({ accepted: 0, duplicates: 0, rejected: [] });
    expect(disk.lines).toEqual([]);
  });

  it('lists the first refused lines and counts all', async () => {
    const { collector } = memoryCollector();
    const reply = await send(await serve(collector), { body: 'x\n'.repeat(5000), headers: { 'content-type': 'text/plain' } });
    const { rejected, rejectedTotal } = reply.json as { rejected: unknown[]; rejectedTotal: number };
    expect([reply.status, rejected.length, rejectedTotal]).toEqual([400, 100, 5000]);
  });

  it('takes JSON only, and packs it knows', async () => {
    const { collector } = memoryCollector();
    const server = await serve(collector);
    for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/html', 'application/x-protobuf'])
      expect((await send(server, { body: '{}', headers: { 'content-type': type } })).status).toBe(415);
    const packed = await send(server, { body: 'x', headers: { 'content-encoding': 'br' } });
    expect([packed.status, packed.headers['accept']]).toEqual([415, 'application/json, application/x-ndjson']);
    for (const type of ['application/json; charset=utf-8', 'application/jsonl', 'text/plain;charset=UTF-8', 'application/vnd.x+json'])
      expect((await send(server, { body: JSON.stringify(rating(type)), headers: { 'content-type': type } })).status).toBe(200);
  });

  it('says so in one sentence where the disk is full, stays up, and goes on when there is room', async () => {
    const { collector, disk } = memoryCollector();
    const server = await serve(collector);
    disk.fault = full;
    const refused = await send(server, { body: JSON.stringify(rating('a')) });
    expect([refused.status, refused.headers['retry-after'], refused.json]).toEqual([507, '10', { error: 'The disk is full.' }]);
    expect((await send(server, { method: 'GET', path: '/healthz' })).json).toEqual({ status: 'ok', storage: 'full' });
    disk.fault = null;
    expect((await send(server, { body: JSON.stringify(rating('a')) })).json).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
    expect((await send(server, { method: 'GET', path: '/healthz' })).json).toEqual({ status: 'ok', storage: 'ok' });
  });

  it('shows nothing of the inside where something breaks, and writes it to the log', async () => {
    const { collector, disk } = memoryCollector();
    const log: string[] = [];
    const server = await serve(collector, {}, log);
    disk.fault = new Error('ENOENT /secret/place');
    const reply = await send(server, { body: JSON.stringify(rating('a')) });
    expect(reply.status).toBe(500);
    expect(reply.text).not.toContain('secret');
    expect(log).toEqual(['The collector could not answer a request.']);
  });

  it('tells a sender to wait where more arrives than the disk takes', async () => {
    const { collector, disk } = memoryCollector();
    const server = await serve(collector);
    let release = (): void => undefined;
    disk.hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    const big = { text: 'x'.repeat(900_000) };
    const replies = Array.from({ length: 24 }, (_, i) => send(server, { body: JSON.stringify(rating(String(i), big)) }));
    const first = await Promise.race(replies);
    expect([first.status, first.headers['retry-after']]).toEqual([429, '1']);
    release();
    const statuses = (await Promise.all(replies)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(disk.lines).toHaveLength(statuses.filter((status) => status === 200).length);
  });
});

describe('limits', () => {
  it('refuses a body over 1 MiB, by its length, as it arrives, and after unpacking, and keeps the connection usable', async () => {
    const { collector, disk } = memoryCollector();
    const server = await serve(collector);
    const large = 'x'.repeat(1024 * 1024 + 1);
    expect((await send(server, { body: large })).status).toBe(413);
    expect((await send(server, { chunks: [large.slice(9), large.slice(0, 9)] })).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect((await send(server, { body: bomb, headers: { 'content-encoding': 'gzip' } })).status).toBe(413);
    for (const body of [gzipSync('{}').subarray(0, 12), Buffer.from('no gzip')])
      expect((await send(server, { body, headers: { 'content-encoding': 'gzip' } })).status).toBe(400);
    expect((await send(server, { body: JSON.stringify(rating('a')) })).status).toBe(200);
    expect(disk.lines).toHaveLength(1);
  });

  it('asks nobody to send what is too large', async () => {
    const { collector } = memoryCollector();
    const { port } = await serve(collector, { limits: { requestMs: 400, headersMs: 400, checkMs: 50 } });
    const head = 'POST /v1/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n';
    const refused = await raw(port, `${head}Content-Length: 99999999\r\n\r\n`);
    expect(refused).toMatch(/^HTTP\/1\.1 413 /);
    const body = JSON.stringify(rating('a'));
    const taken = await raw(port, `${head}Content-Length: ${String(body.length)}\r\nConnection: close\r\n\r\n`, (write) => {
      write(body);
    });
    expect(taken).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  it('lets go of whoever sends too slowly, headers or body', async () => {
    const { collector } = memoryCollector();
    const { port } = await serve(collector, { limits: { headersMs: 150, requestMs: 300, checkMs: 30 } });
    const headers = await raw(port, 'POST /v1/feedback HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    expect(headers).toMatch(/^HTTP\/1\.1 408 [\s\S]*did not arrive in time/);
    const body = await raw(
      port,
      'POST /v1/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    expect(body).toMatch(/^HTTP\/1\.1 408 /);
    const idle = await raw(port, '');
    expect(idle).toMatch(/^(HTTP\/1\.1 408 [\s\S]*)?$/);
    expect((await send({ host: '127.0.0.1', port }, { body: JSON.stringify(rating('a')) })).status).toBe(200);
  });

  it('refuses headers without end, and what is no HTTP', async () => {
    const { collector } = memoryCollector();
    const { port } = await serve(collector);
    expect(await raw(port, `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw(port, 'GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw(port, '\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('bounds what is being received on all connections together', async () => {
    const { collector } = memoryCollector();
    const server = await serve(collector, { limits: { heldBytes: 200_000, requestMs: 1000, checkMs: 50 } });
    const waiting = raw(
      server.port,
      `POST /v1/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n${'x'.repeat(150_000)}`,
    );
    while (collector.metrics.receivedBytes < 150_000) await new Promise((resolve) => setTimeout(resolve, 5));
    const reply = await send(server, { body: 'x'.repeat(100_000) });
    expect([reply.status, reply.headers['retry-after']]).toEqual([429, '1']);
    await waiting;
    expect((await send(server, { body: JSON.stringify(rating('a', { text: 'x'.repeat(150_000) })) })).status).toBe(200);
  });
});

describe('who may speak', () => {
  it('asks for the token where there is one, but not for a sign of life', async () => {
    const { collector } = memoryCollector();
    const server = await serve(collector, { token: 'correct horse' });
    const body = JSON.stringify(rating('a'));
    for (const authorization of [undefined, 'Bearer wrong', 'Bearer correct', 'Basic correct', 'correct', 'Bearer ', 'Bearer correcthorse'])
      expect((await send(server, { body, headers: authorization === undefined ? {} : { authorization } })).status).toBe(401);
    const refused = await send(server, { method: 'GET', path: '/metrics' });
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer realm="ratchet collect"']);
    expect((await send(server, { method: 'GET', path: '/healthz' })).status).toBe(200);
    expect((await send(server, { path: '/v1/traces', body: '{}' })).status).toBe(401);
  });

  it('takes the right token', async () => {
    const { collector } = memoryCollector();
    const server = await serve(collector, { token: 't0ken with blanks' });
    expect((await send(server, { body: JSON.stringify(rating('a')), headers: { authorization: 'bearer t0ken with blanks' } })).status).toBe(
      200,
    );
  });

  it('answers to the names of this machine only: a page cannot reach it under a name of its own', async () => {
    const { collector } = memoryCollector();
    const server = await serve(collector);
    for (const host of [
      'evil.example',
      'evil.example:80',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '[::2]',
      '10.0.0.1',
      '@localhost',
      'localhost:x',
    ])
      expect([host, (await send(server, { method: 'GET', path: '/healthz', headers: { host } })).status]).toEqual([host, 403]);
    for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:4410', '127.1.2.3', '[::1]:4410'])
      expect([host, (await send(server, { method: 'GET', path: '/healthz', headers: { host } })).status]).toEqual([host, 200]);
  });

  it('lets pages of named origins send, and no other', async () => {
    const { collector, disk } = memoryCollector();
    const server = await serve(collector, { cors: ['https://app.example'] });
    const body = JSON.stringify(rating('a'));
    for (const origin of ['https://evil.example', 'http://app.example', 'https://app.example:8443', 'null']) {
      const reply = await send(server, { body, headers: { origin, 'content-type': 'text/plain' } });
      expect([origin, reply.status, reply.headers['access-control-allow-origin']]).toEqual([origin, 403, undefined]);
      expect((await send(server, { method: 'OPTIONS', headers: { origin } })).status).toBe(403);
    }
    const preflight = await send(server, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST', 'access-control-request-private-network': 'true' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': 'Authorization, Content-Type, Content-Encoding',
      'access-control-allow-private-network': 'true',
      vary: 'Origin',
    });
    const sent = await send(server, { body, headers: { origin: 'https://app.example' } });
    expect([sent.status, sent.headers['access-control-allow-origin'], sent.headers['vary']]).toEqual([
      200,
      'https://app.example',
      'Origin',
    ]);
    expect(disk.lines).toHaveLength(1);
  });

  it('lets a page read why it was refused', async () => {
    const { collector } = memoryCollector();
    const server = await serve(collector, { cors: ['https://app.example'], token: 't' });
    const reply = await send(server, { body: '{}', headers: { origin: 'https://app.example' } });
    expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([401, 'https://app.example']);
  });

  it('does not start where other machines could reach it without a token, or for an origin that is none', async () => {
    const { collector } = memoryCollector();
    const refused = async (options: Parameters<typeof serve>[1]): Promise<string> => {
      const error: unknown = await serve(collector, options).catch((cause: unknown) => cause);
      return EngineError.is(error, 'BAD_USAGE') ? error.message : 'started';
    };
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'myhost', '127.evil.example'])
      expect(await refused({ host })).toBe(
        `Other machines can reach ${host}, so a token is needed: put one into an environment variable and name it with --token-env.`,
      );
    expect(await refused({ token: '' })).toMatch(/^The token is empty\./);
    for (const origin of [
      '*',
      'null',
      'app.example',
      'https://app.example/',
      'https://app.example/x',
      'ftp://app.example',
      'https://*.example',
    ])
      expect(await refused({ cors: [origin] })).toMatch(/is not an origin\./);
    const { port } = await serve(collector);
    expect(await refused({ port })).toBe(`Port ${String(port)} on 127.0.0.1 is taken. Choose another with --port, or 0 for any free one.`);
  });

  it('listens on any address with a token, and then answers to any name', async () => {
    const { collector } = memoryCollector();
    const { port } = await serve(collector, { host: '0.0.0.0', token: 't' });
    const reply = await send(
      { host: '127.0.0.1', port },
      { method: 'GET', path: '/metrics', headers: { host: 'team.example', authorization: 'Bearer t' } },
    );
    expect(reply.status).toBe(200);
  });
});

describe('the rest', () => {
  it('says what there is, and what a place takes', async () => {
    const { collector } = memoryCollector();
    const server = await serve(collector);
    expect((await send(server, { method: 'GET', path: '/v1/feedback' })).headers['allow']).toBe('POST, OPTIONS');
    expect((await send(server, { method: 'PUT', path: '/metrics', body: '' })).status).toBe(405);
    expect((await send(server, { path: '/v1/metrics', body: '{}' })).status).toBe(404);
    expect((await send(server, { path: '/v1/feedback/', body: '{}' })).status).toBe(404);
    expect((await send(server, { path: '/constructor', body: '{}' })).status).toBe(404);
    expect((await send(server, { path: '/v1/feedback?x=1', body: JSON.stringify(rating('a')) })).status).toBe(200);
    const head = await send(server, { method: 'HEAD', path: '/healthz' });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('prints its counts as OpenMetrics', async () => {
    const { collector } = memoryCollector();
    const server = await serve(collector);
    await send(server, { body: `${JSON.stringify(rating('a'))}\n${JSON.stringify(rating('a'))}\nx` });
    const reply = await send(server, { method: 'GET', path: '/metrics' });
    expect(reply.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const lines = reply.text.split('\n');
    expect(lines.slice(-2)).toEqual(['# EOF', '']);
    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE ratchet_collector_accepted_records counter',
        'ratchet_collector_accepted_records_total{kind="feedback"} 1',
        'ratchet_collector_duplicate_records_total 1',
        'ratchet_collector_rejected_records_total{reason="not JSON"} 1',
        'ratchet_collector_redactions_total{kind="email"} 2',
        'ratchet_collector_http_responses_total{status="200"} 1',
        'ratchet_collector_fsyncs_total 1',
        'ratchet_collector_queue_bytes 0',
        'ratchet_collector_storage_ok 1',
        'ratchet_collector_request_duration_seconds_count 1',
        'ratchet_collector_commit_duration_seconds_bucket{le="1.0"} 1',
      ]),
    );
    for (const line of lines.slice(0, -2))
      expect(line).toMatch(/^(# (TYPE|HELP|UNIT) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.e+-]+)$/);
  });

  it('answers what has arrived before it stops, and refuses the rest', async () => {
    const { collector, disk } = memoryCollector();
    const server = await serve(collector);
    let release = (): void => undefined;
    disk.hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reply = send(server, { body: JSON.stringify(rating('a')) });
    while (collector.metrics.receivedBytes === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    const closed = server.close();
    release();
    expect((await reply).json).toMatchObject({ accepted: 1 });
    await closed;
    expect(disk.lines).toHaveLength(1);
    await expect(send(server, { body: '{}' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('stops within its grace though somebody holds a request open', async () => {
    const { collector } = memoryCollector();
    const server = await serve(collector);
    const open = raw(
      server.port,
      'POST /v1/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close(50);
    expect(await open).toBe('');
  });
});
