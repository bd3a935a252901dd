import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CodeCall, CodeRunner } from '../../../src/engine/ports.js';
import { createCodeRunner } from '../../../src/platform/code/runner.js';
import { buildCodePrograms, codeRunnerIn, type BuiltPrograms } from '../../support/codeRunner.js';
import { temporaryFolder, writeFiles } from '../../support/temporary.js';

let programs: BuiltPrograms;
const runners: CodeRunner[] = [];

beforeAll(async () => {
  programs = await buildCodePrograms();
});

afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close();
});

afterAll(() => {
  programs.remove();
});

interface Bench {
  root: string;
  runner: CodeRunner;
  call(given: Omit<Partial<CodeCall>, 'code'> & { code: Partial<CodeCall['code']> }, signal?: AbortSignal): Promise<unknown>;
  run(text: string, args?: readonly unknown[], timeoutMs?: number): Promise<unknown>;
  file(file: string, args?: readonly unknown[], more?: Partial<CodeCall>): Promise<unknown>;
}

function bench(files: Record<string, string> = {}, env: Record<string, string | undefined> = process.env): Bench {
  const root = temporaryFolder(files);
  const runner = codeRunnerIn(programs, root, env);
  runners.push(runner);
  const call: Bench['call'] = ({ code, ...more }, signal) =>
    runner.call(
      { purpose: 'assertion', args: ['abc', { vars: { n: 2 } }], timeoutMs: 5000, ...more, code: { language: 'javascript', ...code } },
      signal,
    );
  return {
    root,
    runner,
    call,
    run: (text, args = ['abc', { vars: { n: 2 } }], timeoutMs = 5000) => call({ code: { text }, args, timeoutMs }),
    file(file, args = ['abc', { vars: { n: 2 } }], more = {}) {
      const [path = '', name] = file.split(':');
      return call({ args, ...more, code: { file: path, ...(name === undefined ? {} : { name }) } });
    },
  };
}

describe('JavaScript in a suite', () => {
  it.each<[string, string, unknown]>([
    ['an expression', 'output.length === 3', true],
    ['an expression with a semicolon', 'output.includes("b");', true],
    ['an object', '{ pass: true, score: 0.5, reason: "fine" }', { pass: true, score: 0.5, reason: 'fine' }],
    ['a function body', 'const n = output.length;\nreturn n > 2;', true],
    ['a line of statements', 'const s = output; s === "abc" || s === "a;b"', true],
    ['a promise', 'Promise.resolve(context.vars.n)', 2],
    ['a body of several lines that returns nothing', 'const n = 1;\nn', undefined],
    ['a wait', 'new Promise((done) => setTimeout(() => done(process.platform.length > 0), 5))', true],
    ['a module of Node', 'process.mainModule.require("path").posix.join(output, "x")', 'abc/x'],
    ['an import', 'import("node:path").then(({ posix }) => posix.join(output, "y"))', 'abc/y'],
    ['its own lists', 'Array.isArray([]) && [] instanceof Array && context.vars instanceof Object', true],
  ])('may be %s', async (_name, code, value) => {
    expect(await bench().run(code)).toEqual(value);
  });

  it('of a transform is one expression, or several lines that return', async () => {
    const { call } = bench();
    const transform = (text: string) => call({ code: { text }, purpose: 'transform' });
    expect(await transform('output.toUpperCase()')).toBe('ABC');
    expect(await transform('const x = output;\nreturn x + 1;')).toBe('abc1');
    await expect(transform('return output')).rejects.toMatchObject({ code: 'SUITE_INVALID' });
  });

  it('has its arguments under the names that were asked for, and may be a function there', async () => {
    const { call } = bench();
    const parse = (text: string) => call({ code: { text }, purpose: 'http', parameters: ['json', 'text'], args: [{ a: { b: 1 } }, 'raw'] });
    expect(await parse('json.a.b')).toBe(1);
    expect(await parse('(json, text) => text + json.a.b')).toBe('raw1');
    expect(await parse('const { a } = json;\nreturn a;')).toEqual({ b: 1 });
  });

  it('that throws, that cannot be compiled, and that returns no data are told apart', async () => {
    const { run } = bench();
    await expect(run('JSON.parse(output)')).rejects.not.toMatchObject({ name: 'EngineError' });
    await expect(run('output.foo.bar')).rejects.toThrow('Cannot read properties of undefined');
    await expect(run('return return')).rejects.toMatchObject({ code: 'SUITE_INVALID' });
    await expect(run('() => 1')).rejects.toThrow('no data');
    await expect(run('(() => { const a = {}; a.a = a; return a; })()')).rejects.toThrow('circular');
  });

  it('sees paths of the environment, and no key', async () => {
    const { run } = bench({}, { ...process.env, OPENAI_API_KEY: 'secret', LC_TEST: 'x' });
    expect(await run('[typeof process.env.PATH, process.env.OPENAI_API_KEY, process.env.LC_TEST]')).toEqual(['string', null, 'x']);
  });

  it('changes nothing for what runs after it', async () => {
    const { run } = bench();
    await run('globalThis.left = 1;\nArray.prototype.map = () => "bad"; Object.prototype.foul = 1; return process.env.LEFT = "1";');
    await run('console.log = null; implicit = 3; true\nreturn 1');
    const seen = '[typeof left, [1].map((x) => x + 1), ({}).foul, process.env.LEFT, typeof implicit]';
    for (let round = 0; round < 4; round++) expect(await run(seen)).toEqual(['undefined', [2], null, null, 'undefined']);
  });

  it('that throws late is no fault of the next, and one that still waits is told', async () => {
    const { run } = bench();
    expect(await run('setTimeout(() => { throw new Error("late"); }, 20);\nreturn 1;')).toBe(1);
    expect(await run('Promise.reject(new Error("floating"));\nreturn 2;')).toBe(2);
    expect(await run('new Promise((done) => setTimeout(() => done(3), 60))')).toBe(3);
    await expect(run('new Promise(() => setTimeout(() => { throw new Error("mine"); }, 5))')).rejects.toThrow('mine');
  });

  it('runs while another waits', async () => {
    const { run } = bench();
    const order: number[] = [];
    const wait = run('new Promise((done) => setTimeout(done, 300))').then(() => order.push(1));
    await run('1').then(() => order.push(2));
    await wait;
    expect(order).toEqual([2, 1]);
  });
});

