/**
 * Comments as vectors that know no language: TF-IDF over words and over runs of three to five letters within words, which let forms of one word
 * and slips of the pen meet. Where a script has no blanks between words, single letters and pairs of them take their place.
 * Source of the weights: G. Salton, C. Buckley, "Term-weighting approaches in automatic text retrieval", Information Processing & Management 24, 1988.
 */
import { normaliseComment } from './words.js';

/** Terms with their weights; of length 1, or empty. */
export interface Vector {
  terms: Int32Array;
  weights: Float64Array;
}

/** What a whole word counts against the runs of letters in it. */
const wordShare = 0.2;
/** From this many comments on, a term that only one of them has tells nothing about what they share. */
const fewComments = 8;
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

interface Counted {
  terms: Int32Array;
  counts: Int32Array;
}

interface CountedComment {
  words: Counted;
  runs: Counted;
}

/**
 * Numbers of terms, and what is known of comments by their text. Kept between scores: of the comments most are those of the score before, and
 * cutting them up is most of the work.
 */
export class Lexicon {
  private terms = new Map<string, number>();
  private tokens = new Map<string, { word: number; runs: Int32Array }>();
  private comments = new Map<string, CountedComment>();

  get size(): number {
    return this.terms.size;
  }

  /** Forgets everything once it holds more than the comments of a large workspace have. */
  tidy(): void {
    if (this.comments.size <= maxKnown && this.terms.size <= maxTerms) return;
    this.terms = new Map();
    this.tokens = new Map();
    this.comments = new Map();
  }

  count(comment: string): CountedComment {
    let found = this.comments.get(comment);
    if (found === undefined) {
      const tokens = (normaliseComment(comment).match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? []).map((token) => this.token(token));
      const runs = new Int32Array(tokens.reduce((sum, each) => sum + each.runs.length, 0));
      let at = 0;
      for (const each of tokens) {
        runs.set(each.runs, at);
        at += each.runs.length;
      }
      found = { words: counted(Int32Array.from(tokens, (each) => each.word)), runs: counted(runs) };
      this.comments.set(comment, found);
    }
    return found;
  }

  private token(token: string): { word: number; runs: Int32Array } {
    let found = this.tokens.get(token);
    if (found === undefined) {
      // A word is another term than the same letters as a run.
      found = { word: this.number(`=${token}`), runs: Int32Array.from(runsOf(token), (run) => this.number(run)) };
      this.tokens.set(token, found);
    }
    return found;
  }

  private number(term: string): number {
    let number = this.terms.get(term);
    if (number === undefined) {
      number = this.terms.size;
      this.terms.set(term, number);
    }
    return number;
  }
}

const maxKnown = 50_000;
const maxTerms = 500_000;

/** A map of its terms for each comment would be most of what finding themes leaves to clean up. */
const fewTerms = 256;

/** Terms in the order in which they come first, which decides the order of sums. */
function counted(terms: Int32Array): Counted {
  if (terms.length > fewTerms) {
    const counts = new Map<number, number>();
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    return { terms: Int32Array.from(counts.keys()), counts: Int32Array.from(counts.values()) };
  }
  const different = new Int32Array(terms.length);
  const counts = new Int32Array(terms.length);
  let size = 0;
  for (const term of terms) {
    let at = 0;
    while (at < size && different[at] !== term) at++;
    if (at === size) different[size++] = term;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return { terms: different.slice(0, size), counts: counts.slice(0, size) };
}

function runsOf(token: string): string[] {
  const runs: string[] = [];
  if (unspaced.test(token)) {
    const letters = Array.from(token);
    letters.forEach((letter, i) => {
      runs.push(letter);
      const next = letters[i + 1];
      if (next !== undefined) runs.push(letter + next);
    });
    return runs;
  }
  const padded = ` ${token} `;
  for (let length = 3; length <= 5; length++) {
    for (let at = 0; at + length <= padded.length; at++) runs.push(padded.slice(at, at + length));
  }
  return runs;
}

/** `times`: how often each comment occurs. Terms of the vectors are numbered from 0 to `terms`, without those that are too rare to count. */
export function vectorsOf(
  comments: readonly string[],
  times: readonly number[] = comments.map(() => 1),
  lexicon = new Lexicon(),
): { vectors: Vector[]; terms: number } {
  const all = comments.map((comment) => lexicon.count(comment));
  const documents = new Int32Array(lexicon.size);
  let n = 0;
  all.forEach(({ words, runs }, i) => {
    const count = times[i] ?? 1;
    n += count;
    for (const { terms } of [words, runs]) for (const term of terms) documents[term] = (documents[term] ?? 0) + count;
  });
  const least = n > fewComments ? 2 : 1;
  const numbers = new Int32Array(documents.length);
  const idf = new Float64Array(documents.length);
  let terms = 0;
  documents.forEach((df, term) => {
    if (df < least) return;
    numbers[term] = terms++;
    idf[term] = 1 + Math.log((1 + n) / (1 + df));
  });
  return { vectors: all.map((each) => vectorOf(each, idf, numbers)), terms };
}

/** `(1 + ln tf) · idf` for words and for runs, each part brought to its share, the whole to length 1. */
function vectorOf({ words, runs }: CountedComment, idf: Float64Array, numbers: Int32Array): Vector {
  const room = words.terms.length + runs.terms.length;
  const terms = new Int32Array(room);
  const weights = new Float64Array(room);
  let at = 0;
  let total = 0;
  for (const [part, share] of [
    [words, wordShare],
    [runs, 1 - wordShare],
  ] as const) {
    const start = at;
    let squares = 0;
    for (let t = 0; t < part.terms.length; t++) {
      const term = part.terms[t] ?? 0;
      const count = part.counts[t] ?? 1;
      const weight = (idf[term] ?? 0) * (count === 1 ? 1 : 1 + Math.log(count));
      if (weight === 0) continue;
      terms[at] = numbers[term] ?? 0;
      weights[at] = weight;
      squares += weight * weight;
      at++;
    }
    if (squares === 0) continue;
    const scale = share / Math.sqrt(squares);
    for (let t = start; t < at; t++) weights[t] = (weights[t] ?? 0) * scale;
    total += share * share;
  }
  const norm = Math.sqrt(total);
  for (let t = 0; t < at; t++) weights[t] = (weights[t] ?? 0) / norm;
  return { terms: terms.subarray(0, at), weights: weights.subarray(0, at) };
}
