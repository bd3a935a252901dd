import { isRecord } from '../config/yaml.js';
import { stableJson } from './cacheKey.js';
import { fitsFormat } from './jsonFormats.js';

/** A pattern to be tested elsewhere, because it may backtrack for ever. */
export interface PatternCheck {
  path: string;
  pattern: string;
  text: string;
}

export interface SchemaResult {
  /** The first place that does not hold, as a sentence; `null` where all holds so far. */
  fault: string | null;
  /** They must match as well. */
  patterns: PatternCheck[];
  /** Keywords that are not evaluated here: the result is then no result. */
  unknown: string[];
}

const annotations = new Set([
  '$schema',
  '$id',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  '$comment',
  'readOnly',
  'writeOnly',
]);
const maxDepth = 64;

/**
 * Checks a value against a JSON Schema (the keywords of drafts 7 to 2020-12 that application schemas use). `format` is checked, as
 * promptfoo's validator does. A keyword or format that is not known here is reported, never taken as held.
 */
export function checkSchema(value: unknown, schema: unknown): SchemaResult {
  const result: SchemaResult = { fault: null, patterns: [], unknown: [] };
  result.fault = check(value, schema, { root: schema, result, depth: 0 }, '');
  return result;
}

interface Scope {
  root: unknown;
  result: SchemaResult;
  depth: number;
}

function check(value: unknown, schema: unknown, scope: Scope, path: string): string | null {
  if (schema === true) return null;
  const at = path === '' ? 'the answer' : path;
  if (schema === false) return `${at} is not allowed`;
  if (!isRecord(schema)) {
    scope.result.unknown.push('a schema that is no mapping');
    return null;
  }
  if (scope.depth > maxDepth) {
    scope.result.unknown.push('$ref in a circle');
    return null;
  }
  const inner = { ...scope, depth: scope.depth + 1 };
  for (const [keyword, rule] of Object.entries(schema)) {
    const fault = keywordFault(keyword, rule, value, schema, inner, path);
    if (fault !== null) return fault.startsWith('!') ? `${at} ${fault.slice(1)}` : fault;
  }
  return null;
}

