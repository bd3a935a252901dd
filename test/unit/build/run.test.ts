/** What the scripts of a fresh clone rely on. */
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cacheRoot, childEnv, root, run } from '../../../src/build/lib/run.mjs';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the scripts', () => {
  it('give children our tools first, and nothing of an enclosing npm run or editor', () => {
    vi.stubEnv('npm_config_local_prefix', '/elsewhere');
    vi.stubEnv('npm_lifecycle_event', 'test');
    vi.stubEnv('VSCODE_IPC_HOOK_CLI', '/run/socket');
    vi.stubEnv('KEPT', 'yes');
    const env = childEnv({ MORE: '1' });
    expect(Object.keys(env).filter((name) => /^(npm_lifecycle|npm_config_local|VSCODE_)/.test(name))).toEqual([]);
    expect(env).toMatchObject({ KEPT: 'yes', MORE: '1' });
    expect(env['PATH']?.split(delimiter)[0]).toBe(join(root, 'node_modules/.bin'));
  });

  it('keep what they fetch in the cache folder that the machine names', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/somewhere');
    expect(cacheRoot()).toBe(join('/somewhere', 'prompt-ratchet'));
  });

  it('report a failing and a missing command by its code, with its words', async () => {
    const failed = await run(process.execPath, ['-e', 'console.error("no"); process.exit(3)'], { capture: true });
    expect(failed).toEqual({ code: 3, output: 'no\n' });
    expect((await run('/no/such/command', [], { capture: true })).code).not.toBe(0);
  });

  it('end a command that takes too long, with what it started', async () => {
    const nested = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); setInterval(() => {}, 1000);`;
    const ended = await run(process.execPath, ['-e', nested], { capture: true, timeoutMs: 300 });
    expect(ended.code).not.toBe(0);
    expect(ended.output).toContain('without a result');
  });
});
