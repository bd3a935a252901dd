/** An OpenAI-compatible endpoint in a thread of its own that answers after a while, or fails in one of the ways that endpoints fail. */
import { Worker } from 'node:worker_threads';
import { completion } from './fakeOpenai.js';

export const faults = [
  'tooMany',
  'tooManyWait',
  'tooManyHour',
  'serverError',
  'unavailable',
  'keyRefused',
  'badRequest',
  'hang',
  'closedInBody',
  'closedInChunk',
  'notJson',
  'noChoices',
  'noContent',
  'emptyBody',
  'noBody',
  'cut',
  'filtered',
  'wrongType',
  'errorInBody',
  'large',
  'endless',
  'drip',
  'dripOfBlanks',
  'reset',
] as const;

export type Fault = (typeof faults)[number];

export interface FaultyModel {
  /** Answers all requests well, after `delayMs` of the start. */
  baseUrl: string;
  /** Fails each request in that way; `once`: the first with each body only. */
  failing(fault: Fault, once?: 'once'): string;
  /** Requests that came, by the first part of their address. */
  counts(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

const code = `
const { createServer } = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');
const { answer, delayMs } = workerData;
const counts = {};
const seen = new Set();
const send = (response, status, text, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
};
const changed = (change) => {
  const data = JSON.parse(answer);
  change(data.choices[0]);
  return JSON.stringify(data);
};
const slowly = (response, text, everyMs) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  let at = 0;
  const timer = setInterval(() => {
    if (response.destroyed) clearInterval(timer);
    else response.write(text[at++] ?? ' ');
  }, everyMs);
};
const endpoints = {
  v1: (response) => {
    if (delayMs > 0) setTimeout(send, delayMs, response, 200, answer);
    else send(response, 200, answer);
  },
  tooMany: (response) => send(response, 429, '{"error":{"message":"slow down"}}'),
  tooManyWait: (response) => send(response, 429, '{"error":{"message":"slow down"}}', { 'retry-after': '1' }),
  tooManyHour: (response) => send(response, 429, '{"error":{"message":"quota"}}', { 'retry-after': '3600' }),
  serverError: (response) => send(response, 500, '{"error":{"message":"broken"}}'),
  unavailable: (response) => send(response, 503, '<html>Unavailable</html>', { 'content-type': 'text/html' }),
  keyRefused: (response) => send(response, 401, '{"error":{"message":"who are you"}}'),
  badRequest: (response) => send(response, 400, '{"error":{"message":"no such parameter"}}'),
  hang: () => {},
  closedInBody: (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
    response.write('{"choices":[');
    setTimeout(() => response.socket.destroy(), 5);
  },
  closedInChunk: (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(answer.slice(0, 40));
    setTimeout(() => response.socket.destroy(), 5);
  },
  notJson: (response) => send(response, 200, '{"choices": none'),
  noChoices: (response) => send(response, 200, '{"choices":[]}'),
  noContent: (response) => send(response, 200, changed((choice) => { choice.message.content = null; })),
  emptyBody: (response) => send(response, 200, ''),
  noBody: (response) => { response.writeHead(204); response.end(); },
  cut: (response) => send(response, 200, changed((choice) => { choice.finish_reason = 'length'; })),
  filtered: (response) => send(response, 200, changed((choice) => { choice.message.content = ''; choice.finish_reason = 'content_filter'; })),
  wrongType: (response) => send(response, 200, '<html>Welcome</html>', { 'content-type': 'text/html' }),
  errorInBody: (response) => send(response, 200, '{"error":{"message":"overloaded"}}'),
  large: (response) => send(response, 200, changed((choice) => { choice.message.content = 'x'.repeat(10 * 1024 * 1024); })),
  endless: (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"choices":[{"message":{"content":"');
    const piece = 'y'.repeat(1 << 20);
    const more = () => {
      if (response.destroyed) return;
      while (response.write(piece));
      response.once('drain', more);
    };
    more();
  },
  drip: (response) => slowly(response, answer, 100),
  dripOfBlanks: (response) => slowly(response, '', 50),
  reset: (response) => response.socket.resetAndDestroy(),
};
const server = createServer((request, response) => {
  const body = [];
  response.on('error', () => {});
  request.on('data', (data) => body.push(data)).on('end', () => {
    const [, name = 'v1', once] = request.url.split('/');
    counts[name] = (counts[name] ?? 0) + 1;
    const key = name + Buffer.concat(body).toString();
    const isSeen = seen.has(key);
    if (once === 'once') seen.add(key);
    (once === 'once' && isSeen ? endpoints.v1 : endpoints[name] ?? endpoints.v1)(response);
  });
});
server.listen(0, '127.0.0.1', function () { parentPort.postMessage({ port: this.address().port }); });
parentPort.on('message', () => parentPort.postMessage({ counts }));`;

export async function startFaultyModel(options: { answer?: string; delayMs?: number } = {}): Promise<FaultyModel> {
  const { answer = 'Answer: question', delayMs = 0 } = options;
  const worker = new Worker(code, { eval: true, workerData: { answer: completion(answer), delayMs } });
  const { port } = await new Promise<{ port: number }>((resolve) => worker.once('message', resolve));
  const origin = `http://127.0.0.1:${String(port)}`;
  return {
    baseUrl: `${origin}/v1`,
    failing: (fault, once) => `${origin}/${fault}${once === undefined ? '' : '/once'}/v1`,
    counts: async () => {
      const answered = new Promise<{ counts: Record<string, number> }>((resolve) => worker.once('message', resolve));
      worker.postMessage('counts');
      return (await answered).counts;
    },
    close: async () => {
      await worker.terminate();
    },
  };
}
