/** `ratchet collect` as a child of the extension: it listens as long as this window is open, and what it has acknowledged is on disk. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import type { CollectDocument } from '../../shared/documents.js';
import { Commands, ContextKeys } from '../../shared/ids.js';
import type { Log } from '../log.js';

/** The child's first line has to come by then. */
const startMs = 15_000;
const stopMs = 3000;
export const tokenVariable = 'PROMPT_RATCHET_COLLECTOR_TOKEN';

/** Ends with its parent, however that ends: the channel between them closes then. */
const script = `
process.once('disconnect', () => { process.emit('SIGTERM'); setTimeout(() => process.exit(), 2000).unref(); });
require(process.argv[1]);
`;

export interface CollectorOptions {
  /** dist/cli.js */
  cli: string;
  folder: string;
  port: number;
  token: string | null;
}

export class Collector implements vscode.Disposable {
  private child: ChildProcess | null = null;
  private document: CollectDocument | null = null;
  private stopping = false;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly item: vscode.StatusBarItem;

  constructor(
    private readonly log: Pick<Log, 'info' | 'warn'>,
    /** It ended without having been asked to. */
    private readonly onEnd: (reason: string) => void,
  ) {
    this.item = vscode.window.createStatusBarItem('promptRatchet.collector', vscode.StatusBarAlignment.Left, -1);
    this.item.name = 'Prompt Ratchet: Collector';
    this.item.command = Commands.copyCollectorSnippet;
  }

  /** Where it listens; `null` while it does not. */
  get running(): CollectDocument | null {
    return this.document;
  }

  /** Resolves once it listens. Rejects with one sentence for the user. */
  async start({ cli, folder, port, token }: CollectorOptions): Promise<CollectDocument> {
    await this.stop();
    const args = ['--disable-warning=ExperimentalWarning', '-e', script, cli, 'collect', '--workspace', folder, '--port', String(port)];
    const child = spawn(process.execPath, token === null ? args : [...args, '--token-env', tokenVariable], {
      cwd: folder,
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ...(token === null ? {} : { [tokenVariable]: token }) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child = child;
    this.stopping = false;
    const document = await this.listening(child);
    this.document = document;
    this.log.info(`The collector listens on ${document.address}.`);
    this.show();
    return document;
  }

  private listening(child: ChildProcess): Promise<CollectDocument> {
    return new Promise((resolve, reject) => {
      let out = '';
      let said = '';
      const timer = setTimeout(() => {
        child.kill();
        reject(new Error(vscode.l10n.t('The collector did not start in time.')));
      }, startMs);
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        out += chunk;
        const end = out.indexOf('\n');
        if (end === -1 || this.document !== null) return;
        clearTimeout(timer);
        try {
          resolve(JSON.parse(out.slice(0, end)) as CollectDocument);
        } catch (error) {
          child.kill();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
        said = (said + chunk).slice(-4000);
        this.log.info(`collector: ${chunk.trimEnd()}`);
      });
      child.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.on('exit', (code) => {
        clearTimeout(timer);
        const reason = said.split('\n').find((line) => line.trim() !== '') ?? vscode.l10n.t('It ended with code {0}.', String(code));
        reject(new Error(reason));
        this.ended(child, reason);
      });
    });
  }

  private ended(child: ChildProcess, reason: string): void {
    if (this.child !== child) return;
    const wasRunning = this.document !== null;
    this.child = null;
    this.document = null;
    this.show();
    if (wasRunning && !this.stopping) this.onEnd(reason);
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child === null) return;
    this.stopping = true;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
      setTimeout(() => {
        child.kill('SIGKILL');
        resolve();
      }, stopMs).unref();
    });
    if (child.connected) child.disconnect();
    else child.kill();
    await ended;
  }

  private show(): void {
    const { document } = this;
    void vscode.commands.executeCommand('setContext', ContextKeys.collecting, document !== null);
    if (document === null) this.item.hide();
    else {
      const words = vscode.l10n.t('Prompt Ratchet collects feedback at {0}. Choose a snippet to send some.', document.address);
      this.item.text = `$(radio-tower) ${document.host}:${String(document.port)}`;
      this.item.tooltip = words;
      this.item.accessibilityInformation = { label: words, role: 'button' };
      this.item.show();
    }
    this.changed.fire();
  }

  dispose(): void {
    this.stopping = true;
    if (this.child?.connected === true) this.child.disconnect();
    this.item.dispose();
    this.changed.dispose();
  }
}
