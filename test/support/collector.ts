/** A collector whose disk is a list of lines, served over HTTP on a free port of this machine. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { afterEach } from 'vitest';
import { SegmentCollector, type CollectorTools } from '../../src/engine/collector/collector.js';
import { RecentIds } from '../../src/engine/collector/recent.js';
import { RecordReader } from '../../src/engine/collector/records.js';
import { RatingScales } from '../../src/engine/collector/scales.js';
import { plainOptions } from '../../src/engine/feedback/shapes/shape.js';
import type { Json } from '../../src/engine/feedback/values.js';
import { serveCollector, type CollectorServer } from '../../src/platform/collector/server.js';
import type { ServeOptions } from '../../src/platform/collector/options.js';

export interface MemoryDisk {
  /** Every line that was acknowledged. */
  lines: string[];
  commits: number;
  state: Json | null;
  /** Thrown by the next writes while it is set. */
  fault: Error | null;
  /** Awaited before a write ends. */
  hold: Promise<void> | null;
}

const servers: CollectorServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close(100);
});

export function memoryCollector(changes: Partial<CollectorTools> & { state?: Json } = {}) {
  const disk: MemoryDisk = { lines: [], commits: 0, state: changes.state ?? null, fault: null, hold: null };
  const scales = new RatingScales(disk.state);
  let ids = 0;
  let clock = 0;
  const collector = new SegmentCollector({
    source: 'collector',
    scales,
    reader: new RecordReader({ name: 'collector', kind: 'collector' }, scales, () => `random-${String(++ids)}`),
    recent: new RecentIds(),
    options: plainOptions,
    prepare: (record) => record,
    redactions: () => ({ email: 2 }),
    write: async (texts, state) => {
      await disk.hold;
      if (disk.fault !== null) throw disk.fault;
      disk.lines.push(...texts.flatMap((text) => text.split('\n')));
      disk.state = state ?? disk.state;
      disk.commits += 1;
      return texts.reduce((sum, text) => sum + text.length + 1, 0);
    },
    alone: (work) => work(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => Date.UTC(2026, 10, 24, 12),
    monotonic: () => clock++,
    notes: [],
    ...changes,
  });
  return {
    collector,
    disk,
    /** Without the counts of what was rejected. */
    records: () => disk.lines.map((line) => JSON.parse(line) as Json).filter((record) => record['schema'] !== 'promptratchet.rejected/1'),
  };
}

export async function serve(collector: SegmentCollector, options: ServeOptions = {}, log: string[] = []) {
  const note = (text: string): void => {
    log.push(text);
  };
  const server = await serveCollector(collector, options, { debug: note, info: note, warn: note, error: note });
  servers.push(server);
  return server;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
  /** Throws where the body is not JSON. */
  readonly json: unknown;
}

export interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Without a content-length. */
  chunks?: (string | Uint8Array)[];
}

/** One request as it stands: no header is added but those that HTTP needs. */
export function send(server: { host: string; port: number }, sent: Sent): Promise<Reply> {
  const { method = 'POST', path = '/v1/feedback', headers = {}, body, chunks } = sent;
  return new Promise((resolve, reject) => {
    const type = body === undefined && chunks === undefined ? {} : { 'content-type': 'application/json' };
    const request = httpRequest({ host: server.host, port: server.port, method, path, headers: { ...type, ...headers }, agent: false });
    request.on('error', reject);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const whole = Buffer.concat(parts);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: whole,
          text: whole.toString('utf8'),
          get json() {
            return JSON.parse(whole.toString('utf8')) as unknown;
          },
        });
      });
    });
    if (chunks !== undefined) {
      for (const chunk of chunks) request.write(chunk);
      request.end();
    } else {
      request.end(body);
    }
  });
}

export const rating = (id: string, more: Json = {}): Json => ({
  schema: 'promptratchet.feedback/1',
  id,
  time: '2026-11-24T10:00:00.000Z',
  prompt: { name: 'support/answer', version: 'v2' },
  signal: 'explicit.rating',
  user: 'u1',
  score: { raw: 4, min: 1, max: 5 },
  ...more,
});
