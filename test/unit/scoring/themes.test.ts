import { describe, expect, it } from 'vitest';
import type { PromptDocument } from '../../../src/engine/prompts/types.js';
import type { ComplaintRow } from '../../../src/engine/feedback/backend.js';
import { complaintsOf, findThemes, groupComplaints } from '../../../src/engine/scoring/themes/themes.js';

const complaints = (...texts: string[]): ComplaintRow[] =>
  texts.map((text, n) => ({ id: String(n), unit: String(n), time: 1000 - n, text, rated: true }));

/** One message; `escaped` stands in the file where the text says `plain`. */
function document(text: string): PromptDocument {
  const segments = [{ kind: 'text' as const, source: { start: 0, end: text.length }, text }];
  return { id: 'p', text, messages: [{ role: 'system', source: { start: 0, end: text.length }, segments }] } as unknown as PromptDocument;
}

/** Ids of each group, sorted. */
const groupsOf = (given: ComplaintRow[]): string[] =>
  groupComplaints(complaintsOf(given))
    .filter((group) => group.members.length > 1)
    .map((group) =>
      group.members
        .map((each) => each.id)
        .sort()
        .join(','),
    )
    .sort();

const pointed = (text: string, given: ComplaintRow[], theme = 0): string[] =>
  (findThemes(given, document(text))[theme]?.segments ?? []).map(({ range }) => text.slice(range.start, range.end));

describe('themes', () => {
  it('groups complaints that say the same in other words, by users', () => {
    const themes = findThemes(
      [
        ...complaints('Way too long', 'so verbose!!', "didn't read, wall of text", 'the refund amount is wrong', 'This is incorrect'),
        { id: '9', unit: '0', time: 1, text: 'still too long', rated: true },
      ],
      null,
    );
    expect(themes.map(({ label, users, share, examples }) => ({ label, users, share, examples }))).toEqual([
      { label: 'way too long', users: 3, share: 3 / 5, examples: ['0', '1', '2'] },
      { label: 'answers are wrong', users: 2, share: 2 / 5, examples: ['3', '4'] },
    ]);
  });

  it('hears that a label was wanted and not a chat', () => {
    const labels = findThemes(
      complaints('just give me the team', 'I only need the label', 'stop chatting, one word is enough', 'too chatty'),
      null,
    ).map((each) => each.label);
    expect(labels).toEqual(['only the label was wanted', 'answers are too long']);
  });

  it('does not take a slow answer for a long one', () => {
    expect(findThemes(complaints('took too long', 'slow'), null).map((each) => each.id)).toEqual(['slow']);
  });

  it('groups what it has no name for by its own words, under a short comment of theirs', () => {
    const themes = findThemes(
      complaints(
        'the coupon code was rejected at checkout',
        'coupon code rejected',
        'my coupon code got rejected again',
        'parcel stuck in customs',
        'customs holds the parcel',
      ),
      null,
    );
    expect(themes.map((each) => [each.label, each.users])).toEqual([
      ['coupon code rejected', 3],
      [expect.stringContaining('customs'), 2],
    ]);
    expect(themes[0]?.id).toMatch(/^words-/);
  });

  it('knows no language', () => {
    const german = complaints(
      'der Gutschein wurde abgelehnt',
      'Gutscheincode abgelehnt',
      'mein Gutschein wird nicht angenommen',
      'das Paket hängt beim Zoll',
      'Paket liegt seit Wochen beim Zoll',
      'der Zoll hält mein Paket fest',
    );
    expect(findThemes(german, null).map((each) => [each.users, each.examples.length])).toEqual([
      [3, 3],
      [3, 3],
    ]);
    expect(groupsOf(german)).toEqual(['0,1,2', '3,4,5']);
    const japanese = complaints(
      '返金が遅い',
      '返金がまだです',
      '返金はいつですか',
      'ログインできない',
      'ログインに失敗します',
      'ログイン画面が開かない',
    );
    expect(groupsOf(japanese)).toEqual(['0,1,2', '3,4,5']);
  });

  it('holds a theme together that is said in many ways around the same words, and leaves out what shares nothing', () => {
    const given = complaints(
      'just give me the team',
      'I need the team, not a letter',
      'asked for a team got a letter',
      'a letter again where I need a team',
      'the team please, no letter',
      'meh',
      'who turned this on',
    );
    expect(groupsOf(given)).toEqual(['0,1,2,3,4']);
  });

  it('makes no theme of one user, of praise, or of nothing', () => {
    expect(findThemes(complaints('too long', 'wrong'), null)).toEqual([]);
    const praise = complaints('thanks, great', 'great, thank you').map((each) => ({ ...each, rated: false }));
    expect(findThemes(praise, null)).toEqual([]);
    expect(findThemes([], null)).toEqual([]);
  });

  it('is the same whatever the order', () => {
    const given = complaints('coupon rejected', 'too long', 'the coupon was rejected', 'wrong', 'very long', 'incorrect');
    expect(findThemes([...given].reverse(), null)).toEqual(findThemes(given, null));
  });

  it('points to the sentence that asks for what people complain about', () => {
    const text = 'You are a friendly agent.\nExplain your reasoning in detail. Answer with the team: billing, e.g. shipping.\n';
    expect(pointed(text, complaints('too long', 'too wordy'))).toEqual(['You are a friendly agent.', 'Explain your reasoning in detail.']);
  });

  it('does not point to a sentence that forbids it', () => {
    expect(pointed('Do not explain anything. Be concise.', complaints('too long', 'too wordy'))).toEqual([]);
  });

  it('points by shared words where it has no name for the complaint', () => {
    const text = 'Always mention the coupon code.\nGreet the customer.';
    expect(pointed(text, complaints('coupon code rejected', 'the coupon code is rejected'))).toEqual(['Always mention the coupon code.']);
  });

  it('invents no place', () => {
    expect(pointed('Say hello.', complaints('too long', 'too wordy'))).toEqual([]);
    expect(findThemes(complaints('too long', 'too wordy'), null)[0]?.segments).toEqual([]);
  });

  it('treats comments as data: markup and control characters of a label are text', () => {
    const [theme] = findThemes(complaints('<b>zebra</b>\u0007 stripes {{x}}', '<b>zebra</b>\u0007 stripes {{x}}'), null);
    expect(theme?.label).toBe('<b>zebra</b> stripes {{x}}');
  });
});
