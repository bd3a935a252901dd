import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type * as vscode from 'vscode';
import { environmentName, Keys, toOrigin } from '../../../src/extension/secrets.js';

class FakeSecrets {
  readonly values = new Map<string, string>();
  keys = (): Promise<string[]> => Promise.resolve([...this.values.keys()]);
  get = (key: string): Promise<string | undefined> => Promise.resolve(this.values.get(key));
  store = (key: string, value: string): Promise<void> => Promise.resolve(void this.values.set(key, value));
  delete = (key: string): Promise<void> => Promise.resolve(void this.values.delete(key));
}
class FakeState {
  readonly values = new Map<string, unknown>();
  get = (key: string, fallback: unknown): unknown => this.values.get(key) ?? fallback;
  update = (key: string, value: unknown): Promise<void> => Promise.resolve(void this.values.set(key, value));
}
const make = (): { keys: Keys; state: FakeState } => {
  const state = new FakeState();
  return { keys: new Keys(new FakeSecrets() as unknown as vscode.SecretStorage, state as unknown as vscode.Memento), state };
};

describe('keys', () => {
  it('are bound to an origin and leave only as environment', async () => {
    const { keys, state } = make();
    await keys.set('https://a.example', 'sk-secret');
    const name = `PROMPT_RATCHET_KEY_${createHash('sha256').update('https://a.example').digest('hex').slice(0, 16)}`;
    expect(environmentName('https://a.example')).toBe(name);
    expect(await keys.environment()).toEqual({ [name]: 'sk-secret' });
    expect(JSON.stringify([...state.values])).not.toContain('sk-secret');
    await keys.remove('https://a.example');
    expect(await keys.environment()).toEqual({});
  });

  it('confirm their origin, as the user can without a key', async () => {
    const { keys } = make();
    await keys.set('https://a.example', 'k');
    await keys.confirm('https://b.example');
    await keys.confirm('https://b.example');
    expect(await keys.confirmed()).toEqual(['https://b.example', 'https://a.example']);
  });
});

describe('toOrigin', () => {
  it.each([
    ['https://api.openai.com/v1/', 'https://api.openai.com'],
    [' http://127.0.0.1:8080/v1 ', 'http://127.0.0.1:8080'],
    ['postgres://db.example/feedback', 'postgres://db.example:5432'],
    ['file:///etc/passwd', null],
    ['api.openai.com', null],
    ['', null],
  ])('%s -> %s', (text, origin) => {
    expect(toOrigin(text)).toBe(origin);
  });
});
