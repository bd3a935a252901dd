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

/** Numbers of terms in the order in which they are first seen, and how many comments have each. */
class Terms {
  private readonly numbers = new Map<string, number>();
  readonly documents: number[] = [];

  number(term: string): number {
    let number = this.numbers.get(term);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(term, number);
      this.documents.push(0);
    }
    return number;
  }

  count(terms: Iterable<number>): Map<number, number> {
    const counts = new Map<number, number>();
    for (const term of terms) {
      const before = counts.get(term) ?? 0;
      if (before === 0) this.documents[term] = (this.documents[term] ?? 0) + 1;
      counts.set(term, before + 1);
    }
    return counts;
  }
}

export function vectorsOf(comments: readonly string[]): { vectors: Vector[]; terms: number } {
  const words = new Terms();
  const runs = new Terms();
  // Few words are most of what people write: the runs of each are cut once.
  const known = new Map<string, { word: number; runs: number[] }>();
  const counted = comments.map((comment) => {
    const tokens = (normaliseComment(comment).match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? []).map((token) => {
      let found = known.get(token);
      if (found === undefined) {
        found = { word: words.number(token), runs: runsOf(token).map((run) => runs.number(run)) };
        known.set(token, found);
      }
      return found;
    });
    return { words: words.count(tokens.map((each) => each.word)), runs: runs.count(tokens.flatMap((each) => each.runs)) };
  });
  const least = comments.length > fewComments ? 2 : 1;
  const offset = words.documents.length;
  const vectors = counted.map((each) => {
    const entries = [
      ...weighted(each.words, words.documents, comments.length, least, wordShare, 0),
      ...weighted(each.runs, runs.documents, comments.length, least, 1 - wordShare, offset),
    ];
    const norm = Math.sqrt(entries.reduce((sum, [, weight]) => sum + weight * weight, 0));
    return {
      terms: Int32Array.from(entries, ([term]) => term),
      weights: Float64Array.from(entries, ([, weight]) => weight / norm),
    };
  });
  return { vectors, terms: offset + runs.documents.length };
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

/** `(1 + ln tf) · (1 + ln((1 + n) / (1 + df)))`, of length `share` all together. */
function weighted(
  counts: ReadonlyMap<number, number>,
  documents: readonly number[],
  n: number,
  least: number,
  share: number,
  offset: number,
): [number, number][] {
  const entries: [number, number][] = [];
  let squares = 0;
  for (const [term, count] of counts) {
    const df = documents[term] ?? 1;
    if (df < least) continue;
    const weight = (1 + Math.log(count)) * (1 + Math.log((1 + n) / (1 + df)));
    entries.push([offset + term, weight]);
    squares += weight * weight;
  }
  const scale = share / Math.sqrt(squares);
  return entries.map(([term, weight]) => [term, weight * scale]);
}
