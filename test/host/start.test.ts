import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { writeSample } from '../../src/extension/sample.js';
import { runSetUp } from '../../src/extension/setUp.js';
import { extension, until } from './support.js';

describe('the first steps', () => {
  let place = '';
  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'ratchet-first-'));
  });
  after(() => rm(place, { recursive: true, force: true }));

  it('the sample is written with its feedback ending today, wholly under git', async () => {
    const target = vscode.Uri.file(join(place, 'sample'));
    const warnings: string[] = [];
    const cli = vscode.Uri.joinPath(extension().extensionUri, 'dist/cli.js').fsPath;
    await writeSample(cli, target, { warn: (message: string) => void warnings.push(message) });
    const logs = await Promise.all(
      ['feedback', 'widget-ratings'].map((name) => readFile(join(target.fsPath, `logs/${name}.jsonl`), 'utf8')),
    );
    const times = logs.flatMap((log) => [...log.matchAll(/"(?:time|when)":"(20[^"]+Z)"/g)].map(([, time]) => Date.parse(time ?? '')));
    const age = Date.now() - Math.max(...times);
    assert.ok(age >= 0 && age < 86_400_000, `the latest record is ${String(age)} ms old`);
    const status = execFileSync('git', ['status', '--porcelain'], { cwd: target.fsPath, encoding: 'utf8' });
    // Without a name for git nothing is committed, which is said in the log.
    assert.deepEqual({ status: warnings.length > 0 ? '' : status, warnings }, { status: '', warnings });
  });

  it('setting up a model reports its progress and its result', async () => {
    const module = join(place, 'fake.js');
    await writeFile(
      module,
      "exports.setUpLocalModel = async ({ onProgress }) => { onProgress('Getting it', 0.25); onProgress('Getting it', 0.5); return { ok: false, problem: 'No room.' }; };",
    );
    const reports: { message?: string; increment?: number }[] = [];
    const token = new vscode.CancellationTokenSource().token;
    const result = await runSetUp(module, { warn: () => undefined }, { report: (value) => void reports.push(value) }, token);
    assert.deepEqual(result, { ok: false, problem: 'No room.' });
    assert.deepEqual(
      reports.map(({ message, increment }) => [message, increment]),
      [
        ['Getting it: 25 %', 25],
        ['Getting it: 50 %', 25],
      ],
    );
  });

  it('a cancelled set-up is told to stop, and nothing goes on behind the scenes', async () => {
    const [module, stopped] = [join(place, 'slow.js'), join(place, 'stopped')];
    await writeFile(
      module,
      `exports.setUpLocalModel = ({ onProgress, signal }) => new Promise((resolve) => {
        signal.addEventListener('abort', () => { require('fs').writeFileSync(${JSON.stringify(stopped)}, ''); onProgress('late', 1); resolve({ ok: false, problem: 'Stopped.' }); });
        onProgress('Getting it', null);
        setTimeout(resolve, 60000);
      });`,
    );
    const source = new vscode.CancellationTokenSource();
    const running = runSetUp(
      module,
      { warn: () => undefined },
      {
        report: () => {
          source.cancel();
        },
      },
      source.token,
    );
    await assert.rejects(running, vscode.CancellationError);
    await until('the process to stop', () =>
      readFile(stopped).then(
        () => true,
        () => false,
      ),
    );
  });
});
