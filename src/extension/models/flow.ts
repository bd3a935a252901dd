/**
 * *Add a Model…*: place → key → model → test → name → diff of config.yaml → save. Each step goes back to the one before; Escape ends. Nothing
 * is written before the last step; a key goes to the secret storage, bound to its origin.
 */
import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import type { ModelFlow, ModelMove, ModelStep } from './context.js';
import { emptyDraft, type ModelDraft } from './draft.js';
import { askKey } from './key.js';
import { pickModel, pickPlace } from './place.js';
import { saveModel, testModel } from './save.js';

const steps: Record<ModelStep, (flow: ModelFlow) => Promise<ModelMove>> = {
  place: pickPlace,
  key: askKey,
  model: pickModel,
  test: testModel,
  save: saveModel,
};

/** Models of VS Code need no key. */
function orderOf({ provider }: ModelDraft): ModelStep[] {
  return provider === 'vscode' ? ['place', 'model', 'test', 'save'] : ['place', 'key', 'model', 'test', 'save'];
}

export async function addModel(services: Services): Promise<void> {
  if (services.client.folder === null) {
    throw new FailureError({ code: 'BAD_USAGE', message: vscode.l10n.t('Open a folder first: models belong to a folder.') });
  }
  const configured = await services.client.ask(Methods.models, {});
  const flow: ModelFlow = { services, draft: emptyDraft, taken: configured.map(({ name }) => name), step: 1 };
  let at: ModelStep = 'place';
  for (;;) {
    flow.step = orderOf(flow.draft).indexOf(at) + 1;
    const move = await steps[at](flow);
    const order = orderOf(flow.draft);
    if (move !== 'next' && move !== 'back') {
      at = move;
      continue;
    }
    const next: ModelStep | undefined = order[order.indexOf(at) + (move === 'next' ? 1 : -1)];
    if (next === undefined) {
      if (move === 'back') throw new Dismissed();
      return;
    }
    at = next;
  }
}
