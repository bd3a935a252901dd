import { Buffer } from 'node:buffer';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { Commands } from '../../shared/ids.js';
import { Dismissed, FailureError } from '../failure.js';
import { showWhenOpened, writeSample } from '../sample.js';
import type { Services } from '../services.js';
import { pickPrompt } from './pick.js';

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    // Not there, which is what was asked.
    return false;
  }
}

/** Writes the sample workspace into a new folder that the user chooses the place of, and opens it. */
export async function openSample(services: Services): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: false,
    openLabel: vscode.l10n.t('Create the Sample Here'),
    title: vscode.l10n.t('Where should the sample folder be created?'),
    // Not in the user's own project.
    defaultUri: vscode.Uri.file(homedir()),
  });
  const place = chosen?.[0];
  if (place === undefined) throw new Dismissed();
  const target = vscode.Uri.joinPath(place, 'prompt-ratchet-sample');
  if (await exists(target)) {
    throw new FailureError({
      code: 'BAD_USAGE',
      message: vscode.l10n.t('There is a folder prompt-ratchet-sample already. Choose another place, or open that folder.'),
    });
  }
  await services.activity.during(vscode.l10n.t('Writing the sample'), () =>
    writeSample(vscode.Uri.joinPath(services.context.extensionUri, 'dist', 'cli.js').fsPath, target, services.log),
  );
  await showWhenOpened(services.context, target);
  await vscode.commands.executeCommand('vscode.openFolder', target, {
    forceNewWindow: (vscode.workspace.workspaceFolders ?? []).length > 0,
  });
}

/** A small suite beside the prompt, with one case to fill in. It opens at once. */
export async function createSuite(services: Services, argument: unknown): Promise<void> {
  const prompt = await pickPrompt(services, argument, vscode.l10n.t('Create a suite for which prompt?'));
  const uri = services.prompts.uriOf(prompt);
  if (uri === null) throw new Dismissed();
  const folder = vscode.Uri.joinPath(uri, '..');
  const name = prompt.file.slice(prompt.file.lastIndexOf('/') + 1);
  const stem = name.replace(/\.(prompty|prompt(\.ya?ml)?|ya?ml)$/, '');
  const target = vscode.Uri.joinPath(folder, `${stem}.eval.yaml`);
  if (await exists(target)) {
    await vscode.window.showTextDocument(target);
    return;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(target, { contents: Buffer.from(suiteText(prompt.id, name), 'utf8') });
  if (!(await vscode.workspace.applyEdit(edit))) {
    throw new FailureError({
      code: 'IO_FAILED',
      message: vscode.l10n.t('The suite could not be written beside the prompt. Is the folder read-only?'),
    });
  }
  await vscode.window.showTextDocument(target);
  services.log.info(`${Commands.createSuite}: ${target.fsPath}`);
}

function suiteText(prompt: string, file: string): string {
  return `# Evaluation suite of ${prompt}. The format is promptfoo's; assertions say what an answer must hold to.
description: ${JSON.stringify(`Cases for ${prompt}`)}
prompts:
  - ${JSON.stringify(`file://${file}`)}
# A profile of .ratchet/config.yaml. Without this line its default model answers.
# providers: [local]
tests:
  - description: first case
    vars: {}
    assert:
      - type: icontains
        value: "what a good answer says"
`;
}
