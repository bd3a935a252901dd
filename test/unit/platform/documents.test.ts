import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileSystem } from '../../../src/platform/fs.js';
import { createLocks } from '../../../src/platform/lock.js';
import { createDocuments } from '../../../src/platform/lowdb/documents.js';
import { bundleScript, runAll } from '../../support/bundle.js';
import { temporaryFolder } from '../../support/temporary.js';

interface Counter {
  n: number;
}

function open(path: string) {
  return createDocuments(createFileSystem(), createLocks()).open<Counter>(path, () => ({ n: 0 }));
}

describe('documents', () => {
  it('reads a missing file as the fallback and writes nothing for it', async () => {
    const folder = temporaryFolder();
    expect(await open(join(folder, 'a.json')).read()).toEqual({ n: 0 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('reads fresh before each change, returns what the change returns, and leaves no lock', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'sub/a.json');
    const [one, two] = [open(path), open(path)];
    await one.update((data) => (data.n = 5));
    const result = await two.update(async (data) => {
      await Promise.resolve();
      data.n++;
      return `now ${String(data.n)}`;
    });
    expect(result).toBe('now 6');
    expect(await one.read()).toEqual({ n: 6 });
    expect(readFileSync(path, 'utf8')).toBe('{\n  "n": 6\n}\n');
    expect(readdirSync(join(folder, 'sub'))).toEqual(['a.json']);
  });

  it('does not touch the file where nothing changed', async () => {
    const path = join(temporaryFolder(), 'a.json');
    await open(path).update((data) => (data.n = 1));
    const before = statSync(path).ino;
    await open(path).update((data) => (data.n = 1));
    expect(statSync(path).ino).toBe(before);
  });

  it('writes nothing where the change throws', async () => {
    const path = join(temporaryFolder(), 'a.json');
    await open(path).update((data) => (data.n = 1));
    const attempt = open(path).update((data) => {
      data.n = 2;
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    expect(await open(path).read()).toEqual({ n: 1 });
  });

  it.each(['{"n": 1', '[1]', 'null', '', '<<<<<<< HEAD\n{}'])('keeps a damaged file aside and says so: %j', async (text) => {
    const folder = temporaryFolder({ 'a.json': text });
    const path = join(folder, 'a.json');
    await expect(open(path).read()).rejects.toMatchObject({
      code: 'IO_FAILED',
      message: expect.stringContaining('a.json.damaged-') as string,
    });
    const kept = readdirSync(folder).filter((name) => name.startsWith('a.json.damaged-'));
    expect(kept).toHaveLength(1);
    expect(readFileSync(join(folder, kept[0] ?? ''), 'utf8')).toBe(text);
    await open(path).update((data) => data.n++);
    expect(await open(path).read()).toEqual({ n: 1 });
  });

  it('keeps aside once only where several find the damage', async () => {
    const folder = temporaryFolder({ 'a.json': '{' });
    const path = join(folder, 'a.json');
    const results = await Promise.allSettled([open(path).read(), open(path).read(), open(path).update(() => undefined)]);
    expect(results.filter((each) => each.status === 'rejected')).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toHaveLength(1);
  });

  it('reads a file that an editor gave a byte order mark', async () => {
    const path = join(temporaryFolder(), 'a.json');
    writeFileSync(path, '\uFEFF{"n":3}');
    expect(await open(path).read()).toEqual({ n: 3 });
  });

  it('loses nothing where two processes change it 200 times each', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.json');
    const script = await bundleScript(
      folder,
      `import { createFileSystem } from './src/platform/fs.js';
       import { createLocks } from './src/platform/lock.js';
       import { createDocuments } from './src/platform/lowdb/documents.js';
       const document = createDocuments(createFileSystem(), createLocks()).open(process.argv[2], () => ({ n: 0 }));
       void (async () => { for (let i = 0; i < 200; i++) await document.update((data) => { data.n++; }); })();`,
    );
    const runs = await runAll(script, [[path], [path]]);
    expect(runs).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    expect(await open(path).read()).toEqual({ n: 400 });
  });
});
