/** Edit distance where two neighbours that changed places count once (optimal string alignment); stops beyond `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}

/** The candidates that a mistyped word may mean, nearest first, at most three. A part of a path also counts (`answer` for `support/answer`). */
export function nearest(word: string, candidates: readonly string[]): string[] {
  const wanted = word.toLowerCase().slice(0, 100);
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  const scored = candidates.map((candidate) => {
    const known = candidate.toLowerCase().slice(0, 100);
    const tail = known.slice(known.lastIndexOf('/') + 1);
    const part = wanted.length > 2 && (known.includes(wanted) || wanted.includes(tail)) ? 1 : limit + 1;
    return { candidate, cost: Math.min(part, distance(wanted, known, limit), distance(wanted, tail, limit)) };
  });
  return scored
    .filter(({ cost }) => cost <= limit)
    .sort((a, b) => a.cost - b.cost || a.candidate.localeCompare(b.candidate))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
