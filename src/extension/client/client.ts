import * as vscode from 'vscode';
import { coalesce } from '../../shared/async.js';
import { Commands, ContextKeys } from '../../shared/ids.js';
import { Notifications, type NotificationDef, type RequestDef, type ServerOptions } from '../../shared/protocol.js';
import { fail, type Result } from '../../shared/result.js';
import { chooseFolder, readSettings } from '../config.js';
import { FailureError } from '../failure.js';
import type { Log } from '../log.js';
import type { Keys } from '../secrets.js';
import { commandStep, notify } from '../views/notify.js';
import { ServerRun } from './serverRun.js';

type Params<D> = D extends NotificationDef<infer P> ? P : never;
type Changed = Params<typeof Notifications.changed>;
type EvalBegunParams = Params<typeof Notifications.evalBegun>;
type EvalDeltaParams = Params<typeof Notifications.evalDelta>;
type EvalEndedParams = Params<typeof Notifications.evalEnded>;
type EvalProgressParams = Params<typeof Notifications.evalProgress>;
type SuggestProgressParams = Params<typeof Notifications.suggestProgress>;

/** Restarts by themselves after crashes, within five minutes; then the user decides. */
const maxCrashes = 3;
const crashWindowMs = 300_000;

/** The server as the rest of the extension sees it: requests, events, restart. Outlives its runs. */
export class Client implements vscode.Disposable {
  private run: ServerRun | null = null;
  private crashes: number[] = [];
  private disposed = false;
  private starting: Promise<void> = Promise.resolve();
  private readonly changed = new vscode.EventEmitter<Changed>();
  private readonly evalBegun = new vscode.EventEmitter<EvalBegunParams>();
  private readonly evalDelta = new vscode.EventEmitter<EvalDeltaParams>();
  private readonly evalEnded = new vscode.EventEmitter<EvalEndedParams>();
  private readonly evalProgress = new vscode.EventEmitter<EvalProgressParams>();
  private readonly suggestProgress = new vscode.EventEmitter<SuggestProgressParams>();
  readonly onChanged = this.changed.event;
  readonly onEvalBegun = this.evalBegun.event;
  readonly onEvalDelta = this.evalDelta.event;
  readonly onEvalEnded = this.evalEnded.event;
  readonly onEvalProgress = this.evalProgress.event;
  readonly onSuggestProgress = this.suggestProgress.event;
  private readonly restartOnce: () => Promise<void>;
  /** The folder that the server works on; `null` where none is open. */
  folder: vscode.WorkspaceFolder | null = null;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly keys: Keys,
    private readonly log: Log,
  ) {
    this.restartOnce = coalesce(() => this.replaceRun());
  }

  /** Things alive in the present run: constant over restarts. */
  get runSize(): number {
    return this.run?.store.size ?? 0;
  }

  /** Starts or restarts; calls while that goes on are joined into one. */
  restart(): Promise<void> {
    this.starting = this.restartOnce();
    return this.starting;
  }

  async restartByUser(): Promise<void> {
    this.crashes = [];
    await this.restart();
  }

  private async replaceRun(): Promise<void> {
    const previous = this.run;
    this.run = null;
    await vscode.commands.executeCommand('setContext', ContextKeys.serverReady, false);
    await previous?.stop();
    if (this.disposed) return;
    this.folder = await chooseFolder();
    if (this.folder === null) return;
    const environment = await this.keys.environment();
    this.log.hide(Object.values(environment));
    const run = new ServerRun({
      extensionUri: this.extensionUri,
      options: await this.options(this.folder),
      environment,
      log: this.log,
      onCrash: () => {
        if (this.run === run) this.crashed();
      },
    });
    run.on(Notifications.changed, (params) => {
      this.changed.fire(params);
    });
    run.on(Notifications.evalBegun, (params) => {
      this.evalBegun.fire(params);
    });
    run.on(Notifications.evalDelta, (params) => {
      this.evalDelta.fire(params);
    });
    run.on(Notifications.evalEnded, (params) => {
      this.evalEnded.fire(params);
    });
    run.on(Notifications.evalProgress, (params) => {
      this.evalProgress.fire(params);
    });
    run.on(Notifications.suggestProgress, (params) => {
      this.suggestProgress.fire(params);
    });
    try {
      await run.start();
    } catch (error) {
      await run.stop();
      throw error;
    }
    this.run = run;
    await vscode.commands.executeCommand('setContext', ContextKeys.serverReady, true);
    this.changed.fire({ what: ['prompts', 'suites', 'scores', 'versions'] });
  }

  private async options(folder: vscode.WorkspaceFolder): Promise<ServerOptions> {
    return {
      root: folder.uri.fsPath,
      trusted: vscode.workspace.isTrusted,
      confirmedOrigins: await this.keys.confirmed(),
      ...readSettings(folder),
    };
  }

  private crashed(): void {
    const now = Date.now();
    this.crashes = [...this.crashes.filter((time) => now - time < crashWindowMs), now];
    this.log.error(`The server ended unexpectedly (${String(this.crashes.length)} in five minutes).`);
    if (this.crashes.length > maxCrashes) {
      this.run = null;
      notify(this.log, 'error', vscode.l10n.t('The Prompt Ratchet server keeps stopping. The log says why.'), [
        commandStep(vscode.l10n.t('Restart Server'), Commands.restartServer),
        commandStep(vscode.l10n.t('Show Log'), Commands.showLog),
      ]);
      return;
    }
    this.restart().catch((error: unknown) => {
      this.log.error('The server was not restarted', error);
    });
  }

  /** Never throws: what stands in the way is a failure with one sentence. Waits for a start that is under way. */
  async request<P, R>(def: RequestDef<P, Result<R>>, params: P, token?: vscode.CancellationToken): Promise<Result<R>> {
    await this.starting.catch(() => {
      // Whoever started it tells of it; here the missing run says enough.
    });
    if (this.run === null) {
      return this.folder === null
        ? fail('BAD_USAGE', vscode.l10n.t('Open a folder first: prompts, feedback and versions belong to a folder.'))
        : fail('INTERNAL', vscode.l10n.t('The Prompt Ratchet server is not running. Restart it; the log says why it stopped.'));
    }
    try {
      return await this.run.send<Result<R>>(def.method, params, token);
    } catch (error) {
      if (token?.isCancellationRequested === true) return fail('CANCELLED', 'Stopped.');
      this.log.error(`${def.method} was not answered`, error);
      return fail('INTERNAL', vscode.l10n.t('The Prompt Ratchet server did not answer. The log says why.'));
    }
  }

  /** As `request`, for flows that end at the first failure. */
  async ask<P, R>(def: RequestDef<P, Result<R>>, params: P, token?: vscode.CancellationToken): Promise<R> {
    const result = await this.request(def, params, token);
    if (!result.ok) throw new FailureError(result.error);
    return result.value;
  }

  /** The extension ends. The stop is awaited by `deactivate`. */
  async stop(): Promise<void> {
    this.disposed = true;
    const { run } = this;
    this.run = null;
    await run?.stop();
    this.dispose();
  }

  dispose(): void {
    this.disposed = true;
    const { changed, evalBegun, evalDelta, evalEnded, evalProgress, suggestProgress } = this;
    for (const emitter of [changed, evalBegun, evalDelta, evalEnded, evalProgress, suggestProgress]) emitter.dispose();
  }
}
