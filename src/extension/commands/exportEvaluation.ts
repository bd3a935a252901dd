import { Buffer } from 'node:buffer';
import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import { evaluationMessage } from '../../shared/webviewGuards.js';
import { Dismissed } from '../failure.js';
import type { Services } from '../services.js';
import { pickSuite } from './pick.js';

type Format = 'csv' | 'markdown';

interface Wanted {
  suite: string;
  run: string;
  format: Format;
  to: 'file' | 'clipboard';
}

/** Copies or saves the matrix of a report: the one that the tab shows, or the last one of a suite. */
export async function exportEvaluation(services: Services, argument: unknown): Promise<void> {
  const message = evaluationMessage(argument);
  const { suite, run, format, to } = message?.type === 'export' ? message : await ask(services, argument);
  const text = await services.client.ask(Methods.evalExport, { suite, run, format });
  if (to === 'clipboard') {
    await vscode.env.clipboard.writeText(text);
    void vscode.window.setStatusBarMessage(vscode.l10n.t('The results of {0} are in the clipboard.', suite), 5000);
    return;
  }
  const name = `${suite.slice(suite.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '')}.${format === 'csv' ? 'csv' : 'md'}`;
  const folder = services.client.folder?.uri;
  const target = await vscode.window.showSaveDialog({
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    filters: format === 'csv' ? { CSV: ['csv'] } : { Markdown: ['md'] },
  });
  if (target === undefined) throw new Dismissed();
  await vscode.workspace.fs.writeFile(target, Buffer.from(text, 'utf8'));
}

async function ask(services: Services, argument: unknown): Promise<Wanted> {
  const { suite } = await pickSuite(services, argument, vscode.l10n.t('Export the results of which suite?'));
  const view = await services.client.ask(Methods.evalView, { suite });
  if (view === null) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} has not run yet.', suite));
    throw new Dismissed();
  }
  const choice = await vscode.window.showQuickPick(
    [
      { label: vscode.l10n.t('Copy as Markdown'), format: 'markdown', to: 'clipboard' },
      { label: vscode.l10n.t('Copy as CSV'), format: 'csv', to: 'clipboard' },
      { label: vscode.l10n.t('Save as Markdown…'), format: 'markdown', to: 'file' },
      { label: vscode.l10n.t('Save as CSV…'), format: 'csv', to: 'file' },
    ] as const,
    { title: vscode.l10n.t('Export Evaluation') },
  );
  if (choice === undefined) throw new Dismissed();
  return { suite, run: view.head.run, format: choice.format, to: choice.to };
}
