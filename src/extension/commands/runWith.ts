import * as vscode from 'vscode';
import { Methods, type EvalRunParams } from '../../shared/protocol.js';
import { Dismissed } from '../failure.js';
import type { Services } from '../services.js';
import { runEvaluation } from './evaluate.js';
import { pickSuite } from './pick.js';

type RunParams = Omit<EvalRunParams, 'runId'>;

/** *Run Suite With…*: repeats, without the cache, beside an earlier version, or as the new baseline. */
export async function runSuiteWith(services: Services, argument: unknown): Promise<void> {
  const suite = await pickSuite(services, argument, vscode.l10n.t('Run which suite?'));
  const ways: (vscode.QuickPickItem & { params: () => Promise<Partial<RunParams>> })[] = [
    {
      label: vscode.l10n.t('$(history) Compare With a Version…'),
      detail: vscode.l10n.t('Runs an earlier version beside the present text and says whether it is better or worse.'),
      params: async () => ({ baseline: await pickVersion(services, suite.prompts) }),
    },
    {
      label: vscode.l10n.t('$(sync) Without the Cache'),
      detail: vscode.l10n.t('Asks the model for every answer again.'),
      params: () => Promise.resolve({ noCache: true }),
    },
    {
      label: vscode.l10n.t('$(list-ordered) Several Times…'),
      detail: vscode.l10n.t('Asks for each answer as often as you say, which shows how much they differ.'),
      params: async () => ({ repeat: await askRepeat() }),
    },
    {
      label: vscode.l10n.t('$(bookmark) And Keep as Baseline'),
      detail: vscode.l10n.t('Later runs are compared with this one. It is kept in .ratchet/baselines for your team.'),
      params: () => Promise.resolve({ bless: true }),
    },
  ];
  const choice = await vscode.window.showQuickPick(ways, { title: vscode.l10n.t('Run {0}', suite.suite), matchOnDetail: true });
  if (choice === undefined) throw new Dismissed();
  const params = await choice.params();
  await runEvaluation(services, vscode.l10n.t('Evaluating {0}', suite.suite), { suites: [suite.suite], ...params });
}

async function askRepeat(): Promise<number> {
  const most = 20;
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Run Several Times'),
    prompt: vscode.l10n.t('How often is each answer asked for? 2 to {0}', most),
    value: '3',
    validateInput: (value) => {
      const count = Number(value);
      return Number.isInteger(count) && count >= 2 && count <= most ? null : vscode.l10n.t('A whole number from 2 to {0}.', most);
    },
  });
  if (text === undefined) throw new Dismissed();
  return Number(text);
}

async function pickVersion(services: Services, prompts: readonly string[]): Promise<string> {
  const histories = await Promise.all(prompts.map((prompt) => services.client.request(Methods.history, { prompt })));
  const entries = histories.flatMap((history) => (history.ok ? history.value.entries : []));
  const versions = [...new Map(entries.map((entry) => [entry.version, entry])).values()].reverse();
  if (versions.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There is no earlier version yet: versions are made when a suggestion is accepted or an edit is recorded.'),
    );
    throw new Dismissed();
  }
  const choice = await vscode.window.showQuickPick(
    versions.map(({ version, time, why }) => ({ label: version, description: `${why} · ${new Date(time).toLocaleString()}` })),
    { title: vscode.l10n.t('Compare With Which Version?') },
  );
  if (choice === undefined) throw new Dismissed();
  return choice.label;
}
