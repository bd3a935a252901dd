/** Seeded random numbers of the generator. Its own, so that a change of the product's cannot change the data that checks it. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number in [from, to]. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
  normal(): number;
  beta(a: number, b: number): number;
  /** Number of successes in `n` trials. */
  binomial(n: number, probability: number): number;
}

/** sfc32 (Chris Doty-Humphrey, PractRand), warmed up from one number. */
export function createRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const raw = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 16; i++) raw();

  const int = (from: number, to: number): number => from + Math.floor(raw() * (to - from + 1));
  const pick = <T>(items: readonly T[]): T => {
    const item = items[int(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const shuffle = <T>(items: readonly T[]): T[] => {
    const rest = [...items];
    const result: T[] = [];
    while (rest.length > 0) result.push(...rest.splice(int(0, rest.length - 1), 1));
    return result;
  };
  /** Box and Muller. */
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - raw())) * Math.cos(2 * Math.PI * raw());
  /** Marsaglia and Tsang (2000), with their boost for shapes under 1. */
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * Math.pow(1 - raw(), 1 / shape);
    const d = shape - 1 / 3;
    const e = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = Math.pow(1 + e * x, 3);
      if (v > 0 && Math.log(1 - raw()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  return {
    next: raw,
    int,
    chance: (probability) => raw() < probability,
    pick,
    shuffle,
    normal,
    beta: (first, second) => {
      const x = gamma(first);
      return x / (x + gamma(second));
    },
    binomial: (n, probability) => Array.from({ length: n }).filter(() => raw() < probability).length,
  };
}

/** Draws each item once before any comes again. */
export function createDeck<T>(random: Random, items: readonly T[]): () => T {
  let rest: T[] = [];
  return () => {
    if (rest.length === 0) rest = random.shuffle(items);
    const item = rest.pop();
    if (item === undefined) throw new Error('an empty deck');
    return item;
  };
}
