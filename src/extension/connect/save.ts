/** The last step: the diff of config.yaml, then writing it and reading the source for the first time. */
import * as vscode from 'vscode';
import { Commands } from '../../shared/ids.js';
import { Methods } from '../../shared/protocol.js';
import { back, pickStep } from '../views/steps.js';
import { paramsOf, titleOf, type Flow, type Move } from './context.js';

type Item = vscode.QuickPickItem & { value: 'yes' | 'collect' };

export async function save(flow: Flow): Promise<Move> {
  const { services } = flow;
  const source = paramsOf(flow);
  const collects = source.kind === 'collector';
  const { file, before, after } = await services.client.ask(Methods.sourceEdit, source);
  await services.previews.diff('config.yaml', before, after, vscode.l10n.t('.ratchet/config.yaml: add {0}', source.name));
  try {
    const items: Item[] = [
      ...(collects
        ? [{ label: vscode.l10n.t('$(radio-tower) Save and Start the Collector'), description: file, value: 'collect' as const }]
        : []),
      {
        label: collects ? vscode.l10n.t('$(save) Save') : vscode.l10n.t('$(save) Save and Read the Feedback'),
        description: file,
        value: 'yes',
      },
    ];
    const choice = await pickStep({
      title: titleOf(flow),
      step: flow.step,
      totalSteps: flow.totalSteps,
      placeholder: vscode.l10n.t('The diff shows what is written'),
      items,
      canGoBack: true,
    });
    if (choice === back) return 'back';
    await services.activity.during(vscode.l10n.t('Reading feedback'), () => services.client.ask(Methods.configWrite, { text: after }));
    if (choice.value === 'collect') await vscode.commands.executeCommand(Commands.startCollector);
  } finally {
    await services.previews.close();
  }
  await services.feedback.show({});
  return 'next';
}
