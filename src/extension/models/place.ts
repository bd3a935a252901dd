/** Steps that say where a model is and which one of those there. */
import * as vscode from 'vscode';
import type { ModelServer } from '../../shared/modelProtocol.js';
import { Methods } from '../../shared/protocol.js';
import { listHostModels } from '../client/hostModels.js';
import { plain } from '../connect/mapping.js';
import { toOrigin } from '../secrets.js';
import { back, inputStep, pickStep } from '../views/steps.js';
import { addressFault, emptyDraft, ofServer, toParams, type ModelDraft } from './draft.js';
import { totalSteps, type ModelFlow, type ModelMove } from './context.js';

type Item = vscode.QuickPickItem & { draft: ModelDraft | null };

const known: readonly { label: string; baseUrl: string }[] = [
  { label: 'OpenAI', baseUrl: 'https://api.openai.com/v1' },
  { label: 'OpenRouter', baseUrl: 'https://openrouter.ai/api/v1' },
  { label: 'Mistral', baseUrl: 'https://api.mistral.ai/v1' },
  { label: 'Groq', baseUrl: 'https://api.groq.com/openai/v1' },
];

function titleOf(): string {
  return vscode.l10n.t('Add a Model');
}

export async function pickPlace(flow: ModelFlow): Promise<ModelMove> {
  const { services } = flow;
  const [servers, hosted] = await services.activity.during(vscode.l10n.t('Looking for models on this machine'), () =>
    Promise.all([services.client.ask(Methods.modelServers, {}), listHostModels()]),
  );
  const running = (server: ModelServer): Item => ({
    label: `$(server-process) ${server.name}`,
    description: vscode.l10n.t('{0}: {1} models', server.baseUrl, server.models.length),
    draft: ofServer(server),
  });
  const items: Item[] = [
    ...servers.map(running),
    ...(hosted.length === 0
      ? []
      : [
          {
            label: vscode.l10n.t('$(vscode) Models of VS Code'),
            description: vscode.l10n.t('{0} models, in the editor only', hosted.length),
            draft: { ...emptyDraft, provider: 'vscode' as const, listed: [...new Set(hosted.map(({ model }) => model))] },
          },
        ]),
    ...known.map(({ label, baseUrl }) => ({ label: `$(cloud) ${label}`, description: baseUrl, draft: { ...emptyDraft, baseUrl } })),
    {
      label: vscode.l10n.t('$(edit) Another Address…'),
      description: vscode.l10n.t('any endpoint that speaks OpenAI’s protocol'),
      draft: null,
    },
  ];
  const choice = await pickStep({
    title: titleOf(),
    step: flow.step,
    totalSteps,
    placeholder:
      servers.length === 0 ? vscode.l10n.t('Where is the model? None runs on this machine') : vscode.l10n.t('Where is the model?'),
    items,
    canGoBack: false,
  });
  if (choice === back) return 'back';
  if (choice.draft === null) return askAddress(flow);
  flow.draft = choice.draft;
  await confirm(flow);
  return 'next';
}

async function askAddress(flow: ModelFlow): Promise<ModelMove> {
  const typed = await inputStep({
    title: titleOf(),
    step: flow.step,
    totalSteps,
    prompt: vscode.l10n.t('Address of the endpoint; prompts of evaluations are sent there'),
    placeholder: 'https://host/v1',
    value: flow.draft.baseUrl,
    fault: (text) => {
      const fault = addressFault(text);
      if (fault === null) return null;
      return fault === 'none'
        ? vscode.l10n.t('Enter an address that begins with https:// or http://.')
        : vscode.l10n.t('Enter the address without a user name and a password.');
    },
  });
  if (typed === back) return 'place';
  flow.draft = { ...emptyDraft, baseUrl: typed.replace(/\/+$/, '') };
  await confirm(flow);
  return 'next';
}

/** Whoever chooses or types an address has named it: that is the confirmation. */
async function confirm({ draft, services }: ModelFlow): Promise<void> {
  const origin = toOrigin(draft.baseUrl);
  if (origin === null) return;
  await services.keys.confirm(origin);
  await services.sendOptions();
}

type ModelItem = vscode.QuickPickItem & { value: string | null };

export async function pickModel(flow: ModelFlow): Promise<ModelMove> {
  const { services, draft } = flow;
  let listed = draft.listed;
  let problem: string | null = null;
  if (listed.length === 0 && draft.provider === 'openai') {
    const asked = await services.activity.during(vscode.l10n.t('Asking {0} for its models', draft.baseUrl), () =>
      services.client.request(Methods.modelList, toParams({ ...draft, model: 'unknown' })),
    );
    if (asked.ok) listed = asked.value;
    else problem = asked.error.message;
  }
  const items: ModelItem[] = [
    ...(problem === null ? [] : [{ label: `$(warning) ${plain(problem)}`, value: '' }]),
    ...listed.map((model) => ({ label: plain(model), value: model })),
    { label: vscode.l10n.t('$(edit) Enter the Name of the Model…'), value: null },
  ];
  const choice = await pickStep({
    title: titleOf(),
    step: flow.step,
    totalSteps,
    placeholder: problem === null ? vscode.l10n.t('Which model?') : vscode.l10n.t('The endpoint does not list its models'),
    items,
    active: items.find(({ value }) => value === draft.model) ?? (problem === null ? undefined : items.at(-1)),
    canGoBack: true,
  });
  if (choice === back) return 'back';
  if (choice.value === '') return 'model';
  let model = choice.value;
  if (model === null) {
    const typed = await inputStep({
      title: titleOf(),
      step: flow.step,
      totalSteps,
      prompt: vscode.l10n.t('Name of the model as the endpoint calls it'),
      value: draft.model,
      fault: (text) => (text === '' ? vscode.l10n.t('Enter a name.') : null),
    });
    if (typed === back) return 'model';
    model = typed;
  }
  flow.draft = { ...draft, listed, model };
  return 'next';
}
