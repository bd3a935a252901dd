/** What is done with a source that is in config.yaml already. */
import * as vscode from 'vscode';
import { Commands } from '../../shared/ids.js';
import { Methods } from '../../shared/protocol.js';
import type { SourceProbe, SourceStatus } from '../../shared/sourceProtocol.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { commandStep, notify, type Step } from '../views/notify.js';
import { sourceDescription } from '../views/sourceText.js';

/** Called from the tree (a node), the Feedback view (an object) and the palette (nothing). */
function nameOf(argument: unknown): string | null {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null) return null;
  if ('source' in argument && typeof argument.source === 'string') return argument.source;
  if ('status' in argument && typeof argument.status === 'object' && argument.status !== null && 'name' in argument.status)
    return typeof argument.status.name === 'string' ? argument.status.name : null;
  return null;
}

async function pickSource(services: Services, argument: unknown, placeHolder: string): Promise<SourceStatus> {
  const statuses = await services.client.ask(Methods.sources, {});
  const name = nameOf(argument);
  const named = statuses.find((status) => status.name === name);
  if (named !== undefined) return named;
  const only = statuses.length === 1 ? statuses[0] : undefined;
  if (only !== undefined) return only;
  if (statuses.length === 0)
    throw new FailureError({ code: 'SOURCE_NOT_FOUND', message: vscode.l10n.t('No feedback source is connected yet. Connect one first.') });
  const now = Date.now();
  const choice = await vscode.window.showQuickPick(
    statuses.map((status) => ({
      label: status.name,
      description: status.kind,
      detail: sourceDescription(status, now).replaceAll('$(', '$ ('),
      status,
    })),
    { placeHolder },
  );
  if (choice === undefined) throw new Dismissed();
  return choice.status;
}

export async function pullSource(services: Services, argument: unknown): Promise<void> {
  const { name } = await pickSource(services, argument, vscode.l10n.t('Read which source now?'));
  const { sources } = await services.client.ask(Methods.pull, { sources: [name] });
  // Somebody asked for it, so a fault is told; later ones only show in the view.
  const failed = sources.find((source) => source.error !== null);
  if (failed?.error == null) return;
  services.log.warn(failed.error);
  notify(services.log, 'warning', failed.error, [
    commandStep(vscode.l10n.t('Test Connection…'), Commands.testSource, { source: name }),
    commandStep(vscode.l10n.t('Show Log'), Commands.showLog),
  ]);
}

export async function testSource(services: Services, argument: unknown): Promise<void> {
  const { name } = await pickSource(services, argument, vscode.l10n.t('Test the connection of which source?'));
  const probe = await services.activity.during(vscode.l10n.t('Testing {0}', name), () =>
    services.client.ask(Methods.sourceProbe, { name }),
  );
  const steps = probeSteps(services, probe, () => testSource(services, name));
  if (probe.ok) notify(services.log, 'information', vscode.l10n.t('{0} works. {1}', name, probe.detail), steps);
  else
    notify(services.log, 'warning', `${name}: ${probeWords(probe)}`, [
      ...steps,
      commandStep(vscode.l10n.t('Edit Configuration'), Commands.editSource, { source: name }),
      commandStep(vscode.l10n.t('Show Log'), Commands.showLog),
    ]);
}

const failedSteps: Record<string, string> = {
  config: 'The configuration does not hold',
  trust: 'It may not be asked yet',
  name: 'The host was not found',
  connect: 'No connection',
  tls: 'No secure connection',
  auth: 'The key was not accepted',
  permission: 'The key may not read this',
  version: 'The server is too old or too new',
  data: 'Nothing to read',
};

/** `No connection: … What to do.` */
export function probeWords({ failed, detail, todo }: SourceProbe): string {
  const step = failed === null ? null : (failedSteps[failed] ?? failed);
  return [step === null ? detail : `${step}: ${detail}`, todo].filter((part) => part !== null && part !== '').join(' ');
}

/** The way through the door that a probe stopped at. */
export function probeSteps(services: Services, { failed, origin }: SourceProbe, again: () => Promise<void>): Step[] {
  if (failed === 'trust' && !vscode.workspace.isTrusted)
    return [commandStep(vscode.l10n.t('Manage Workspace Trust'), 'workbench.trust.manage')];
  if (origin === null) return [];
  if (failed === 'trust')
    return [
      {
        title: vscode.l10n.t('Allow {0}', origin),
        run: async () => {
          await services.keys.confirm(origin);
          await services.sendOptions();
          await again();
        },
      },
    ];
  return failed === 'auth' || failed === 'permission' ? [commandStep(vscode.l10n.t('Set a Key…'), Commands.setKey, origin)] : [];
}

/** config.yaml at the source's name. */
export async function editSource(services: Services, argument: unknown): Promise<void> {
  const { name } = await pickSource(services, argument, vscode.l10n.t('Edit which source?'));
  await services.openConfig();
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return;
  const lines = editor.document.getText().split('\n');
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const line = lines.findIndex((text) => new RegExp(`\\bname:\\s*["']?${escaped}["']?\\s*([,}#]|$)`).test(text));
  if (line === -1) return;
  const place = new vscode.Position(line, 0);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenter);
}
