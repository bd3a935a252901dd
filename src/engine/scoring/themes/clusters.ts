/**
 * Comments that say the same in other words than the table knows: TF-IDF vectors, each put to the nearest leader by cosine.
 * Source of the weights: G. Salton, C. Buckley, "Term-weighting approaches in automatic text retrieval", 1988.
 */
import { normaliseComment, stemsOf } from './words.js';

export interface Clustered {
  /** Indices into the comments that were given. */
  members: number[];
  /** Most typical short comment. */
  label: string;
  /** Stems that at least half of the members have. */
  stems: string[];
}

const nearEnough = 0.35;
const maxLeaders = 60;
const labelLength = 60;

type Vector = Map<string, number>;

/** `comments` in the order that decides who leads. */
export function clusterComments(comments: readonly string[]): Clustered[] {
  const vectors = vectorsOf(comments.map(stemsOf));
  const leaders: { vector: Vector; members: number[] }[] = [];
  vectors.forEach((vector, index) => {
    if (vector.size === 0) return;
    let best: (typeof leaders)[number] | null = null;
    let nearest = nearEnough;
    for (const leader of leaders) {
      const similarity = cosine(vector, leader.vector);
      if (similarity > nearest) {
        nearest = similarity;
        best = leader;
      }
    }
    if (best !== null) best.members.push(index);
    else if (leaders.length < maxLeaders) leaders.push({ vector, members: [index] });
  });
  return leaders.map(({ members }) => ({
    members,
    label: typical(members, vectors, comments),
    stems: sharedStems(members, vectors),
  }));
}

function vectorsOf(stems: readonly string[][]): Vector[] {
  const documents = new Map<string, number>();
  for (const list of stems) for (const each of list) documents.set(each, (documents.get(each) ?? 0) + 1);
  return stems.map((list) => {
    const weights = list.map((each) => [each, Math.log(1 + stems.length / (documents.get(each) ?? 1))] as const);
    const norm = Math.sqrt(weights.reduce((sum, [, weight]) => sum + weight * weight, 0));
    return new Map(weights.map(([each, weight]) => [each, weight / norm]));
  });
}

function cosine(a: Vector, b: Vector): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [each, weight] of small) sum += weight * (large.get(each) ?? 0);
  return sum;
}

/** The member nearest to all others; of equally near ones the shortest, then the first by alphabet. */
function typical(members: readonly number[], vectors: readonly Vector[], comments: readonly string[]): string {
  const centre: Vector = new Map();
  for (const member of members) {
    for (const [each, weight] of vectors[member] ?? []) centre.set(each, (centre.get(each) ?? 0) + weight);
  }
  const ranked = members
    .map((member) => {
      const text = (comments[member] ?? '').replace(/\s+/g, ' ').trim();
      return { text, near: cosine(vectors[member] ?? new Map<string, number>(), centre), long: text.length > labelLength };
    })
    .sort((a, b) => Number(a.long) - Number(b.long) || b.near - a.near || a.text.length - b.text.length || (a.text < b.text ? -1 : 1));
  const text = normaliseComment(ranked[0]?.text ?? '')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/[.!,;]+$/, '');
  const characters = Array.from(text);
  return characters.length <= labelLength ? text : `${characters.slice(0, labelLength - 1).join('')}…`;
}

function sharedStems(members: readonly number[], vectors: readonly Vector[]): string[] {
  const counts = new Map<string, number>();
  for (const member of members) for (const each of vectors[member]?.keys() ?? []) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count * 2 >= members.length)
    .map(([each]) => each)
    .sort();
}
