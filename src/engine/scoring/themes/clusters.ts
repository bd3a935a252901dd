/**
 * Groups of comments that share words or parts of words, in any language. The comments are a graph, joined as strongly as their vectors are alike;
 * its principal eigenvector says how deep each comment lies in the densest part. Those that lie deep enough are a group and are taken out; what
 * is left is looked at again. So one large theme whose comments are all worded differently, but around the same few words, is one group and not
 * many, and a comment that shares nothing with anybody is in none. A group whose two sides have little to do with each other is cut.
 * Source: M. Pavan, M. Pelillo, "Dominant Sets and Pairwise Clustering", PAMI 29, 2007 (groups taken out one by one); S. Sarkar, K. L. Boyer,
 * "Quantitative measures of change based on feature organization: eigenvalues and eigenvectors", CVIU 71, 1998 (by the principal eigenvector).
 */
import { Lexicon, vectorsOf, type Vector } from './features.js';

/** Members have at least this share of the root mean square of the eigenvector. */
const depth = 0.55;
const maxGroups = 12;
const maxSteps = 30;
const still = 1e-3;
/** Two parts are themes of their own where a comment is less than this share as like one of the other as one of its own. */
const separate = 0.35;
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
export function clusterComments(comments: readonly string[], lexicon = new Lexicon()): Clustered[] {
  // What was said in the same words lies at the same place: once in the graph. The same words again are less evidence for what goes together than
  // other words would be, so a place is as heavy as the logarithm of how often it was said.
  const places = new Map<string, number[]>();
  comments.forEach((comment, i) => {
    const same = places.get(comment);
    if (same === undefined) places.set(comment, [i]);
    else same.push(i);
  });
  const texts = [...places.keys()];
  const graph = new Graph(
    texts,
    [...places.values()].map((same) => same.length),
    lexicon,
  );
  return graph.groups().map((group) => ({ members: group.flatMap((index) => places.get(texts[index] ?? '') ?? []) }));
}

class Graph {
  private readonly vectors: readonly Vector[];
  private readonly terms: number;
  private readonly heaviness: readonly number[];
  /** One for all products: a new one for each step would be hundreds of them, as long as the vocabulary. */
  private readonly sum: Float64Array;

  constructor(
    texts: readonly string[],
    private readonly times: readonly number[],
    lexicon: Lexicon,
  ) {
    this.heaviness = times.map((count) => 1 + Math.log(count));
    const { vectors, terms } = vectorsOf(texts, this.heaviness, lexicon);
    this.vectors = vectors;
    this.terms = terms;
    this.sum = new Float64Array(terms);
  }

  groups(): (readonly number[])[] {
    let left = this.vectors.flatMap((vector, i) => (vector.terms.length > 0 ? [i] : []));
    const groups: (readonly number[])[] = [];
    while (left.length > 0 && groups.length < maxGroups) {
      const values = this.centrality(left);
      const squares = left.reduce((sum, index, i) => sum + this.weight(index) * (values[i] ?? 0) ** 2, 0);
      const level = depth * Math.sqrt(squares / this.size(left));
      const members = left
        .map((index, i) => ({ index, value: values[i] ?? 0 }))
        .filter(({ value }) => value > level)
        .sort((a, b) => b.value - a.value || a.index - b.index)
        .map(({ index }) => index);
      if (this.count(members) < 2) break;
      const inside = new Set(members);
      left = left.filter((index) => !inside.has(index));
      for (const part of this.parted(members)) {
        if (this.count(part) > 1 && this.likeness(part) >= leastLikeness(this.size(part))) groups.push(part);
      }
    }
    return groups;
  }

  private weight(index: number): number {
    return this.heaviness[index] ?? 1;
  }

  private size(indices: readonly number[]): number {
    return indices.reduce((sum, index) => sum + this.weight(index), 0);
  }

  /** Comments, those in the same words counted each. */
  private count(indices: readonly number[]): number {
    return indices.reduce((sum, index) => sum + (this.times[index] ?? 1), 0);
  }

