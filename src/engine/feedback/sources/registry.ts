/** Which adapter reads which kind of source. Plain `jsonl` is read in place (its adapter takes what is packed), databases are a back end of their own, the collector only receives. */
import { createFilesSource } from './files/source.js';
import { createMlflowSource } from './mlflow/source.js';
import { createLangfuseSource } from './langfuse/source.js';
import { createLangsmithSource } from './langsmith/source.js';
import { createOpikSource } from './opik/source.js';
import { createPhoenixSource } from './phoenix/source.js';
import type { SourceFactory } from './source.js';

const factories = new Map<string, SourceFactory>([
  ['csv', createFilesSource],
  ['json', createFilesSource],
  ['jsonl', createFilesSource],
  ['langfuse', createLangfuseSource],
  ['langsmith', createLangsmithSource],
  ['mlflow', createMlflowSource],
  ['opik', createOpikSource],
  ['otlp-file', createFilesSource],
  ['phoenix', createPhoenixSource],
]);

/** `null` for kinds that are no adapter's: `postgres`, `clickhouse`, `collector`. */
export function sourceFactory(kind: string): SourceFactory | null {
  return factories.get(kind) ?? null;
}
