/** What the key of a source is bound to: the same spelling as where the key is looked up. */
const databasePorts: Readonly<Record<string, string>> = { 'postgres:': '5432', 'postgresql:': '5432' };

/** `https://host:port`, `postgres://host:port`; `null` for files, the collector, and what is no address. */
export function sourceOrigin(source: { kind: string; url?: string }): string | null {
  if (source.url === undefined || !URL.canParse(source.url)) return null;
  const { protocol, origin, hostname, port } = new URL(source.url);
  if (protocol === 'http:' || protocol === 'https:') return origin;
  const usual = databasePorts[protocol];
  return usual === undefined || hostname === '' ? null : `postgres://${hostname}:${port === '' ? usual : port}`;
}
