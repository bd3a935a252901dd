import { isAbsolute, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { Methods, type SourceParams, type SourcePreviewResult } from '../../shared/protocol.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { back, pickStep } from '../views/steps.js';
import { canonicalFields, describeRecords, fieldWords, plain, type Mapping } from './sourceMapping.js';

const totalSteps = 4;
/** Records above the mapping: enough to see what is wrong, few enough to see the mapping too. */
const shownRecords = 5;

type Item = vscode.QuickPickItem & { value: string };

/** Location → preview of how the records are read, with the mapping to mend → diff of config.yaml → save. Nothing is written before the last step. */
export async function connectSource(services: Services): Promise<void> {
  const { folder } = services.client;
  if (folder === null) {
    throw new FailureError({ code: 'BAD_USAGE', message: vscode.l10n.t('Open a folder first: feedback sources belong to a folder.') });
  }
  let path: string | null = null;
  let map: Mapping = {};
  let edited: string | null = null;
  for (;;) {
    if (path === null) {
      path = await pickLocation(folder);
      map = {};
    }
    const source = sourceOf(path, map);
    const preview = await services.activity.during(vscode.l10n.t('Reading {0}', path), () =>
      services.client.ask(Methods.sourcePreview, source),
    );
    const next = await pickFromPreview(path, preview, map, edited);
    edited = null;
    if (next === 'back') path = null;
    else if (next === 'save') {
      if ((await save(services, source)) === 'saved') return;
    } else {
      map = await editMapping(next, preview, map);
      edited = next;
    }
  }
}

function sourceOf(path: string, map: Mapping): SourceParams {
  const name =
    path
      .slice(path.lastIndexOf('/') + 1)
      .replace(/\.(jsonl|ndjson)?(\.gz)?$/, '')
      .replace(/[^\w.-]+/g, '-') || 'feedback';
  return { name, kind: 'jsonl', path, ...(Object.keys(map).length === 0 ? {} : { map }) };
}

async function pickLocation(folder: vscode.WorkspaceFolder): Promise<string> {
  const found = await vscode.workspace.findFiles(
    new vscode.RelativePattern(folder, '**/*.{jsonl,ndjson,jsonl.gz}'),
    '**/{node_modules,.git,.ratchet}/**',
    30,
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
    title: vscode.l10n.t('Connect a Feedback Source'),
    step: 1,
    totalSteps,
    placeholder: vscode.l10n.t('Which log holds the feedback? One JSON object a line; the file is read in place.'),
    items,
    canGoBack: false,
  });
  if (choice === back) throw new Dismissed();
  if (choice.value === 'browse:') {
    const files = await vscode.window.showOpenDialog({
      canSelectMany: false,
      defaultUri: folder.uri,
      filters: { [vscode.l10n.t('JSON Lines')]: ['jsonl', 'ndjson', 'gz'] },
    });
    const file = files?.[0];
    if (file === undefined) throw new Dismissed();
    return toPath(folder, file);
  }
  if (choice.value !== 'enter:') return choice.value;
  const typed = await vscode.window.showInputBox({
    prompt: vscode.l10n.t('Path of the log, relative to the folder or absolute; * stands for several files'),
    placeHolder: 'logs/feedback*.jsonl',
    ignoreFocusOut: true,
  });
  if (typed === undefined || typed.trim() === '') throw new Dismissed();
  return typed.trim();
}

function toPath(folder: vscode.WorkspaceFolder, file: vscode.Uri): string {
  const inside = relative(folder.uri.fsPath, file.fsPath);
  return inside.startsWith('..') || isAbsolute(inside) ? file.fsPath : inside.split(sep).join('/');
}

