/** What is in the VSIX: the allow-list's result, file by file. A new file in it is a decision: update the snapshot (`npm run cli -- -u`) knowing so. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const sample = 'dist/sample/';

const packaged = execFileSync(process.execPath, [join(root, 'node_modules/@vscode/vsce/vsce'), 'ls', '--no-dependencies'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split(/\r?\n/)
  .map((file) => file.replaceAll('\\', '/'))
  .sort();

describe('the package', () => {
  it('holds these files and no others', () => {
    expect(packaged.filter((file) => !file.startsWith(sample))).toMatchSnapshot();
  });

  it('holds the whole sample workspace, dot files too', () => {
    const source = join(root, 'src/cli/sample');
    const files = readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(source.length + 1));
    expect(packaged.filter((file) => file.startsWith(sample))).toEqual(files.map((file) => sample + file.replaceAll('\\', '/')).sort());
  });
});
