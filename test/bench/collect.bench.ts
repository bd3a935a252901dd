/**
 * `ratchet collect` of the built bundle against a load generator in a process of its own, 32 connections: at least 5,000 acknowledged
 * records a second one by one and 50,000 in batches of 100, under 200 MiB. Every acknowledged record is on disk (fsync). The
 * load of the machine is printed beside the figures, since generator and collector share its cores.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { startCollect } from '../support/collectProcess.js';
import type { LoadResult } from '../support/collectLoad.js';
import { temporaryFolder } from '../support/temporary.js';

const run = promisify(execFile);
const seconds = Number(process.env['COLLECT_SECONDS'] ?? 5);
const rounds = Number(process.env['COLLECT_ROUNDS'] ?? 3);

const loads = [
  { connections: 32, batch: 1, floor: 5_000 },
  { connections: 32, batch: 100, floor: 50_000 },
  { connections: 1, batch: 1, floor: 0 },
];

/** Peak memory of a process in MiB; `null` where the system does not tell. */
function peakMiB(pid: number): number | null {
  const path = `/proc/${String(pid)}/status`;
  const kib = existsSync(path) ? /VmHWM:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
  return kib === undefined ? null : Number(kib) / 1024;
}

/** Microseconds of processor time so far; `null` where the system does not tell. What others do to the machine shows least in it. */
function cpuMicros(pid: number): number | null {
  const path = `/proc/${String(pid)}/stat`;
  if (!existsSync(path)) return null;
  const fields = readFileSync(path, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function fsyncs(address: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  return Number(/^ratchet_collector_fsyncs_total (\d+)/m.exec(text)?.[1] ?? 0);
}

test('acknowledged records a second', async () => {
  const generator = join(temporaryFolder(), 'load.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../support/collectLoad.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: generator,
  });
  const table: Record<string, string | number>[] = [];
  for (const { connections, batch, floor } of loads) {
    for (let round = 1; round <= rounds; round++) {
      const workspace = temporaryFolder({ '.ratchet/config.yaml': 'version: 1\n' });
      const collect = await startCollect(workspace);
      const { address, port, pid } = collect.document;
      const load = async (length: number, prefix: string): Promise<LoadResult> => {
        const { stdout } = await run(process.execPath, [generator, ...[port, connections, batch, length].map(String), prefix]);
        return JSON.parse(stdout) as LoadResult;
      };
      await load(1, 'warm');
      const before = await fsyncs(address);
      const machine = loadavg()[0] ?? 0;
      const cpu = cpuMicros(pid);
      const result = await load(seconds, 'bench');
      const used = cpu === null ? null : (cpuMicros(pid) ?? cpu) - cpu;
      const commits = (await fsyncs(address)) - before;
      const peak = peakMiB(pid);
      expect(await collect.end()).toBe(143);
      table.push({
        connections,
        batch,
        'records/s': Math.round(result.acknowledged / result.seconds),
        'at least': floor,
        'MB/s': (result.bytes / result.seconds / 1e6).toFixed(1),
        'p50 ms': result.p50.toFixed(2),
        'p99 ms': result.p99.toFixed(2),
        'fsyncs/s': Math.round(commits / result.seconds),
        'cpu µs/record': used === null ? '-' : (used / result.acknowledged).toFixed(1),
        'peak MiB': peak === null ? '-' : Math.round(peak),
        failed: result.failed,
        load: machine.toFixed(1),
      });
    }
  }
  console.table(table);
  console.log(`${String(cpus().length)} x ${cpus()[0]?.model ?? '?'}, node ${process.version}, ${String(seconds)} s a round.`);
});