/** A fault that starts with `!` is about this very place; others name theirs. */
function keywordFault(
  keyword: string,
  rule: unknown,
  value: unknown,
  schema: Record<string, unknown>,
  scope: Scope,
  path: string,
): string | null {
  const text = typeof value === 'string' ? Array.from(value).length : null;
  const number = typeof value === 'number' ? value : null;
  const limit = typeof rule === 'number' ? rule : NaN;
  const list = Array.isArray(value) ? (value as unknown[]) : null;
  const object = isRecord(value) ? value : null;
  switch (keyword) {
    case 'type':
      return (Array.isArray(rule) ? rule : [rule]).some((type) => hasType(value, type)) ? null : `!is not of type ${String(rule)}`;
    case 'enum':
      return Array.isArray(rule) && rule.some((item) => stableJson(item) === stableJson(value)) ? null : '!is none of the allowed values';
    case 'const':
      return stableJson(rule) === stableJson(value) ? null : `!is not ${stableJson(rule)}`;
    case 'minLength':
      return text !== null && text < limit ? `!is shorter than ${String(rule)}` : null;
    case 'maxLength':
      return text !== null && text > limit ? `!is longer than ${String(rule)}` : null;
    case 'minimum':
      return number !== null && number < limit ? `!is less than ${String(rule)}` : null;
    case 'maximum':
      return number !== null && number > limit ? `!is more than ${String(rule)}` : null;
    case 'exclusiveMinimum':
      return number !== null && number <= limit ? `!is not more than ${String(rule)}` : null;
    case 'exclusiveMaximum':
      return number !== null && number >= limit ? `!is not less than ${String(rule)}` : null;
    case 'multipleOf':
      return number !== null && !Number.isInteger(number / limit) ? `!is no multiple of ${String(rule)}` : null;
    case 'minItems':
      return list !== null && list.length < limit ? `!has fewer than ${String(rule)} items` : null;
    case 'maxItems':
      return list !== null && list.length > limit ? `!has more than ${String(rule)} items` : null;
    case 'uniqueItems':
      return rule === true && list !== null && new Set(list.map(stableJson)).size < list.length ? '!has equal items' : null;
    case 'minProperties':
      return object !== null && Object.keys(object).length < limit ? `!has fewer than ${String(rule)} properties` : null;
    case 'maxProperties':
      return object !== null && Object.keys(object).length > limit ? `!has more than ${String(rule)} properties` : null;
    case 'pattern':
      if (typeof value === 'string') scope.result.patterns.push({ path, pattern: String(rule), text: value });
      return null;
    case 'format': {
      const fits = fitsFormat(String(rule), value);
      if (fits === null) scope.result.unknown.push(`format ${String(rule)}`);
      return fits === false ? `!is no ${String(rule)}` : null;
    }
    case 'dependentRequired': {
      if (object === null || !isRecord(rule)) return null;
      const wanted = Object.entries(rule).flatMap(([name, names]) =>
        Object.hasOwn(object, name) && Array.isArray(names) ? names.map(String) : [],
      );
      const missing = wanted.find((name) => !Object.hasOwn(object, name));
      return missing === undefined ? null : `!lacks "${missing}"`;
    }
    case 'required': {
      const names = Array.isArray(rule) ? rule.map(String) : [];
      const missing = object === null ? undefined : names.find((name) => !Object.hasOwn(object, name));
      return missing === undefined ? null : `!lacks "${missing}"`;
    }
    case 'properties':
      return object === null || !isRecord(rule)
        ? null
        : first(Object.entries(rule), ([name, part]) =>
            Object.hasOwn(object, name) ? check(object[name], part, scope, `${path}/${name}`) : null,
          );
    case 'additionalProperties': {
      if (object === null) return null;
      if ('patternProperties' in schema) return null;
      const named = isRecord(schema['properties']) ? schema['properties'] : {};
      const others = Object.keys(object).filter((name) => !Object.hasOwn(named, name));
      return first(others, (name) => check(object[name], rule, scope, `${path}/${name}`));
    }
    case 'items': {
      if (list === null) return null;
      const from = Array.isArray(schema['prefixItems']) ? schema['prefixItems'].length : 0;
      if (Array.isArray(rule))
        return first([...rule.entries()], ([index, part]) =>
          index < list.length ? check(list[index], part, scope, `${path}/${String(index)}`) : null,
        );
      return first([...list.entries()].slice(from), ([index, item]) => check(item, rule, scope, `${path}/${String(index)}`));
    }
    case 'prefixItems':
      return list === null || !Array.isArray(rule)
        ? null
        : first([...rule.entries()], ([index, part]) =>
            index < list.length ? check(list[index], part, scope, `${path}/${String(index)}`) : null,
          );
    case 'allOf':
      return Array.isArray(rule) ? first(rule, (part) => check(value, part, scope, path)) : null;
    case 'anyOf':
      return branches(rule, value, scope, path).some((branch) => take(branch, scope)) ? null : '!matches none of anyOf';
    case 'oneOf': {
      const held = branches(rule, value, scope, path).filter((branch) => branch.fault === null);
      const [only] = held;
      return held.length === 1 && only !== undefined && take(only, scope) ? null : `!matches ${String(held.length)} of oneOf`;
    }
    case 'not': {
      const [branch] = branches([rule], value, scope, path);
      // What a negated pattern would say is known only later, so it is not evaluated.
      if (branch !== undefined && branch.patterns.length > 0) scope.result.unknown.push('pattern under not');
      return branch?.fault === null ? '!matches what it must not' : null;
    }
    case '$ref':
      return reference(rule, value, scope, path);
    default:
      if (!annotations.has(keyword)) scope.result.unknown.push(keyword);
      return null;
  }
}

function first<T>(items: readonly T[], test: (item: T) => string | null): string | null {
  for (const item of items) {
    const fault = test(item);
    if (fault !== null) return fault;
  }
  return null;
}

interface Branch {
  fault: string | null;
  patterns: PatternCheck[];
}

/** Each branch on its own, so that the patterns of one that does not hold are not asked of the value. */
function branches(rule: unknown, value: unknown, scope: Scope, path: string): Branch[] {
  if (!Array.isArray(rule)) return [];
  return (rule as unknown[]).map((part) => {
    const result: SchemaResult = { fault: null, patterns: [], unknown: scope.result.unknown };
    const fault = check(value, part, { ...scope, result }, path);
    return { fault, patterns: result.patterns };
  });
}

function take(branch: Branch, scope: Scope): boolean {
  if (branch.fault !== null) return false;
  scope.result.patterns.push(...branch.patterns);
  return true;
}

/** References within the schema only: nothing is fetched. */
function reference(rule: unknown, value: unknown, scope: Scope, path: string): string | null {
  const pointer = typeof rule === 'string' && rule.startsWith('#') ? rule.slice(1) : null;
  let target: unknown = pointer === null ? undefined : scope.root;
  for (const step of (pointer ?? '').split('/').slice(1)) {
    const name = decodeURIComponent(step.replaceAll('~1', '/').replaceAll('~0', '~'));
    target =
      (isRecord(target) || Array.isArray(target)) && Object.hasOwn(target, name) ? (target as Record<string, unknown>)[name] : undefined;
  }
  if (target === undefined) {
    scope.result.unknown.push(`$ref ${String(rule)}`);
    return null;
  }
  return check(value, target, scope, path);
}

function hasType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
