/**
 * One user is one unit of evidence: the mean of that user's values in the window, as old as that user's latest event.
 * Who rates often does not count for more. No user: the session stands for one; no session either: the event itself (`AloneTally`).
 */
import { ExactSum } from '../../stats/interval.js';
import type { UnitSums } from '../backend.js';
import { longer, Numbering, Rows } from './lists.js';

export interface Decay {
  asOf: number;
  halfLifeMs: number;
}

/** What the units of one channel said, as it comes in. */
export class UnitTally {
  private events = 0;
  private size = 0;
  private readonly numbers = new Numbering();
  private y = new Float64Array(16);
  private count = new Int32Array(16);
  private latest = new Float64Array(16);
  /** Σ 1/π, once one is not 1. */
  private p: Float64Array | null = null;
  /** Units with events without a time, by file. */
  private readonly undated = new Map<number, Rows>();

  /** Number of the unit. `key`: as of `unitKey`; `time`: ms, NaN: that of the file. */
  add(key: number, y: number, p: number, time: number, file: number): number {
    const unit = this.unit(key);
    this.events++;
    this.y[unit] = (this.y[unit] ?? 0) + y * p;
    this.count[unit] = (this.count[unit] ?? 0) + 1;
    if (p !== 1) this.p ??= Float64Array.from(this.count, (count, i) => (i === unit ? count - 1 : count));
    if (this.p !== null) this.p[unit] = (this.p[unit] ?? 0) + p;
    if (Number.isNaN(time)) this.addUndated(unit, file);
    else if (time > (this.latest[unit] ?? 0)) this.latest[unit] = time;
    return unit;
  }

  /** `null` for no event. `fileTime`: ms, of a file by number. */
  sums({ asOf, halfLifeMs }: Decay, fileTime: (file: number) => number): UnitSums | null {
    if (this.events === 0) return null;
    const latest = this.latestTimes(fileTime);
    const [w, w2, wy] = [new ExactSum(), new ExactSum(), new ExactSum()];
    for (let unit = 0; unit < this.size; unit++) {
      const count = this.count[unit] ?? 1;
      const p = this.p === null ? count : (this.p[unit] ?? 1);
      const age = Math.max(0, asOf - (latest[unit] ?? 0));
      const weight = (2 ** (-age / halfLifeMs) * p) / count;
      w.add(weight);
      w2.add(weight * weight);
      wy.add((weight * (this.y[unit] ?? 0)) / p);
    }
    return { users: this.size, events: this.events, w: w.value, w2: w2.value, wy: wy.value };
  }

  /** A record without a time is as old as its file, which may have been written to since. */
  private latestTimes(fileTime: (file: number) => number): Float64Array {
    if (this.undated.size === 0) return this.latest;
    const latest = this.latest.slice();
    for (const [file, units] of this.undated) {
      const time = fileTime(file);
      for (const unit of units.numbers) if (time > (latest[unit] ?? 0)) latest[unit] = time;
    }
    return latest;
  }

  private addUndated(unit: number, file: number): void {
    const units = this.undated.get(file) ?? new Rows();
    this.undated.set(file, units);
    units.push(unit);
  }

  private unit(key: number): number {
    const unit = this.numbers.of(key, this.size);
    if (unit < this.size) return unit;
    if (unit === this.y.length) this.grow(Math.ceil(unit * 1.5));
    this.latest[unit] = -Infinity;
    this.size++;
    return unit;
  }

  private grow(length: number): void {
    this.y = longer(this.y, length);
    this.count = longer(this.count, length);
    this.latest = longer(this.latest, length);
    if (this.p !== null) this.p = longer(this.p, length);
  }
}
