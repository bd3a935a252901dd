/**
 * *Connect a Feedback Source…*: kind → place → what that kind needs → test → preview with the mapping → diff of config.yaml → save and read.
 * Each step goes back to the one before; Escape ends, and what was said is there the next time. Nothing is written before the last step.
 */
import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import type { Flow, Move } from './context.js';
import { emptyDraft } from './draft.js';
import { kindOf, stepsOf, type StepName } from './kinds.js';
import { askKey, askProject, askTables, askUser } from './access.js';
import { pickKind, pickPlace } from './place.js';
import { pickFromPreview } from './preview.js';
import { save } from './save.js';
import { testConnection } from './test.js';

const steps: Record<StepName, (flow: Flow) => Promise<Move>> = {
  kind: pickKind,
  place: pickPlace,
  tables: askTables,
  project: askProject,
  user: askUser,
  key: askKey,
  test: testConnection,
  preview: pickFromPreview,
  save,
};

export async function connectSource(services: Services): Promise<void> {
  const { folder } = services.client;
  if (folder === null) {
    throw new FailureError({ code: 'BAD_USAGE', message: vscode.l10n.t('Open a folder first: feedback sources belong to a folder.') });
  }
  const configured = await services.client.ask(Methods.sources, {});
  const flow: Flow = {
    services,
    folder,
    draft: emptyDraft(),
    taken: configured.map(({ name }) => name),
    step: 1,
    totalSteps: 5,
  };
  const orderNow = (): StepName[] => stepsOf(flow.draft.kind === null ? null : kindOf(flow.draft.kind));
  let at: StepName = 'kind';
  for (;;) {
    const order = orderNow();
    flow.step = Math.max(1, order.indexOf(at) + 1);
    // Before a kind is chosen it is not known how many there will be: as many as most have.
    flow.totalSteps = Math.max(order.length, at === 'kind' ? 5 : 0);
    let move: Move;
    try {
      move = await steps[at](flow);
    } finally {
      // For the next time, should this one end here.
      if (flow.draft.kind !== null) services.connecting.draft = flow.draft;
    }
    const now = orderNow();
    const index = now.indexOf(at);
    if (move === 'next') {
      const next: StepName | undefined = now[index + 1];
      if (next === undefined) {
        services.connecting.draft = null;
        return;
      }
      at = next;
    } else if (move === 'back') {
      const before: StepName | undefined = now[index - 1];
      if (before === undefined) throw new Dismissed();
      at = before;
    } else at = move;
  }
}
