/** Which adapter reads which kind of source. `jsonl` is read in place, databases are a back end of their own, the collector only receives. */
import { createMlflowSource } from './mlflow/source.js';
import { createLangfuseSource } from './langfuse/source.js';
import { createLangsmithSource } from './langsmith/source.js';
import { createOpikSource } from './opik/source.js';
import { createPhoenixSource } from './phoenix/source.js';
import type { SourceFactory } from './source.js';

const factories = new Map<string, SourceFactory>([
  ['langfuse', createLangfuseSource],
  ['langsmith', createLangsmithSource],
  ['mlflow', createMlflowSource],
  ['opik', createOpikSource],
  ['phoenix', createPhoenixSource],
]);

/** `null` for kinds that are no adapter's: `jsonl`, `postgres`, `clickhouse`, `collector`. */
export function sourceFactory(kind: string): SourceFactory | null {
  return factories.get(kind) ?? null;
}
