/** Adapters of servers under test: real requests over loopback, a clock that does not wait. */
import type { SourceConfig } from '../../src/engine/config/types.js';
import { EngineError } from '../../src/engine/errors.js';
import type { FeedbackSource, ReadOptions, SourceBatch, SourceReject, SourceTools } from '../../src/engine/feedback/sources/source.js';
import type { Json } from '../../src/engine/feedback/values.js';
import { createHttp } from '../../src/platform/http/http.js';

export interface TestTools extends SourceTools {
  /** Milliseconds of every wait that was asked for. */
  waited: number[];
}

/** `now` is what the clock says; `sleep` resolves at once, `hang` makes it wait until it is cancelled. */
export function sourceTools(
  more: { env?: Record<string, string>; now?: string; trusted?: boolean; confirmed?: string[] | null; hang?: boolean } = {},
): TestTools {
  const waited: number[] = [];
  const silent = (): void => undefined;
  return {
    root: '/workspace',
    fs: new Proxy({}, { get: (_target, member) => () => Promise.reject(new Error(`fs.${String(member)} was used`)) }) as never,
    http: createHttp({
      env: more.env ?? {},
      trusted: () => more.trusted ?? true,
      confirmedOrigins: () => more.confirmed ?? null,
    }),
    clock: {
      now: () => new Date(more.now ?? '2026-11-24T00:00:00Z'),
      monotonic: () => performance.now(),
      sleep: (ms, signal) => {
        waited.push(ms);
        if (more.hang !== true) return Promise.resolve();
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reject(new EngineError('CANCELLED', 'Stopped.'));
          });
        });
      },
    },
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    waited,
  };
}

export interface Drained {
  records: Json[];
  interactions: Json[];
  feedback: Json[];
  rejected: SourceReject[];
  notes: string[];
  batches: SourceBatch[];
  /** Of the last batch. */
  state: Json | null;
  /** What ended it early. */
  error: EngineError | null;
}

/** Reads all there is; an EngineError ends it and is kept. `stopAfter` batches the consumer dies, as a process does. */
export async function drain(
  source: FeedbackSource,
  state: Json | null = null,
  options: Partial<ReadOptions> & { stopAfter?: number } = {},
): Promise<Drained> {
  const { stopAfter, ...rest } = options;
  const batches: SourceBatch[] = [];
  let error: EngineError | null = null;
  try {
    for await (const batch of source.read(state, { since: null, full: false, signal: undefined, ...rest })) {
      batches.push(structuredClone(batch));
      if (batches.length === stopAfter) break;
    }
  } catch (cause) {
    if (!EngineError.is(cause)) throw cause;
    error = cause;
  }
  const records = batches.flatMap((batch) => batch.records);
  return {
    records,
    interactions: records.filter((record) => record['schema'] === 'promptratchet.interaction/1'),
    feedback: records.filter((record) => record['schema'] === 'promptratchet.feedback/1'),
    rejected: batches.flatMap((batch) => batch.rejected),
    notes: batches.flatMap((batch) => batch.notes ?? []),
    batches,
    state: batches.at(-1)?.state ?? null,
    error,
  };
}

export function sourceConfig(kind: string, url: string, more: Partial<SourceConfig> = {}): SourceConfig {
  return { name: kind, kind, url, ...more };
}
