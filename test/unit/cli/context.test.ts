import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Context, refuseOldNode } from '../../../src/cli/context.js';
import { temporaryFolder } from '../../support/temporary.js';

function open(options: { terminal?: boolean; env?: Record<string, string>; cwd?: string } = {}) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    isTTY: options.terminal === true,
    columns: 20,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const context = new Context({
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin: new PassThrough(),
    env: options.env ?? {},
    cwd: options.cwd ?? temporaryFolder(),
    distDir: '',
    signal: new AbortController().signal,
  });
  return { context, written };
}

describe('the context of a command', () => {
  it('prints the text for people, or the document and nothing else', () => {
    const { context, written } = open();
    context.emit({ schema: 's/1', b: 1, a: 2 }, () => 'hello');
    context.configure({ json: true });
    context.emit({ schema: 's/1', b: 1, a: 2 }, () => 'hello');
    expect(written.stdout).toBe('hello\n{\n  "schema": "s/1",\n  "a": 2,\n  "b": 1\n}\n');
  });

  it('is silent but for results and errors with --quiet', () => {
    const { context, written } = open({ terminal: true });
    context.configure({ quiet: true });
    context.note('next');
    context.progress('1 of 2');
    context.err('wrong');
    expect(written.stderr).toBe('wrong\n');
  });

  it('shows progress on a terminal alone, on one line that never wraps, and clears it before it speaks', () => {
    const piped = open();
    piped.context.progress('1 of 2');
    expect(piped.written.stderr).toBe('');
    const { context, written } = open({ terminal: true });
    context.progress('a line longer than the terminal');
    context.progress('short');
    context.out('result');
    expect(written.stderr).toBe('a line longer than \r\u001b[2Kshort\r\u001b[2K');
  });

  it('has colours on a terminal, unless someone does not want them', () => {
    expect(open().context.color).toBe(false);
    expect(open({ terminal: true }).context.style('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(open({ terminal: true, env: { NO_COLOR: '1' } }).context.style('red', 'x')).toBe('x');
    expect(open({ terminal: true, env: { NO_COLOR: '' } }).context.color).toBe(true);
    for (const globals of [{ color: false }, { json: true }]) {
      const { context } = open({ terminal: true });
      context.configure(globals);
      expect(context.color).toBe(false);
    }
  });

  it('never prints the value of a key', () => {
    const { context, written } = open({ env: { GATEWAY_KEY: 'sk-0123456789', API_TOKEN: 'short', HOME: '/home/someone' } });
    context.err('401 for sk-0123456789 of /home/someone: short');
    expect(written.stderr).toBe('401 for [GATEWAY_KEY] of /home/someone: short\n');
  });

  it('ends in the highest code that was set', () => {
    const { context } = open();
    expect(context.exitCode).toBe(0);
    context.exit(2);
    context.exit(1);
    expect(context.exitCode).toBe(2);
  });

  it('asks nothing where there is no terminal', async () => {
    expect(await open().context.confirm('Sure?')).toBeNull();
  });

  it('says which Node it needs', () => {
    for (const version of ['22.13.0', '22.20.1', '24.0.0'])
      expect(() => {
        refuseOldNode(version);
      }).not.toThrow();
    for (const version of ['20.19.0', '22.12.0'])
      expect(() => {
        refuseOldNode(version);
      }).toThrow('needs Node 22.13');
  });

  it('finds the workspace', () => {
    const root = temporaryFolder({ '.ratchet/config.yaml': '', 'a/b/file': '' });
    const { context } = open({ cwd: join(root, 'a/b') });
    expect(context.root).toBe(root);
    context.configure({ workspace: '.' });
    expect(context.root).toBe(join(root, 'a/b'));
    context.configure({ workspace: 'file' });
    expect(() => context.root).toThrow(expect.objectContaining({ code: 'BAD_USAGE' }));
  });
});
