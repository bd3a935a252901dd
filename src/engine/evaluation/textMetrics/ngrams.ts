/** How often each run of `n` neighbouring tokens occurs; `total` is their number. */
export function countNgrams(tokens: readonly string[], n: number): { counts: Map<string, number>; total: number } {
  const counts = new Map<string, number>();
  const total = Math.max(0, tokens.length - n + 1);
  for (let start = 0; start < total; start++) {
    // A blank stands in no token, so two different runs never read the same.
    const key = tokens.slice(start, start + n).join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return { counts, total };
}

/** N-grams that both have, each as often as it is in the one that has it less often. */
export function overlap(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [key, count] of left) sum += Math.min(count, right.get(key) ?? 0);
  return sum;
}

/** Words between white space, in lower case. */
export function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
}
