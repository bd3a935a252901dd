/** ClickHouse without a server: chdb, ClickHouse in a Python process, behind the HTTP that the client speaks. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureVenv } from './python.js';

export interface ChdbServer {
  url: string;
  password: string;
  stop(): Promise<void>;
}

export async function startChdb(): Promise<ChdbServer> {
  const { python } = await ensureVenv('chdb', 'requirements-chdb.txt');
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-chdb-'));
  const child = spawn(python, [join(import.meta.dirname, 'chdb_server.py'), join(folder, 'data')], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-5000);
  });
  const exited = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve();
    });
  });
  const port = await new Promise<number>((resolve, reject) => {
    let line = '';
    child.stdout.on('data', (chunk: Buffer) => {
      line += chunk.toString('utf8');
      if (line.includes('\n')) resolve(Number(line));
    });
    void exited.then(() => {
      reject(new Error(`chdb ended before it was ready:\n${said}`));
    });
  });
  return {
    url: `http://127.0.0.1:${String(port)}`,
    password: 'open sesame',
    async stop() {
      child.stdin.end();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
