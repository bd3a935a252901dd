import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RedactionConfig } from '../../../../src/engine/config/types.js';
import { createRedactor } from '../../../../src/engine/feedback/redaction/redactor.js';

const all: RedactionConfig = { kinds: ['email', 'phone', 'card', 'iban', 'ip', 'key'], patterns: [] };
const redact = (text: string, config: RedactionConfig = all): string => createRedactor(config).text(text);

// Put together here, so that no scanner takes this file for a leak.
const key = (prefix: string, length: number): string => prefix + 'aB3dE5gH7jK9mN1pQ2sT4vW6xY8zA0cD2fG4'.slice(0, length);

describe('what is taken out', () => {
  it.each([
    ['mail anna.b+c@mail.example.org now', 'mail [email] now'],
    ['<anna@example.org>, "bob_1@example.co.uk".', '<[email]>, "[email]".'],
    ['müller@bücher.example', '[email]'],
    ['mailto:anna@example.org?subject=x', 'mailto:[email]?subject=x'],
    ['call +49 30 1234567 or +1 (555) 123-4567', 'call [phone] or [phone]'],
    ['+4915112345678', '[phone]'],
    ['room 12 +49 (0)30/1234567, please', 'room 12 [phone], please'],
    ['0049 30 1234567', '[phone]'],
    ['(030) 123456 and (555) 123-4567', '[phone] and [phone]'],
    ['555-123-4567. 555.123.4567', '[phone]. [phone]'],
    ['06 12 34 56 78', '[phone]'],
    ['Tel.: 030 1234567 / 0171/123 45 67', 'Tel.: [phone] / [phone]'],
    ['card 4111 1111 1111 1111 123', 'card [card] 123'],
    ['4111111111111111 and 3782-822463-10005', '[card] and [card]'],
    ['5500000000000004.', '[card].'],
    ['DE89 3704 0044 0532 0130 00 AND MORE', '[iban] AND MORE'],
    ['gb82west12345698765432', '[iban]'],
    ['from 192.168.1.17:8080, http://10.0.0.1/x', 'from [ip]:8080, http://[ip]/x'],
    ['2001:db8::8a2e:370:7334 and fe80::1', '[ip] and [ip]'],
    ['1:2:3:4:5:6:7:8 ::ffff:10.1.2.3', '[ip] [ip]'],
    [`use ${key('sk-', 24)} here`, 'use [key] here'],
    [`${key('pk-lf-', 20)} ${key('ghp_', 30)} ${key('github_pat_', 30)}`, '[key] [key] [key]'],
    [`${key('xoxb-', 24)} AKIAABCDEFGH12345678 ${key('AIza', 35)}`, '[key] [key] [key]'],
    [`${key('glpat-', 20)} ${key('hf_', 30)}`, '[key] [key]'],
    [`eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln`, '[key]'],
    [`Authorization: Bearer ${key('', 24)}==`, 'Authorization: Bearer [key]'],
    [`a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b`, 'a [key] b'],
    [`-----BEGIN PRIVATE KEY-----\nMIIE cut off`, '[key]'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});

describe('what stays', () => {
  it.each([
    'order 4711, invoice 2024-000123, ticket #88123',
    'order 123-4567890-1234567',
    '2024-11-23 12:30:45, 23.11.2024, 11/23/2024, 2024-11-23T19:20:26.123+01:00',
    'v1.2.3.4, version 1.2.3.4, Chrome/120.0.0.0, release 10.0.0.1, build 1.2.3.4-beta',
    '1.2.3 and 10.20.30.40.50 and 300.1.1.1',
    '1732400000000 1732400000000000000 12345678901234567890',
    'a card that fails its check: 4111 1111 1111 1112',
    'DE89 3704 0044 0532 0130 02 and XX89370400440532013000',
    'package@1.2.3 @user user@localhost a@b',
    'std::vector<int>, Abc::Def, a::b, 12:30:45, 00:1b:44:11:3a:b7, ::1',
    '550e8400-e29b-41d4-a716-446655440000',
    'sk-learn-contrib-packages, task-list-with-many-words-1234567, Bearer responsibilities and duties',
    '1,234,567.89 EUR, 3.14159265358979, 1 000 000 000, 100 200 300 400',
    '(2023) 1 and (see 4) 12345',
    'scores: +1, +0.25, 12 + 34567890123',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('is every text where no kind is wanted', () => {
    expect(redact('anna@example.org', { kinds: [], patterns: [] })).toBe('anna@example.org');
    expect(redact('anna@example.org 192.168.0.1', { kinds: ['ip'], patterns: [] })).toBe('anna@example.org [ip]');
  });
});

describe('counts', () => {
  it('adds up what was taken out, by kind', () => {
    const redactor = createRedactor({ ...all, patterns: [{ name: 'customer', pattern: 'C-\\d{4}' }] });
    redactor.text('a@example.org b@example.org C-1234');
    redactor.text('10.0.0.1');
    expect(redactor.counts).toEqual({ email: 2, customer: 1, ip: 1 });
  });
});

describe('own patterns', () => {
  const own = (pattern: string, text: string): string => redact(text, { kinds: [], patterns: [{ name: 'x', pattern }] });

  it.each([
    ['C-\\d{4}', 'C-1234 and C-12', '[x] and C-12'],
    ['(?i)case', 'Case CASE cAsE', '[x] [x] [x]'],
    ['\\bcat\\b', 'cat concat cat', '[x] concat [x]'],
    ['^a|z$', 'abz az', '[x]bz a[x]'],
    ['(?:ab|cd)+e?', 'ababcde x cd', '[x] x [x]'],
    ['[^ ,]+-[0-9]{2,}', 'ab-123,c-4 d-56', '[x],c-4 [x]'],
    ['\\u00e9t\\xe9', 'un été', 'un [x]'],
    ['[\\w.]+;', 'a.b; c', '[x] c'],
    ['\\(\\d+\\)', 'f(12)(3)', 'f[x][x]'],
    ['a{0,2}b', 'aaab b', 'a[x] [x]'],
    ['[]]x', ']x', '[x]'],
    ['(?i)[^k]z', 'Kz az', 'Kz [x]'],
  ])('%s', (pattern, text, expected) => {
    expect(own(pattern, text)).toBe(expected);
  });

  it('comes before the built-in kinds', () => {
    expect(redact('anna@example.org', { ...all, patterns: [{ name: 'staff', pattern: '\\w+@example\\.org' }] })).toBe('[staff]');
  });

  it.each([
    ['(a)\\1', 'not known here'],
    ['(?=a)b', 'look-around'],
    ['(?<n>a)', 'named groups'],
    ['a*?b', 'never lazy'],
    ['a++', 'possessive'],
    ['a**', 'follows a quantifier'],
    ['a*', 'matches where there is nothing'],
    ['', 'matches where there is nothing'],
    ['(a', 'no ")"'],
    ['a)', 'no "("'],
    ['[a', 'no "]"'],
    ['[z-a]', 'out of order'],
    ['a{3,2}', 'out of order'],
    ['a{1000}', 'more than 200 times'],
    ['(?:a{100}b{100}){50}', 'too large'],
    ['+', 'follows nothing'],
    ['\\', 'ends in'],
    ['\\p{L}', 'not known here'],
    ['[😀]', 'beyond U+FFFF'],
    ['a'.repeat(501), 'longer than 500'],
    [`${'('.repeat(30)}a${')'.repeat(30)}`, 'too deep'],
  ])('refuses %s', (pattern, why) => {
    expect(() => own(pattern, 'text')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(why) as string }),
    );
  });

  it('agrees with the regular expressions of the language on what a text holds', () => {
    const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '(?:ab|c)', '(?:a|bc)', '\\w', '\\b', '(?:^|b)');
    const sign = fc.constantFrom('', '', '+', '{2}', '{1,2}', '?', '*');
    const pattern = fc
      .array(fc.tuple(atom, sign), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.map(([a, s]) => (a === '\\b' ? a : a + s)).join(''));
    const text = fc.array(fc.constantFrom('a', 'b', 'c', ' ', '\n'), { maxLength: 12 }).map((chars) => chars.join(''));
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        fc.pre(!new RegExp(`^(?:${source})$`).test('') && !/^(?:\\b|.[?*]|\(.*\)[?*])*$/.test(source));
        const mine = (() => {
          try {
            return own(source, value) !== value;
          } catch {
            return null; // refused: nothing to compare
          }
        })();
        fc.pre(mine !== null);
        expect(mine).toBe(new RegExp(source).test(value));
      }),
      { seed: 7, numRuns: 3000 },
    );
  });
});

