import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../../../src/engine/ports.js';
import { createFileSystem } from '../../../src/platform/fs.js';
import { newVersion, noGit, promptFile, promptId, versionWorkspace } from '../../support/versionWorkspace.js';

/** A file system that stops working at its `limit`-th write, as a crash or a full disk does. */
function failingAt(limit: number): { fs: FileSystem; writes: () => number } {
  const real = createFileSystem();
  let writes = 0;
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    writes++;
    if (writes >= limit) throw new Error('power cut');
    return work();
  };
  return {
    writes: () => writes,
    fs: {
      ...real,
      write: (path, text) => step(() => real.write(path, text)),
      writeNew: (path, text) => step(() => real.writeNew(path, text)),
      append: (path, text, options) => step(() => real.append(path, text, options)),
      truncate: (path, length) => step(() => real.truncate(path, length)),
      remove: (path) => step(() => real.remove(path)),
    },
  };
}

describe('a crash while a version is written', () => {
  it('at any of its writes leaves a registry that holds, no number used twice, and no text lost', async () => {
    const count = failingAt(Number.POSITIVE_INFINITY);
    const whole = versionWorkspace({ git: noGit });
    await whole.services({ fs: count.fs }).versions.create(newVersion('two\n'));
    expect(count.writes()).toBeGreaterThan(10);

    for (let limit = 1; limit <= count.writes(); limit++) {
      const { root, services, versions, audit, read } = versionWorkspace({ git: noGit });
      const { fs } = failingAt(limit);
      await expect(services({ fs }).versions.create(newVersion('two\n'))).rejects.toThrow('power cut');
      expect(['one\n', 'two\n']).toContain(read(promptFile));

      const after = (await versions.list(promptId)).prompts[0]?.versions ?? [];
      const audited = (await audit.entries())
        .filter((each) => each.type === 'prompt.version.created')
        .map((each) => each.subject['version']);
      for (const each of after) {
        await expect(versions.content(promptId, each.version)).resolves.toBe(each.version === 'v1' ? 'one\n' : 'two\n');
      }
      // No version stands in the registry without its record in the log.
      const registered = [...(await versions.bySha256()).values()].flat();
      for (const each of registered) expect(audited).toContain(each.version);

      writeFileSync(join(root, promptFile), 'after the crash\n');
      const next = await versions.create(newVersion('three\n'));
      const list = (await versions.list(promptId)).prompts[0]?.versions ?? [];
      expect(new Set(list.map((each) => each.version)).size).toBe(list.length);
      expect(list.at(-1)?.version).toBe(next.version);
      expect(after.map((each) => each.version)).not.toContain(next.version);
      for (const each of list) await versions.content(promptId, each.version);
      expect((await audit.verify()).status).toBe('ok');
    }
  });

  it('never gives the number of a snapshot that the registry does not know', async () => {
    const { versions, root } = versionWorkspace({ git: noGit });
    await versions.create(newVersion('two\n'));
    writeFileSync(join(root, '.ratchet/versions', promptId, 'v0007.evidence.json'), '{');
    expect(await versions.create(newVersion('three\n'))).toMatchObject({ version: 'v8', parent: 'v2' });
  });
});

describe('a lost registry', () => {
  it('is rebuilt from the snapshots and their evidence', async () => {
    const { versions, root, read } = versionWorkspace({ git: noGit });
    await versions.create(newVersion('two\n'));
    const before = await versions.list();
    rmSync(join(root, '.ratchet/registry.json'));
    expect(await versions.list()).toEqual(before);
    await versions.snapshot(promptId);
    expect(await versions.bySha256()).toHaveProperty('size', 2);
    expect(Object.keys((JSON.parse(read('.ratchet/registry.json')) as { prompts: object }).prompts)).toEqual([promptId]);
    expect(await versions.create(newVersion('three\n'))).toMatchObject({ version: 'v3', parent: 'v2' });
  });

  it('takes from evidence only what lies beside it and holds', async () => {
    const { versions, root } = versionWorkspace({ git: noGit });
    await versions.create(newVersion('two\n'));
    rmSync(join(root, '.ratchet/registry.json'));
    const evidence = join(root, '.ratchet/versions', promptId, 'v0002.evidence.json');
    writeFileSync(
      evidence,
      JSON.stringify({ prompt: promptId, version: 'v2', sha256: 'x', time: 't', why: 'edit', file: '../../etc/passwd' }),
    );
    expect((await versions.list()).prompts[0]?.versions.map((each) => each.version)).toEqual(['v1']);
  });

  it.each([
    '{}',
    '{"schema":"promptratchet.registry/1","prompts":[]}',
    '{"schema":"promptratchet.registry/1","prompts":{"a":{"versions":{}}}}',
  ])('is told from one that was spoilt: %s', async (text) => {
    const { versions } = versionWorkspace({ git: noGit, files: { '.ratchet/registry.json': text } });
    await expect(versions.list()).rejects.toMatchObject({ code: 'IO_FAILED', message: expect.stringContaining('registry.json') as string });
  });
});
