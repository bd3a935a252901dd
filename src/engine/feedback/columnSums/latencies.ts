/** Latencies of the interactions of one version: how many took how long, from which quantiles are exact. */
import type { SystemSums } from '../backend.js';
import { longer, Values } from './lists.js';

/** Whole milliseconds below it are counted; anything else is kept as it is. */
const maxCounted = 0x10000;

export class Latencies {
  private size = 0;
  private counts = new Int32Array(64);
  /** In order, and those that came since. */
  private others = new Float64Array(0);
  private came = new Values();

  /** ms, not negative. */
  add(ms: number): void {
    this.size++;
    if (ms < maxCounted && Number.isInteger(ms)) {
      if (ms >= this.counts.length) this.counts = longer(this.counts, Math.min(maxCounted, 2 ** Math.ceil(Math.log2(ms + 1))));
      this.counts[ms] = (this.counts[ms] ?? 0) + 1;
    } else this.came.push(ms);
  }

  /** ms, linear interpolation between order statistics (type 7), as `quantile`. */
  sums(): Pick<SystemSums, 'latencyP50' | 'latencyP95'> {
    if (this.size === 0) return { latencyP50: null, latencyP95: null };
    this.sort();
    return { latencyP50: this.quantile(0.5), latencyP95: this.quantile(0.95) };
  }

  private quantile(p: number): number {
    const at = (this.size - 1) * p;
    const below = Math.floor(at);
    const low = this.at(below);
    const high = this.at(Math.min(below + 1, this.size - 1));
    return low + (high - low) * (at - below);
  }

  /** The value of this rank, from 0. */
  private at(rank: number): number {
    const { others, counts } = this;
    let below = 0;
    let other = 0;
    for (let ms = 0; ms < counts.length; ms++) {
      const count = counts[ms] ?? 0;
      if (count === 0) continue;
      const from = other;
      while (other < others.length && (others[other] ?? 0) < ms) other++;
      below += other - from;
      if (rank < below) return others[other - (below - rank)] ?? 0;
      below += count;
      if (rank < below) return ms;
    }
    return others[other + rank - below] ?? 0;
  }

  private sort(): void {
    if (this.came.length === 0) return;
    const all = new Float64Array(this.others.length + this.came.length);
    const came = this.came.all.slice().sort();
    let [a, b] = [0, 0];
    for (let i = 0; i < all.length; i++) {
      const [old, value] = [this.others[a] ?? Infinity, came[b] ?? Infinity];
      if (old <= value) {
        all[i] = old;
        a++;
      } else {
        all[i] = value;
        b++;
      }
    }
    this.others = all;
    this.came = new Values();
  }
}
