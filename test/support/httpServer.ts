/** A small web server on a free loopback port, for tests of whoever asks one. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  url: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export type Answer =
  | { status?: number; headers?: Record<string, string>; json?: unknown; text?: string }
  /** Whatever else a server may do. */
  | ((response: ServerResponse, request: IncomingMessage) => void);

export interface HttpServer {
  origin: string;
  port: number;
  /** Everything that was asked, in order. */
  asked: Asked[];
  close(): Promise<void>;
}

/** Answers by `answer`. With `tls` it speaks https. */
export async function startHttpServer(
  answer: (asked: Asked, index: number) => Answer | Promise<Answer>,
  tls?: { key: string; cert: string },
): Promise<HttpServer> {
  const asked: Asked[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const one: Asked = {
        method: request.method ?? '',
        url: request.url ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      asked.push(one);
      void Promise.resolve(answer(one, asked.length - 1)).then((said) => {
        send(response, request, said);
      });
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
    port,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, request: IncomingMessage, said: Answer): void {
  if (typeof said === 'function') {
    said(response, request);
    return;
  }
  const { status = 200, headers = {}, json, text } = said;
  response.writeHead(status, { 'content-type': json === undefined ? 'text/plain' : 'application/json', ...headers });
  response.end(json === undefined ? (text ?? '') : JSON.stringify(json));
}
