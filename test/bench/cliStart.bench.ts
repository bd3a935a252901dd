/** Start-up of the built command line, a process each time. At most 150 ms for `--version`; `node -e 0` is the floor of the machine. */
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { test } from 'vitest';
import { runCli } from '../support/cli.js';

test('start of the command line', async ({ bench }) => {
  const cwd = tmpdir();
  const options = { iterations: 20, time: 0, warmupIterations: 2, warmupTime: 0 };
  await bench.compare(
    bench('node -e 0', () => {
      execFileSync(process.execPath, ['-e', '0']);
    }),
    bench('ratchet --version', async () => {
      await runCli(['--version'], { cwd });
    }),
    bench('ratchet --help', async () => {
      await runCli(['--help'], { cwd });
    }),
    bench('ratchet audit verify', async () => {
      await runCli(['audit', 'verify'], { cwd });
    }),
    options,
  );
});
