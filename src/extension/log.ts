import { format } from 'node:util';
import * as vscode from 'vscode';

/**
 * The one log channel. Every line that goes through it loses the keys it was told of, so that a key that a server or a library
 * puts into a message does not stay on the screen.
 */
export class Log implements vscode.Disposable {
  readonly channel: vscode.LogOutputChannel;
  private secrets: readonly string[] = [];
  private readonly own = new Set<string>();

  constructor() {
    this.channel = redacting(vscode.window.createOutputChannel('Prompt Ratchet', { log: true }), (text) => this.clean(text));
  }

  /** Texts that no line may hold. */
  hide(secrets: readonly string[]): void {
    this.secrets = secrets.filter((secret) => secret.length >= 8);
  }

  /** One more, whatever `hide` is told later. */
  hideAlso(secret: string): void {
    this.own.add(secret);
  }

  clean(text: string): string {
    return [...this.secrets, ...this.own].reduce((cleaned, secret) => cleaned.replaceAll(secret, '•••'), text);
  }

  info(message: string): void {
    this.channel.info(message);
  }

  warn(message: string): void {
    this.channel.warn(message);
  }

  error(message: string, error?: unknown): void {
    this.channel.error(error === undefined ? message : `${message}: ${format('%o', error)}`);
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }
}

function redacting(channel: vscode.LogOutputChannel, clean: (text: string) => string): vscode.LogOutputChannel {
  const writers = new Set(['trace', 'debug', 'info', 'warn', 'error', 'append', 'appendLine', 'replace']);
  return new Proxy(channel, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (typeof property !== 'string' || !writers.has(property))
        return (...args: unknown[]): unknown => Reflect.apply(value, target, args);
      return (...args: unknown[]): unknown =>
        Reflect.apply(
          value,
          target,
          args.map((arg) => clean(typeof arg === 'string' ? arg : format('%o', arg))),
        );
    },
  });
}
