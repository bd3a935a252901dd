/** Serves a collector over HTTP. Loopback unless told otherwise; every size, count and time is bounded. */
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Collector } from '../../engine/collector/types.js';
import { EngineError } from '../../engine/errors.js';
import type { Logger } from '../../engine/ports.js';
import { failure, inEncoding, refusal, send, type Answer } from './answer.js';
import { Guard } from './guard.js';
import { checkOptions, defaultLimits, isLoopback, type ServeLimits, type ServeOptions } from './options.js';
import { drain, GoneError, Receiver } from './receive.js';
import { otlpOf, routeOf, type Exchange } from './routes.js';

export interface CollectorServer {
  /** `http://127.0.0.1:4410` */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  /** Answers what has arrived, refuses the rest, and ends within `graceMs` (default 500) and one commit. Everything acknowledged is on disk. */
  close(graceMs?: number): Promise<void>;
}

/** Throws BAD_USAGE for options that must not be served, and where the port is taken. Owns the collector from here on: `close` closes it. */
export async function serveCollector(collector: Collector, options: ServeOptions, logger: Logger): Promise<CollectorServer> {
  checkOptions(options);
  const { host = '127.0.0.1', port = 0, token = null, cors = [] } = options;
  const limits: ServeLimits = { ...defaultLimits, ...options.limits };
  const handler = new Handler(collector, new Guard(isLoopback(host), token, cors), new Receiver(limits), logger);
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: Math.min(limits.headersMs, limits.requestMs),
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkMs,
  });
  server.maxConnections = limits.connections;
  // Whoever does not read answers holds memory as well.
  server.timeout = limits.requestMs + limits.idleMs;
  server.on('request', (request, response) => {
    void handler.handle(request, response, false);
  });
  server.on('checkContinue', (request, response) => {
    void handler.handle(request, response, true);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    handler.refuseUnread(error, socket);
  });
  await listen(server, host, port);
  const bound = server.address() as AddressInfo;
  return {
    address: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${String(bound.port)}`,
    host: bound.address,
    port: bound.port,
    async close(graceMs = 500) {
      handler.stopping = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        server.closeAllConnections();
      }, graceMs);
      await closed;
      clearTimeout(timer);
      await collector.close();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new EngineError('BAD_USAGE', whyNot(error, host, port), { host, port, reason: error.code ?? 'UNKNOWN' }, error));
    });
    server.listen({ host, port, backlog: 511 }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function whyNot(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${String(port)} on ${host} is taken. Choose another with --port, or 0 for any free one.`;
    case 'EACCES':
      return `Port ${String(port)} is reserved. Choose one over 1023.`;
    default:
      return `Cannot listen on ${host}: the system answered ${error.code ?? error.message}. Choose another address with --host.`;
  }
}

class Handler {
  stopping = false;
  /** Connections whose current request was answered before it had arrived whole. */
  private readonly early = new WeakSet<Duplex>();

  constructor(
    private readonly collector: Collector,
    private readonly guard: Guard,
    private readonly receiver: Receiver,
    private readonly logger: Logger,
  ) {}

  /** `waits`: the sender asked whether it may go on (`Expect: 100-continue`). */
  async handle(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    const { metrics } = this.collector;
    this.early.delete(request.socket);
    const exchange: Exchange = {
      collector: this.collector,
      guard: this.guard,
      request,
      received: null,
      receive: (use) =>
        this.receiver.receive(request, {
          begin: () => {
            if (waits) response.writeContinue();
          },
          count: (bytes) => {
            metrics.receivedBytes += bytes;
            exchange.received = performance.now();
          },
          use,
        }),
    };
    const answer = await this.answer(exchange);
    if (answer === null) return;
    metrics.respond(answer.status);
    if (exchange.received !== null) metrics.requestSeconds.observe((performance.now() - exchange.received) / 1000);
    if (response.destroyed) return;
    if (!request.complete) this.early.add(request.socket);
    send(response, answer, { ...this.guard.corsHeaders(request), ...(this.stopping ? { connection: 'close' } : {}) });
    drain(request);
  }

  /** For what could not be read as a request at all, or did not arrive in time. */
  refuseUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === 'ECONNRESET' || !socket.writable || this.early.has(socket)) {
      socket.destroy();
      return;
    }
    const [status, message] = unread(error.code);
    this.collector.metrics.respond(status);
    const body = JSON.stringify({ error: message });
    const head = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-type: application/json`;
    socket.end(`${head}\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`, () => {
      socket.destroy();
    });
  }

  /** `null`: the sender is gone. Never throws. */
  private async answer(exchange: Exchange): Promise<Answer | null> {
    const otlp = otlpOf(exchange.request);
    try {
      if (this.stopping)
        return inEncoding(failure(503, 'The collector is stopping. Send the same again in a moment.', { 'retry-after': '1' }), otlp);
      return await routeOf(exchange);
    } catch (error) {
      if (error instanceof GoneError) return null;
      const answer = refusal(error, otlp);
      if (answer !== null) return answer;
      this.logger.error('The collector could not answer a request.', error);
      return inEncoding(failure(500, 'Something went wrong here. The log of the collector says what.'), otlp);
    }
  }
}

function unread(code: string | undefined): [number, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'The headers are too long.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request did not arrive in time.'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return [413, 'The body is not sent in chunks as it should be.'];
    default:
      return [400, 'This is not a request of HTTP/1.1.'];
  }
}
