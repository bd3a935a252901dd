import { describe, expect, it } from 'vitest';
import { escapeMarkdown, shorten } from '../../../src/server/markdown.js';

describe('escapeMarkdown', () => {
  it.each([
    ['a command link', '[Fix](command:workbench.action.terminal.new)'],
    ['an image', '![x](http://example.com/a.png)'],
    ['a bare address', 'see https://example.com/a or www.example.com'],
    ['HTML', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
    ['a mail address', 'write to a@example.com'],
    ['a theme icon', '$(trash) gone'],
    ['an entity', '&lt;b&gt;'],
    ['a heading in a second line', 'first\n# second\n> third'],
  ])('leaves nothing of %s that Markdown reads as markup', (_name, text) => {
    const escaped = escapeMarkdown(text);
    expect(escaped).not.toMatch(/[\r\n]/);
    expect(escaped).not.toMatch(/<|>|:\/\/|command:|\$\(/);
    expect(escaped.replace(/\\./g, '').replace(/&#\d+;/g, '')).not.toMatch(/[[\]()!*_`#@&]/);
  });

  it('keeps words as they are', () => {
    expect(escapeMarkdown('too long, no answer')).toBe('too long, no answer');
  });
});

describe('shorten', () => {
  it('cuts at a character', () => {
    expect(shorten('abcdef', 4)).toBe('abc…');
    expect(shorten('abcd', 4)).toBe('abcd');
    expect(shorten('👍👍👍', 2)).toBe('👍…');
  });
});