/** A field to map anew, or `save`, or `back`. `edited`: the field that was mapped last, where the eye still is. */
async function pickFromPreview(path: string, preview: SourcePreviewResult, map: Mapping, edited: string | null): Promise<string> {
  const readable = preview.records.filter((record) => record.problem === null).length;
  const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator, value: '' });
  const records = describeRecords(preview.records).map((record): Item => ({ ...record, value: '' }));
  const fields = canonicalFields.map((field): Item => ({
    label: `$(edit) ${field.label}`,
    description: vscode.l10n.t('{0} · {1}', fieldWords(map[field.name]), field.detail),
    value: field.name,
  }));
  const use: Item = {
    label: vscode.l10n.t('$(check) Use It Like This…'),
    description: vscode.l10n.t('{0} of the first {1} records are understood', readable, preview.records.length),
    value: 'save',
  };
  const nothing = preview.records.length > 0 && readable === 0;
  const items: Item[] = [
    // What can't be read yet is not offered to be used.
    ...(nothing ? [] : [use]),
    ...preview.problems.map((problem): Item => ({ label: `$(warning) ${problem}`, value: '' })),
    separator(vscode.l10n.t('First records')),
    ...records.slice(0, shownRecords),
    separator(vscode.l10n.t('Mapping')),
    ...fields,
    ...(records.length > shownRecords ? [separator(vscode.l10n.t('More records')), ...records.slice(shownRecords)] : []),
  ];
  const focus = edited === null || readable === preview.records.length ? undefined : fields.find((item) => item.value === edited);
  for (;;) {
    const choice = await pickStep({
      title: vscode.l10n.t('Connect {0}', path),
      step: 2,
      totalSteps,
      placeholder: nothing
        ? vscode.l10n.t('Nothing is understood yet: choose a field below and say where it stands in a record')
        : vscode.l10n.t('Read as {0}. Choose a field to change where it comes from', preview.detected),
      items,
      active: focus ?? (nothing ? fields[0] : undefined),
      canGoBack: true,
    });
    if (choice === back) return 'back';
    // Records and problems are there to be read.
    if (choice.value !== '') return choice.value;
  }
}

async function editMapping(field: string, preview: SourcePreviewResult, map: Mapping): Promise<Mapping> {
  const items: Item[] = [
    ...preview.fields.map((path) => ({ label: path, description: plain(preview.examples?.[path] ?? ''), value: path })),
    { label: '', kind: vscode.QuickPickItemKind.Separator, value: '' },
    { label: vscode.l10n.t('$(edit) Enter a JSON Path…'), value: 'enter:' },
    {
      label: vscode.l10n.t('$(symbol-constant) Always the Same…'),
      description: vscode.l10n.t('one value for all records'),
      value: 'const:',
    },
    { label: vscode.l10n.t('$(circle-slash) By Its Usual Name'), description: vscode.l10n.t('no mapping for this field'), value: 'none:' },
  ];
  const choice = await pickStep({
    title: vscode.l10n.t('Where Does "{0}" Come From?', canonicalFields.find(({ name }) => name === field)?.label ?? field),
    step: 3,
    totalSteps,
    placeholder: vscode.l10n.t('Choose the JSON path of {0}; beside it is the first value there', field),
    active: items.find((item) => item.value === map[field]),
    items,
    canGoBack: true,
  });
  if (choice === back) return map;
  const { [field]: _before, ...others } = map;
  if (choice.value === 'none:') return others;
  if (choice.value !== 'const:' && choice.value !== 'enter:') return { ...others, [field]: choice.value };
  const constant = choice.value === 'const:';
  const typed = await vscode.window.showInputBox({
    prompt: constant ? vscode.l10n.t('Value of "{0}" in every record', field) : vscode.l10n.t('JSON path of "{0}"', field),
    placeHolder: constant ? '' : '$.meta.prompt_version',
    ignoreFocusOut: true,
  });
  if (typed === undefined || typed.trim() === '') return map;
  const text = typed.trim();
  if (!constant) return { ...others, [field]: text };
  return { ...others, [field]: { const: field.startsWith('score.') && Number.isFinite(Number(text)) ? Number(text) : text } };
}

async function save(services: Services, source: SourceParams): Promise<'saved' | 'back'> {
  const { file, before, after } = await services.client.ask(Methods.sourceEdit, source);
  await services.previews.diff('config.yaml', before, after, vscode.l10n.t('.ratchet/config.yaml: add {0}', source.name));
  try {
    const yes: Item = { label: vscode.l10n.t('$(save) Save and Read the Feedback'), description: file, value: 'yes' };
    const choice = await pickStep({
      title: vscode.l10n.t('Connect {0}', source.path),
      step: 4,
      totalSteps,
      placeholder: vscode.l10n.t('The diff shows what is written'),
      items: [yes],
      canGoBack: true,
    });
    if (choice === back) return 'back';
    await services.activity.during(vscode.l10n.t('Reading feedback'), () => services.client.ask(Methods.configWrite, { text: after }));
  } finally {
    await services.previews.close();
  }
  await services.feedback.show({});
  return 'saved';
}
