import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.js';
import { createFileSystem } from '../../../src/platform/fs.js';

const files = createFileSystem();
let root = '';

beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/ratchet-fs-`);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

async function reasonOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    if (EngineError.is(error, 'IO_FAILED')) return error.details['reason'];
    throw error;
  }
  return 'nothing was thrown';
}

describe('createFileSystem', () => {
  it('writes whole files into new folders, keeps the mode and leaves no temporary file', async () => {
    await files.write(`${root}/a/b/c.txt`, 'one');
    chmodSync(`${root}/a/b/c.txt`, 0o600);
    await files.write(`${root}/a/b/c.txt`, '\uFEFFtwo\r\n');
    expect(await files.read(`${root}/a/b/c.txt`)).toBe('\uFEFFtwo\r\n');
    expect(statSync(`${root}/a/b/c.txt`).mode & 0o777).toBe(0o600);
    expect(readdirSync(`${root}/a/b`)).toEqual(['c.txt']);
  });

  it('leaves the old content and no temporary file where the target is a folder', async () => {
    await files.mkdir(`${root}/folder`);
    expect(await reasonOf(files.write(`${root}/folder`, 'x'))).toBe('EISDIR');
    expect(readdirSync(root)).toEqual(['folder']);
  });

  it('creates only what is not there', async () => {
    await files.writeNew(`${root}/v1`, 'one');
    expect(await reasonOf(files.writeNew(`${root}/v1`, 'two'))).toBe('EEXIST');
    expect(readFileSync(`${root}/v1`, 'utf8')).toBe('one');
    expect(readdirSync(root)).toEqual(['v1']);
  });

  it('appends, with folders and mode, and truncates', async () => {
    await files.append(`${root}/x/log`, 'a\n', { sync: true, mode: 0o600 });
    await files.append(`${root}/x/log`, 'bé\n');
    expect(readFileSync(`${root}/x/log`, 'utf8')).toBe('a\nbé\n');
    expect(statSync(`${root}/x/log`).mode & 0o777).toBe(0o600);
    await files.truncate(`${root}/x/log`, 2);
    expect(await files.read(`${root}/x/log`)).toBe('a\n');
  });

  it('refuses what is missing, too large, not UTF-8, a folder or a pipe', async () => {
    writeFileSync(`${root}/big`, 'x'.repeat(100));
    writeFileSync(`${root}/latin1`, Buffer.from([0x61, 0xe9]));
    execFileSync('mkfifo', [`${root}/pipe`]);
    expect(await reasonOf(files.read(`${root}/none`))).toBe('ENOENT');
    expect(await reasonOf(files.read(`${root}/big`, 99))).toBe('too-large');
    expect(await files.read(`${root}/big`, 100)).toHaveLength(100);
    expect(await reasonOf(files.read(`${root}/latin1`))).toBe('not-utf8');
    expect(await reasonOf(files.read(root))).toBe('EISDIR');
    expect(await reasonOf(files.read(`${root}/pipe`))).toBe('not-a-file');
  });

  it('says what happened in one sentence with the next step', async () => {
    await expect(files.read(`${root}/none`)).rejects.toThrow(`Cannot read ${root}/none: it does not exist. Check the path.`);
  });

  it('reads ranges and streams from an offset', async () => {
    writeFileSync(`${root}/f`, 'x'.repeat(300_000) + 'end');
    expect(Buffer.from(await files.readRange(`${root}/f`, 300_000, 1e12)).toString()).toBe('end');
    expect((await files.readRange(`${root}/f`, 400_000, 5)).length).toBe(0);
    const ranges = [
      { offset: 300_000, length: 2 },
      { offset: 300_001, length: 1e12 },
      { offset: 400_000, length: 5 },
    ];
    const pieces = (await files.readRanges?.(`${root}/f`, ranges)) ?? [];
    expect(pieces.map((piece) => Buffer.from(piece).toString())).toEqual(['en', 'nd', '']);
    await expect(files.readRanges?.(`${root}/nope`, ranges)).rejects.toMatchObject({ code: 'IO_FAILED' });
    let text = '';
    for await (const chunk of files.stream(`${root}/f`, 299_999)) text += Buffer.from(chunk).toString();
    expect(text).toBe('xend');
    let bytes = 0;
    for await (const chunk of files.stream(`${root}/f`)) bytes += chunk.length;
    expect(bytes).toBe(300_003);
  });

  it('reports stat, lists links as links, resolves them, removes quietly', async () => {
    await files.write(`${root}/real/a`, 'a');
    symlinkSync(`${root}/real`, `${root}/link`);
    expect(await files.stat(`${root}/none/x`)).toBeNull();
    expect(await files.stat(`${root}/real/a/x`)).toBeNull();
    expect(await files.stat(`${root}/real/a`)).toMatchObject({ size: 1, isDirectory: false });
    expect((await files.list(root)).sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'link', isDirectory: false, isSymlink: true },
      { name: 'real', isDirectory: true, isSymlink: false },
    ]);
    expect(await files.realpath(`${root}/link/a`)).toBe(await files.realpath(`${root}/real/a`));
    await files.remove(`${root}/real/a`);
    await files.remove(`${root}/real/a`);
    expect(existsSync(`${root}/real/a`)).toBe(false);
  });
});
