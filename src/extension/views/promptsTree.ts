import * as vscode from 'vscode';
import { Commands, Views } from '../../shared/ids.js';
import type { PromptSummary } from '../../shared/protocol.js';
import type { SourceStatus } from '../../shared/sourceProtocol.js';
import type { Collector } from '../collector/collector.js';
import { description, groupByFolder, nameOf, spoken } from './promptText.js';
import type { PromptModel } from './promptModel.js';
import { groupDescription, lost, rejectedLines, sourceDescription, sourceLines } from './sourceText.js';

export type PromptNode =
  | { kind: 'folder'; folder: string; prompts: PromptSummary[] }
  | { kind: 'prompt'; prompt: PromptSummary }
  | { kind: 'sources'; statuses: readonly SourceStatus[] }
  | { kind: 'source'; status: SourceStatus }
  | { kind: 'collector'; address: string }
  | { kind: 'problem'; source: string; message: string };

/** Shapes differ, not only colours: triangle, eye, check, empty circle. */
const icons: Record<PromptSummary['status'], vscode.ThemeIcon> = {
  low: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
  watch: new vscode.ThemeIcon('eye'),
  good: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  insufficient: new vscode.ThemeIcon('circle-large-outline'),
  none: new vscode.ThemeIcon('circle-outline'),
};

function promptItem(prompt: PromptSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(nameOf(prompt));
  item.id = `prompt:${prompt.id}`;
  item.description = description(prompt);
  item.iconPath = icons[prompt.status];
  item.contextValue = prompt.version === null ? 'prompt' : 'prompt.versioned';
  const words = spoken(prompt);
  // Text and not Markdown: complaints come from a log.
  item.tooltip = words.split('; ').join('\n');
  item.accessibilityInformation = { label: words };
  item.command = { command: Commands.openPrompt, title: vscode.l10n.t('Open Prompt'), arguments: [prompt.id] };
  return item;
}

const sourceIcons: Record<SourceStatus['state'], vscode.ThemeIcon> = {
  ok: new vscode.ThemeIcon('database'),
  pulling: new vscode.ThemeIcon('sync~spin'),
  failing: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  waiting: new vscode.ThemeIcon('shield'),
  new: new vscode.ThemeIcon('circle-outline'),
};

/** A fault opens the group once, by another id; after that it stays as the user leaves it. */
function sourcesItem(statuses: readonly SourceStatus[]): vscode.TreeItem {
  const failing = statuses.some(({ state }) => state === 'failing');
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(vscode.l10n.t('Sources'), failing ? Expanded : Collapsed);
  item.id = failing ? 'sources:failing' : 'sources';
  item.description = groupDescription(statuses);
  item.contextValue = 'sources';
  if (failing) item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
  item.accessibilityInformation = { label: vscode.l10n.t('Feedback sources: {0}', item.description) };
  return item;
}

function sourceItem(status: SourceStatus): vscode.TreeItem {
  const now = Date.now();
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(status.name, status.rejected.length === 0 ? None : Collapsed);
  item.id = `source:${status.name}`;
  item.description = sourceDescription(status, now);
  // Text and not Markdown: reasons hold words of servers.
  const lines = sourceLines(status, now);
  item.tooltip = lines.join('\n');
  item.iconPath = status.state === 'ok' && lost(status) > 0 ? new vscode.ThemeIcon('info') : sourceIcons[status.state];
  item.contextValue = `source.${status.state}`;
  item.accessibilityInformation = { label: [...lines, ...rejectedLines(status)].join('; ') };
  return item;
}

