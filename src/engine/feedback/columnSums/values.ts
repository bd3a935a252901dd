/** Numbers for values of y with their weights: few of them differ, so that an event needs one byte for both. */
import { Values } from './lists.js';

/** From here on every value is a new one: what is looked for has to be remembered. */
const maxRemembered = 0x10000;

export class ValueCodes {
  private readonly ys = new Values();
  private readonly ps = new Values();
  private readonly codes = new Map<number, Map<number, number>>();

  /** `p`: 1/π. */
  of(y: number, p: number): number {
    let codes = this.codes.get(p);
    const code = codes?.get(y);
    if (code !== undefined) return code;
    const next = this.ys.length;
    this.ys.push(y);
    this.ps.push(p);
    if (next < maxRemembered) {
      codes ??= new Map<number, number>();
      codes.set(y, next);
      this.codes.set(p, codes);
    }
    return next;
  }

  /** By code. */
  get y(): Float64Array {
    return this.ys.all;
  }

  get p(): Float64Array {
    return this.ps.all;
  }
}
