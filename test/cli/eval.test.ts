import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { DoctorDocument } from '../../src/shared/documents.js';
import type { EvalDocument } from '../../src/shared/evalDocument.js';
import { distDir, runCli } from '../support/cli.js';
import { completion, sendJson, startEndpoint } from '../support/fakeOpenai.js';
import type { Behaviour, FaultyEndpoint } from '../support/fakeOpenai.js';
import { temporaryFolder } from '../support/temporary.js';

const suite = (tests: string): string => `prompts: ["{{message}}"]\nproviders: [echo]\ntests:\n${tests}`;
const good = '  - { vars: { message: hello }, assert: [{ type: icontains, value: HELL, metric: greeting }] }\n';
const bad = '  - { description: goes wrong, vars: { message: hello }, assert: [{ type: equals, value: bye }] }\n';
const workspace = (tests: string, more: Record<string, string> = {}): string =>
  temporaryFolder({ '.ratchet/config.yaml': 'version: 1\n', 'a.eval.yaml': suite(tests), ...more });
const evaluate = (cwd: string, ...args: string[]) => runCli(['eval', ...args], { cwd });
const documentOf = (result: { json: unknown }): EvalDocument => result.json as EvalDocument;

const endpoints: FaultyEndpoint[] = [];
afterEach(async () => {
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

async function gateway(behave: Behaviour, tests: string): Promise<{ cwd: string; endpoint: FaultyEndpoint }> {
  const endpoint = await startEndpoint(behave);
  endpoints.push(endpoint);
  const config = `version: 1\nmodels:\n  - { name: g, provider: openai, baseUrl: "${endpoint.baseUrl}", model: m, key: "\${env:GATEWAY_KEY}" }\n`;
  return {
    endpoint,
    cwd: workspace('', { '.ratchet/config.yaml': config, 'a.eval.yaml': `prompts: ["{{message}}"]\nproviders: [g]\ntests:\n${tests}` }),
  };
}

describe('ratchet eval', () => {
  it('ends in 0 where all hold, and prints one document', async () => {
    const result = await evaluate(workspace(good), '--json');
    expect(result.code).toBe(0);
    const report = documentOf(result).suites[0]!;
    expect(report).toMatchObject({ suite: 'a.eval.yaml', stats: { cases: 1, passed: 1 }, metrics: { greeting: 1 }, passRate: { mean: 1 } });
    expect(report.columns[0]).toMatchObject({ version: 'inline', provider: 'echo' });
  });

  it('ends in 1 where a case fails, and says which and why', async () => {
    const result = await evaluate(workspace(good + bad));
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/0\.50 \(0\.\d\d to 0\.\d\d\)/);
    expect(result.stdout).toContain('goes wrong: Expected “bye”');
  });

  it('ends in 2 where a case could not be evaluated', async () => {
    const result = await evaluate(
      workspace(`${good}  - { vars: { message: x }, assert: [{ type: llm-rubric, value: nice }] }\n`),
      '--json',
    );
    expect(result.code).toBe(2);
    expect(documentOf(result).suites[0]).toMatchObject({ stats: { passed: 1, errored: 1, notEvaluated: 1 }, passRate: { mean: 1 } });
  });

  it('ends in 2 where a part of the suite could not be read, and says where', async () => {
    const cwd = workspace('', {
      'a.eval.yaml': `prompts: ["{{message}}"]\nproviders: [echo]\ntests:\n${good}  - file://gone.csv\n  - file://t.jsonl\n`,
      't.jsonl': '\n{"vars"\n',
    });
    const result = await evaluate(cwd);
    expect(result.code).toBe(2);
    expect(result.stdout).toContain('a.eval.yaml:5: IO_FAILED: file://gone.csv does not exist');
    expect(result.stdout).toContain('t.jsonl:2: tests-unreadable');
    expect(result.stdout + result.stderr).not.toContain(cwd);
  });

  it('says what is wrong with the configuration, and never shows a key that stands there', async () => {
    const cwd = workspace(good, {
      '.ratchet/config.yaml':
        'version: 1\nmodels:\n  - { name: g, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: m, key: sk-literal-0123456789 }\n',
    });
    const result = await evaluate(cwd);
    expect(result.stderr).toContain('A key must not stand in a file');
    expect(result.stdout + result.stderr).not.toContain('sk-literal');
  });

  it('compares the lower end with the threshold, unless told otherwise', async () => {
    const cwd = workspace(good.repeat(4) + bad);
    expect((await evaluate(cwd, '--threshold', '0.7')).code).toBe(1);
    const mean = await evaluate(cwd, '--threshold', '0.7', '--threshold-on', 'mean');
    expect(mean.code).toBe(0);
    const low = await evaluate(cwd, '--threshold', '0.9');
    expect(low.stderr).toMatch(/lower end .* is 0\.\d\d \(mean 0\.80\), under the threshold of 0\.9/);
  });

  it('prints the same bytes again, except run and seconds', async () => {
    const cwd = workspace(good + bad);
    const plain = (text: string): string => text.replace(/"run": "[^"]*"/, '').replace(/"seconds": [\d.]+/g, '');
    const [one, two] = [await evaluate(cwd, '--json'), await evaluate(cwd, '--json')];
    expect(plain(two.stdout)).toBe(plain(one.stdout));
  });

  it('writes JUnit, the document, and a baseline', async () => {
    const cwd = workspace(good + bad);
    expect((await evaluate(cwd, '--junit', 'out/j.xml', '--out', 'out/e.json', '--bless')).code).toBe(1);
    expect(readFileSync(join(cwd, 'out/j.xml'), 'utf8')).toMatch(/<testsuites name="ratchet eval" tests="2" failures="1" errors="0"/);
    expect((JSON.parse(readFileSync(join(cwd, 'out/e.json'), 'utf8')) as EvalDocument).schema).toBe('promptratchet.eval/1');
    expect(readFileSync(join(cwd, '.ratchet/baselines/a.eval.yaml.json'), 'utf8')).toContain('promptratchet.baseline/1');
    const compared = documentOf(await evaluate(cwd, '--json', '--baseline', 'out/e.json'));
    expect(compared.suites[0]!.baseline).toMatchObject({ ref: 'out/e.json', verdict: 'no-evidence', delta: 0 });
  });

  it('plans without asking, and filters', async () => {
    const cwd = workspace(good + bad);
    const plan = await evaluate(cwd, '--dry-run', '--json');
    expect(plan.json).toMatchObject({ schema: 'promptratchet.eval-plan/1', requests: 2 });
    expect(documentOf(await evaluate(cwd, '--json', '--filter', 'wrong')).suites[0]!.cases).toHaveLength(1);
  });

  it('ends in 2 with the next step on bad usage', async () => {
    const cwd = workspace(good);
    for (const args of [
      ['nothing.eval.yaml'],
      ['--threshold', '2'],
      ['--baseline', 'missing.json'],
      ['--resume', 'r-1'],
      ['--prompt', 'nobody'],
      ['--max-cost', 'x'],
    ]) {
      const result = await evaluate(cwd, ...args);
      expect([args, result.code]).toEqual([args, 2]);
      expect(result.stderr.trim().split('\n')).toHaveLength(1);
      expect(result.stdout).toBe('');
    }
  });

  it('stops within a second of Ctrl-C, keeps what is done, and says how to go on', async () => {
    const tests = Array.from(
      { length: 6 },
      (_, index) => `  - { vars: { message: "hello ${String(index)}" }, assert: [{ type: equals, value: hello }] }\n`,
    ).join('');
    let stuck = true;
    let onStuck = (): void => undefined;
    const { cwd } = await gateway((response, _received, number) => {
      if (number <= 2 || !stuck) sendJson(response, 200, completion('hello'));
      else onStuck();
    }, tests);
    const env = { ...process.env, GATEWAY_KEY: 'k-123456789' };
    const child = spawn(process.execPath, [join(distDir, 'cli.js'), 'eval', '--json', '--concurrency', '1'], { cwd, env });
    let pressed = 0;
    onStuck = () => {
      pressed = performance.now();
      child.kill('SIGINT');
    };
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect(code).toBe(130);
    expect(pressed).toBeGreaterThan(0);
    const document = JSON.parse(stdout) as EvalDocument;
    expect(document.complete).toBe(false);
    expect(document.suites[0]!.cases).toHaveLength(2);
    expect(stderr).toContain(`ratchet eval --resume ${document.run}`);
    stuck = false;
    const resumed = await runCli(['eval', '--json', '--resume', document.run], { cwd, env: { GATEWAY_KEY: 'k-123456789' } });
    expect(documentOf(resumed)).toMatchObject({ run: document.run, complete: true, suites: [{ stats: { cases: 6, passed: 6 } }] });
  });

  it('asks nothing twice, and shows no key in any stream or file', async () => {
    const key = 'sk-secret-of-the-gateway';
    const { cwd, endpoint } = await gateway((response, received) => {
      if (received.body.includes('refuse')) sendJson(response, 401, `{"error":{"message":"wrong key ${key}"}}`);
      else sendJson(response, 200, completion('hello'));
    }, `${good}  - { vars: { message: refuse }, assert: [{ type: equals, value: x }] }\n`);
    const env = { GATEWAY_KEY: key };
    const one = await runCli(['eval', '--json'], { cwd, env });
    expect(one.code).toBe(2);
    const asked = endpoint.received.length;
    const two = await runCli(['eval'], { cwd, env });
    expect(endpoint.received.length - asked).toBe(1);
    const { run } = documentOf(one);
    const journal = readFileSync(join(cwd, `.ratchet/.local/runs/${run}.jsonl`), 'utf8');
    const cache = readFileSync(join(cwd, '.ratchet/.local/cache.sqlite'), 'latin1');
    for (const text of [one.stdout, one.stderr, two.stdout, two.stderr, journal, cache]) expect(text).not.toContain(key);
    expect(endpoint.received[0]!.headers.authorization).toBe(`Bearer ${key}`);
  });
});

describe('ratchet doctor', () => {
  it('names each thing that is missing with what to do', async () => {
    const cwd = workspace(good, {
      '.ratchet/config.yaml': 'version: 1\nmodels:\n  - { name: far, provider: openai, baseUrl: "http://127.0.0.1:1/v1", model: m }\n',
    });
    const result = await runCli(['doctor', '--json'], { cwd });
    expect(result.code).toBe(1);
    const { checks } = result.json as DoctorDocument;
    const of = (name: string) => checks.find((check) => check.name === name);
    expect(of('node')).toMatchObject({ ok: true });
    expect(of('suites')).toMatchObject({ ok: true, detail: '1 suites' });
    expect(of('git')).toMatchObject({ ok: false, todo: expect.stringContaining('git init') });
    expect(of('model far')).toMatchObject({ ok: false, todo: expect.stringContaining('127.0.0.1:1') });
    expect(of('local servers')).toMatchObject({ ok: true });
    for (const { ok, todo } of checks) expect(ok || (todo ?? '') !== '').toBe(true);
  });

  it('finds a running endpoint, and that it lacks the model', async () => {
    const { cwd } = await gateway((response) => {
      sendJson(response, 200, '{"data":[{"id":"other"}]}');
    }, good);
    const { checks } = (await runCli(['doctor', '--json'], { cwd, env: { GATEWAY_KEY: 'k-123456789' } })).json as DoctorDocument;
    expect(checks.find(({ name }) => name === 'model g')).toMatchObject({ ok: false, todo: expect.stringContaining('other') });
    writeFileSync(
      join(cwd, '.ratchet/config.yaml'),
      readFileSync(join(cwd, '.ratchet/config.yaml'), 'utf8').replace('model: m', 'model: other'),
    );
    const again = (await runCli(['doctor', '--json'], { cwd, env: { GATEWAY_KEY: 'k-123456789' } })).json as DoctorDocument;
    expect(again.checks.find(({ name }) => name === 'model g')).toMatchObject({ ok: true });
  });
});
