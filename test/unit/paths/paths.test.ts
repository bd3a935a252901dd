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
    expect(join('/desk', 'prompts', '../logs')).toBe('/desk/logs');
    expect(join('/desk', '/elsewhere')).toBe('/elsewhere');
    expect(join('C:\\desk', 'a.prompty')).toBe('c:/desk/a.prompty');
    expect(join('', 'a')).toBe('a');
    expect(join()).toBe('.');
  });
});

describe('isInside', () => {
  it('knows the folder, what is below it, and nothing that only starts alike', () => {
    expect(isInside('/desk/a', '/desk')).toBe(true);
    expect(isInside('/desk', '/desk/')).toBe(true);
    expect(isInside('/deskshop', '/desk')).toBe(false);
    expect(isInside('/desk/../etc/passwd', '/desk')).toBe(false);
    expect(isInside('/etc', '/')).toBe(true);
    expect(isInside('../x', '.')).toBe(false);
    expect(isInside('a/b', '.')).toBe(true);
    expect(isInside('C:\\Desk\\a', 'c:/desk')).toBe(true);
  });
});

describe('relative', () => {
  it.each([
    ['/desk', '/desk/prompts/a.prompty', 'prompts/a.prompty'],
    ['/desk', '/desk', ''],
    ['/desk/a', '/desk/b', '../b'],
    ['/', '/a', 'a'],
    ['C:\\Desk', 'c:/desk/x', 'x'],
    ['c:/desk', '/desk', '/desk'],
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
