/** The built language server as any editor starts it: a process of its own over stdio. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type Diagnostic,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import { Notifications, type NotificationDef, type RequestDef, type ServerOptions } from '../../src/shared/protocol.js';
import type { Result } from '../../src/shared/result.js';
import { distDir } from './cli.js';

export interface RunningServer {
  connection: ProtocolConnection;
  /** Everything that went over the wire as text, in both directions, and what the process wrote to stderr. */
  traffic(): string;
  logs: string[];
  diagnostics: Map<string, Diagnostic[]>;
  uri(file: string): string;
  ask<P, R>(def: RequestDef<P, Result<R>>, params: P): Promise<R>;
  result<P, R>(def: RequestDef<P, Result<R>>, params: P): Promise<Result<R>>;
  /** Resolves at the next notification for which `holds` is true. */
  next<P>(def: NotificationDef<P>, holds?: (params: P) => boolean): Promise<P>;
  openFile(file: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startServer(
  root: string,
  options: Partial<ServerOptions> = {},
  env: Record<string, string> = {},
): Promise<RunningServer> {
  const file = join(distDir, 'server.js');
  if (!existsSync(file)) throw new Error(`${file} is not there: run 'npm run build' first.`);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, '--stdio'], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  const seen: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => seen.push(chunk));
  child.stdout.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve();
    });
  });
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const server: RunningServer = {
    connection,
    traffic: () => seen.join(''),
    logs: [],
    diagnostics: new Map(),
    uri: (path) => pathToFileURL(join(root, path)).href,
    result: (def, params) => {
      seen.push(JSON.stringify(params));
      return connection.sendRequest(def.method, params);
    },
    async ask(def, params) {
      const result = await server.result(def, params);
      if (!result.ok) throw new Error(`${def.method}: ${result.error.code}: ${result.error.message}`);
      return result.value;
    },
    next: (def, holds = () => true) =>
      new Promise((resolve) => {
        const listener = waiting(def.method);
        const check = (params: unknown): void => {
          if (!holds(params as Parameters<typeof holds>[0])) return;
          listener.delete(check);
          resolve(params as Parameters<typeof holds>[0]);
        };
        listener.add(check);
      }),
    openFile: (path, text) =>
      connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri: server.uri(path), languageId: 'plaintext', version: 1, text },
      }),
    async stop() {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      await ended;
      connection.dispose();
    },
  };
  const waiters = new Map<string, Set<(params: unknown) => void>>();
  const waiting = (method: string): Set<(params: unknown) => void> => {
    const known = waiters.get(method);
    if (known !== undefined) return known;
    const created = new Set<(params: unknown) => void>();
    waiters.set(method, created);
    connection.onNotification(method, (params: unknown) => {
      for (const check of [...created]) check(params);
    });
    return created;
  };
  connection.onNotification('window/logMessage', ({ message }: { message: string }) => {
    server.logs.push(message);
  });
  connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }: PublishDiagnosticsParams) => {
    server.diagnostics.set(uri, diagnostics);
  });
  waiting(Notifications.changed.method);
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    initializationOptions: { root, trusted: true, autoPull: 'interval', confirmedOrigins: [], ...options },
  });
  await connection.sendNotification('initialized', {});
  return server;
}
