/** Near-duplicate texts: Jaccard similarity of the sets of normalised character 5-grams. */
const SIZE = 5;

/** Lower case, digits alike, white space collapsed: what a template or a retry changes does not make a text new. */
export function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/\p{Nd}+/gu, '0')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function grams(text: string): Set<string> {
  const plain = ` ${normalise(text)} `;
  const result = new Set<string>();
  for (let i = 0; i + SIZE <= plain.length; i++) result.add(plain.slice(i, i + SIZE));
  if (result.size === 0) result.add(plain);
  return result;
}

/** Finds the first earlier text that a new one is near to, without comparing it with all of them. */
export class NearDuplicateIndex {
  private readonly sets: Set<string>[] = [];
  private readonly postings = new Map<string, number[]>();

  constructor(private readonly threshold = 0.8) {}

  /** Index of the first earlier text with similarity at least the threshold, else `null`. */
  find(text: string): number | null {
    const wanted = grams(text);
    const shared = new Map<number, number>();
    for (const gram of wanted) for (const index of this.postings.get(gram) ?? []) shared.set(index, (shared.get(index) ?? 0) + 1);
    let first: number | null = null;
    for (const [index, common] of shared) {
      const union = wanted.size + (this.sets[index]?.size ?? 0) - common;
      if (common / union >= this.threshold && (first === null || index < first)) first = index;
    }
    return first;
  }

  add(text: string): number {
    const set = grams(text);
    const index = this.sets.push(set) - 1;
    for (const gram of set) {
      const list = this.postings.get(gram);
      if (list === undefined) this.postings.set(gram, [index]);
      else list.push(index);
    }
    return index;
  }
}