describe('a file of JavaScript', () => {
  it('is loaded from where it is, with what it imports', async () => {
    const { file } = bench({
      'suite/a.cjs':
        'const { twice } = require("./lib.cjs");\nmodule.exports = (output, context) => twice(output) + context.vars.n;\nmodule.exports.named = () => "named";',
      'suite/lib.cjs': 'exports.twice = (x) => x + x;',
      'suite/m.mjs':
        'import { add } from "./add.mjs";\nimport tool from "tool";\nexport default async (output) => add(output, tool);\nexport const other = (output) => output + "!";',
      'suite/add.mjs': 'export const add = (a, b) => a + b;',
      'node_modules/tool/index.js': 'module.exports = "tool";',
      'node_modules/tool/package.json': '{"name":"tool","main":"index.js"}',
      'esm/package.json': '{"type":"module"}',
      'esm/old.js': 'module.exports = (output) => output + __filename.length.toString().length;',
    });
    expect(await file('suite/a.cjs')).toBe('abcabc2');
    expect(await file('suite/a.cjs:named')).toBe('named');
    expect(await file('suite/m.mjs')).toBe('abctool');
    expect(await file('suite/m.mjs:other')).toBe('abc!');
    expect(await file('esm/old.js')).toMatch(/^abc\d$/u);
  });

  it('may be TypeScript, with enums and imports without an ending', async () => {
    const { file } = bench({
      'a.ts':
        'import { kind } from "./kind";\nenum Mark { Good = 1 }\nexport default (output: string): { pass: boolean } => ({ pass: Mark.Good === kind(output) });',
      'kind.ts': 'export function kind(text: string): number { return text.length > 2 ? 1 : 0; }',
    });
    expect(await file('a.ts')).toEqual({ pass: true });
  });

  it('that lacks the function, throws while it is loaded, or is elsewhere says so', async () => {
    const { file, root } = bench({ 'a.js': 'exports.x = 1;', 'b.js': 'throw new Error("at load");', 'c.mjs': 'import "./none.mjs";' });
    symlinkSync('/etc/hostname', join(root, 'link.js'));
    await expect(file('a.js')).rejects.toThrow(/exports no function/u);
    await expect(file('a.js:y')).rejects.toMatchObject({ code: 'SUITE_INVALID' });
    await expect(file('b.js')).rejects.toThrow('at load');
    await expect(file('c.mjs')).rejects.toThrow(/Cannot find/u);
    await expect(file('link.js')).rejects.toMatchObject({ code: 'OUTSIDE_WORKSPACE' });
  });

  it('that changed since, or whose import did, is loaded anew', async () => {
    const { file, root } = bench({ 'a.mjs': 'import { v } from "./v.mjs";\nexport default () => v;', 'v.mjs': 'export const v = 1;' });
    expect(await file('a.mjs')).toBe(1);
    writeFileSync(join(root, 'v.mjs'), 'export const v = 22;');
    utimesSync(join(root, 'v.mjs'), 1, 1);
    expect(await file('a.mjs')).toBe(22);
  });

  it('that spoils what all share spoils its own process only', async () => {
    const { file, run } = bench({
      'spoil.cjs': 'module.exports = () => { Object.prototype.foul = 1; globalThis.left = 1; return true; };',
      'look.cjs': 'module.exports = () => [({}).foul, typeof left];',
    });
    expect(await file('spoil.cjs')).toBe(true);
    expect(await file('look.cjs')).toEqual([null, 'undefined']);
    expect(await run('[({}).foul, typeof left]')).toEqual([null, 'undefined']);
  });

  it('of a provider keeps what it holds: a class is made once', async () => {
    const { file } = bench({
      'p.mjs':
        'export default class { constructor(options) { this.options = options; this.count = 0; }\n  id() { return "p"; }\n  async callApi(prompt) { this.count++; return { output: [prompt, this.count, this.options.config.k] }; } }',
      'f.cjs': 'module.exports = { callApi: (prompt, context) => ({ output: prompt + context.vars.n }) };',
    });
    const provider = { purpose: 'provider' as const, setup: { id: 'file://p.mjs', config: { k: 'v' } } };
    expect(await file('p.mjs', ['hi', {}], provider)).toEqual({ output: ['hi', 1, 'v'] });
    expect(await file('p.mjs', ['ho', {}], provider)).toEqual({ output: ['ho', 2, 'v'] });
    expect(await file('f.cjs', ['hi', { vars: { n: 5 } }], provider)).toEqual({ output: 'hi5' });
  });
});

