import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { CollectError } from '../../../src/engine/collector/types.js';
import { memoryCollector, send, serve } from '../../support/collector.js';

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../fixtures/otlp', name));
const protobuf = { 'content-type': 'application/x-protobuf' };
const json = { 'content-type': 'application/json' };

/** Fields of a protobuf message by number, as text or number; messages within stay bytes. */
function fields(bytes: Uint8Array): Map<number, Uint8Array | number> {
  const reader = new BinaryReader(bytes);
  const found = new Map<number, Uint8Array | number>();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.Varint) found.set(number, Number(reader.int64()));
    else found.set(number, reader.bytes());
  }
  return found;
}

const text = (value: unknown): string => (value instanceof Uint8Array ? Buffer.from(value).toString() : String(value));

/** A log of two evaluations, of which the second has a score that no range allows. */
const halfBad = {
  resourceLogs: [
    {
      scopeLogs: [
        {
          logRecords: [1, 7].map((raw) => ({
            timeUnixNano: '1795463007901000000',
            eventName: 'gen_ai.evaluation.result',
            traceId: '0af7651916cd43dd8448eb211c80319c',
            spanId: 'b7ad6b7169203331',
            attributes: [
              { key: 'gen_ai.evaluation.name', value: { stringValue: 'explicit.thumb:x' } },
              { key: 'gen_ai.evaluation.score.value', value: { doubleValue: raw } },
              { key: 'promptratchet.score.min', value: { doubleValue: 0 } },
              { key: 'promptratchet.score.max', value: { doubleValue: 1 } },
            ],
          })),
        },
      ],
    },
  ],
};

describe.each(['traces', 'logs'])('POST /v1/%s', (signal) => {
  it('takes what an SDK sends, in JSON and in protobuf, packed and without a length, and knows it again', async () => {
    const { collector, records } = memoryCollector();
    const server = await serve(collector);
    const path = `/v1/${signal}`;
    const inJson = await send(server, { path, headers: json, chunks: [fixture(`${signal}.json`)] });
    expect([inJson.status, inJson.headers['content-type'], inJson.text]).toEqual([200, 'application/json', '{}']);
    const taken = records();
    expect(taken.length).toBeGreaterThan(0);
    for (const record of taken) {
      expect(record['schema']).toBe(signal === 'traces' ? 'promptratchet.interaction/1' : 'promptratchet.feedback/1');
      expect(record['source']).toMatchObject({ kind: 'otlp' });
    }
    const packed = await send(server, {
      path,
      headers: { ...protobuf, 'content-encoding': 'gzip' },
      chunks: [gzipSync(fixture(`${signal}.pb`))],
    });
    expect([packed.status, packed.headers['content-type'], packed.body.length]).toEqual([200, 'application/x-protobuf', 0]);
    // Whole numbers beyond 2^53 are rounded in JSON, so that the two need not be the same content.
    for (let i = 0; i < 2; i++) expect((await send(server, { path, headers: json, body: fixture(`${signal}.json`) })).status).toBe(200);
    expect(new Set(records().map((record) => record['id'])).size).toBe(taken.length);
    expect(collector.metrics.duplicates).toBeGreaterThanOrEqual(taken.length);
  });

  it('refuses what is no such request, in the encoding of the request', async () => {
    const { collector, disk } = memoryCollector();
    const server = await serve(collector);
    const path = `/v1/${signal}`;
    const bad = await send(server, { path, headers: json, body: '{"resourceSpans":' });
    expect([bad.status, bad.json]).toEqual([400, { code: 3, message: 'The body is not JSON.' }]);
    const broken = await send(server, { path, headers: protobuf, body: Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f]) });
    expect([broken.status, broken.headers['content-type']]).toEqual([400, 'application/x-protobuf']);
    expect(fields(broken.body).get(1)).toBe(3);
    expect(text(fields(broken.body).get(2))).toMatch(new RegExp(`^This is not an OTLP request of ${signal}: .+\\.$`));
    for (const type of ['text/plain', 'application/x-ndjson', 'application/grpc'])
      expect((await send(server, { path, headers: { 'content-type': type }, body: '{}' })).status).toBe(415);
    const large = await send(server, { path, headers: protobuf, body: Buffer.alloc(1024 * 1024 + 1) });
    expect([large.status, fields(large.body).get(1)]).toEqual([413, 8]);
    expect((await send(server, { path, method: 'GET' })).headers['allow']).toBe('POST, OPTIONS');
    expect(disk.lines).toEqual([]);
  });

  it('asks an exporter to send again where the disk is full: after 507 it would throw its records away', async () => {
    const { collector, disk } = memoryCollector();
    const server = await serve(collector);
    disk.fault = new CollectError('full', 'The disk is full.');
    const reply = await send(server, { path: `/v1/${signal}`, headers: protobuf, body: fixture(`${signal}.pb`) });
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '10']);
    expect([fields(reply.body).get(1), text(fields(reply.body).get(2))]).toEqual([14, 'The disk is full.']);
  });
});

describe('a part that cannot be used', () => {
  it('is said as a partial success in JSON, and the rest is taken', async () => {
    const { collector, records } = memoryCollector();
    const reply = await send(await serve(collector), { path: '/v1/logs', headers: json, body: JSON.stringify(halfBad) });
    expect([reply.status, reply.json]).toEqual([
      200,
      { partialSuccess: { rejectedLogRecords: '1', errorMessage: 'Not used: score out of range.' } },
    ]);
    expect(records()).toHaveLength(1);
  });

  it('is told from a line of NDJSON that holds a request', async () => {
    const { collector, records } = memoryCollector();
    const reply = await send(await serve(collector), { body: `${JSON.stringify(halfBad)}\n{"resourceSpans":[]}` });
    expect(reply.json).toEqual({ accepted: 1, duplicates: 0, rejected: [{ line: 1, reason: 'score out of range' }] });
    expect(records()).toHaveLength(1);
  });
});