export class PromptsTree implements vscode.TreeDataProvider<PromptNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<PromptNode>;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly model: PromptModel,
    private readonly collector: Collector,
  ) {
    this.view = vscode.window.createTreeView(Views.prompts, { treeDataProvider: this, showCollapseAll: false });
    const redraw = (): void => {
      this.changed.fire(undefined);
      this.decorate();
    };
    this.subscription = vscode.Disposable.from(model.onDidUpdate(redraw), model.onDidUpdateSources(redraw), collector.onDidChange(redraw));
    this.decorate();
  }

  getChildren(node?: PromptNode): PromptNode[] {
    if (node?.kind === 'folder') return node.prompts.map((prompt) => ({ kind: 'prompt', prompt }));
    if (node?.kind === 'sources') {
      const { running } = this.collector;
      return [
        ...(running === null ? [] : [{ kind: 'collector', address: running.address } satisfies PromptNode]),
        ...node.statuses.map((status): PromptNode => ({ kind: 'source', status })),
      ];
    }
    if (node?.kind === 'source')
      return rejectedLines(node.status).map((message) => ({ kind: 'problem', source: node.status.name, message }));
    if (node !== undefined) return [];
    const { groups, alone } = groupByFolder(this.model.prompts);
    const faults = (this.model.result?.sourceProblems ?? []).filter(({ source }) => source === 'scores');
    const { sources: statuses } = this.model;
    const collects = this.collector.running !== null;
    return [
      ...groups.map(({ folder, prompts }): PromptNode => ({ kind: 'folder', folder, prompts })),
      ...alone.map((prompt): PromptNode => ({ kind: 'prompt', prompt })),
      ...faults.map(({ source, message }): PromptNode => ({ kind: 'problem', source, message })),
      ...(statuses.length > 0 || collects ? [{ kind: 'sources', statuses } satisfies PromptNode] : []),
    ];
  }

  getTreeItem(node: PromptNode): vscode.TreeItem {
    switch (node.kind) {
      case 'prompt':
        return promptItem(node.prompt);
      case 'folder': {
        const item = new vscode.TreeItem(node.folder, vscode.TreeItemCollapsibleState.Expanded);
        item.id = `folder:${node.folder}`;
        item.contextValue = 'folder';
        return item;
      }
      case 'sources':
        return sourcesItem(node.statuses);
      case 'source':
        return sourceItem(node.status);
      case 'collector': {
        const item = new vscode.TreeItem(vscode.l10n.t('Collector'));
        item.id = 'collector';
        item.description = node.address;
        item.iconPath = new vscode.ThemeIcon('radio-tower');
        item.contextValue = 'collector';
        item.tooltip = vscode.l10n.t('Applications send feedback to {0} while this window is open.', node.address);
        item.accessibilityInformation = { label: vscode.l10n.t('Collector, listening at {0}', node.address) };
        return item;
      }
      case 'problem': {
        const item = new vscode.TreeItem(node.message);
        item.id = `problem:${node.source}:${node.message}`;
        item.tooltip = `${node.source}: ${node.message}`;
        item.contextValue = 'problem';
        item.accessibilityInformation = { label: vscode.l10n.t('Feedback source {0}: {1}', node.source, node.message) };
        return item;
      }
    }
  }

  private decorate(): void {
    const { low, result, failure } = this.model;
    this.view.badge =
      low === 0
        ? undefined
        : {
            value: low,
            tooltip: low === 1 ? vscode.l10n.t('1 prompt has low quality') : vscode.l10n.t('{0} prompts have low quality', low),
          };
    const { none, ambiguous } = result?.unattributed ?? { none: 0, ambiguous: 0 };
    const lost = none + ambiguous;
    if (failure !== null) this.view.message = failure;
    else if (lost > 0)
      this.view.message =
        lost === 1
          ? vscode.l10n.t('1 piece of feedback could not be tied to one prompt; it counts for no score.')
          : vscode.l10n.t('{0} pieces of feedback could not be tied to one prompt; they count for no score.', lost);
    else this.view.message = result === null ? vscode.l10n.t('Reading prompts and feedback…') : '';
  }

  dispose(): void {
    this.subscription.dispose();
    this.view.dispose();
    this.changed.dispose();
  }
}
