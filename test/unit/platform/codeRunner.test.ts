import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeRunner } from '../../../src/engine/ports.js';
import { createCodeRunner } from '../../../src/platform/code/runner.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';

let distDir = '';
let runner: CodeRunner;

beforeAll(async () => {
  distDir = mkdtempSync(join(tmpdir(), 'ratchet-code-'));
  await build({
    entryPoints: [join(import.meta.dirname, '../../../src/platform/code/worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    outfile: join(distDir, 'codeWorker.js'),
    logLevel: 'silent',
  });
  runner = createCodeRunner({ distDir });
});

afterAll(async () => {
  await runner.close();
  rmSync(distDir, { recursive: true, force: true });
});

const run = (code: string, output = 'abc', vars: Record<string, unknown> = {}, timeoutMs = 5000) =>
  runner.javascript(code, { output, vars }, timeoutMs);

describe('assertion code', () => {
  it.each<[string, string, unknown]>([
    ['an expression', 'output.length === 3', true],
    ['an expression with a semicolon', 'output.includes("b");', true],
    ['a function', '(output, context) => context.vars.n + output.length', 5],
    ['a function body', 'const n = output.length;\nreturn n > 2;', true],
    ['a line of statements', 'const s = output; s === "abc" || s === "a;b"', true],
    ['code that looks at the prompt', '(output, { prompt, test }) => prompt === null && test.vars.n === 2', true],
    ['a promise', 'Promise.resolve({ pass: true, score: 1, reason: "fine" })', { pass: true, score: 1, reason: 'fine' }],
    ['a CommonJS module', 'const { posix } = require("path");\nmodule.exports = (output) => posix.join(output, "x");', 'abc/x'],
    ['an ES module', 'export default function (output, { vars }) { return output + vars.n; }', 'abc2'],
  ])('may be %s', async (_name, code, value) => {
    expect(await run(code, 'abc', { n: 2 })).toEqual(value);
  });

  it('that throws, that cannot be compiled, and that takes too long are told apart', async () => {
    await expect(run('JSON.parse(output)')).rejects.not.toMatchObject({ name: 'EngineError' });
    await expect(run('return return')).rejects.toMatchObject({ code: 'SUITE_INVALID' });
    await expect(run('(() => { for (;;); })()', '', {}, 100)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(run('() => () => 1')).rejects.toThrow('no data');
  });

  it('goes on after a thread was killed, and after one ended itself', async () => {
    await expect(run('process.exit(3)')).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await run('1 + 1')).toBe(2);
    const both = Promise.allSettled([run('(() => { for (;;); })()', '', {}, 100), run('output')]);
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('sees no environment variable, hence no key', async () => {
    process.env['RATCHET_TEST_KEY'] = 'secret';
    expect(await run('Object.keys(process.env).length')).toBe(0);
  });

  it('is killed at once when the run is cancelled', async () => {
    const stop = new AbortController();
    const looping = runner.javascript('(() => { for (;;); })()', { output: '', vars: {} }, 60_000, stop.signal);
    const waiting = runner.javascript('1', { output: '', vars: {} }, 60_000, stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 50);
    await expect(looping).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await run('3')).toBe(3);
  });
});

describe('a regular expression', () => {
  it('is tested, again and again alike', async () => {
    for (let round = 0; round < 3; round++) expect(await runner.regex('b', 'g', 'abc', 1000)).toBe(true);
    expect(await runner.regex('^b', '', 'abc', 1000)).toBe(false);
  });

  it('that backtracks for ever is killed', async () => {
    await expect(runner.regex('^(a+)+$', '', `${'a'.repeat(40)}!`, 200)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await runner.regex('a', '', 'a', 1000)).toBe(true);
  });
});
