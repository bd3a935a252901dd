/** Steps that say where one canonical field comes from. */
import * as vscode from 'vscode';
import type { SourcePreviewResult } from '../../shared/sourceProtocol.js';
import { back, inputStep, pickStep } from '../views/steps.js';
import { titleOf, type Flow } from './context.js';
import { canonicalFields, columnFields, plain } from './mapping.js';

type Item = vscode.QuickPickItem & { value: string };

const separator: Item = { label: '', kind: vscode.QuickPickItemKind.Separator, value: '' };

async function choose(flow: Flow, label: string, name: string, items: Item[], active: string | undefined): Promise<string | null> {
  const choice = await pickStep({
    title: vscode.l10n.t('Where Does "{0}" Come From?', label),
    step: flow.step,
    totalSteps: flow.totalSteps,
    placeholder: vscode.l10n.t('Choose the place of {0}; beside it is the first value there', name),
    active: items.find(({ value }) => value === active),
    items,
    canGoBack: true,
  });
  return choice === back ? null : choice.value;
}

async function type(flow: Flow, prompt: string, placeholder: string): Promise<string | null> {
  const typed = await inputStep({ title: titleOf(flow), step: flow.step, totalSteps: flow.totalSteps, prompt, placeholder, value: '' });
  return typed === back || typed === '' ? null : typed;
}

export async function editMapping(flow: Flow, field: string, preview: SourcePreviewResult): Promise<void> {
  const { draft } = flow;
  const label = canonicalFields.find(({ name }) => name === field)?.label ?? field;
  const before = draft.map[field];
  const items: Item[] = [
    ...preview.fields.map((path) => ({ label: path, description: plain(preview.examples?.[path] ?? ''), value: path })),
    separator,
    { label: vscode.l10n.t('$(edit) Enter a JSON Path…'), value: 'enter:' },
    {
      label: vscode.l10n.t('$(symbol-constant) Always the Same…'),
      description: vscode.l10n.t('one value for all records'),
      value: 'const:',
    },
    { label: vscode.l10n.t('$(circle-slash) By Its Usual Name'), description: vscode.l10n.t('no mapping for this field'), value: 'none:' },
  ];
  const choice = await choose(flow, label, field, items, typeof before === 'string' ? before : undefined);
  if (choice === null) return;
  const { [field]: _before, ...others } = draft.map;
  const set = (map: typeof draft.map): void => {
    flow.draft = { ...draft, map };
  };
  if (choice === 'none:') set(others);
  else if (choice === 'enter:') {
    const path = await type(flow, vscode.l10n.t('JSON path of "{0}"', field), '$.meta.prompt_version');
    if (path !== null) set({ ...others, [field]: path });
  } else if (choice === 'const:') {
    const text = await type(flow, vscode.l10n.t('Value of "{0}" in every record', field), '');
    if (text === null) return;
    const value = field.startsWith('score.') && Number.isFinite(Number(text)) ? Number(text) : text;
    set({ ...others, [field]: { const: value } });
  } else set({ ...others, [field]: choice });
}

export async function editColumn(flow: Flow, field: string, preview: SourcePreviewResult): Promise<void> {
  const { draft } = flow;
  const label = columnFields.find(({ name }) => name === field)?.label ?? field;
  const items: Item[] = [
    ...preview.fields.map((column) => ({ label: column, description: plain(preview.examples?.[column] ?? ''), value: `column:${column}` })),
    separator,
    { label: vscode.l10n.t('$(edit) Enter the Name of a Column…'), value: 'enter:' },
    { label: vscode.l10n.t('$(circle-slash) By Its Usual Name'), description: vscode.l10n.t('no mapping for this field'), value: 'none:' },
  ];
  const choice = await choose(flow, label, field, items, `column:${draft.columns[field] ?? ''}`);
  if (choice === null) return;
  const { [field]: _before, ...others } = draft.columns;
  let column: string | null = choice.startsWith('column:') ? choice.slice('column:'.length) : null;
  if (choice === 'enter:') {
    column = await type(flow, vscode.l10n.t('Column of {0} that holds "{1}"', draft.feedbackTable, label), '');
    if (column === null) return;
  }
  flow.draft = { ...draft, columns: column === null ? others : { ...others, [field]: column } };
}
