/** Steps that say what to read and with which right. Keys go to SecretStorage at once, bound to the origin, and never into the draft. */
import * as vscode from 'vscode';
import { toOrigin } from '../secrets.js';
import { back, inputStep, pickStep } from '../views/steps.js';
import { titleOf, type Flow, type Move } from './context.js';
import { kindOf, type Question } from './kinds.js';

async function ask(flow: Flow, question: Question | undefined, value: string, take: (text: string) => void): Promise<Move> {
  if (question === undefined) return 'next';
  const typed = await inputStep({
    title: titleOf(flow),
    step: flow.step,
    totalSteps: flow.totalSteps,
    prompt: question.prompt,
    placeholder: question.placeholder,
    value,
    fault: (text) => (question.required && text === '' ? vscode.l10n.t('This is needed.') : null),
  });
  if (typed === back) return 'back';
  take(typed);
  return 'next';
}

export function askProject(flow: Flow): Promise<Move> {
  return ask(flow, kindOf(flow.draft.kind ?? '').project, flow.draft.project, (project) => {
    flow.draft = { ...flow.draft, project };
  });
}

export function askUser(flow: Flow): Promise<Move> {
  return ask(flow, kindOf(flow.draft.kind ?? '').user, flow.draft.user, (user) => {
    flow.draft = { ...flow.draft, user };
  });
}

/** First the table of feedback, then, where there is one, that of interactions. */
export async function askTables(flow: Flow): Promise<Move> {
  const feedback: Question = { prompt: 'Table or view that holds the feedback', placeholder: 'feedback', required: true };
  const interactions: Question = {
    prompt: 'Table or view that holds the interactions; empty: there is none',
    placeholder: 'interactions',
    required: false,
  };
  for (;;) {
    const first = await ask(flow, feedback, flow.draft.feedbackTable, (feedbackTable) => {
      flow.draft = { ...flow.draft, feedbackTable };
    });
    if (first === 'back') return 'back';
    const second = await ask(flow, interactions, flow.draft.interactionsTable, (interactionsTable) => {
      flow.draft = { ...flow.draft, interactionsTable };
    });
    if (second === 'next') return 'next';
  }
}

type Item = vscode.QuickPickItem & { value: 'keep' | 'enter' | 'variable' | 'none' };

export async function askKey(flow: Flow): Promise<Move> {
  const { draft, services } = flow;
  const { key } = kindOf(draft.kind ?? '');
  const origin = toOrigin(draft.url);
  if (key === undefined || origin === null) return 'next';
  const known = (await services.keys.origins()).includes(origin);
  const items: Item[] = [
    ...(known ? [{ label: vscode.l10n.t('$(check) Use the Key That Is Kept for {0}', origin), value: 'keep' as const }] : []),
    {
      label: known ? vscode.l10n.t('$(key) Enter Another Key…') : vscode.l10n.t('$(key) Enter the Key…'),
      description: vscode.l10n.t('kept in the secret storage of this machine, and sent to {0} only', origin),
      value: 'enter' as const,
    },
    {
      label: vscode.l10n.t('$(symbol-variable) It Is in an Environment Variable…'),
      description: vscode.l10n.t('config.yaml then names the variable, for the command line too'),
      value: 'variable' as const,
    },
    ...(key.required ? [] : [{ label: vscode.l10n.t('$(circle-slash) Without a Key'), value: 'none' as const }]),
  ];
  const choice = await pickStep({
    title: titleOf(flow),
    step: flow.step,
    totalSteps: flow.totalSteps,
    placeholder: key.prompt,
    items,
    // A server on this machine seldom asks for one.
    active: known || key.required ? undefined : items.find(({ value }) => value === 'none' && isThisMachine(origin)),
    canGoBack: true,
  });
  if (choice === back) return 'back';
  if (choice.value === 'variable') return askVariable(flow, key.variable ?? '');
  flow.draft = { ...draft, keyVariable: '' };
  if (choice.value !== 'enter') return 'next';
  const typed = await inputStep({
    title: titleOf(flow),
    step: flow.step,
    totalSteps: flow.totalSteps,
    prompt: vscode.l10n.t('{0}. It is kept in the secret storage of this machine and sent to {1} only.', key.prompt, origin),
    password: true,
    value: '',
    fault: (text) => (text === '' ? vscode.l10n.t('Enter the key, or go back.') : null),
  });
  if (typed === back) return 'key';
  await services.keys.set(origin, typed);
  // The key reaches the server by its environment when it starts.
  await services.activity.during(vscode.l10n.t('Restarting'), () => services.client.restartByUser());
  return 'next';
}

function isThisMachine(origin: string): boolean {
  return /^\w+:\/\/(127\.|localhost|\[::1\])/.test(origin);
}

async function askVariable(flow: Flow, usual: string): Promise<Move> {
  const typed = await inputStep({
    title: titleOf(flow),
    step: flow.step,
    totalSteps: flow.totalSteps,
    prompt: vscode.l10n.t('Name of the environment variable that holds the key, when VS Code and the command line are started'),
    placeholder: 'FEEDBACK_KEY',
    value: flow.draft.keyVariable === '' ? usual : flow.draft.keyVariable,
    fault: (text) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? null : vscode.l10n.t('Enter the name of a variable, not the key itself.')),
  });
  if (typed === back) return 'key';
  flow.draft = { ...flow.draft, keyVariable: typed };
  return 'next';
}
