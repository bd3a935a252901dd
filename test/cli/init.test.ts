import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { distDir, runCli } from '../support/cli.js';
import { temporaryFolder } from '../support/temporary.js';

interface Init {
  created: string[];
  kept: string[];
}

describe('init', () => {
  it('writes the configuration and our .gitignore, and says what is next', async () => {
    const root = temporaryFolder();
    const { code, stdout, stderr } = await runCli(['init'], { cwd: root });
    expect(code).toBe(0);
    expect(stdout).toContain('wrote .ratchet/config.yaml');
    expect(stderr).toContain('ratchet pull');
    expect(readFileSync(join(root, '.ratchet/.gitignore'), 'utf8')).toContain('\n.local/\n');
    expect(parse(readFileSync(join(root, '.ratchet/config.yaml'), 'utf8'))).toEqual({ version: 1, threshold: 0.7 });
  });

  it('writes examples that hold once their comment marks are taken away', async () => {
    const root = temporaryFolder();
    await runCli(['init'], { cwd: root });
    const text = readFileSync(join(root, '.ratchet/config.yaml'), 'utf8').replace(
      /^# (?=[a-z]+: ?[[{]?|sources:|models:|defaults:| )/gm,
      '',
    );
    expect(parse(text.replace(/^[A-Z].*$/gm, ''))).toMatchObject({
      sources: [{ name: 'app-log', kind: 'jsonl' }],
      models: [{ name: 'local' }, { name: 'gateway' }],
    });
  });

  it('writes nothing with --dry-run', async () => {
    const root = temporaryFolder();
    const { json } = await runCli(['init', '--dry-run', '--json'], { cwd: root });
    expect(json).toMatchObject({
      dryRun: true,
      created: ['.ratchet/.gitattributes', '.ratchet/.gitignore', '.ratchet/config.yaml'],
      kept: [],
    });
    expect(readdirSync(root)).toEqual([]);
  });

  it('never overwrites', async () => {
    const root = temporaryFolder({ '.ratchet/config.yaml': 'mine\n' });
    const { json } = await runCli(['init', '--json'], { cwd: root });
    expect(json).toMatchObject({ kept: ['.ratchet/config.yaml'] });
    expect(readFileSync(join(root, '.ratchet/config.yaml'), 'utf8')).toBe('mine\n');
  });

  it('writes the sample workspace, and keeps what is there', async () => {
    const root = temporaryFolder();
    const first = (await runCli(['init', '--sample', '--json'], { cwd: root })).json as Init;
    const sample = readdirSync(join(distDir, 'sample'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(first.created).toEqual(expect.arrayContaining(['.ratchet/.gitignore', '.ratchet/config.yaml']));
    expect(first.created.length).toBeGreaterThanOrEqual(sample.length);
    for (const path of first.created) expect(existsSync(join(root, path))).toBe(true);
    const changed = first.created.find((path) => path.startsWith('prompts/')) ?? '';
    writeFileSync(join(root, changed), 'mine\n');
    const second = (await runCli(['init', '--sample', '--json'], { cwd: root })).json as Init;
    expect(second).toMatchObject({ created: [], kept: first.created });
    expect(readFileSync(join(root, changed), 'utf8')).toBe('mine\n');
  });
});
