/** The command line as an npm package: the tarball, installed into an empty folder without a network, and README's commands for CI run with it. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packCli } from '../../src/build/packCli.mjs';
import { distDir } from '../support/cli.js';
import { makeRepository } from '../support/repository.js';
import { temporaryFolder } from '../support/temporary.js';

const run = promisify(execFile);
const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

let base = '';
let home = '';
const ratchet = async (args: readonly string[], cwd: string): Promise<Ended> => {
  try {
    const { stdout, stderr } = await run(process.execPath, [join(home, 'node_modules/prompt-ratchet/dist/cli.js'), ...args], { cwd });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Ended;
  }
};

/** The sample under git, its models answered by echo. */
async function sample(): Promise<string> {
  const cwd = temporaryFolder();
  expect(await ratchet(['init', '--sample'], cwd)).toMatchObject({ code: 0 });
  writeFileSync(
    join(cwd, '.ratchet/config.yaml'),
    'version: 1\nmodels:\n  - { name: local, provider: echo, model: echo }\ndefaults: { model: local }\n',
  );
  makeRepository(cwd);
  return cwd;
}

beforeAll(async () => {
  // Folders of `temporaryFolder` are gone after the first test.
  base = mkdtempSync(join(tmpdir(), 'ratchet-npm-'));
  const tarball = packCli({ dist: distDir, into: join(base, 'package') });
  home = join(base, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball], {
    cwd: home,
    shell: process.platform === 'win32',
    env: { ...process.env, npm_config_cache: join(base, 'cache') },
  });
}, 60_000);

afterAll(() => {
  rmSync(base, { recursive: true, force: true });
});

describe('the npm package', () => {
  it('has a manifest of its own, no dependencies, and nothing of the editor', () => {
    const folder = join(home, 'node_modules/prompt-ratchet');
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({ bin: { ratchet: 'dist/cli.js' }, engines: { node: '>=22.13' }, license: 'MIT' });
    expect(manifest).not.toHaveProperty('dependencies');
    expect(readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['prompt-ratchet']);
    expect(readdirSync(folder).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    expect(existsSync(join(folder, 'dist/extension.js'))).toBe(false);
    expect(existsSync(join(home, 'node_modules/.bin/ratchet'))).toBe(true);
  });

  it('runs on the sample', async () => {
    const cwd = await sample();
    expect(readFileSync(join(cwd, '.ratchet/.gitignore'), 'utf8')).toContain('.local/');
    const { stdout } = await ratchet(['eval', 'prompts/orders/find-order.eval.yaml', '--json'], cwd);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'promptratchet.eval/1', suites: [{ stats: { errored: 0 } }] });
    expect((await ratchet(['score', '--json'], cwd)).code).toBe(0);
    expect((await ratchet(['--version'], cwd)).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe('README, Evaluate in CI', () => {
  const section = /^### Evaluate in CI\n([\s\S]*?)^#{2,3} /m.exec(readme)?.[1] ?? '';
  const commands = [...section.matchAll(/^ *-? *(?:run: )?(ratchet eval .*)$/gm)].map(([, command]) => command ?? '');

  it('names a workflow of GitHub and a job of GitLab', () => {
    expect(section).toContain('.github/workflows/');
    expect(section).toContain('.gitlab-ci.yml');
    expect(commands).toHaveLength(2);
  });

  it('has commands that run: no evidence ends in 0, and every file is written', async () => {
    for (const command of commands) {
      const cwd = await sample();
      const args = command.split(' ').slice(1);
      const ended = await ratchet(args, cwd);
      expect([command, ended.code, ended.stderr]).toEqual([command, 0, expect.stringContaining('no evidence of a difference from main')]);
      const files = args.filter((_, index) => ['--out', '--junit'].includes(args[index - 1] ?? ''));
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) expect([file, existsSync(join(cwd, file))]).toEqual([file, true]);
    }
  }, 60_000);
});
