/** Which request is answered by what. */
import type { IncomingMessage } from 'node:http';
import type { CollectKind, Collector, OtlpSignal } from '../../engine/collector/types.js';
import { accepts, collected, exported, failure, inEncoding, type Answer, type Otlp } from './answer.js';
import type { Guard } from './guard.js';
import { BodyError } from './receive.js';

export interface Exchange {
  collector: Collector;
  guard: Guard;
  request: IncomingMessage;
  /** `use` gets the whole body, unpacked; it should not keep it. */
  receive<T>(use: (body: Uint8Array) => Promise<T>): Promise<T>;
  /** When the last byte of the body was there; `null` before the first. */
  received: number | null;
}

interface Route {
  methods: readonly string[];
  /** Answered without a token. */
  open?: boolean;
  answer(exchange: Exchange): Answer | Promise<Answer>;
}

const kinds: Record<string, CollectKind> = { '/v1/feedback': 'feedback', '/v1/interactions': 'interaction' };
const signals: Record<string, OtlpSignal> = { '/v1/traces': 'traces', '/v1/logs': 'logs' };
const decoder = new TextDecoder('utf-8');

const routes: Record<string, Route> = {
  '/v1/feedback': { methods: ['POST'], answer: collect },
  '/v1/interactions': { methods: ['POST'], answer: collect },
  '/v1/traces': { methods: ['POST'], answer: collectOtlp },
  '/v1/logs': { methods: ['POST'], answer: collectOtlp },
  '/healthz': { methods: ['GET', 'HEAD'], open: true, answer: health },
  '/metrics': { methods: ['GET', 'HEAD'], answer: metrics },
};

/** Throws `BodyError`, `GoneError`, `CollectError`. */
export async function routeOf(exchange: Exchange): Promise<Answer> {
  const { request, guard } = exchange;
  const otlp = otlpOf(request);
  const method = request.method ?? '';
  const misplaced = guard.checkPlace(request);
  if (misplaced !== null) return inEncoding(failure(misplaced.status, misplaced.message), otlp);
  const path = pathOf(request);
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) {
    return failure(404, `There is nothing here. Send to ${Object.keys(routes).slice(0, 4).join(', ')}.`);
  }
  const allow = [...route.methods, 'OPTIONS'].join(', ');
  if (method === 'OPTIONS') return { status: 204, headers: { allow, ...guard.preflightHeaders(request, allow) } };
  if (!route.methods.includes(method)) return inEncoding(failure(405, `Use ${route.methods.join(' or ')} here.`, { allow }), otlp);
  const stranger = route.open === true ? null : guard.checkToken(request);
  if (stranger !== null) return inEncoding(failure(stranger.status, stranger.message, stranger.headers), otlp);
  return route.answer(exchange);
}

/** `null` for a request to another endpoint. A type that is none of OTLP's is answered in JSON. */
export function otlpOf(request: IncomingMessage): Otlp | null {
  const signal = signals[pathOf(request)];
  if (signal === undefined) return null;
  return { signal, encoding: /^application\/(?:x-)?protobuf\s*(?:;|$)/i.test(request.headers['content-type'] ?? '') ? 'protobuf' : 'json' };
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '';
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

async function collect(exchange: Exchange): Promise<Answer> {
  const type = (exchange.request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!/^(?:application\/(?:[\w.+-]+\+)?json|application\/(?:x-)?(?:ndjson|jsonlines)|application\/jsonl|text\/plain)$/.test(type)) {
    throw new BodyError(415, `This takes JSON: send Content-Type ${accepts(null)}.`);
  }
  const kind = kinds[pathOf(exchange.request)] ?? 'feedback';
  return collected(await exchange.receive((body) => exchange.collector.collect(kind, decoder.decode(body))));
}

async function collectOtlp(exchange: Exchange): Promise<Answer> {
  const otlp = otlpOf(exchange.request) ?? { signal: 'traces', encoding: 'json' };
  const type = exchange.request.headers['content-type'] ?? '';
  if (otlp.encoding === 'json' && !/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new BodyError(415, `This takes OTLP: send Content-Type ${accepts(otlp)}.`);
  }
  const answer = await exchange.receive((body) =>
    exchange.collector.collectOtlp(otlp.signal, otlp.encoding === 'json' ? { text: decoder.decode(body) } : { bytes: body }),
  );
  return exported(otlp, answer);
}

function health({ collector }: Exchange): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify({ status: 'ok', storage: collector.storage }) };
}

function metrics({ collector }: Exchange): Answer {
  return {
    status: 200,
    type: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    body: collector.openMetrics(),
  };
}
