import { describe, expect, it } from 'vitest';
import { follow, Positions, toUri, toWorkspacePath, uriToWorkspacePath } from '../../../src/server/convert.js';

describe('Positions', () => {
  it('counts UTF-16 units over CRLF lines', () => {
    const positions = new Positions('a\r\n👍b\r\nc');
    expect(positions.range({ start: 5, end: 6 })).toEqual({ start: { line: 1, character: 2 }, end: { line: 1, character: 3 } });
    expect(positions.offset({ line: 1, character: 2 })).toBe(5);
    expect(positions.line(1)).toEqual({ start: { line: 1, character: 0 }, end: { line: 1, character: 3 } });
  });

  it('leaves out a byte order mark, which is on disk but not in a buffer', () => {
    const positions = new Positions('\uFEFFname');
    expect(positions.range({ start: 1, end: 5 })).toEqual({ start: { line: 0, character: 0 }, end: { line: 0, character: 4 } });
    expect(positions.offset({ line: 0, character: 0 })).toBe(1);
  });
});

describe('follow', () => {
  it('keeps the place where nothing before it changed', () => {
    expect(follow('say hello to all', 'say hello to everybody', { start: 4, end: 9 })).toEqual({ start: 4, end: 9 });
  });
  it('finds words that moved', () => {
    expect(follow('say hello', 'please say hello', { start: 4, end: 9 })).toEqual({ start: 11, end: 16 });
  });
  it('gives up where the words are gone or stand in two places', () => {
    expect(follow('say hello', 'say hi', { start: 4, end: 9 })).toBeNull();
    expect(follow('say hello', 'x hello hello', { start: 4, end: 9 })).toBeNull();
  });
});

describe('workspace paths', () => {
  it('are null outside the folder and for other schemes', () => {
    expect(toWorkspacePath('/w', '/w/a/b.prompty')).toBe('a/b.prompty');
    expect(toWorkspacePath('/w', '/other/b.prompty')).toBeNull();
    expect(toWorkspacePath('/w', '/w')).toBeNull();
    expect(uriToWorkspacePath('/w', 'untitled:Untitled-1')).toBeNull();
    expect(uriToWorkspacePath('/w', toUri('/w', 'a b/ü.prompty'))).toBe('a b/ü.prompty');
  });
});
