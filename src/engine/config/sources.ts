import type { Checks, Path } from './checks.js';
import type { FieldMapping, SourceConfig } from './types.js';
import { isRecord } from './yaml.js';

const fileKinds = ['jsonl', 'json', 'csv', 'otlp-file'];
const sourceKinds = [...fileKinds, 'phoenix', 'mlflow', 'langfuse', 'langsmith', 'opik', 'postgres', 'clickhouse', 'collector'];

function readMapping(checks: Checks, field: string, value: unknown, path: Path): FieldMapping | undefined {
  if (typeof value === 'string' && value.startsWith('$')) return value;
  const constant = isRecord(value) && Object.keys(value).length === 1 && 'const' in value ? value['const'] : undefined;
  if (constant === null || typeof constant === 'string' || typeof constant === 'number' || typeof constant === 'boolean')
    return { const: constant };
  checks.report(path, `The mapping of "${field}" is neither a JSON path nor a constant. Write $.field or { const: value }.`);
  return undefined;
}

function readMap(checks: Checks, value: unknown, path: Path): Record<string, FieldMapping> | undefined {
  if (value === undefined || value === null) return undefined;
  const record = checks.record(value, path, 'The map');
  if (record === undefined) return undefined;
  const entries = Object.entries(record).flatMap(([field, mapping]) => {
    const read = readMapping(checks, field, mapping, [...path, field]);
    return read === undefined ? [] : [[field, read] as const];
  });
  return Object.fromEntries(entries);
}

function readSource(checks: Checks, value: unknown, path: Path, taken: Set<string>): SourceConfig | undefined {
  const record = checks.record(value, path, 'The source');
  if (record === undefined) return undefined;
  checks.keys(record, path, ['name', 'kind', 'path', 'url', 'map'], 'a source');
  const name = checks.text(record['name'], [...path, 'name'], 'The name of the source', true);
  const kind = checks.oneOf(record['kind'], [...path, 'kind'], 'The kind of source', sourceKinds);
  if (name === undefined || kind === undefined) return undefined;
  if (taken.has(name)) {
    checks.report([...path, 'name'], `There is another source named "${name}". Give each source a name of its own.`);
    return undefined;
  }
  taken.add(name);
  const file = checks.glob(record['path'], [...path, 'path'], 'The path of the source');
  const url = checks.url(record['url'], [...path, 'url'], 'The address of the source');
  if (fileKinds.includes(kind) && record['path'] === undefined)
    checks.report(path, `The source "${name}" has no path. Say where its file is.`);
  const map = readMap(checks, record['map'], [...path, 'map']);
  return {
    name,
    kind,
    ...(file === undefined ? {} : { path: file }),
    ...(url === undefined ? {} : { url }),
    ...(map === undefined ? {} : { map }),
  };
}

/** `sources:` of config.yaml. A source that cannot be used is left out and is a problem; the others stand. */
export function readSources(checks: Checks, value: unknown): SourceConfig[] {
  const taken = new Set<string>();
  return (checks.list(value, ['sources'], 'The value of "sources"') ?? []).flatMap(
    (entry, index) => readSource(checks, entry, ['sources', index], taken) ?? [],
  );
}
