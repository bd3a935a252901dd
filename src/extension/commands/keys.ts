import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import { Dismissed } from '../failure.js';
import { toOrigin } from '../secrets.js';
import type { Services } from '../services.js';
import { notify } from '../views/notify.js';

async function originToSet(services: Services, argument: unknown): Promise<string> {
  const given = typeof argument === 'string' ? toOrigin(argument) : null;
  if (given !== null) return given;
  const [models, sources] = await Promise.all([services.client.request(Methods.models, {}), services.client.request(Methods.sources, {})]);
  const named = [...(models.ok ? models.value : []), ...(sources.ok ? sources.value : [])].filter(({ origin }) => origin !== null);
  const known = named.filter(({ origin }, index) => named.findIndex((other) => other.origin === origin) === index);
  const other = { label: vscode.l10n.t('Another address…'), origin: null as string | null };
  const items = [...known.map(({ name, origin }) => ({ label: origin ?? '', description: name, origin })), other];
  const choice =
    known.length === 0 ? other : await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which address is the key for?') });
  if (choice === undefined) throw new Dismissed();
  if (choice.origin !== null) return choice.origin;
  const typed = await vscode.window.showInputBox({
    prompt: vscode.l10n.t('Address that the key is for, for example https://api.openai.com'),
    ignoreFocusOut: true,
    validateInput: (text) =>
      toOrigin(text) === null ? vscode.l10n.t('Enter an address that begins with https://, http:// or postgres://.') : null,
  });
  const origin = typed === undefined ? null : toOrigin(typed);
  if (origin === null) throw new Dismissed();
  return origin;
}

/** The key goes into SecretStorage, bound to the origin; the server gets it by its environment when it starts again. */
export async function setKey(services: Services, argument: unknown): Promise<void> {
  const origin = await originToSet(services, argument);
  const key = await vscode.window.showInputBox({
    prompt: vscode.l10n.t('Key for {0}. It is kept in the secret storage of this machine and sent to that address only.', origin),
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined || key.trim() === '') throw new Dismissed();
  await services.keys.set(origin, key.trim());
  await services.client.restartByUser();
}

export async function removeKey(services: Services): Promise<void> {
  const origins = await services.keys.origins();
  if (origins.length === 0) {
    notify(services.log, 'information', vscode.l10n.t('No key is kept.'));
    return;
  }
  const origin = await vscode.window.showQuickPick(origins, { placeHolder: vscode.l10n.t('Remove the key for which address?') });
  if (origin === undefined) throw new Dismissed();
  await services.keys.remove(origin);
  await services.client.restartByUser();
}
