/**
 * Counter-based random numbers: the i-th draw of a named stream depends on (seed, stream, i) alone.
 * Concurrency, resuming and skipped draws can therefore never change a result.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

export interface RandomStream {
  /** The i-th draw, uniform in [0, 1), 53 bits. */
  u(i: number): number;
  /** The i-th draw as an integer in [0, n). */
  int(i: number, n: number): number;
  /** A new array in random order; `salt` separates several shuffles of one stream. */
  shuffle<T>(items: readonly T[], salt?: number): T[];
}

/** MurmurHash3's 32-bit finaliser: every input bit changes every output bit with probability near 1/2. */
function mix(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Independent for different (seed, stream). The key comes from SHA-256, the draws from a fast mixer. */
export function randomStream(seed: number, stream: string): RandomStream {
  const key = new DataView(sha256(utf8ToBytes(`${String(seed)}\u0000${stream}`)).buffer);
  const [a, b, c, d] = [key.getInt32(0), key.getInt32(4), key.getInt32(8), key.getInt32(12)];
  const word = (i: number, k1: number, k2: number): number =>
    mix(mix(mix((i | 0) ^ k1) + k2) ^ Math.imul(Math.floor(i / 4294967296) + 1, k1 | 1)) >>> 0;
  const u = (i: number): number => ((word(i, a, b) >>> 5) * 67108864 + (word(i, c, d) >>> 6)) / 9007199254740992;
  return {
    u,
    int: (i, n) => Math.floor(u(i) * n),
    shuffle: (items, salt = 0) => {
      const result = [...items];
      for (let i = result.length - 1; i > 0; i--) {
        const j = Math.floor(u(salt * 1_000_003 + i) * (i + 1));
        const left = result[i];
        const right = result[j];
        if (left !== undefined && right !== undefined) [result[i], result[j]] = [right, left];
      }
      return result;
    },
  };
}

/** 32 stable bits of a text, for assignments that must not move when other items come or go. */
export function hash32(text: string): number {
  return new DataView(sha256(utf8ToBytes(text)).buffer).getUint32(0);
}