  /** Principal eigenvector of the likeness of comments, by power iteration; the matrix itself is never made. */
  private centrality(indices: readonly number[]): Float64Array {
    let values = new Float64Array(indices.length).fill(1 / Math.sqrt(this.size(indices)));
    for (let step = 0; step < maxSteps; step++) {
      const likes = this.multiply(indices, values);
      let squares = 0;
      indices.forEach((index, i) => {
        // A comment is no evidence for itself: without this, one of rare words would be as deep as a shared one.
        const value = Math.max(0, (likes[i] ?? 0) - (values[i] ?? 0));
        likes[i] = value;
        squares += this.weight(index) * value * value;
      });
      if (squares < 1e-18) return likes;
      const norm = Math.sqrt(squares);
      let moved = 0;
      // Half a step: a graph of two halves that only know each other would swing for ever.
      const next = likes.map((value, i) => (value / norm + (values[i] ?? 0)) / 2);
      for (let i = 0; i < next.length; i++) moved = Math.max(moved, Math.abs((next[i] ?? 0) - (values[i] ?? 0)));
      values = next;
      if (moved < still) break;
    }
    return values;
  }

  /** Cuts a group along its second eigenvector where the two sides have little to do with each other, and each side again; order kept. */
  private parted(indices: readonly number[]): (readonly number[])[] {
    if (indices.length < 2 || this.count(indices) < 4) return [indices];
    const sides = this.secondEigenvector(indices);
    const a = indices.filter((_, i) => (sides[i] ?? 0) >= 0);
    const b = indices.filter((_, i) => (sides[i] ?? 0) < 0);
    const [m, n] = [this.size(a), this.size(b)];
    if (this.count(a) < 2 || this.count(b) < 2) return [indices];
    const [x, y] = [this.centre(a, null), this.centre(b, null)];
    const between = x.reduce((sum, each, term) => sum + each * (y[term] ?? 0), 0) / (m * n);
    if (between >= separate * Math.min(this.likeness(a), this.likeness(b))) return [indices];
    return [...this.parted(a), ...this.parted(b)];
  }

  /** By power iteration at right angles to the first; begun from how like each is to the deepest comment. */
  private secondEigenvector(indices: readonly number[]): Float64Array {
    const weights = Float64Array.from(indices, (index) => this.weight(index));
    const ones = new Float64Array(indices.length).fill(1);
    const first = unit(this.multiply(indices, this.multiply(indices, ones)), weights);
    const start = new Float64Array(indices.length);
    start[0] = 1;
    let values = unit(orthogonal(this.multiply(indices, start), first, weights), weights);
    for (let step = 0; step < maxSteps; step++) {
      const next = unit(orthogonal(this.multiply(indices, values), first, weights), weights);
      const moved = next.reduce((most, each, i) => Math.max(most, Math.abs(each - (values[i] ?? 0))), 0);
      values = next;
      if (moved < still) break;
    }
    return values;
  }

  /** How like each is to all, weighed by `values`. */
  private multiply(indices: readonly number[], values: Float64Array): Float64Array {
    const centre = this.centre(indices, values, this.sum.fill(0));
    return Float64Array.from(indices, (index) => {
      const vector = this.vectors[index];
      if (vector === undefined) return 0;
      let sum = 0;
      for (let t = 0; t < vector.terms.length; t++) sum += (vector.weights[t] ?? 0) * (centre[vector.terms[t] ?? 0] ?? 0);
      return sum;
    });
  }

  /** `sum`: zeros. */
  private centre(indices: readonly number[], values: Float64Array | null, sum: Float64Array = new Float64Array(this.terms)): Float64Array {
    indices.forEach((index, i) => {
      const vector = this.vectors[index];
      if (vector === undefined) return;
      const factor = this.weight(index) * (values === null ? 1 : (values[i] ?? 0));
      for (let t = 0; t < vector.terms.length; t++) {
        const term = vector.terms[t] ?? 0;
        sum[term] = (sum[term] ?? 0) + factor * (vector.weights[t] ?? 0);
      }
    });
    return sum;
  }

  /** Mean cosine between two members. */
  private likeness(indices: readonly number[]): number {
    const centre = this.centre(indices, null, this.sum.fill(0));
    const n = this.size(indices);
    return (centre.reduce((sum, each) => sum + each * each, 0) - n) / (n * (n - 1));
  }
}

function orthogonal(values: Float64Array, to: Float64Array, weights: Float64Array): Float64Array {
  const along = values.reduce((sum, each, i) => sum + each * (to[i] ?? 0) * (weights[i] ?? 1), 0);
  return values.map((each, i) => each - along * (to[i] ?? 0));
}

function unit(values: Float64Array, weights: Float64Array): Float64Array {
  const norm = Math.sqrt(values.reduce((sum, each, i) => sum + each * each * (weights[i] ?? 1), 0));
  return norm > 0 ? values.map((each) => each / norm) : values;
}
