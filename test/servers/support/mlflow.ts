/** A real MLflow with Basic authentication, and what feeds it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './ask.js';
import { ensureVenv, freePort, start, whenReady } from './python.js';

export interface MlflowServer {
  url: string;
  user: string;
  password: string;
  port: number;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<unknown>;
  output(): string;
  stop(): Promise<void>;
}

export async function startMlflowServer(): Promise<MlflowServer> {
  const { python } = await ensureVenv('mlflow', 'requirements-mlflow.txt');
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-mlflow-'));
  mkdirSync(join(folder, 'artifacts'));
  const [user, password] = ['admin', 'password-of-the-tests'];
  writeFileSync(
    join(folder, 'auth.ini'),
    `[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///${folder}/auth.db\nadmin_username = ${user}\nadmin_password = ${password}\nauthorization_function = mlflow.server.auth:authenticate_request_basic_auth\n`,
  );
  const port = await freePort();
  const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', '--app-name', 'basic-auth'];
  const stores = ['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', join(folder, 'artifacts')];
  const running = start(python, [...args, ...stores], {
    cwd: folder,
    env: {
      MLFLOW_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: 'true',
      MLFLOW_AUTH_CONFIG_PATH: join(folder, 'auth.ini'),
      MLFLOW_AUTH_ADMIN_PASSWORD: password,
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'of-the-tests',
    },
  });
  const url = `http://127.0.0.1:${String(port)}`;
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await whenReady(running, async () => (await fetch(`${url}/health`)).ok, 120);
  } catch (error) {
    await stop();
    throw error;
  }
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return {
    url,
    user,
    password,
    port,
    ask: (method, path, body, headers) => ask(method, `${url}${path}`, body, { authorization, ...headers }),
    output: running.output,
    stop,
  };
}
