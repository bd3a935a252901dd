/**
 * Groups of comments that share words or parts of words, in any language. The comments are a graph, joined as strongly as their vectors are alike;
 * its principal eigenvector says how deep each comment lies in the densest part. Those that lie deep enough are a group and are taken out; what
 * is left is looked at again. So one large theme whose comments are all worded differently, but around the same few words, is one group and not
 * many, and a comment that shares nothing with anybody is in none. A group whose two sides have little to do with each other is cut.
 * Source: M. Pavan, M. Pelillo, "Dominant Sets and Pairwise Clustering", PAMI 29, 2007 (groups taken out one by one); S. Sarkar, K. L. Boyer,
 * "Quantitative measures of change based on feature organization: eigenvalues and eigenvectors", CVIU 71, 1998 (by the principal eigenvector).
 */
import { vectorsOf, type Vector } from './features.js';

/** Members have at least this share of the root mean square of the eigenvector. */
const depth = 0.55;
const maxGroups = 12;
const maxSteps = 30;
/**
 * Least mean likeness of two members, by the size of the group: a few comments that share a stray word are found anywhere, many that are all a
 * little alike are not.
 */
const leastLikeness = (n: number): number => 0.05 + 0.5 / n;

export interface Clustered {
  /** Indices into the comments that were given, the deepest first. */
  members: readonly number[];
}

/** Groups of at least two. The same comments in the same order give the same groups. */
export function clusterComments(comments: readonly string[]): Clustered[] {
  const { vectors, terms } = vectorsOf(comments);
  let left = comments.map((_, i) => i).filter((i) => (vectors[i]?.terms.length ?? 0) > 0);
  const groups: Clustered[] = [];
  while (left.length > 1 && groups.length < maxGroups) {
    const values = centrality(left, vectors, terms);
    const level = depth * Math.sqrt(values.reduce((sum, each) => sum + each * each, 0) / left.length);
    const members = left
      .map((index, i) => ({ index, value: values[i] ?? 0 }))
      .filter(({ value }) => value > level)
      .sort((a, b) => b.value - a.value || a.index - b.index);
    if (members.length < 2) break;
    const inside = new Set(members.map(({ index }) => index));
    left = left.filter((index) => !inside.has(index));
    for (const part of parted(
      members.map(({ index }) => index),
      vectors,
      terms,
    )) {
      if (part.length > 1 && likeness(part, vectors, terms) >= leastLikeness(part.length)) groups.push({ members: part });
    }
  }
  return groups;
}

/** Principal eigenvector of the likeness of comments, by power iteration; the matrix itself is never made. */
function centrality(indices: readonly number[], vectors: readonly Vector[], terms: number): Float64Array {
  let values = new Float64Array(indices.length).fill(1 / Math.sqrt(indices.length));
  for (let step = 0; step < maxSteps; step++) {
    const centre = sumOf(indices, vectors, terms, values);
    const next = new Float64Array(indices.length);
    let squares = 0;
    indices.forEach((index, i) => {
      // A comment is no evidence for itself: without this, one of rare words would be as deep as a shared one.
      const value = Math.max(0, dot(vectors[index], centre) - (values[i] ?? 0));
      next[i] = value;
      squares += value * value;
    });
    if (squares === 0) return next;
    const norm = Math.sqrt(squares);
    let moved = 0;
    for (let i = 0; i < next.length; i++) {
      // Half a step: a graph of two halves that only know each other would swing for ever.
      const value = ((next[i] ?? 0) / norm + (values[i] ?? 0)) / 2;
      moved = Math.max(moved, Math.abs(value - (values[i] ?? 0)));
      next[i] = value;
    }
    values = next;
    if (moved < 1e-3) break;
  }
  return values;
}

/** Two parts are themes of their own where a comment is less than this share as like one of the other as one of its own. */
const separate = 0.35;

/** Cuts a group along its second eigenvector where the two sides have little to do with each other, and each side again; order kept. */
function parted(indices: readonly number[], vectors: readonly Vector[], terms: number): (readonly number[])[] {
  if (indices.length < 4) return [indices];
  const sides = secondEigenvector(indices, vectors, terms);
  const a = indices.filter((_, i) => (sides[i] ?? 0) >= 0);
  const b = indices.filter((_, i) => (sides[i] ?? 0) < 0);
  if (a.length < 2 || b.length < 2) return [indices];
  const [x, y] = [sumOf(a, vectors, terms, null), sumOf(b, vectors, terms, null)];
  const between = x.reduce((sum, each, term) => sum + each * (y[term] ?? 0), 0) / (a.length * b.length);
  if (between >= separate * Math.min(likeness(a, vectors, terms), likeness(b, vectors, terms))) return [indices];
  return [...parted(a, vectors, terms), ...parted(b, vectors, terms)];
}

/** By power iteration at right angles to the first; begun from how like each is to the deepest comment. */
function secondEigenvector(indices: readonly number[], vectors: readonly Vector[], terms: number): Float64Array {
  const first = unit(multiply(indices, vectors, terms, multiply(indices, vectors, terms, new Float64Array(indices.length).fill(1))));
  const start = new Float64Array(indices.length);
  start[0] = 1;
  let values = unit(orthogonal(multiply(indices, vectors, terms, start), first));
  for (let step = 0; step < maxSteps; step++) {
    const next = unit(orthogonal(multiply(indices, vectors, terms, values), first));
    const moved = next.reduce((most, each, i) => Math.max(most, Math.abs(each - (values[i] ?? 0))), 0);
    values = next;
    if (moved < 1e-3) break;
  }
  return values;
}

function multiply(indices: readonly number[], vectors: readonly Vector[], terms: number, values: Float64Array): Float64Array {
  const centre = sumOf(indices, vectors, terms, values);
  return Float64Array.from(indices, (index) => dot(vectors[index], centre));
}

function orthogonal(values: Float64Array, to: Float64Array): Float64Array {
  const along = values.reduce((sum, each, i) => sum + each * (to[i] ?? 0), 0);
  return values.map((each, i) => each - along * (to[i] ?? 0));
}

function unit(values: Float64Array): Float64Array {
  const norm = Math.sqrt(values.reduce((sum, each) => sum + each * each, 0));
  return norm > 0 ? values.map((each) => each / norm) : values;
}

/** Mean cosine between two members. */
function likeness(indices: readonly number[], vectors: readonly Vector[], terms: number): number {
  const centre = sumOf(indices, vectors, terms, null);
  const squared = centre.reduce((sum, each) => sum + each * each, 0);
  const n = indices.length;
  return (squared - n) / (n * (n - 1));
}

function sumOf(indices: readonly number[], vectors: readonly Vector[], terms: number, factors: Float64Array | null): Float64Array {
  const sum = new Float64Array(terms);
  indices.forEach((index, i) => {
    const vector = vectors[index];
    if (vector === undefined) return;
    const factor = factors === null ? 1 : (factors[i] ?? 0);
    for (let t = 0; t < vector.terms.length; t++) {
      const term = vector.terms[t] ?? 0;
      sum[term] = (sum[term] ?? 0) + factor * (vector.weights[t] ?? 0);
    }
  });
  return sum;
}

function dot(vector: Vector | undefined, dense: Float64Array): number {
  if (vector === undefined) return 0;
  let sum = 0;
  for (let t = 0; t < vector.terms.length; t++) sum += (vector.weights[t] ?? 0) * (dense[vector.terms[t] ?? 0] ?? 0);
  return sum;
}
