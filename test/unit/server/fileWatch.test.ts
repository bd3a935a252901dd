import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchFiles, type FileWatch } from '../../../src/server/fileWatch.js';

describe('watchFiles', () => {
  let folder = '';
  let watch: FileWatch | null = null;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ratchet-watch-'));
  });
  afterEach(async () => {
    watch?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it('tells of an appended line', async () => {
    const file = join(folder, 'a.jsonl');
    await writeFile(file, 'x\n');
    let count = 0;
    const told = new Promise<void>((resolve) => {
      watch = watchFiles(
        () => Promise.resolve([file]),
        () => {
          count++;
          resolve();
        },
      );
    });
    await watch?.refresh();
    await appendFile(file, 'y\n');
    await told;
    expect(count).toBe(1);
  });

  it('tells of a file that was not there, also in a missing folder', async () => {
    const file = join(folder, 'later.jsonl');
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    watch = watchFiles(() => Promise.resolve([file, join(folder, 'no/where.jsonl')]), tell);
    await watch.refresh();
    await writeFile(file, 'x\n');
    await told;
  });
});
