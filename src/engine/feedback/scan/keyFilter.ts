/**
 * Says of a key that it is certainly not among those that were added, or that it may be: a Bloom filter (Bloom 1970) of ten bits a key, which is
 * wrong about one key in a hundred that was not added.
 */
import { mix } from './hash.js';

const bitsPerKey = 10;
/** Bits a key sets; `bitsPerKey` times ln 2 is where fewest are taken for known. */
const probes = 7;

export class KeyFilter {
  private readonly words: Int32Array;

  constructor(keys: number) {
    this.words = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(1, (keys * bitsPerKey) / 32))));
  }

  add(key: number): void {
    const { words } = this;
    const step = stepOf(key);
    for (let probe = 0, bit = key | 0; probe < probes; probe++, bit = (bit + step) | 0) {
      const at = (bit >>> 5) & (words.length - 1);
      words[at] = (words[at] ?? 0) | (1 << (bit & 31));
    }
  }

  mayHave(key: number): boolean {
    const { words } = this;
    const step = stepOf(key);
    for (let probe = 0, bit = key | 0; probe < probes; probe++, bit = (bit + step) | 0) {
      if (((words[(bit >>> 5) & (words.length - 1)] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

/** Of the upper bits: the lower ones say where it begins. */
function stepOf(key: number): number {
  return mix(Math.floor(key / 0x100000000) ^ Math.imul(key | 0, 0x9e3779b1)) | 1;
}
