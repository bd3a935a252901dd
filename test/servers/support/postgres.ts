/** A throw-away PostgreSQL on loopback, made by `initdb` and gone with everything in it when it is stopped. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './python.js';

export interface PostgresServer {
  port: number;
  url(database: string): string;
  stop(): void;
}

/** Folder of the server's programs; `null` where this machine has none. */
function findBinaries(): string | null {
  const home = '/usr/lib/postgresql';
  const versions = existsSync(home) ? readdirSync(home).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    process.env['PROMPT_RATCHET_POSTGRES'] ?? '',
    ...versions.map((version) => join(home, version, 'bin')),
    '/usr/bin',
    '/opt/homebrew/bin',
  ];
  return folders.find((folder) => folder !== '' && existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl'))) ?? null;
}

export const lacksPostgres =
  findBinaries() === null ? 'PostgreSQL is not on this machine: install it (Debian: apt-get install postgresql) to run these tests.' : null;

/** Starts in about a second. Must not run as root, hence as the user `postgres` where we are root. */
export async function startPostgres(): Promise<PostgresServer> {
  const binaries = findBinaries();
  if (binaries === null) throw new Error(lacksPostgres ?? '');
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-postgres-'));
  const root = process.getuid?.() === 0;
  if (root) {
    // The server's user must be able to pass through.
    chmodSync(folder, 0o755);
    execFileSync('chown', ['postgres', folder]);
  }
  const run = (program: string, args: string[]): void => {
    const command = [join(binaries, program), ...args];
    const all = root ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', ...command] : command;
    execFileSync(all[0] ?? '', all.slice(1), { stdio: 'ignore', cwd: folder });
  };
  const data = join(folder, 'data');
  const port = await freePort();
  run('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C']);
  const settings = `-p ${String(port)} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off -c timezone=Asia/Kathmandu`;
  run('pg_ctl', ['-D', data, '-w', '-t', '30', '-l', join(folder, 'log'), '-o', settings, 'start']);
  const stop = (): void => {
    try {
      run('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return { port, url: (database) => `postgres://127.0.0.1:${String(port)}/${database}`, stop };
}
