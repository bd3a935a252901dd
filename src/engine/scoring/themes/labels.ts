/** What a group of comments is called: the shortest of its own typical comments. */
import { vectorsOf } from './features.js';
import { normaliseComment, stemsOf } from './words.js';

const labelLength = 60;
/** A label as near to the middle of the group as this share of the nearest is typical enough: then the shorter reads better. */
const nearEnough = 0.75;
const maxStems = 6;

/** Of the comments that fit, the shortest of those near the middle; else the nearest, cut. Control characters are no part of it. */
export function labelOf(comments: readonly string[]): string {
  const texts = comments.map(cleaned);
  const { vectors, terms } = vectorsOf(texts);
  const centre = new Float64Array(terms);
  for (const { terms: own, weights } of vectors) own.forEach((term, i) => (centre[term] = (centre[term] ?? 0) + (weights[i] ?? 0)));
  const near = vectors.map(({ terms: own, weights }) => own.reduce((sum, term, i) => sum + (weights[i] ?? 0) * (centre[term] ?? 0), 0));
  const candidates = texts
    .map((text, i) => ({ text, near: near[i] ?? 0, length: Array.from(text).length }))
    .sort((a, b) => b.near - a.near || a.length - b.length || (a.text < b.text ? -1 : 1));
  const fitting = candidates.filter((each) => each.length <= labelLength);
  const typical = fitting.filter((each) => each.near >= nearEnough * (fitting[0]?.near ?? 0));
  const chosen = best(typical, texts) ?? candidates[0];
  const characters = Array.from(chosen?.text ?? '');
  return characters.length <= labelLength ? characters.join('') : `${characters.slice(0, labelLength - 1).join('')}…`;
}

/** The shortest that says more than a word and has no word that nobody else uses, such as one with a slip of the pen; else just the shortest. */
function best<T extends { text: string; near: number; length: number }>(candidates: readonly T[], texts: readonly string[]): T | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of new Set(wordsOf(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  const isPlain = ({ text }: T): boolean => {
    const words = wordsOf(text);
    return words.length > 1 && words.every((word) => (counts.get(word) ?? 0) > 1);
  };
  const plain = candidates.filter(isPlain);
  const pool = plain.length > 0 ? plain : candidates;
  return [...pool].sort((a, b) => a.length - b.length || b.near - a.near || (a.text < b.text ? -1 : 1))[0];
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}']*/gu) ?? [];
}

function cleaned(comment: string): string {
  return normaliseComment(comment)
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/[\s.!,;:(]+$/, '')
    .trim();
}

/** Stems that the comments share, those of the most comments first; only what at least two and a fifth of the comments have. */
export function typicalStems(comments: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const comment of comments) for (const stem of stemsOf(comment)) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= 2 && count * 5 >= comments.length)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, maxStems)
    .map(([stem]) => stem);
}
