import { Methods, type ServerOptions } from '../../shared/protocol.js';
import type { Session } from '../session.js';

function originOf(baseUrl: string | undefined): string | null {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return null;
  return new URL(baseUrl).origin;
}

/** Settings and trust change while the server runs. The folder does not: another folder is another server. */
export function registerOptions(session: Session, sourcesChanged: () => Promise<void>): void {
  const { wire, engine, options } = session;
  const trust = (trusted: boolean): void => {
    options.trusted = trusted;
    engine.setTrusted(trusted);
  };
  wire.handle(Methods.models, async () => {
    const { config } = await engine.config.load();
    return config.models.map(({ name, provider, baseUrl }) => ({ name, provider, origin: originOf(baseUrl) }));
  });
  wire.handle(Methods.setTrusted, async ({ trusted }) => {
    trust(trusted);
    session.changed(['scores', 'suites']);
    await sourcesChanged();
    return null;
  });
  wire.handle(Methods.setOptions, async (changes: Partial<ServerOptions>) => {
    const { root: _root, trusted, ...rest } = changes;
    Object.assign(options, rest);
    if (trusted !== undefined) trust(trusted);
    session.changed(['scores']);
    await sourcesChanged();
    return null;
  });
}
