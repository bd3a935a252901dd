import { fault } from './faults.js';

const maxRedirects = 3;
/** More than any model writes: whoever sends more is broken, or means harm. */
export const maxAnswerBytes = 8 * 1024 * 1024;

/**
 * Redirects are followed only within the origin that the key belongs to; anywhere else they are a fault, so neither key nor
 * prompt reaches an address that the user did not name. The body is read here and at most `maxBytes` of it, whatever the
 * endpoint says of its length.
 */
export function sameOriginFetch(origin: string, maxBytes = maxAnswerBytes): typeof fetch {
  return async (input, init) => {
    let address = input instanceof Request ? input.url : String(input);
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const response = await fetch(address, { ...init, redirect: 'manual' });
      if (response.status < 300 || response.status > 399) return limited(response, origin, maxBytes);
      await response.body?.cancel();
      const location = response.headers.get('location') ?? '';
      const target = URL.canParse(location, address) ? new URL(location, address) : null;
      if (target?.origin !== origin) throw fault('redirect', origin, `it redirects to ${target?.origin ?? 'nowhere'}`, null);
      // Only 307 and 308 keep the method and the body; after another status there is no request left to repeat.
      if (response.status !== 307 && response.status !== 308) throw fault('redirect', origin, `it redirects to ${target.pathname}`, null);
      address = target.href;
    }
    throw fault('redirect', origin, 'it redirects in a circle', null);
  };
}

/** The same response with its body in memory, or a fault as soon as it is too long or breaks off. */
async function limited(response: Response, origin: string, maxBytes: number): Promise<Response> {
  if (response.body === null) return response;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      // Whoever cancels or runs out of time is told so by the caller.
      if (error instanceof Error && error.name !== 'TypeError') throw error;
      throw fault('connection', origin, 'the connection broke off within the answer', null);
    });
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw fault('too-large', origin, `the answer is larger than ${String(Math.round(maxBytes / 1024 / 1024))} MiB`, null);
    }
    chunks.push(value);
  }
  const { status, statusText, headers } = response;
  return new Response(Buffer.concat(chunks, length), { status, statusText, headers });
}
