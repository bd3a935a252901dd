/** `initializationOptions` come from whatever client connects, so each field is checked and has a safe default. */
import type { InitializeParams } from 'vscode-languageserver/node';
import type { ServerOptions } from '../shared/protocol.js';
import { uriToPath } from './convert.js';

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

export function readOptions(params: InitializeParams): ServerOptions {
  const given = record(params.initializationOptions);
  const folder = params.workspaceFolders?.[0]?.uri;
  const root = typeof given.root === 'string' ? given.root : folder === undefined ? null : uriToPath(folder);
  const { autoPull, threshold, pullMinutes } = given;
  return {
    root: (root ?? process.cwd()).replaceAll('\\', '/'),
    trusted: given.trusted === true,
    threshold: typeof threshold === 'number' && threshold > 0 && threshold < 1 ? threshold : null,
    autoPull: autoPull === 'off' || autoPull === 'onOpen' ? autoPull : 'interval',
    pullMinutes: typeof pullMinutes === 'number' && pullMinutes >= 1 ? pullMinutes : 5,
    inlineHighlights: given.inlineHighlights !== false,
    codeLens: given.codeLens !== false,
    confirmedOrigins: Array.isArray(given.confirmedOrigins) ? given.confirmedOrigins.filter((origin) => typeof origin === 'string') : [],
  };
}
