import { describe, expect, it } from 'vitest';
import { certificateLines, editLines, evidenceDocument, placesInCandidate } from '../../../src/extension/suggestion/evidenceText.js';
import type { Certificate, SuggestionDocument, SuggestionEdit } from '../../../src/shared/suggestionDocument.js';

const certificate: Certificate = {
  heldOut: { cases: 60, repeats: 3 },
  delta: 0.11,
  lo: 0.04,
  hi: 0.18,
  p: 0.00001,
  wins: 9,
  losses: 2,
  ties: 49,
  baseline: { mean: 0.6, lo: 0.5, hi: 0.7 },
  candidate: { mean: 0.71, lo: 0.6, hi: 0.8 },
  alpha: 0.05,
  alphaSpent: 0.03,
  alphaLeft: 0.07,
  regressions: ['c7'],
};
const edit = (start: number, before: string, after: string): SuggestionEdit => ({
  range: { start, end: start + before.length },
  before,
  after,
  why: { theme: 'too long\n[x](command:evil)', evidence: ['f1', 'f2'], proposer: 'playbook' },
});
const suggestion = (changes: Partial<SuggestionDocument> = {}): SuggestionDocument => ({
  schema: 'promptratchet.suggestion/1',
  id: 's-1',
  prompt: 'p',
  file: 'p.prompty',
  parent: { version: 'v2', sha256: 'x' },
  verdict: 'certified',
  reason: 'It is better.',
  diff: '',
  edits: [edit(0, 'ab', 'abc')],
  certificate,
  plan: { mde: 0.09, calls: 640, heldOut: 60, dev: 40 },
  spent: { calls: 588, tokensIn: null, tokensOut: null, cost: null, seconds: 71 },
  tried: [{ proposer: 'demonstrations', summary: 'two examples', dev: { cases: 40, delta: -0.02, se: 0.03 }, outcome: 'dropped' }],
  seed: 1,
  journal: 'j',
  recorded: false,
  ...changes,
});

describe('evidence in words', () => {
  it('gives every figure with its interval, and names what got worse', () => {
    expect(certificateLines(certificate)).toEqual([
      'Held out: 60 cases, 3 answers each',
      'Before: 0.60 [0.50, 0.70]',
      'After: 0.71 [0.60, 0.80]',
      'Gain: +0.11 [+0.04, +0.18]',
      'Cases better 9, worse 2, equal 49',
      'Sign-flip permutation test: p under 0.0001 (granted at 0.05; spent so far 0.03, left 0.07)',
      'Passed before and fails now: c7',
    ]);
  });

  it('says where an edit comes from', () => {
    const lines = editLines(edit(0, 'a', 'b'), suggestion());
    expect(lines[2]).toBe('Feedback behind it: 2 records (f1, f2)');
    expect(
      editLines({ ...edit(0, 'a', 'b'), why: { theme: null, evidence: [], proposer: 'demonstrations' } }, suggestion()).join('\n'),
    ).toContain('no single piece of feedback');
  });

  it('says that answers were recorded, that development cases are no evidence, and keeps log text on its line', () => {
    const text = evidenceDocument(suggestion({ recorded: true }));
    expect(text).toContain('recorded ones (replay)');
    expect(text).toContain('which are no evidence');
    expect(text).toContain('Complaint it answers: too long [x](command:evil)');
    expect(evidenceDocument(suggestion({ verdict: 'refused', certificate: null, edits: [], tried: [] }))).toContain('None was granted.');
  });

  it('finds each edit in the candidate', () => {
    const parent = 'one two three';
    const edits = [edit(8, 'three', '3'), edit(0, 'one', 'first')];
    const candidate = 'first two 3';
    const places = placesInCandidate(edits).map(({ start, end }) => candidate.slice(start, end));
    expect(parent.length).toBe(13);
    expect(places).toEqual(['first', '3']);
    expect(placesInCandidate([edit(3, '', '\nnew line')]).map(({ start, end }) => [start, end])).toEqual([[4, 12]]);
  });
});
