import { createHash } from 'node:crypto';
import type * as vscode from 'vscode';

const prefix = 'key:';
const confirmedKey = 'promptRatchet.confirmedOrigins';

/** Name of the environment variable that brings an origin's key to the server. */
export function environmentName(origin: string): string {
  return `PROMPT_RATCHET_KEY_${createHash('sha256').update(origin).digest('hex').slice(0, 16)}`;
}

/** `https://host:port` (of a database `postgres://host:port`) of what a user typed, or `null`. A key is bound to exactly this. */
export function toOrigin(text: string): string | null {
  const address = text.trim();
  if (!URL.canParse(address)) return null;
  const { origin, protocol, hostname, port } = new URL(address);
  if (protocol === 'postgres:' || protocol === 'postgresql:')
    return hostname === '' ? null : `postgres://${hostname}:${port === '' ? '5432' : port}`;
  return protocol === 'https:' || protocol === 'http:' ? origin : null;
}

/** Keys by origin in SecretStorage, and the origins that the user allowed this workspace to call. */
export class Keys {
  constructor(
    private readonly secrets: vscode.SecretStorage,
    private readonly state: vscode.Memento,
  ) {}

  /** Told of changes in every window. */
  onDidChange(listener: () => void): vscode.Disposable {
    return this.secrets.onDidChange(({ key }) => {
      if (key.startsWith(prefix)) listener();
    });
  }

  async origins(): Promise<string[]> {
    return (await this.secrets.keys()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }

  async set(origin: string, key: string): Promise<void> {
    await this.secrets.store(prefix + origin, key);
  }

  async remove(origin: string): Promise<void> {
    await this.secrets.delete(prefix + origin);
  }

  /** For the server's environment at spawn: the only way that a key leaves SecretStorage. */
  async environment(): Promise<Record<string, string>> {
    const entries = await Promise.all(
      (await this.origins()).map(async (origin) => [environmentName(origin), (await this.secrets.get(prefix + origin)) ?? ''] as const),
    );
    return Object.fromEntries(entries.filter(([, key]) => key !== ''));
  }

  /** A key that the user gave for an origin is a confirmation of it as well. */
  async confirmed(): Promise<string[]> {
    return [...new Set([...this.state.get<string[]>(confirmedKey, []), ...(await this.origins())])];
  }

  async confirm(origin: string): Promise<void> {
    await this.state.update(confirmedKey, [...new Set([...this.state.get<string[]>(confirmedKey, []), origin])]);
  }
}
