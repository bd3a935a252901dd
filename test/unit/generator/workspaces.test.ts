import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../generator/workspace.js';
import { gitIn } from '../../support/repository.js';
import { copyWorkspace, type WorkspaceCopy } from '../../support/workspaces.js';

let copy: WorkspaceCopy | null = null;

afterEach(async () => {
  await copy?.remove();
  copy = null;
});

describe('copyWorkspace', () => {
  it('copies the sample with its hidden files, apart from the original', async () => {
    copy = await copyWorkspace('sample');
    const config = join(copy.folder, '.ratchet/config.yaml');
    await writeFile(config, 'version: 1\n');
    expect(await readFile(`${repositoryRoot}/src/cli/sample/.ratchet/config.yaml`, 'utf8')).toContain('app-log');
    expect(existsSync(join(copy.folder, '.git'))).toBe(false);
  });

  it('commits everything where a repository is asked for', async () => {
    copy = await copyWorkspace('sample', { git: true });
    const git = gitIn(copy.folder);
    expect(git('status', '--porcelain')).toBe('');
    expect(git('ls-files')).toContain('.ratchet/registry.json');
  });

  it('removes the copy', async () => {
    copy = await copyWorkspace('banking77');
    await copy.remove();
    expect(existsSync(copy.folder)).toBe(false);
  });
});
