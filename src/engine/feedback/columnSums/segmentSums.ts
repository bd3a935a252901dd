/** Sums by the values of an attribute, such as the plan of the customer. */
import { ExactSum } from '../../stats/interval.js';
import type { Channel, SegmentSums, UnitSums } from '../backend.js';
import type { Events } from './events.js';
import type { Decay } from './unitTally.js';

const maxSegments = 100;

/** Numbers for the values of an attribute as they are met. */
export class ValueNames {
  readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();

  /** -1: for none. */
  of(name: string | undefined): number {
    if (name === undefined) return -1;
    let number = this.numbers.get(name);
    if (number === undefined) this.numbers.set(name, (number = this.names.push(name) - 1));
    return number;
  }
}

/** Of an attribute with many values only the hundred with the most users. `names`: of the events' values. */
export function segmentSums(events: ReadonlyMap<Channel, Events>, names: readonly string[], decay: Decay): SegmentSums[] {
  const byChannel = (['explicit', 'expertRandom'] as const).flatMap((channel) => {
    const all = events.get(channel);
    if (all === undefined) return [];
    return [{ channel, all, weights: new Units(all).weights(decay) }];
  });
  const users = countUsers(byChannel, names.length);
  const most = [...names.entries()]
    .filter(([number]) => (users[number] ?? 0) > 0)
    .sort(([x, a], [y, b]) => (users[y] ?? 0) - (users[x] ?? 0) || (a < b ? -1 : 1))
    .slice(0, maxSegments);
  return most.map(([number, value]) => {
    const channels = new Map<Channel, UnitSums>();
    const rest = new Map<Channel, UnitSums>();
    for (const { channel, all, weights } of byChannel) {
      const own = new Units(all, { value: number + 1, inside: true });
      const sums = own.sums(own.weights(decay));
      if (sums === null) continue;
      channels.set(channel, sums);
      const other = new Units(all, { value: number + 1, inside: false }).sums(weights);
      if (other !== null) rest.set(channel, other);
    }
    return { value, channels, rest };
  });
}

/** Units by value, each once, also where it speaks in both channels. */
function countUsers(byChannel: readonly { all: Events }[], size: number): Int32Array {
  const users = new Int32Array(size);
  const seen = new Set<number>();
  for (const { all } of byChannel) {
    const [keys, units, values] = [all.key.numbers, all.unit.all, all.value.all];
    for (let i = 0; i < all.count; i++) {
      const value = (values[i] ?? 0) - 1;
      const key = (keys[units[i] ?? 0] ?? 0) * size + value;
      if (value < 0 || seen.has(key)) continue;
      seen.add(key);
      users[value] = (users[value] ?? 0) + 1;
    }
  }
  return users;
}

/** Sums of each unit over some of the events; those without one have `count` 0. */
class Units {
  private readonly y: Float64Array;
  private readonly p: Float64Array;
  private readonly count: Int32Array;
  private readonly latest: Float64Array;
  private events = 0;

  /** `only`: events of this value, or all others. */
  constructor(all: Events, only: { value: number; inside: boolean } | null = null) {
    this.y = new Float64Array(all.size);
    this.p = new Float64Array(all.size);
    this.count = new Int32Array(all.size);
    this.latest = new Float64Array(all.size).fill(-Infinity);
    const [units, codes, times] = [all.unit.all, all.code.all, all.time.all];
    const { y: ys, p: ps } = all.codes;
    const values = all.value.all;
    for (let i = 0; i < all.count; i++) {
      if (only !== null && (values[i] === only.value) !== only.inside) continue;
      const unit = units[i] ?? 0;
      const code = codes[i] ?? 0;
      const p = ps[code] ?? 1;
      this.y[unit] = (this.y[unit] ?? 0) + (ys[code] ?? 0) * p;
      this.p[unit] = (this.p[unit] ?? 0) + p;
      this.count[unit] = (this.count[unit] ?? 0) + 1;
      this.latest[unit] = Math.max(this.latest[unit] ?? 0, times[i] ?? 0);
      this.events++;
    }
  }

  weights({ asOf, halfLifeMs }: Decay): Float64Array {
    return this.latest.map((latest, unit) => {
      const age = Math.max(0, asOf - latest);
      return (2 ** (-age / halfLifeMs) * (this.p[unit] ?? 0)) / (this.count[unit] ?? 1);
    });
  }

  /** `null` for no event. `weights`: by unit; those without an event are not looked at. */
  sums(weights: Float64Array): UnitSums | null {
    if (this.events === 0) return null;
    const [w, w2, wy] = [new ExactSum(), new ExactSum(), new ExactSum()];
    let users = 0;
    for (let unit = 0; unit < weights.length; unit++) {
      if (this.count[unit] === 0) continue;
      users++;
      const weight = weights[unit] ?? 0;
      w.add(weight);
      w2.add(weight * weight);
      wy.add((weight * (this.y[unit] ?? 0)) / (this.p[unit] ?? 1));
    }
    return { users, events: this.events, w: w.value, w2: w2.value, wy: wy.value };
  }
}
