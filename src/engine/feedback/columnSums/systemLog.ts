/** What the interactions of one version say of the system, as they come in: each is looked at once, not again for every score. */
import { quantile } from '../../stats/interval.js';
import type { SystemSums } from '../backend.js';
import type { IndexColumns } from '../columns.js';

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
  private readonly latency = new Sorted();

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
    const took = new Float64Array(interactions.length - this.interactions);
    let known = 0;
    for (; this.interactions < interactions.length; this.interactions++) {
      const n = interactions[this.interactions] ?? 0;
      group[n] = this.number;
      if (implied.array[n] === 0) this.real++;
      add(this.errors, status.array[n] ?? -1);
      add(this.retries, retries.array[n] ?? -1);
      const each = latency.array[n] ?? -1;
      if (each >= 0) took[known++] = each;
    }
    this.latency.merge(took.subarray(0, known));
    for (; this.explicit < explicit.length; this.explicit++) {
      const row = columns.feedback.columns.row.array[explicit[this.explicit] ?? 0] ?? -1;
      if (row < 0 || group[row] !== this.number) continue;
      group[row] = -this.number;
      this.rated++;
    }
  }

  /** ms */
  latencies(): Pick<SystemSums, 'latencyP50' | 'latencyP95'> {
    const { all } = this.latency;
    if (all.length === 0) return { latencyP50: null, latencyP95: null };
    return { latencyP50: quantile(all, 0.5), latencyP95: quantile(all, 0.95) };
  }
}

/** `state`: negative is unknown, 0 no. */
function add(rate: Known, state: number): void {
  if (state < 0) return;
  rate.known++;
  if (state > 0) rate.hits++;
}

/** Values in order. What comes is sorted and merged in: of many that are there already only those behind it are moved. */
class Sorted {
  private list: Float64Array = new Float64Array(0);
  private length = 0;

  /** `values` is kept or sorted. */
  merge(values: Float64Array): void {
    values.sort();
    if (this.length === 0) {
      this.list = values;
      this.length = values.length;
      return;
    }
    let to = this.length + values.length;
    if (to > this.list.length) {
      const grown = new Float64Array(Math.ceil(to * 1.25));
      grown.set(this.all);
      this.list = grown;
    }
    let from = this.length - 1;
    this.length = to;
    for (let next = values.length - 1; next >= 0;) {
      const [old, value] = [this.list[from] ?? 0, values[next] ?? 0];
      if (from >= 0 && old > value) {
        this.list[--to] = old;
        from--;
      } else {
        this.list[--to] = value;
        next--;
      }
    }
  }

  get all(): Float64Array {
    return this.list.subarray(0, this.length);
  }
}
