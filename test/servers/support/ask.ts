/** Requests of the feeders: JSON in, JSON or text out, and an error with the server's words where it refuses. */
export async function ask(method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${String(response.status)} ${text.slice(0, 500)}`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Empty, or a word such as OK.
    return text;
  }
}

export async function until(what: string, holds: () => Promise<boolean>, seconds = 30): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what} did not happen within ${String(seconds)} s.`);
}
