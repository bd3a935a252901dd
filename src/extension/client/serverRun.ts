import { join } from 'node:path';
import type * as vscode from 'vscode';
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State, TransportKind } from 'vscode-languageclient/node';
import { DisposableStore } from '../../shared/disposable.js';
import type { HostChatParams } from '../../shared/hostModels.js';
import { HostRequests, type NotificationDef, type ServerOptions } from '../../shared/protocol.js';
import type { Log } from '../log.js';
import { askHostModel } from './hostModels.js';
import { selector } from './selector.js';

export interface RunSetup {
  extensionUri: vscode.Uri;
  options: ServerOptions;
  /** Keys, one variable per origin. */
  environment: Record<string, string>;
  log: Log;
  /** The server ended without having been asked to. */
  onCrash: () => void;
}

/**
 * With a million records in the index the server's young objects are given 48 MiB of room to be forgotten in, which buys no time. The bench of the
 * index measures memory with the same flag.
 */
const serverFlags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=8'];

/** One life of the server process. Everything that belongs to it is in its store and ends with it. */
export class ServerRun {
  readonly store = new DisposableStore();
  private readonly client: LanguageClient;
  private stopping = false;

  constructor(private readonly setup: RunSetup) {
    const { extensionUri, options, environment, log } = setup;
    const module = join(extensionUri.fsPath, 'dist', 'server.js');
    // The server is VS Code's own Node: forking from the extension host sets ELECTRON_RUN_AS_NODE where that is Electron.
    const server = {
      module,
      transport: TransportKind.ipc,
      options: { cwd: options.root, env: environment, execArgv: serverFlags },
    };
    this.client = new LanguageClient(
      'promptRatchet',
      'Prompt Ratchet',
      { run: server, debug: { ...server, options: { ...server.options, execArgv: [...server.options.execArgv, '--inspect=6019'] } } },
      {
        documentSelector: selector,
        initializationOptions: options,
        outputChannel: log.channel,
        traceOutputChannel: log.channel,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        // Hovers hold text from logs: no commands, no HTML, no icons.
        markdown: { isTrusted: false, supportHtml: false, supportThemeIcons: false },
        initializationFailedHandler: (error) => {
          log.error('The server refused to start', error);
          return false;
        },
        errorHandler: {
          error: (error) => {
            log.error('Connection to the server', error);
            return { action: ErrorAction.Continue, handled: true };
          },
          closed: () => {
            if (!this.stopping) setup.onCrash();
            return { action: CloseAction.DoNotRestart, handled: true };
          },
        },
      },
    );
  }

  async start(): Promise<void> {
    this.store.add(
      this.client.onRequest(HostRequests.chat.method, (params: HostChatParams, token: vscode.CancellationToken) =>
        askHostModel(params, token),
      ),
    );
    await this.client.start();
  }

  get running(): boolean {
    return this.client.state === State.Running;
  }

  async send<R>(method: string, params: unknown, token: vscode.CancellationToken | undefined): Promise<R> {
    return token === undefined ? this.client.sendRequest<R>(method, params) : this.client.sendRequest<R>(method, params, token);
  }

  on<P>(def: NotificationDef<P>, listener: (params: P) => void): void {
    this.store.add(this.client.onNotification(def.method, listener));
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.store.dispose();
    try {
      // A server that never started has nothing to stop.
      if (this.client.state === State.Running || this.client.state === State.Starting) await this.client.stop(3000);
    } catch (error) {
      this.setup.log.warn(`The server did not stop in time: ${String(error)}`);
    }
    await this.client.dispose().catch((error: unknown) => {
      this.setup.log.warn(`The client was not disposed: ${String(error)}`);
    });
  }
}
