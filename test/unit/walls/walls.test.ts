/**
 * A rule that nobody has seen fail is a hope: one violation per wall is planted in a copy of the layers' configuration,
 * and each checker must name it. What the walls allow is planted too, and must pass.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import type { BuildFailure } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeOptions, OUTPUTS } from '../../../src/build/esbuild.mjs';
import { allowed, plants } from './plants.js';
import type { Checker } from './plants.js';

const root = resolve(import.meta.dirname, '../../..');
const layers = ['shared', 'engine', 'platform', 'server', 'cli', 'extension', 'webview'];
const found: Record<Checker, string> = { tsc: '', eslint: '', depcruise: '', bundler: '' };
let copy = '';

/** Output of a checker; they exit with 1 or 2 when they find something, which is what we want to read. */
function run(command: string, args: string[]): Promise<string> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      [join(root, 'node_modules', command), ...args],
      { cwd: copy, maxBuffer: 1 << 26 },
      (_error, stdout, stderr) => {
        done(stdout || stderr);
      },
    );
  });
}

async function bundle(name: string): Promise<string> {
  const output = OUTPUTS.find((candidate) => candidate.name === name)!;
  try {
    await build({ ...nodeOptions(output, { base: copy }), write: false });
    return '';
  } catch (error) {
    return (error as BuildFailure).errors.map(({ text, location }) => `${name}: ${location?.file ?? ''}: ${text}`).join('\n');
  }
}

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'ratchet-walls-'));
  for (const layer of layers) {
    mkdirSync(join(copy, 'src', layer), { recursive: true });
    for (const file of ['tsconfig.json', 'no-vscode.d.ts']) {
      const from = join(root, 'src', layer, file);
      if (file === 'tsconfig.json' || layer !== 'extension') cpSync(from, join(copy, 'src', layer, file));
    }
  }
  mkdirSync(join(copy, 'src/build'), { recursive: true });
  cpSync(join(root, 'src/build/tsconfig.base.json'), join(copy, 'src/build/tsconfig.base.json'));
  cpSync(join(root, 'test/config'), join(copy, 'test/config'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ files: [], references: layers.map((layer) => ({ path: `src/${layer}` })) }));
  for (const [file, text] of [...Object.entries(allowed), ...plants.flatMap((plant) => Object.entries(plant.files))]) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), text);
  }
  [found.tsc, found.eslint, found.depcruise, found.bundler] = await Promise.all([
    run('typescript/bin/tsc', ['-b', '--pretty', 'false']),
    run('eslint/bin/eslint.js', ['-c', 'test/config/eslint.config.mjs', '--format', 'json', 'src']).then(eslintLines),
    run('dependency-cruiser/bin/dependency-cruiser.mjs', [
      '--config',
      'test/config/dependency-cruiser.cjs',
      '--output-type',
      'json',
      'src',
    ]).then(depcruiseLines),
    Promise.all([bundle('server'), bundle('cli')]).then((parts) => parts.join('\n')),
  ]);
}, 60_000);

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** One line per finding of a rule that is a wall: `file: rule`. */
function eslintLines(output: string): string {
  const results = JSON.parse(output) as { filePath: string; messages: { ruleId: string | null; message: string }[] }[];
  const walls = new Set(['@typescript-eslint/no-restricted-imports', 'no-restricted-syntax', 'no-console', null]);
  return results
    .flatMap(({ filePath, messages }) =>
      messages
        .filter(({ ruleId }) => walls.has(ruleId))
        .map(({ ruleId, message }) => `${relative(copy, filePath)}: ${ruleId ?? 'fatal'} ${message}`),
    )
    .join('\n');
}

function depcruiseLines(output: string): string {
  const { summary } = JSON.parse(output) as { summary: { violations: { from: string; to: string; rule: { name: string } }[] } };
  return summary.violations.map(({ from, to, rule }) => `${from}: ${rule.name} -> ${to}`).join('\n');
}

describe('the walls around the layers', () => {
  for (const plant of plants) {
    for (const checker of plant.caughtBy) {
      it(`${checker} catches ${plant.what}`, () => {
        const file =
          checker === 'bundler' ? /(server|cli)/.exec(plant.what.replace('command line', 'cli'))![1]! : Object.keys(plant.files)[0]!;
        expect(found[checker]).toContain(file);
      });
    }
  }

  it('names the bundle that reached vscode, with the reason', () => {
    expect(found.bundler).toMatch(/server: .*Could not resolve "vscode"/);
    expect(found.bundler).toMatch(/cli: .*Could not resolve "vscode"/);
  });

  it.each(Object.keys(allowed))('lets %s pass', (file) => {
    for (const checker of ['tsc', 'eslint', 'depcruise'] as const) {
      expect(found[checker].split('\n').filter((line) => line.startsWith(file))).toEqual([]);
    }
  });
});
