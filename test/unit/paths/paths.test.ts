import { describe, expect, it } from 'vitest';
import { basename, dirname, extname, isAbsolute, isInside, join, normalise, relative } from '../../../src/engine/paths.js';

describe('normalise', () => {
  it.each([
    ['a/./b/../c', 'a/c'],
    ['/a//b/', '/a/b'],
    ['/../a', '/a'],
    ['../../a', '../../a'],
    ['a/../..', '..'],
    ['', '.'],
    ['/', '/'],
    ['C:\\Users\\me\\prompts', 'c:/Users/me/prompts'],
    ['C:/', 'c:/'],
    ['c:/..', 'c:/'],
    ['\\\\server\\share\\x', '//server/share/x'],
  ])('%s -> %s', (given, wanted) => {
    expect(normalise(given)).toBe(wanted);
  });
});

describe('join', () => {
  it('takes relative and absolute parts', () => {
    expect(join('/work', 'prompts', '../logs')).toBe('/work/logs');
    expect(join('/work', '/elsewhere')).toBe('/elsewhere');
    expect(join('C:\\work', 'a.prompty')).toBe('c:/work/a.prompty');
    expect(join('', 'a')).toBe('a');
    expect(join()).toBe('.');
  });
});

describe('isInside', () => {
  it('knows the folder, what is below it, and nothing that only starts alike', () => {
    expect(isInside('/work/a', '/work')).toBe(true);
    expect(isInside('/work', '/work/')).toBe(true);
    expect(isInside('/workshop', '/work')).toBe(false);
    expect(isInside('/work/../etc/passwd', '/work')).toBe(false);
    expect(isInside('/etc', '/')).toBe(true);
    expect(isInside('../x', '.')).toBe(false);
    expect(isInside('a/b', '.')).toBe(true);
    expect(isInside('C:\\Work\\a', 'c:/work')).toBe(true);
  });
});

describe('relative', () => {
  it.each([
    ['/work', '/work/prompts/a.prompty', 'prompts/a.prompty'],
    ['/work', '/work', ''],
    ['/work/a', '/work/b', '../b'],
    ['/', '/a', 'a'],
    ['C:\\Work', 'c:/work/x', 'x'],
    ['c:/work', '/work', '/work'],
    ['a/b', 'a/c', '../c'],
  ])('from %s to %s', (from, to, wanted) => {
    expect(relative(from, to)).toBe(wanted);
  });
});

describe('names', () => {
  it('splits a path', () => {
    expect(dirname('/a/b.c')).toBe('/a');
    expect(dirname('/a')).toBe('/');
    expect(dirname('a')).toBe('.');
    expect(basename('/a/b.c')).toBe('b.c');
    expect(basename('c:/')).toBe('');
    expect(extname('x.prompt.yml')).toBe('.yml');
    expect(extname('/a.b/.gitignore')).toBe('');
    expect(isAbsolute('\\\\server')).toBe(true);
    expect(isAbsolute('c:relative')).toBe(false);
  });
});