describe('any text', () => {
  const pieces = fc.constantFrom(
    ...['anna@example.org', '+49 30 1234567', '4111 1111 1111 1111', 'DE89370400440532013000', '10.0.0.1', '2001:db8::1', '[email]', '[x]'],
    ...[
      key('sk-', 24),
      `Bearer ${key('', 24)}`,
      ' ',
      '-',
      '.',
      ':',
      '@',
      '1',
      '0',
      'a',
      '(',
      ')',
      '+',
      '/',
      '\n',
      '[',
      ']',
      'é',
      '😀',
      '555-123-4567',
    ],
  );
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
  );
  const config = { ...all, patterns: [{ name: 'x', pattern: '[a-c]{2,}|x' }] };

  it('is the same after a second time', () => {
    fc.assert(
      fc.property(text, (value) => {
        const once = redact(value, config);
        expect(redact(once, config)).toBe(once);
      }),
      { seed: 11, numRuns: 4000 },
    );
  });

  it('keeps everything outside of what was taken out, in order', () => {
    fc.assert(
      fc.property(text, (value) => {
        let at = 0;
        for (const part of redact(value).split(/\[(?:email|phone|card|iban|ip|key)\]/)) {
          const found = value.indexOf(part, at);
          expect(found).toBeGreaterThanOrEqual(at);
          at = found + part.length;
        }
      }),
      { seed: 12, numRuns: 2000 },
    );
  });

  it('hides an address wherever it stands between blanks', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(redact(`${before} anna@example.org ${after}`)).not.toMatch(
          /(?<![\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-])anna@example\.org(?![\p{L}\p{N}.-])/u,
        );
      }),
      { seed: 13, numRuns: 1000 },
    );
  });
});

describe('hostile text', () => {
  // What takes its square would take minutes here, with all of them.
  const size = 48 * 1024;
  const hostile = [
    'a',
    '1 ',
    '+1',
    'a@',
    '@a.a.',
    'sk-',
    'eyJ.',
    '-----BEGIN PRIVATE KEY-----',
    'Bearer a',
    '1:',
    ':',
    '1.',
    '(1',
    '01 ',
    'DE89 ',
    '4111 ',
    'é',
    '[x]',
    '12-',
    '0049 1',
  ];

  it('takes a time that grows with its length only', () => {
    const redactor = createRedactor({ ...all, patterns: [{ name: 'x', pattern: '(?:a|aa)+b|(?:[^x]+)+y' }] });
    for (const piece of hostile) expect(typeof redactor.text(piece.repeat(size / piece.length))).toBe('string');
  });
});
