import * as vscode from 'vscode';
import { Commands } from '../../shared/ids.js';
import { Methods, type HistoryEntry } from '../../shared/protocol.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { closeTabs, versionUri } from '../suggestion/uris.js';
import { commandStep, notify } from '../views/notify.js';
import { pickPrompt } from './pick.js';

function detail(entry: HistoryEntry): string {
  const score = entry.score?.score;
  const figures =
    score == null || entry.score?.status === 'insufficient'
      ? null
      : `${score.mean.toFixed(2)} [${score.lo.toFixed(2)}, ${score.hi.toFixed(2)}], ${String(score.users)} users`;
  return [new Date(entry.time).toLocaleString(), entry.author, entry.why, figures].filter((part) => part !== null).join(' · ');
}

async function pickVersion(entries: HistoryEntry[], current: string | null, wanted: string | null): Promise<string> {
  if (wanted !== null) return wanted;
  const items = [...entries]
    .reverse()
    .filter((entry) => entry.version !== current)
    .map((entry) => ({ label: entry.version, detail: detail(entry) }));
  if (items.length === 0) {
    throw new FailureError({ code: 'VERSION_NOT_FOUND', message: vscode.l10n.t('There is no earlier version to roll back to.') });
  }
  const choice = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Roll back to which version? The change is shown before anything is written.'),
    matchOnDetail: true,
  });
  if (choice === undefined) throw new Dismissed();
  return choice.label;
}

/** Opens the difference between two versions. */
export async function diffVersions(services: Services, prompt: string, from: string, to: string): Promise<void> {
  const { file } = await services.client.ask(Methods.history, { prompt });
  await vscode.commands.executeCommand(
    'vscode.diff',
    versionUri(prompt, from, file),
    versionUri(prompt, to, file),
    `${prompt}: ${from} ↔ ${to}`,
  );
}

/** Version, diff, confirmation; then one new version equal to the old one. */
export async function rollback(services: Services, argument: unknown): Promise<void> {
  const prompt = await pickPrompt(services, argument, vscode.l10n.t('Roll back which prompt?'));
  const { file, entries } = await services.client.ask(Methods.history, { prompt: prompt.id });
  const wanted =
    typeof argument === 'object' && argument !== null && 'to' in argument && typeof argument.to === 'string' ? argument.to : null;
  const to = await pickVersion(entries, prompt.version, wanted);
  const uri = services.prompts.uriOf(prompt);
  if (uri === null) throw new Dismissed();
  await vscode.commands.executeCommand(
    'vscode.diff',
    uri,
    versionUri(prompt.id, to, file),
    vscode.l10n.t('{0}: now ↔ {1}', prompt.id, to),
    { preview: true },
  );
  const yes = {
    label: vscode.l10n.t('$(discard) Roll Back to {0}', to),
    description: vscode.l10n.t('writes a new version equal to {0} and commits only its files', to),
  };
  const no = { label: vscode.l10n.t('$(close) Keep the Prompt as It Is') };
  const choice = await vscode.window.showQuickPick([yes, no], {
    placeHolder: vscode.l10n.t('Roll {0} back to {1}? The diff shows what changes.', prompt.id, to),
    ignoreFocusOut: true,
  });
  await closeTabs((shown) => shown.toString() === versionUri(prompt.id, to, file).toString());
  if (choice !== yes) throw new Dismissed();
  const version = await services.activity.during(vscode.l10n.t('Rolling back'), () =>
    services.client.ask(Methods.rollback, { prompt: prompt.id, to, commit: true }),
  );
  const words =
    version.commit === null
      ? vscode.l10n.t('{0} is now {1}, equal to {2}.', version.prompt, version.version, to)
      : vscode.l10n.t('{0} is now {1}, equal to {2}, committed as {3}.', version.prompt, version.version, to, version.commit.slice(0, 8));
  notify(services.log, 'information', version.note === null ? words : `${words} ${version.note}`, [
    commandStep(vscode.l10n.t('Show History'), Commands.showHistory, prompt.id),
  ]);
}