describe('hostile code', () => {
  it('that never ends is killed, and after three times it is not run any more', async () => {
    const { run } = bench();
    for (let round = 0; round < 3; round++) await expect(run('(() => { for (;;); })()', [], 150)).rejects.toThrow('within 0.15 s');
    await expect(run('(() => { for (;;); })()', [], 150)).rejects.toThrow(/three times/u);
    expect(await run('1 + 1')).toBe(2);
  });

  it('that waits for ever is given up, and takes nobody with it', async () => {
    const { run } = bench();
    const others = [1, 2, 3].map((n) => run(`new Promise((done) => setTimeout(() => done(${String(n)}), 400))`));
    await expect(run('new Promise(() => {})', [], 100)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await Promise.all(others)).toEqual([1, 2, 3]);
  });

  it('that computes for ever after a wait costs the others nothing but time', async () => {
    const { run } = bench();
    const others = [1, 2, 3, 4, 5].map((n) => run(`new Promise((done) => setTimeout(() => done(${String(n)}), 150))`, [], 2000));
    await expect(run('new Promise((done) => setTimeout(done, 30)).then(() => { for (;;); })', [], 300)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect(await Promise.all(others)).toEqual([1, 2, 3, 4, 5]);
  });

  it('that sleeps in a program is killed with the program', async () => {
    const { run, root } = bench();
    const code = `const { execSync } = process.mainModule.require("child_process"); \nexecSync("(sleep 2; touch ${root}/late) & sleep 1e9"); return 1;`;
    const started = performance.now();
    await expect(run(code, [], 300)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(performance.now() - started).toBeLessThan(2000);
    await new Promise((done) => setTimeout(done, 2200));
    expect(existsSync(join(root, 'late'))).toBe(false);
  });

  it('that ends the process, or uses up its memory, is told by name; others go on', async () => {
    const { run, file } = bench({
      'kill.cjs': 'module.exports = () => { process.kill(process.pid, "SIGKILL"); return new Promise(() => {}); };',
    });
    const others = [
      run('new Promise((done) => setTimeout(() => done(1), 200))'),
      run('new Promise((done) => setTimeout(() => done(2), 200))'),
    ];
    await expect(run('process.exit(3)')).rejects.toThrow('process.exit(3)');
    await expect(file('kill.cjs')).rejects.toMatchObject({ code: 'CODE_ENDED' });
    expect(await Promise.all(others)).toEqual([1, 2]);
    await expect(run('const a = [];\nfor (;;) a.push(new Array(1e6).fill(1));', [], 20_000)).rejects.toMatchObject({ code: 'CODE_ENDED' });
    expect(await run('4')).toBe(4);
  }, 30_000);

  it('that returns too much gets an error', async () => {
    const { run } = bench();
    await expect(run('"x".repeat(2 ** 25)')).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    expect(await run('"x".repeat(2 ** 20).length')).toBe(2 ** 20);
  });

  it('that writes where the answers go ends its process', async () => {
    const { run } = bench();
    await expect(run('process.mainModule.require("fs").writeSync(3, "rubbish\\n");\nreturn new Promise(() => {});')).rejects.toMatchObject({
      code: 'CODE_ENDED',
    });
    expect(await run('5')).toBe(5);
  });

  it('is stopped at once when the run is', async () => {
    const { call } = bench();
    const stop = new AbortController();
    const looping = call({ code: { text: '(() => { for (;;); })()' }, timeoutMs: 60_000 }, stop.signal);
    const waiting = call({ code: { text: 'new Promise(() => {})' }, timeoutMs: 60_000 }, stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 150);
    await expect(looping).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('is not run at all in a workspace that is not trusted', async () => {
    const runner = createCodeRunner({ distDir: programs.distDir, root: temporaryFolder(), env: {}, trusted: () => false });
    const call = runner.call({ code: { language: 'javascript', text: '1' }, purpose: 'assertion', args: [], timeoutMs: 1000 });
    await expect(call).rejects.toMatchObject({ code: 'UNTRUSTED_WORKSPACE' });
    await runner.close();
  });
});

describe('a regular expression', () => {
  it('is tested, again and again alike', async () => {
    const { runner } = bench();
    for (let round = 0; round < 3; round++) expect(await runner.regex('b', 'g', 'abc', 1000)).toBe(true);
    expect(await runner.regex('^b', '', 'abc', 1000)).toBe(false);
  });

  it('that backtracks for ever is killed', async () => {
    const { runner } = bench();
    await expect(runner.regex('^(a+)+$', '', `${'a'.repeat(40)}!`, 200)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await runner.regex('a', '', 'a', 1000)).toBe(true);
  });
});

describe('Python', () => {
  const python = (at: Bench, text: string, args: readonly unknown[] = ['abc', { vars: { n: 2 } }], timeoutMs = 10_000) =>
    at.call({ code: { language: 'python', text }, args, timeoutMs });
  const pythonFile = (at: Bench, file: string, more: Partial<CodeCall> = {}) => {
    const [path = '', name] = file.split(':');
    return at.call({ ...more, timeoutMs: 10_000, code: { language: 'python', file: path, ...(name === undefined ? {} : { name }) } });
  };

  it('is one line, or the body of a function', async () => {
    const at = bench();
    expect(await python(at, 'len(output) > 2')).toBe(true);
    expect(await python(at, 'json.loads("[1]")')).toEqual([1]);
    expect(await python(at, 'n = len(output)\nif n > 2:\n    return context["vars"]["n"]\nreturn 0')).toBe(2);
    expect(await python(at, 'n = 1\nn')).toBeNull();
    expect(await python(at, 'float("nan")')).toBeNull();
    await expect(python(at, '1/0')).rejects.toThrow('ZeroDivisionError');
    await expect(python(at, 'return return')).rejects.toMatchObject({ code: 'SUITE_INVALID' });
    await expect(python(at, 'object()')).rejects.toThrow('not JSON serializable');
  });

  it('of a file has functions, classes, coroutines and its own imports; what it prints disturbs nothing', async () => {
    const at = bench({
      'a/check.py':
        'import helper, os, sys\nasync def later(output, context):\n    return True\nclass Group:\n    @staticmethod\n    def part(output, context):\n        return "part"\ndef get_assert(output, context):\n    print("noise")\n    sys.stdout.write("more")\n    os.write(1, b"raw")\n    return {"pass": helper.good(output), "score": 1.0, "reason": "r"}\ndef call_api(prompt, options, context):\n    return {"output": prompt + options["config"]["k"]}\n',
      'a/helper.py': 'def good(text):\n    return len(text) == 3\n',
      'prompt.py': 'import json, sys\nprint("Hello " + json.loads(sys.argv[1])["vars"]["name"])\n',
    });
    expect(await pythonFile(at, 'a/check.py')).toEqual({ pass: true, score: 1, reason: 'r' });
    expect(await pythonFile(at, 'a/check.py:later')).toBe(true);
    expect(await pythonFile(at, 'a/check.py:Group.part')).toBe('part');
    expect(await pythonFile(at, 'a/check.py', { purpose: 'provider', args: ['p', { config: { k: 'v' } }, {}] })).toEqual({ output: 'pv' });
    expect(await pythonFile(at, 'prompt.py', { purpose: 'prompt', args: [{ vars: { name: 'Ann' } }] })).toBe('Hello Ann');
    await expect(pythonFile(at, 'a/check.py:none')).rejects.toThrow('has no function none');
    writeFiles(at.root, { 'a/helper.py': 'def good(text):\n    return len(text) == 4444\n' });
    expect(await pythonFile(at, 'a/check.py')).toMatchObject({ pass: false });
  });

  it('that ends its process is told by name, and the next one gets a new process', async () => {
    const at = bench();
    await expect(python(at, '__import__("os")._exit(3)')).rejects.toMatchObject({ code: 'CODE_ENDED' });
    await expect(python(at, '__import__("os")._exit(3)')).rejects.toThrow(/Python .* code 3/u);
    await expect(python(at, '__import__("sys").exit(4)')).rejects.toThrow('sys.exit(4)');
    expect(await python(at, '1')).toBe(1);
  });

  it('that never ends, or has started others, is killed with them', async () => {
    const at = bench();
    const fork = `import subprocess\nsubprocess.Popen(["sh", "-c", "sleep 1.5; touch ${at.root}/late"])\nwhile True: pass`;
    await expect(python(at, fork, undefined, 500)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await python(at, '2')).toBe(2);
    await new Promise((done) => setTimeout(done, 1700));
    expect(existsSync(join(at.root, 'late'))).toBe(false);
  });

  it('sees no key, and another Python where one is named', async () => {
    const at = bench({}, { ...process.env, ANTHROPIC_API_KEY: 'secret' });
    expect(await python(at, '__import__("os").environ.get("ANTHROPIC_API_KEY", "none")')).toBe('none');
    const missing = at.call({ code: { language: 'python', text: '1' }, executable: 'no-such-python' });
    await expect(missing).rejects.toThrow(/no-such-python cannot be started/u);
  });

  it('that returns too much gets an error', async () => {
    await expect(python(bench(), '"x" * (2 ** 25)')).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
  });
});

describe('a process whose parent was killed', () => {
  const alive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      // Nobody has this id any more.
      return false;
    }
  };

  it.each([
    ['codeHost.js', [], 'while (true) {}\n'],
    ['codeHost.py', ['/'], 'while True: pass\n'],
  ])('ends, even while it computes: %s', async (program, args, text) => {
    const job = JSON.stringify({ id: 1, purpose: 'scoring', text, parameters: [], args: '[{}, {}]' });
    const command = program.endsWith('.py') ? 'python3' : process.execPath;
    const script = `
      const { spawn } = require('node:child_process');
      const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'];
      const child = spawn(${JSON.stringify(command)}, ${JSON.stringify([join(programs.distDir, program), ...args])}, { detached: true, stdio });
      child.stdio[4].write(${JSON.stringify(job)} + '\\n');
      child.stdio[3].on('data', (answer) => {
        if (!String(answer).includes('enter')) return;
        require('node:fs').writeSync(1, String(child.pid));
        process.kill(process.pid, 'SIGKILL');
      });`;
    const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 20_000 });
    const pid = Number(stdout);
    expect(pid).toBeGreaterThan(1);
    for (let round = 0; round < 80 && alive(pid); round++) await new Promise((done) => setTimeout(done, 100));
    expect(alive(pid)).toBe(false);
  });
});
