/** The last steps: one request that shows that it works, the name, and the diff of config.yaml. */
import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import { plain } from '../connect/mapping.js';
import { back, inputStep, pickStep } from '../views/steps.js';
import { freeName, toParams } from './draft.js';
import { totalSteps, type ModelFlow, type ModelMove } from './context.js';

type Item = vscode.QuickPickItem & { value: ModelMove | 'again' | '' };

export async function testModel(flow: ModelFlow): Promise<ModelMove> {
  const { services, draft } = flow;
  for (;;) {
    const test = await services.activity.during(vscode.l10n.t('Asking {0}', draft.model), () =>
      services.client.ask(Methods.modelTest, toParams(draft)),
    );
    const worked: Item[] = [
      {
        label: vscode.l10n.t('$(check) It Answers: Go On'),
        description: test.latencyMs === null ? plain(test.detail) : `${plain(test.detail)} · ${String(Math.round(test.latencyMs))} ms`,
        value: 'next',
      },
      { label: vscode.l10n.t('$(refresh) Test Again'), value: 'again' },
    ];
    const failed: Item[] = [
      { label: `$(error) ${plain(test.detail)}`, value: '' },
      { label: '', kind: vscode.QuickPickItemKind.Separator, value: '' },
      { label: vscode.l10n.t('$(refresh) Test Again'), value: 'again' },
      { label: vscode.l10n.t('$(list-unordered) Choose Another Model…'), value: 'model' },
      ...(draft.provider === 'openai' ? [{ label: vscode.l10n.t('$(key) Change the Key…'), value: 'key' as const }] : []),
      { label: vscode.l10n.t('$(edit) Change the Address…'), value: 'place' },
      { label: vscode.l10n.t('$(arrow-right) Add It All the Same'), value: 'next' },
    ];
    const items = test.ok ? worked : failed;
    const choice = await pickStep({
      title: vscode.l10n.t('Add a Model'),
      step: flow.step,
      totalSteps,
      placeholder: test.ok ? vscode.l10n.t('The model answers') : vscode.l10n.t('The model does not answer yet'),
      items,
      active: test.ok ? undefined : items.find(({ value }) => value === 'again'),
      canGoBack: true,
    });
    if (choice === back) return 'back';
    if (choice.value !== 'again' && choice.value !== '') return choice.value;
  }
}

export async function saveModel(flow: ModelFlow): Promise<ModelMove> {
  const { services, draft, taken } = flow;
  const name = await inputStep({
    title: vscode.l10n.t('Add a Model'),
    step: flow.step,
    totalSteps,
    prompt: vscode.l10n.t('Name of the model in config.yaml; suites name it as their provider'),
    value: draft.name === '' ? freeName(draft.model, taken) : draft.name,
    fault: (text) =>
      text === '' ? vscode.l10n.t('Enter a name.') : taken.includes(text) ? vscode.l10n.t('There is a model of this name.') : null,
  });
  if (name === back) return 'back';
  flow.draft = { ...draft, name };
  const { file, before, after } = await services.client.ask(Methods.modelEdit, toParams(flow.draft));
  await services.previews.diff('config.yaml', before, after, vscode.l10n.t('.ratchet/config.yaml: add {0}', name));
  try {
    const choice = await pickStep({
      title: vscode.l10n.t('Add a Model'),
      step: flow.step,
      totalSteps,
      placeholder: vscode.l10n.t('The diff shows what is written'),
      items: [{ label: vscode.l10n.t('$(save) Save'), description: file }],
      canGoBack: true,
    });
    if (choice === back) return 'save';
    await services.client.ask(Methods.configWrite, { text: after });
  } finally {
    await services.previews.close();
  }
  return 'next';
}
