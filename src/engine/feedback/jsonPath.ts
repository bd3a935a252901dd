/** JSON paths of `map`: `$.a.b[0]['c d']`. No wildcards and no filters: a field has one value. */
import { EngineError } from '../errors.js';

export type JsonPath = readonly (string | number)[];

const step = /^(?:\.([^.[\]\s'"]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\])/;

/** Throws CONFIG_INVALID with what a path looks like. */
export function parseJsonPath(path: string): JsonPath {
  const steps: (string | number)[] = [];
  let rest = path.trim();
  if (rest.startsWith('$')) rest = rest.slice(1);
  else rest = '';
  while (rest !== '') {
    const match = step.exec(rest);
    if (match === null) break;
    const [whole, name, index, single, double] = match;
    const quoted = single ?? double;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (quoted ?? '').replace(/\\(.)/g, '$1'));
    rest = rest.slice(whole.length);
  }
  if (steps.length === 0 || rest !== '') {
    throw new EngineError('CONFIG_INVALID', `"${path}" is not a JSON path. Write it like $.meta.version, $.ratings[0] or $['user id'].`, {
      path,
    });
  }
  return steps;
}

/** Own properties only, so that a path never reaches what objects inherit. `undefined` where there is nothing. */
export function readJsonPath(record: unknown, path: JsonPath): unknown {
  let value = record;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** Paths of all values in a record that are not objects, arrays' elements by their first index. */
export function listJsonPaths(value: unknown, prefix = '$', found = new Set<string>()): Set<string> {
  if (found.size >= 200 || prefix.length > 400) return found;
  if (typeof value !== 'object' || value === null) {
    if (prefix !== '$') found.add(prefix);
  } else if (Array.isArray(value)) {
    if (value.length > 0) listJsonPaths(value[0], `${prefix}[0]`, found);
  } else {
    for (const [key, item] of Object.entries(value)) {
      const plain = /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key);
      const name = plain ? `.${key}` : `['${key.replace(/['\\]/g, '\\$&')}']`;
      listJsonPaths(item, prefix + name, found);
    }
  }
  return found;
}
