/** A real Phoenix with authentication on, and what feeds it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, until } from './ask.js';
import { ensureVenv, freePort, start, whenReady } from './python.js';

export interface PhoenixServer {
  url: string;
  key: string;
  ports: number[];
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Posts spans and waits until they can be read: they are queued first. */
  spans(project: string, spans: Record<string, unknown>[]): Promise<void>;
  output(): string;
  stop(): Promise<void>;
}

/** Made up for this test alone; Phoenix asks for 32 characters with a digit and a small letter. */
const secrets = { PHOENIX_SECRET: 'phoenix-of-the-tests-1-secret-of-none', PHOENIX_ADMIN_SECRET: 'phoenix-of-the-tests-2-secret-of-none' };

export async function startPhoenixServer(): Promise<PhoenixServer> {
  const { python } = await ensureVenv('phoenix', 'requirements-phoenix.txt');
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-phoenix-'));
  const [port, grpc] = [await freePort(), await freePort()];
  const script = join(import.meta.dirname, 'phoenix_server.py');
  const running = start(python, [script, folder, String(port), String(grpc)], {
    cwd: folder,
    env: { PHOENIX_ENABLE_AUTH: 'true', ...secrets },
  });
  const url = `http://127.0.0.1:${String(port)}`;
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const key = secrets.PHOENIX_ADMIN_SECRET;
  try {
    await whenReady(running, async () => (await fetch(`${url}/healthz`)).ok, 120);
  } catch (error) {
    await stop();
    throw error;
  }
  const request = (method: string, path: string, body?: unknown): Promise<unknown> =>
    ask(method, `${url}${path}`, body, { authorization: `Bearer ${key}` });
  return {
    url,
    key,
    ports: [port, grpc],
    ask: request,
    async spans(name, spans) {
      // By its id: a name may hold a slash, which these paths do not take.
      const { data } = (await request('GET', '/v1/projects?limit=100')) as { data: { id: string; name: string }[] };
      const found = data.find((each) => each.name === name);
      const project = found?.id ?? ((await request('POST', '/v1/projects', { name })) as { data: { id: string } }).data.id;
      await request('POST', `/v1/projects/${encodeURIComponent(project)}/spans`, { data: spans });
      const ids = spans.map((span) => (span['context'] as { span_id: string }).span_id);
      const query = ids.map((id) => `span_id=${id}`).join('&');
      await until('Phoenix takes the spans in', async () => {
        const answer = await request('GET', `/v1/projects/${encodeURIComponent(project)}/spans?limit=1000&${query}`).catch(() => ({
          data: [],
        }));
        return (answer as { data: unknown[] }).data.length === ids.length;
      });
    },
    output: running.output,
    stop,
  };
}
