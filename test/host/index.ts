/**
 * Entry of the tests in the extension host: VS Code calls `run` and takes its rejection as failure. Every built `*.test.js` beside this file is run by
 * mocha (`describe`/`it`); the counts also go to a JSON file, which `npm test` reads.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

/** Lines with this mark are the tests'; the launcher drops what the workbench logs beside them. */
const MARK = '[test]';

function say(line: string): void {
  console.log(`${MARK} ${line}`);
}

export async function run(): Promise<void> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  function report(runner: Mocha.Runner): void {
    runner.on('pass', (test) => {
      counts.passed++;
      say(`ok      ${test.fullTitle()} (${String(test.duration ?? 0)} ms)`);
    });
    runner.on('pending', (test) => {
      counts.skipped++;
      say(`skipped ${test.fullTitle()}`);
    });
    runner.on('fail', (test, error: unknown) => {
      counts.failed++;
      say(`FAILED  ${test.fullTitle()}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    });
  }
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: report as unknown as Mocha.ReporterConstructor });
  for (const file of readdirSync(__dirname).sort()) if (file.endsWith('.test.js')) mocha.addFile(join(__dirname, file));
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  const results = process.env['RATCHET_HOST_RESULTS'];
  if (results !== undefined) writeFileSync(results, JSON.stringify(counts));
  if (failures > 0) throw new Error(`${String(failures)} tests in the extension host failed.`);
}
