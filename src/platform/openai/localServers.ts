import type { LocalServer } from '../../engine/ports.js';

/** Where servers that speak OpenAI's protocol listen when nobody told them otherwise. */
const usual: readonly { name: string; port: number }[] = [
  { name: 'Ollama', port: 11434 },
  { name: 'LM Studio', port: 1234 },
  { name: 'llama.cpp', port: 8080 },
  { name: 'vLLM', port: 8000 },
];
/** They are on this machine: whoever does not answer at once is not there. */
const timeoutMs = 400;
const maxBytes = 256 * 1024;

/** Servers on this machine's own loopback that list models as OpenAI does. Never throws; sends no key and no prompt. */
export async function findLocalServers(
  signal?: AbortSignal,
  places: readonly { name: string; port: number }[] = usual,
): Promise<LocalServer[]> {
  const found = await Promise.all(places.map((place) => ask(place, signal)));
  return found.filter((server) => server !== null);
}

async function ask({ name, port }: { name: string; port: number }, signal?: AbortSignal): Promise<LocalServer | null> {
  const baseUrl = `http://127.0.0.1:${String(port)}/v1`;
  try {
    const response = await fetch(`${baseUrl}/models`, {
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
    });
    if (!response.ok || Number(response.headers.get('content-length') ?? 0) > maxBytes) {
      await response.body?.cancel();
      return null;
    }
    const body = (await response.json()) as { data?: unknown } | null;
    if (!Array.isArray(body?.data)) return null;
    const models = body.data.map((model: { id?: unknown } | null) => model?.id).filter((id) => typeof id === 'string');
    return { name, baseUrl, models };
  } catch {
    // Nothing listens there, or something that is no such server: other programs use these ports as well.
    return null;
  }
}
