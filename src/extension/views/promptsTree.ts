import * as vscode from 'vscode';
import { Commands, Views } from '../../shared/ids.js';
import type { PromptSummary } from '../../shared/protocol.js';
import { description, groupByFolder, nameOf, spoken, withoutName } from './promptText.js';
import type { PromptModel } from './promptModel.js';

export type PromptNode =
  | { kind: 'folder'; folder: string; prompts: PromptSummary[] }
  | { kind: 'prompt'; prompt: PromptSummary }
  | { kind: 'source'; source: string; messages: string[]; failed: boolean }
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

export class PromptsTree implements vscode.TreeDataProvider<PromptNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<PromptNode>;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly model: PromptModel) {
    this.view = vscode.window.createTreeView(Views.prompts, { treeDataProvider: this, showCollapseAll: false });
    this.subscription = model.onDidUpdate(() => {
      this.changed.fire(undefined);
      this.decorate();
    });
    this.decorate();
  }

  getChildren(node?: PromptNode): PromptNode[] {
    if (node?.kind === 'folder') return node.prompts.map((prompt) => ({ kind: 'prompt', prompt }));
    if (node?.kind === 'source' && node.messages.length > 1)
      return node.messages.map((message) => ({ kind: 'problem', source: node.source, message }));
    if (node !== undefined) return [];
    const { groups, alone } = groupByFolder(this.model.prompts);
    const problems = this.model.result?.sourceProblems ?? [];
    return [
      ...groups.map(({ folder, prompts }): PromptNode => ({ kind: 'folder', folder, prompts })),
      ...alone.map((prompt): PromptNode => ({ kind: 'prompt', prompt })),
      ...[...new Set(problems.map(({ source }) => source))].map((source): PromptNode => ({
        kind: 'source',
        source,
        messages: problems.filter((problem) => problem.source === source).map(({ message }) => withoutName(message, source)),
        failed: problems.some((problem) => problem.source === source && problem.failed === true),
      })),
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
      case 'source': {
        const [only = '', ...more] = node.messages;
        const { Collapsed, None } = vscode.TreeItemCollapsibleState;
        const item = new vscode.TreeItem(node.source, more.length === 0 ? None : Collapsed);
        item.id = `source:${node.source}`;
        item.description = more.length === 0 ? only : vscode.l10n.t('{0} things to look at', node.messages.length);
        item.tooltip = node.messages.join('\n');
        item.iconPath = node.failed
          ? new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'))
          : new vscode.ThemeIcon('info');
        item.contextValue = 'source';
        item.accessibilityInformation = { label: vscode.l10n.t('Feedback source {0}: {1}', node.source, node.messages.join(' ')) };
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
