import type { ModelProfile } from '../config/types.js';
import type { EngineContext } from '../api.js';
import type { ModelClient } from '../ports.js';
import type { Column } from './columns.js';
import { ModelPool } from './pool.js';
import type { SuitePlan } from './suitePlan.js';
import type { EvalRequest } from './types.js';

/** The models of one run: columns and suites that ask the same one share its pool, and what it says about itself. */
export class Pools {
  private readonly pools = new Map<ModelClient, ModelPool>();

  /** `onWait` is told in words why a model is not asked for a while. */
  constructor(
    private readonly run: { context: EngineContext; request: EvalRequest; signal?: AbortSignal },
    plans: readonly SuitePlan[],
    onWait: (text: string) => void,
  ) {
    const most = new Map<ModelClient, number>();
    const spacing = new Map<ModelClient, number>();
    for (const plan of plans) {
      for (const column of plan.columns.flatMap((each) => [each, ...(each.overrides?.values() ?? [])])) {
        const { client, delayMs } = column;
        if (client === null) continue;
        most.set(client, Math.max(most.get(client) ?? 1, this.limitOf(column, plan)));
        spacing.set(client, Math.max(spacing.get(client) ?? 0, delayMs));
      }
    }
    for (const [client, limit] of most) {
      const { name } = client.profile;
      const options = {
        most: limit,
        spacingMs: spacing.get(client) ?? 0,
        ...(run.request.maxWaitMs === undefined ? {} : { maxWaitMs: run.request.maxWaitMs }),
        onWait: (ms: number) => {
          onWait(`waiting ${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s for ${name}, which says that it is too much`);
        },
      };
      this.pools.set(client, new ModelPool(client, options, run.context.ports, run.signal));
    }
  }

  of({ client }: Pick<Column, 'client'>): ModelPool | undefined {
    return client === null ? undefined : this.pools.get(client);
  }

  /** Requests at once that a suite wants of a model. */
  limitOf({ profile }: Pick<Column, 'profile'>, { suite, cases }: SuitePlan): number {
    if (profile.provider === 'llama' || cases.some(({ serial }) => serial === true)) return 1;
    return Math.max(1, this.run.request.concurrency ?? suite.options.maxConcurrency ?? profile.concurrency ?? usual(profile));
  }
}

function usual({ provider }: ModelProfile): number {
  return provider === 'openai' ? 8 : 32;
}
