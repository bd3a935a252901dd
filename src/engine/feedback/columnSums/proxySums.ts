/** Labels of experts and what else is known of the same answers, for prediction-powered inference. */
import { ExactSum } from '../../stats/interval.js';
import type { Channel, ProxySums } from '../backend.js';
import type { Events } from './events.js';

/** Interactions that are looked at together: what is between is some MB. */
const span = 0x40000;

/** Means of y by interaction, of one span after another. */
class Means {
  readonly sum = new Float64Array(span);
  readonly count = new Int32Array(span);

  fill(events: Events, first: number): void {
    this.sum.fill(0);
    this.count.fill(0);
    const [served, code, y] = [events.served.numbers, events.code.all, events.codes.y];
    for (let i = 0; i < served.length; i++) {
      const at = (served[i] ?? -1) - first;
      if (at < 0 || at >= span) continue;
      this.sum[at] = (this.sum[at] ?? 0) + (y[code[i] ?? 0] ?? 0);
      this.count[at] = (this.count[at] ?? 0) + 1;
    }
  }

  /** NaN: none. */
  of(at: number): number {
    const count = this.count[at] ?? 0;
    return count === 0 ? NaN : (this.sum[at] ?? 0) / count;
  }
}

/** `interactions`: one more than the highest row. */
export function proxySums(events: ReadonlyMap<Channel, Events>, interactions: number): ProxySums[] {
  const random = events.get('expertRandom');
  if (random === undefined) return [];
  const [labels, proxies] = [new Means(), new Means()];
  const found = [...events].flatMap(([proxy, list]) =>
    proxy === 'expert' || proxy === 'expertRandom' ? [] : [new ProxyTally(proxy, list)],
  );
  for (let first = 0; first < interactions; first += span) {
    labels.fill(random, first);
    for (const proxy of found) {
      proxies.fill(proxy.events, first);
      proxy.add(labels, proxies);
    }
  }
  return found.flatMap((proxy) => (proxy.sums.n > 0 ? [proxy.all] : []));
}

class ProxyTally {
  readonly sums: ProxySums;
  private readonly fN = new ExactSum();
  private readonly fN2 = new ExactSum();

  constructor(
    proxy: Channel,
    readonly events: Events,
  ) {
    this.sums = { proxy, n: 0, y: 0, y2: 0, f: 0, f2: 0, yf: 0, N: 0, fN: 0, fN2: 0 };
  }

  get all(): ProxySums {
    return { ...this.sums, fN: this.fN.value, fN2: this.fN2.value };
  }

  add(labels: Means, proxies: Means): void {
    const { sums } = this;
    for (let at = 0; at < span; at++) {
      const [f, y] = [proxies.of(at), labels.of(at)];
      if (Number.isNaN(f)) continue;
      if (Number.isNaN(y)) {
        sums.N++;
        this.fN.add(f);
        this.fN2.add(f * f);
        continue;
      }
      sums.n++;
      sums.y += y;
      sums.y2 += y * y;
      sums.f += f;
      sums.f2 += f * f;
      sums.yf += y * f;
    }
  }
}
