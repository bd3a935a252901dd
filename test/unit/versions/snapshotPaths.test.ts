import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalise } from '../../../src/engine/paths.js';
import { numberOfFile, promptFolder, versionNumber, versionPaths } from '../../../src/engine/versions/snapshotPaths.js';

describe('paths of snapshots', () => {
  it.each([
    ['support/answer', 'support/answer'],
    ['..', '%2E%2E'],
    ['../../etc/passwd', '%2E%2E/%2E%2E/etc/passwd'],
    ['/etc', '%/etc'],
    ['a//b', 'a/%/b'],
    ['c:\\x', 'c%3A%5Cx'],
    ['Grüße 😀', 'Gr%C3%BC%C3%9Fe%20%F0%9F%98%80'],
    ['a%2Fb', 'a%252Fb'],
    ['con', '%63on'],
    ['nul.txt', '%6Eul.txt'],
    ['.git', '%2Egit'],
    ['end.', 'end%2E'],
    ['v0001.prompty', '%760001.prompty'],
    ['', '%'],
  ])('puts %j in %s', (id, folder) => {
    expect(promptFolder(id)).toBe(`.ratchet/versions/${folder}`);
  });

  it('keeps every id inside our folder, apart from every other, and short enough for any file system', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 }), (a, b) => {
        const folder = promptFolder(a);
        expect(normalise(folder)).toBe(folder);
        expect(folder.startsWith('.ratchet/versions/')).toBe(true);
        for (const part of folder.split('/')) expect(part.length).toBeLessThanOrEqual(110);
        if (a !== b) expect(folder).not.toBe(promptFolder(b));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it.each([
    ['prompts/a.prompty', 'v0003.prompty'],
    ['a.prompt', 'v0003.prompt'],
    ['a.prompt.yml', 'v0003.prompt.yml'],
    ['b/promptfooconfig.yaml', 'v0003.yaml'],
    ['b/plain', 'v0003.txt'],
    ['b/x.json', 'v0003.prompt.json'],
  ])('gives the snapshot of %s the name %s', (file, name) => {
    expect(versionPaths('p', 3, file)).toEqual({
      snapshot: `.ratchet/versions/p/${name}`,
      evidence: '.ratchet/versions/p/v0003.evidence.json',
    });
  });

  it('reads numbers from labels and file names', () => {
    expect(['v1', 'v12', 'v0', 'v01', 'x1', 'v1.5', 'v12345678901'].map(versionNumber)).toEqual([1, 12, null, null, null, null, null]);
    expect(['v0012.prompty', 'v12345.evidence.json', 'v1.txt', 'notes.txt'].map(numberOfFile)).toEqual([12, 12345, null, null]);
  });
});
