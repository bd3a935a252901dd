import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Commands } from '../../shared/ids.js';
import { snippets } from '../collector/snippets.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { commandStep, notify } from '../views/notify.js';

const usualPort = 4410;
const portKey = 'collector.port';

type Start = 'plain' | 'token' | 'port';

/** Starts `ratchet collect` on this machine; the port stays the same from one time to the next, because applications are set up for it. */
export async function startCollector(services: Services): Promise<void> {
  const { folder } = services.client;
  if (folder === null)
    throw new FailureError({ code: 'BAD_USAGE', message: vscode.l10n.t('Open a folder first: feedback is collected into a folder.') });
  if (!vscode.workspace.isTrusted) {
    throw new FailureError({
      code: 'UNTRUSTED_WORKSPACE',
      message: vscode.l10n.t('The collector writes into this workspace. Trust the workspace first.'),
    });
  }
  const { workspaceState } = services.context;
  let port = workspaceState.get<number>(portKey, usualPort);
  let how: Start = 'port';
  for (;;) {
    how = await pickStart(port);
    if (how !== 'port') break;
    port = await askPort(port);
  }
  const token = how === 'token' ? await collectorToken(services) : null;
  const cli = join(services.context.extensionUri.fsPath, 'dist', 'cli.js');
  try {
    const document = await services.activity.during(vscode.l10n.t('Starting the collector'), () =>
      services.collector.start({ cli, folder: folder.uri.fsPath, port, token }),
    );
    await workspaceState.update(portKey, document.port);
    notify(services.log, 'information', vscode.l10n.t('Feedback is collected at {0} while this window is open.', document.address), [
      commandStep(vscode.l10n.t('Copy Snippet…'), Commands.copyCollectorSnippet),
      commandStep(vscode.l10n.t('Copy Address'), Commands.copyCollectorAddress),
    ]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FailureError({ code: 'IO_FAILED', message: vscode.l10n.t('The collector could not be started. {0}', reason) });
  }
}

async function pickStart(port: number): Promise<Start> {
  const items: (vscode.QuickPickItem & { how: Start })[] = [
    {
      label: vscode.l10n.t('$(radio-tower) Start on 127.0.0.1:{0}', String(port)),
      description: vscode.l10n.t('for programs on this machine'),
      how: 'plain',
    },
    {
      label: vscode.l10n.t('$(key) Start with a Token'),
      description: vscode.l10n.t('other users of this machine cannot send; the token is kept in the secret storage'),
      how: 'token',
    },
    { label: vscode.l10n.t('$(edit) Choose a Port…'), how: 'port' },
  ];
  const choice = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Start Collector'),
    placeHolder: vscode.l10n.t('Applications send feedback to it by HTTP or OTLP; it stops with this window'),
  });
  if (choice === undefined) throw new Dismissed();
  return choice.how;
}

async function askPort(port: number): Promise<number> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Start Collector'),
    prompt: vscode.l10n.t('Port to listen on; 0 takes any free one'),
    value: String(port),
    ignoreFocusOut: true,
    validateInput: (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? null : vscode.l10n.t('Enter a number from 0 to 65535.')),
  });
  if (typed === undefined) throw new Dismissed();
  return Number(typed);
}

async function collectorToken(services: Services): Promise<string> {
  const { secrets } = services.context;
  const known = await secrets.get(tokenKey);
  const token = known ?? randomBytes(24).toString('base64url');
  if (known === undefined) await secrets.store(tokenKey, token);
  services.log.hideAlso(token);
  return token;
}

/** Not one of the keys by origin: the server never gets it. */
const tokenKey = 'collector.token';

export async function stopCollector(services: Services): Promise<void> {
  await services.collector.stop();
}

function running(services: Services): NonNullable<Services['collector']['running']> {
  const { running: document } = services.collector;
  if (document !== null) return document;
  throw new FailureError({ code: 'BAD_USAGE', message: vscode.l10n.t('The collector is not running. Start it first.') });
}

export async function copyCollectorAddress(services: Services): Promise<void> {
  await vscode.env.clipboard.writeText(running(services).address);
}

function otelVariables({ address, token }: { address: string; token: boolean }): string {
  const headers = token ? 'OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20$FEEDBACK_TOKEN"\n' : '';
  return `OTEL_EXPORTER_OTLP_ENDPOINT=${address}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n${headers}`;
}

export async function copyCollectorSnippet(services: Services): Promise<void> {
  const document = running(services);
  const prompt = services.prompts.prompts[0]?.id ?? 'my/prompt';
  const list = snippets({ address: document.address, token: document.token, prompt });
  const items = [
    ...list.map(({ language, text }) => ({
      label: `$(code) ${language}`,
      description: vscode.l10n.t('a function that sends one rating'),
      text,
    })),
    { label: vscode.l10n.t('$(copy) Address'), description: document.address, text: document.address },
    {
      label: vscode.l10n.t('$(telescope) OpenTelemetry'),
      description: vscode.l10n.t('variables for an SDK that sends traces and logs'),
      text: otelVariables(document),
    },
    ...(document.token
      ? [{ label: vscode.l10n.t('$(key) Token'), description: vscode.l10n.t('for FEEDBACK_TOKEN of your application'), text: null }]
      : []),
  ];
  const choice = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Copy what, to send feedback to {0}?', document.address),
  });
  if (choice === undefined) throw new Dismissed();
  await vscode.env.clipboard.writeText(choice.text ?? (await collectorToken(services)));
}
