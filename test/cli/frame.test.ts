import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { distDir, runCli } from '../support/cli.js';
import { temporaryFolder } from '../support/temporary.js';

const prompty = '---\nname: support/answer\n---\nuser:\nAnswer {{question}}\n';

describe('the command line', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(distDir, '../package.json'), 'utf8')) as { version: string };
    expect(await runCli(['--version'], { cwd: temporaryFolder() })).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints every command in its help', async () => {
    const { code, stdout, stderr } = await runCli(['--help'], { cwd: temporaryFolder() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1]);
    const commands = [
      'init',
      'doctor',
      'pull',
      'collect',
      'score',
      'feedback',
      'purge',
      'eval',
      'suggest',
      'accept',
      'check',
      'versions',
      'diff',
      'rollback',
      'export',
      'audit',
      'lsp',
    ];
    expect(listed.filter((name) => name !== 'help')).toEqual(commands);
    for (const name of commands) expect(await runCli([name, '--help'], { cwd: temporaryFolder() })).toMatchObject({ code: 0, stderr: '' });
  });

  it('prints its help and ends in 2 where no command was given', async () => {
    expect(await runCli([], { cwd: temporaryFolder() })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('Usage: ratchet') as string,
    });
  });

  it.each([
    [['scor'], /^Unknown command 'scor'.*score/],
    [['versions', '--wat'], /^Unknown option '--wat'/],
    [['--wat'], /^Unknown option '--wat'/],
    [['diff', 'p'], /^Missing required argument 'from'/],
    [['rollback', 'p'], /^Required option '--to <version>' not specified/],
    [['versions', 'a', 'b'], /^Too many arguments/],
    [['lsp'], /^Required option '--stdio'/],
    [['versions', '--workspace', 'nowhere'], /^There is no folder nowhere/],
    [['audit', 'wat'], /^Unknown command 'wat'/],
  ])('tells bad usage in one sentence and ends in 2: %j', async (args, sentence) => {
    const { code, stdout, stderr } = await runCli(args, { cwd: temporaryFolder() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('loads neither the engine nor the models to print a help or a version', async () => {
    const folder = temporaryFolder({
      // Seen from outside: every built-in module that the bundle asks for.
      'spy.cjs': `const Module = require('node:module'); const load = Module._load; const seen = new Set();
        Module._load = function (name) { seen.add(name); return load.apply(this, arguments); };
        process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify('seen.json')}, JSON.stringify([...seen])));`,
    });
    const loaded = async (...args: string[]): Promise<string[]> => {
      await runCli(args, { cwd: folder, nodeArgs: ['--require', join(folder, 'spy.cjs')] });
      return JSON.parse(readFileSync(join(folder, 'seen.json'), 'utf8')) as string[];
    };
    for (const args of [['--version'], ['--help'], ['eval', '--help']]) expect(await loaded(...args)).not.toContain('node:sqlite');
    expect(await loaded('versions')).toContain('node:sqlite');
  });

  it('works in the nearest parent with .ratchet, else in the current folder, else where it is told to', async () => {
    const root = temporaryFolder({
      '.ratchet/config.yaml': 'version: 1\n',
      'deep/er/prompts/b.prompty': prompty.replace('answer', 'b'),
      'prompts/a.prompty': prompty,
    });
    const files = async (args: string[], cwd: string): Promise<string[]> => {
      const { json } = await runCli([...args, '--json'], { cwd });
      return (json as { prompts: { file: string }[] }).prompts.map((each) => each.file);
    };
    expect(await files(['versions'], join(root, 'deep/er'))).toContain('prompts/a.prompty');
    expect(await files(['versions', '--workspace', 'deep/er'], root)).toEqual(['prompts/b.prompty']);
    expect(await files(['--workspace', 'deep/er', 'versions'], root)).toEqual(['prompts/b.prompty']);
    expect(await files(['versions'], temporaryFolder({ 'prompts/c.prompty': prompty }))).toEqual(['prompts/c.prompty']);
  });

  it('keeps stdout for the document: one JSON document, whatever is said beside it', async () => {
    const root = temporaryFolder({ 'prompts/a.prompty': prompty });
    const { code, json, stderr } = await runCli(['rollback', 'support/answer', '--to', 'v9', '--json'], { cwd: root }).then(
      async (refused) => {
        expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('has no version v9') as string });
        return runCli(['init', '--json'], { cwd: root });
      },
    );
    expect({ code, json }).toMatchObject({ code: 0, json: { schema: 'promptratchet.init/1' } });
    expect(stderr).toContain('Next:');
    expect((await runCli(['init', '--json', '--quiet'], { cwd: root })).stderr).toBe('');
  });

  it('prints the same bytes for the same data', async () => {
    const root = temporaryFolder({ 'prompts/a.prompty': prompty, 'prompts/b.prompty': prompty.replace('answer', 'other') });
    const runs = [await runCli(['versions', '--json'], { cwd: root }), await runCli(['versions', '--json'], { cwd: root })];
    expect(runs[0]?.stdout).toBe(runs[1]?.stdout);
    expect(runs[0]?.stdout.startsWith('{\n  "schema": "promptratchet.versions/1",\n')).toBe(true);
  });

  it('has no colours where nobody looks', async () => {
    const { stdout } = await runCli(['versions'], { cwd: temporaryFolder({ 'prompts/a.prompty': prompty }) });
    expect(stdout).not.toContain('\u001b');
  });

  it('ends quietly where the reader of its output goes away', async () => {
    const root = temporaryFolder({ 'prompts/a.prompty': prompty });
    const child = spawn(process.execPath, [join(distDir, 'cli.js'), 'versions', '--json'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops at %s with %i', async (name, code) => {
    // The server answers this, and then waits for ever.
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { processId: null, rootUri: null, capabilities: {} },
    });
    const child = spawn(process.execPath, [join(distDir, 'cli.js'), 'lsp', '--stdio'], {
      cwd: temporaryFolder(),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.write(`Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill(name);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(code);
  });
});
