import { isRecord } from '../../config/yaml.js';

const scalars = new Set(['string', 'number', 'integer', 'boolean', 'null']);
const maxDepth = 30;

/**
 * JSON Schema of what dotprompt writes as a schema: JSON Schema itself (a mapping with `type` or `properties`), or its short form
 * (https://google.github.io/dotprompt): `name: type, description`, `name?:`, `name(array, description): …`, `name(object): …`,
 * `name(enum): […]`, `(*): type`. `null` where it is neither.
 */
export function jsonSchemaOf(value: unknown, depth = 0): Record<string, unknown> | null {
  if (depth > maxDepth) return null;
  if (typeof value === 'string') return scalarOf(value);
  if (!isRecord(value)) return null;
  if (typeof value['type'] === 'string' && (scalars.has(value['type']) || value['type'] === 'object' || value['type'] === 'array'))
    return value;
  if (isRecord(value['properties'])) return { type: 'object', ...value };
  return objectOf(value, depth);
}

function scalarOf(text: string): Record<string, unknown> | null {
  const [, type = '', description = ''] = /^\s*([a-z]+)\s*(?:,\s*([\s\S]*))?$/u.exec(text) ?? [];
  const described = description.trim() === '' ? {} : { description: description.trim() };
  if (type === 'any') return described;
  return scalars.has(type) ? { type, ...described } : null;
}

function objectOf(fields: Record<string, unknown>, depth: number): Record<string, unknown> | null {
  const properties: Record<string, unknown> = {};
  const required: string[] = [];
  let additional: unknown = false;
  for (const [key, value] of Object.entries(fields)) {
    const [, name = '', optional = '', kind = '', description = ''] =
      /^([^(?]*)(\??)(?:\((\*|[a-z]+)(?:,\s*([^)]*))?\))?$/u.exec(key) ?? [];
    const schema = fieldOf(kind, value, depth);
    if (schema === null) return null;
    if (kind === '*') {
      additional = schema;
      continue;
    }
    if (name === '') return null;
    properties[name] = description === '' ? schema : { ...schema, description };
    if (optional === '') required.push(name);
  }
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}), additionalProperties: additional };
}

function fieldOf(kind: string, value: unknown, depth: number): Record<string, unknown> | null {
  switch (kind) {
    case '':
    case '*':
      return jsonSchemaOf(value, depth + 1);
    case 'array': {
      const items = jsonSchemaOf(value, depth + 1);
      return items === null ? null : { type: 'array', items };
    }
    case 'object':
      return isRecord(value) ? objectOf(value, depth + 1) : null;
    case 'enum':
      return Array.isArray(value) ? { enum: value } : null;
    default:
      return null;
  }
}
