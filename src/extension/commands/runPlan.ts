import * as vscode from 'vscode';
import { Methods, type EvalRunParams } from '../../shared/protocol.js';
import { Dismissed } from '../failure.js';
import type { Services } from '../services.js';

type RunParams = Omit<EvalRunParams, 'runId'>;

/** Below this a run asks nothing: whoever clicked Run wants it to run. */
const quietRequests = 20;

/** Before requests leave this machine in number, says how many and to whom; what comes from the cache costs nothing. */
export async function confirmPlan(services: Services, params: RunParams): Promise<void> {
  const plan = await services.client.request(Methods.evalPlan, params);
  // What cannot be planned cannot run either, and the run says why.
  if (!plan.ok || plan.value.remote.length === 0 || plan.value.requests + plan.value.judgeRequests <= quietRequests) return;
  const { requests, judgeRequests, remote, cost } = plan.value;
  const price = cost === null ? vscode.l10n.t('its price is not known here') : vscode.l10n.t('about {0}', cost.toFixed(2));
  const judges = judgeRequests === 0 ? '' : vscode.l10n.t(', and up to {0} to judges, whose price is not in it', judgeRequests);
  const run = vscode.l10n.t('Run');
  const choice = await vscode.window.showQuickPick(
    [
      { label: run, description: `${vscode.l10n.t('{0} requests to {1}, {2}', requests, remote.join(', '), price)}${judges}` },
      { label: vscode.l10n.t('Do Not Run') },
    ],
    {
      title: vscode.l10n.t('This Run Asks a Model on Another Machine'),
      placeHolder: vscode.l10n.t('Answers in the cache are not asked for again.'),
    },
  );
  if (choice?.label !== run) throw new Dismissed();
}
