/** The step that asks for an endpoint's key. It goes to the secret storage at once, bound to the origin, and nowhere else. */
import * as vscode from 'vscode';
import { toOrigin } from '../secrets.js';
import { back, inputStep, pickStep } from '../views/steps.js';
import { totalSteps, type ModelFlow, type ModelMove } from './context.js';

type Item = vscode.QuickPickItem & { value: 'keep' | 'enter' | 'variable' | 'none' };

export async function askKey(flow: ModelFlow): Promise<ModelMove> {
  const { draft, services } = flow;
  const origin = toOrigin(draft.baseUrl);
  if (origin === null) return 'next';
  const known = (await services.keys.origins()).includes(origin);
  const local = /^\w+:\/\/(127\.|localhost|\[::1\])/.test(origin);
  const items: Item[] = [
    ...(known ? [{ label: vscode.l10n.t('$(check) Use the Key That Is Kept for {0}', origin), value: 'keep' as const }] : []),
    ...(local ? [{ label: vscode.l10n.t('$(circle-slash) Without a Key'), value: 'none' as const }] : []),
    {
      label: known ? vscode.l10n.t('$(key) Enter Another Key…') : vscode.l10n.t('$(key) Enter the Key…'),
      description: vscode.l10n.t('kept in the secret storage of this machine, and sent to {0} only', origin),
      value: 'enter',
    },
    {
      label: vscode.l10n.t('$(symbol-variable) It Is in an Environment Variable…'),
      description: vscode.l10n.t('config.yaml then names the variable, for the command line too'),
      value: 'variable',
    },
  ];
  const title = vscode.l10n.t('Add a Model');
  const choice = await pickStep({
    title,
    step: flow.step,
    totalSteps,
    placeholder: vscode.l10n.t('Key of {0}', origin),
    items,
    canGoBack: true,
  });
  if (choice === back) return 'back';
  flow.draft = { ...draft, keyVariable: '' };
  if (choice.value === 'keep' || choice.value === 'none') return 'next';
  const isVariable = choice.value === 'variable';
  const typed = await inputStep({
    title,
    step: flow.step,
    totalSteps,
    prompt: isVariable
      ? vscode.l10n.t('Name of the environment variable that holds the key, when VS Code and the command line are started')
      : vscode.l10n.t('Key for {0}. It is kept in the secret storage of this machine and sent to that address only.', origin),
    password: !isVariable,
    value: isVariable ? draft.keyVariable : '',
    fault: (text) => {
      if (!isVariable) return text === '' ? vscode.l10n.t('Enter the key, or go back.') : null;
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? null : vscode.l10n.t('Enter the name of a variable, not the key itself.');
    },
  });
  if (typed === back) return 'key';
  if (isVariable) {
    flow.draft = { ...draft, keyVariable: typed };
    return 'next';
  }
  await services.keys.set(origin, typed);
  // The key reaches the server by its environment when it starts.
  await services.activity.during(vscode.l10n.t('Restarting'), () => services.client.restartByUser());
  return 'next';
}
