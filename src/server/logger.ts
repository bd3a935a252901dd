import { format } from 'node:util';
import type { Connection } from 'vscode-languageserver/node';
import type { Logger } from '../engine/ports.js';

/** Values of the environment that are keys: whatever text is logged, they are cut out of it. */
export function secretsOf(env: Record<string, string | undefined>): string[] {
  return Object.entries(env)
    .filter(
      ([name, value]) => /(^PROMPT_RATCHET_KEY_|KEY$|TOKEN$|SECRET$|PASSWORD$)/i.test(name) && value !== undefined && value.length >= 8,
    )
    .map(([, value]) => value ?? '');
}

/** Log lines go to the client as `window/logMessage`; stdout is the wire and is never written to. */
export function connectionLogger(connection: Connection, secrets: readonly string[]): Logger {
  const clean = (message: string): string => secrets.reduce((text, secret) => text.replaceAll(secret, '•••'), message);
  return {
    debug: (message) => {
      connection.console.debug(clean(message));
    },
    info: (message) => {
      connection.console.info(clean(message));
    },
    warn: (message) => {
      connection.console.warn(clean(message));
    },
    error: (message, error) => {
      connection.console.error(clean(error === undefined ? message : `${message}: ${format('%o', error)}`));
    },
  };
}
