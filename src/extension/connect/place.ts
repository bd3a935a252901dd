/** Steps that say which kind of source it is and where it is. */
import { isAbsolute, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { toOrigin } from '../secrets.js';
import { back, inputStep, pickStep } from '../views/steps.js';
import { draftTitle, withKind } from './draft.js';
import { titleOf, type Flow, type Move } from './context.js';
import { addressFault, fileKindOf, kindOf, sourceKinds } from './kinds.js';

type Item = vscode.QuickPickItem & { value: string };

/** Logs that are offered without being asked for. */
const offeredFiles = 30;

export async function pickKind(flow: Flow): Promise<Move> {
  const kept = flow.services.connecting.draft;
  const title = kept === null ? null : draftTitle(kept);
  const items: Item[] = [
    ...(title === null ? [] : [{ label: vscode.l10n.t('$(history) Go On with {0}', title.replaceAll('$(', '$ (')), value: 'kept:' }]),
    ...sourceKinds.map(({ kind, label, description, icon }) => ({ label: `$(${icon}) ${label}`, description, value: kind })),
  ];
  const choice = await pickStep({
    title: vscode.l10n.t('Connect a Feedback Source'),
    step: flow.step,
    totalSteps: flow.totalSteps,
    placeholder: vscode.l10n.t('Where is your feedback?'),
    items,
    canGoBack: false,
  });
  if (choice === back) return 'back';
  if (choice.value === 'kept:' && kept !== null) flow.draft = kept;
  else flow.draft = withKind(flow.draft, choice.value);
  return 'next';
}

export function pickPlace(flow: Flow): Promise<Move> {
  return kindOf(flow.draft.kind ?? 'jsonl').place === 'file' ? pickFile(flow) : askAddress(flow);
}

async function pickFile(flow: Flow): Promise<Move> {
  const { folder, draft } = flow;
  const found = await vscode.workspace.findFiles(
    new vscode.RelativePattern(folder, '**/*.{jsonl,ndjson,csv,jsonl.gz,ndjson.gz,csv.gz,json.gz}'),
    '**/{node_modules,.git,.ratchet}/**',
    offeredFiles,
  );
  const items: Item[] = [
    ...found
      .map((uri) => vscode.workspace.asRelativePath(uri, false))
      .sort()
      .map((file) => ({ label: `$(file) ${file}`, value: file })),
    { label: vscode.l10n.t('$(folder-opened) Browse…'), value: 'browse:' },
    { label: vscode.l10n.t('$(edit) Enter a Path or Glob…'), value: 'enter:' },
  ];
  const choice = await pickStep({
    title: titleOf(flow),
    step: flow.step,
    totalSteps: flow.totalSteps,
    placeholder: vscode.l10n.t('Which file holds the feedback? A log of JSON lines is read in place, and never changed'),
    items,
    active: items.find(({ value }) => value === draft.path),
    canGoBack: true,
  });
  if (choice === back) return 'back';
  let path: string | null = choice.value;
  if (path === 'browse:') path = await browse(folder);
  else if (path === 'enter:') path = await enterPath(flow);
  // Not chosen after all: the step stays.
  if (path === null) return 'place';
  flow.draft = { ...withKind(draft, fileKindOf(path)), path };
  return 'next';
}

async function browse(folder: vscode.WorkspaceFolder): Promise<string | null> {
  const files = await vscode.window.showOpenDialog({
    canSelectMany: false,
    defaultUri: folder.uri,
    filters: {
      [vscode.l10n.t('Feedback')]: ['jsonl', 'ndjson', 'json', 'csv', 'tsv', 'pb', 'gz'],
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
  const file = files?.[0];
  return file === undefined ? null : toPath(folder, file);
}

async function enterPath(flow: Flow): Promise<string | null> {
  const typed = await inputStep({
    title: titleOf(flow),
    step: flow.step,
    totalSteps: flow.totalSteps,
    prompt: vscode.l10n.t('Path of the file, relative to the folder or absolute; * stands for several files'),
    placeholder: 'logs/feedback*.jsonl',
    value: flow.draft.path,
    fault: (text) => (text === '' ? vscode.l10n.t('Enter a path.') : null),
  });
  return typed === back ? null : typed;
}

function toPath(folder: vscode.WorkspaceFolder, file: vscode.Uri): string {
  const inside = relative(folder.uri.fsPath, file.fsPath);
  return inside.startsWith('..') || isAbsolute(inside) ? file.fsPath.split(sep).join('/') : inside.split(sep).join('/');
}

async function askAddress(flow: Flow): Promise<Move> {
  const { draft, services } = flow;
  const kind = kindOf(draft.kind ?? '');
  const typed = await inputStep({
    title: titleOf(flow),
    step: flow.step,
    totalSteps: flow.totalSteps,
    prompt: vscode.l10n.t('Address of the server. Feedback is read from it; nothing is sent there but the questions'),
    value: draft.url === '' ? (kind.url ?? '') : draft.url,
    fault: (text) => addressFault(kind.kind, text),
  });
  if (typed === back) return 'back';
  flow.draft = { ...draft, url: typed.replace(/\/+$/, '') };
  const origin = toOrigin(typed);
  // Whoever types an address has named it: that is the confirmation.
  if (origin !== null) {
    await services.keys.confirm(origin);
    await services.sendOptions();
  }
  return 'next';
}
