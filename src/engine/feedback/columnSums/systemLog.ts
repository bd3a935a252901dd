/** What the interactions of one version say of the system, as they come in: each is looked at once, not again for every score. */
import { quantile } from '../../stats/interval.js';
import type { SystemSums } from '../backend.js';
import type { IndexColumns } from '../columns.js';
import { Values } from './rows.js';

/** How often something happened, and of how many it is known. */
export interface Known {
  hits: number;
  known: number;
}

/** By interaction, the number of the group that served it; less than zero where somebody rated it. One for all groups: there may be many. */
export class Served {
  group = new Int32Array(0);

  reserve(rows: number): void {
    if (rows <= this.group.length) return;
    const grown = new Int32Array(Math.ceil(rows * 1.25));
    grown.set(this.group);
    this.group = grown;
  }
}

export class SystemLog {
  /** Interactions that are records of their own. */
  real = 0;
  /** Interactions with an explicit y. */
  rated = 0;
  /** By the interactions' own word. */
  readonly errors: Known = { hits: 0, known: 0 };
  readonly retries: Known = { hits: 0, known: 0 };
  private interactions = 0;
  private explicit = 0;
  private readonly latency = new Values();

  /** `number`: of the group, more than zero. */
  constructor(
    private readonly number: number,
    private readonly served: Served,
  ) {}

  /** Both: those of the last call, and perhaps others behind them. */
  extend(columns: IndexColumns, interactions: Int32Array, explicit: Int32Array): void {
    const { status, retries, latency, implied } = columns.interactions.columns;
    this.served.reserve(columns.interactions.length);
    const { group } = this.served;
    for (; this.interactions < interactions.length; this.interactions++) {
      const n = interactions[this.interactions] ?? 0;
      group[n] = this.number;
      if (implied.array[n] === 0) this.real++;
      add(this.errors, status.array[n] ?? -1);
      add(this.retries, retries.array[n] ?? -1);
      const took = latency.array[n] ?? -1;
      if (took >= 0) this.latency.push(took);
    }
    for (; this.explicit < explicit.length; this.explicit++) {
      const row = columns.feedback.columns.row.array[explicit[this.explicit] ?? 0] ?? -1;
      if (row < 0 || group[row] !== this.number) continue;
      group[row] = -this.number;
      this.rated++;
    }
  }

  /** ms */
  latencies(): Pick<SystemSums, 'latencyP50' | 'latencyP95'> {
    // Their order says nothing, and the next quantiles are found more quickly where these have left it.
    const values = this.latency.all;
    if (values.length === 0) return { latencyP50: null, latencyP95: null };
    return { latencyP50: quantileOf(values, 0.5), latencyP95: quantileOf(values, 0.95) };
  }
}

/** `state`: negative is unknown, 0 no. */
function add(rate: Known, state: number): void {
  if (state < 0) return;
  rate.known++;
  if (state > 0) rate.hits++;
}

/** Without sorting them all: only the two order statistics that count are brought to their places. */
function quantileOf(values: Float64Array, p: number): number {
  const below = Math.floor((values.length - 1) * p);
  select(values, below);
  // The next one is the least of those behind it.
  let next = below;
  for (let i = below + 1; i < values.length; i++) if (next === below || (values[i] ?? 0) < (values[next] ?? 0)) next = i;
  const pair = [values[below] ?? 0, values[next] ?? 0];
  return quantile(pair, (values.length - 1) * p - below);
}

/** C. A. R. Hoare, "Algorithm 65: Find", Communications of the ACM 4, 1961, with the median of three as pivot. */
function select(values: Float64Array, k: number): void {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const [a, b, c] = [values[low] ?? 0, values[(low + high) >> 1] ?? 0, values[high] ?? 0];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++;
      while ((values[j] ?? 0) > pivot) j--;
      if (i > j) break;
      const swap = values[i] ?? 0;
      values[i] = values[j] ?? 0;
      values[j] = swap;
      i++;
      j--;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return;
  }
}
