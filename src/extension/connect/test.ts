/** The step that asks the source whether it works, and says which part of the way does not. */
import * as vscode from 'vscode';
import { probeWords } from '../commands/sources.js';
import { Methods } from '../../shared/protocol.js';
import { back, pickStep } from '../views/steps.js';
import { paramsOf, titleOf, type Flow, type Move } from './context.js';
import { plain } from './mapping.js';

type Item = vscode.QuickPickItem & { value: Move | 'again' | 'trust' | '' };

export async function testConnection(flow: Flow): Promise<Move> {
  const { services, draft } = flow;
  for (;;) {
    const probe = await services.activity.during(vscode.l10n.t('Testing {0}', draft.url), () =>
      services.client.ask(Methods.sourceProbe, { source: paramsOf(flow) }),
    );
    const untrusted = probe.failed === 'trust' && !vscode.workspace.isTrusted;
    const failed: Item[] = [
      { label: `$(error) ${plain(probeWords({ ...probe, todo: null }))}`, value: '' },
      ...(probe.todo === null ? [] : [{ label: `$(lightbulb) ${plain(probe.todo)}`, value: '' as const }]),
      { label: '', kind: vscode.QuickPickItemKind.Separator, value: '' },
      ...(untrusted ? [{ label: vscode.l10n.t('$(shield) Manage Workspace Trust'), value: 'trust' as const }] : []),
      { label: vscode.l10n.t('$(refresh) Test Again'), value: 'again' },
      { label: vscode.l10n.t('$(edit) Change the Address…'), value: 'place' },
      { label: vscode.l10n.t('$(key) Change the Key…'), value: 'key' },
      {
        label: vscode.l10n.t('$(arrow-right) Go On without a Working Connection'),
        description: vscode.l10n.t('it is asked again later'),
        value: 'next',
      },
    ];
    const version = probe.version === null ? '' : vscode.l10n.t('version {0}', plain(probe.version));
    const worked: Item[] = [
      {
        label: vscode.l10n.t('$(check) It Works: Go On'),
        description: [plain(probe.detail), version].filter((part) => part !== '').join(' · '),
        value: 'next',
      },
      { label: vscode.l10n.t('$(refresh) Test Again'), value: 'again' },
    ];
    const items = probe.ok ? worked : failed;
    const choice = await pickStep({
      title: titleOf(flow),
      step: flow.step,
      totalSteps: flow.totalSteps,
      placeholder: probe.ok ? vscode.l10n.t('The source answers') : vscode.l10n.t('The source cannot be read yet'),
      items,
      // The sentences above are there to be read.
      active: probe.ok ? undefined : items.find(({ value }) => value === (untrusted ? 'trust' : 'again')),
      canGoBack: true,
    });
    if (choice === back) return 'back';
    if (choice.value === 'trust') await vscode.commands.executeCommand('workbench.trust.manage');
    else if (choice.value !== 'again' && choice.value !== '') return choice.value;
  }
}
