import type { Checks, Path } from './checks.js';
import { parseTime } from '../feedback/time.js';
import { parseDuration } from './durations.js';
import { readKey } from './keyReference.js';
import { readScores } from './scores.js';
import { hintOfKey, keysOfKind, requiredOfKind, schemesOfKind } from './sourceKeys.js';
import { readTables } from './tables.js';
import type { FieldMapping, SourceConfig } from './types.js';
import { isRecord } from './yaml.js';

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

/** As `Checks.url`, for the schemes of this kind: a database has its own. */
function readUrl(checks: Checks, kind: string, value: unknown, path: Path): string | undefined {
  const schemes = schemesOfKind[kind];
  if (schemes === undefined) return checks.url(value, path, 'The address of the source');
  const text = checks.text(value, path, 'The address of the source');
  if (text === undefined) return undefined;
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || !schemes.includes(parsed.protocol)) {
    checks.report(path, `The address of the source is none of a ${kind} server. Start it with ${schemes[0] ?? ''}//.`);
    return undefined;
  }
  if (parsed.username === '' && parsed.password === '') return text;
  checks.report(path, 'The address of the source has a user name or password in it. Take it out and use user: and key: "${env:NAME}".');
  return undefined;
}

/** A length of time, or, where `orTime`, a time to begin at. */
function readSpan(checks: Checks, value: unknown, path: Path, orTime: boolean): string | undefined {
  // YAML reads `2026-01-31` as a text, and a bare number as one.
  const text = checks.text(value, path, `The value of "${String(path.at(-1))}"`);
  if (text === undefined || parseDuration(text) !== null || (orTime && parseTime(text) !== null)) return text;
  const also = orTime ? ', or a time such as 2026-01-31' : '';
  checks.report(path, `"${text}" is no length of time. Write it like 15m, 24h or 90d${also}.`);
  return undefined;
}

function readSource(checks: Checks, value: unknown, path: Path, taken: Set<string>): SourceConfig | undefined {
  const record = checks.record(value, path, 'The source');
  if (record === undefined) return undefined;
  const name = checks.text(record['name'], [...path, 'name'], 'The name of the source', true);
  const kind = checks.oneOf(record['kind'], [...path, 'kind'], 'The kind of source', Object.keys(keysOfKind));
  if (name === undefined || kind === undefined) return undefined;
  checks.keys(record, path, ['name', 'kind', ...(keysOfKind[kind] ?? [])], `a source of kind ${kind}`);
  if (taken.has(name)) {
    checks.report([...path, 'name'], `There is another source named "${name}". Give each source a name of its own.`);
    return undefined;
  }
  taken.add(name);
  // What the kind does not have was reported above, and is not read.
  const own = Object.fromEntries(Object.entries(record).filter(([key]) => keysOfKind[kind]?.includes(key)));
  const missing = (requiredOfKind[kind] ?? []).filter((key) => own[key] === undefined || own[key] === null);
  for (const key of missing) checks.report(path, `The source "${name}" has no ${key}. ${hintOfKey[key] ?? ''}`);
  const file = checks.glob(own['path'], [...path, 'path'], 'The path of the source');
  const url = readUrl(checks, kind, own['url'], [...path, 'url']);
  const key = readKey(checks, own['key'], [...path, 'key']);
  const project = checks.text(nameOf(own['project']), [...path, 'project'], 'The project of the source');
  const user = checks.text(own['user'], [...path, 'user'], 'The user of the source');
  const format = checks.text(own['format'], [...path, 'format'], 'The format of the source');
  const since = readSpan(checks, own['since'], [...path, 'since'], true);
  const lookback = readSpan(checks, own['lookback'], [...path, 'lookback'], false);
  const map = readMap(checks, own['map'], [...path, 'map']);
  const scores = readScores(checks, own['scores'], [...path, 'scores']);
  const tables = readTables(checks, own['tables'], [...path, 'tables']);
  // Without the right address or key something else would be asked than was meant, or without a name.
  const lost = [
    [own['url'], url],
    [own['key'], key],
    [own['tables'], tables],
  ].some(([written, read]) => written !== undefined && written !== null && read === undefined);
  if (lost || (missing.length > 0 && !missing.includes('path'))) return undefined;
  return {
    name,
    kind,
    ...(file === undefined ? {} : { path: file }),
    ...(url === undefined ? {} : { url }),
    ...(project === undefined ? {} : { project }),
    ...(key === undefined ? {} : { key }),
    ...(user === undefined ? {} : { user }),
    ...(map === undefined ? {} : { map }),
    ...(scores === undefined ? {} : { scores }),
    ...(format === undefined ? {} : { format }),
    ...(since === undefined ? {} : { since }),
    ...(lookback === undefined ? {} : { lookback }),
    ...(tables === undefined ? {} : { tables }),
  };
}

/** The id of an MLflow experiment is a number, and is written as one. */
function nameOf(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

/** `sources:` of config.yaml. A source that cannot be used is left out and is a problem; the others stand. */
export function readSources(checks: Checks, value: unknown): SourceConfig[] {
  const taken = new Set<string>();
  return (checks.list(value, ['sources'], 'The value of "sources"') ?? []).flatMap(
    (entry, index) => readSource(checks, entry, ['sources', index], taken) ?? [],
  );
}
