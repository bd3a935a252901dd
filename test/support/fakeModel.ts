/** An OpenAI-compatible server on the loopback interface whose answers a test decides: quick, deterministic, and no product code in it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeMessage {
  role: string;
  content: string;
}

export interface FakeModel {
  /** What a profile's `baseUrl` is set to. */
  baseUrl: string;
  requests: { messages: FakeMessage[] }[];
  close(): Promise<void>;
}

export async function startFakeModel(answer: (messages: FakeMessage[]) => string): Promise<FakeModel> {
  const requests: { messages: FakeMessage[] }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => {
      body += data.toString('utf8');
    });
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
        response.statusCode = request.url === '/v1/models' ? 200 : 404;
        response.end(JSON.stringify({ object: 'list', data: [{ id: 'fake', object: 'model' }] }));
        return;
      }
      const { messages } = JSON.parse(body) as { messages: FakeMessage[] };
      requests.push({ messages });
      const content = answer(messages);
      response.end(
        JSON.stringify({
          id: `chatcmpl-${String(requests.length)}`,
          object: 'chat.completion',
          created: 0,
          model: 'fake',
          choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    baseUrl: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
