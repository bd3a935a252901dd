/** What two texts have in common, word by word. Myers' O(ND) greedy search with a bound on the distance. */

export interface DiffPart {
  kind: 'same' | 'removed' | 'added';
  text: string;
}

/** Beyond this many words that differ, the texts have nothing to do with each other and stand as a whole. */
const mostEdits = 800;

const words = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

/** From `before` to `after`; parts that stand side by side are joined. */
export function textDiff(before: string, after: string): DiffPart[] {
  const a = words(before);
  const b = words(after);
  const trace = search(a, b);
  if (trace === null)
    return joined([
      { kind: 'removed', text: before },
      { kind: 'added', text: after },
    ]);
  const parts: DiffPart[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d--) {
    const reach = trace[d] ?? new Map<number, number>();
    const k = x - y;
    const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
    const from = down ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : (reach.get(from) ?? 0);
    const fromY = d === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      x--;
      y--;
      parts.push({ kind: 'same', text: a[x] ?? '' });
    }
    if (d === 0) break;
    if (down) parts.push({ kind: 'added', text: b[--y] ?? '' });
    else parts.push({ kind: 'removed', text: a[--x] ?? '' });
  }
  return joined(parts.reverse());
}

/** The furthest reach on each diagonal before each step; `null` where there are too many steps. */
function search(a: readonly string[], b: readonly string[]): Map<number, number>[] | null {
  const trace: Map<number, number>[] = [];
  let reach = new Map([[1, 0]]);
  for (let d = 0; d <= Math.min(mostEdits, a.length + b.length); d++) {
    trace.push(new Map(reach));
    const next = new Map(reach);
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      let x = down ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++;
        y++;
      }
      next.set(k, x);
      if (x >= a.length && y >= b.length) return trace;
    }
    reach = next;
  }
  return null;
}

function joined(parts: readonly DiffPart[]): DiffPart[] {
  const list: DiffPart[] = [];
  for (const part of parts) {
    const last = list.at(-1);
    if (part.text === '') continue;
    if (last?.kind === part.kind) last.text += part.text;
    else list.push({ ...part });
  }
  return list;
}
