/** `map` of a source: canonical fields filled from JSON paths or constants, laid over what the record's own shape says. */
import type { FieldMapping } from '../config/types.js';
import { EngineError } from '../errors.js';
import { parseJsonPath, readJsonPath, type JsonPath } from './jsonPath.js';
import { isObject, setOwn, type Json } from './values.js';

const mappableFields: readonly string[] = [
  'schema',
  'id',
  'time',
  'observed_time',
  'revision',
  'user',
  'session',
  'interaction_id',
  'trace_id',
  'span_id',
  'signal',
  'actor',
  'actor.kind',
  'prompt.name',
  'prompt.version',
  'prompt.sha256',
  'prompt.template',
  'prompt.link',
  'score.raw',
  'score.min',
  'score.max',
  'score.y',
  'score.higher_is_better',
  'label',
  'text',
  'correction',
  'input.text',
  'input.messages',
  'input.variables',
  'output.text',
  'output.messages',
  'retrieval.query',
  'retrieval.documents',
  'system.status',
  'system.error_type',
  'system.latency_ms',
  'system.retries',
  'system.input_tokens',
  'system.output_tokens',
  'rollout.variant',
  'review.stratum',
  'review.inclusion_prob',
  'review.inclusion_prob',
  'source.updated_at',
  'attributes',
];

/** `input.variables.question` and `attributes.plan` name one entry. */
const openFields = ['input.variables.', 'attributes.'];

/** Where in a canonical record the field of that name goes; `null` for a name that is none. */
export function fieldPath(name: string): string[] | null {
  const open = openFields.find((prefix) => name.startsWith(prefix) && name.length > prefix.length);
  if (open !== undefined) return [...open.slice(0, -1).split('.'), name.slice(open.length)];
  return mappableFields.includes(name) ? name.split('.') : null;
}

interface MappedField {
  /** Where in the canonical record the value goes. */
  target: readonly string[];
  value: { path: JsonPath } | { constant: unknown };
}

export interface Mapping {
  readonly fields: ReadonlySet<string>;
  /** What the paths begin with: columns that somebody gave a meaning to. */
  readonly columns: ReadonlySet<string>;
  /** Sets every field that has a value. */
  apply(record: unknown, target: Json): void;
}

/** Throws CONFIG_INVALID for a field or a path that is none. */
export function compileMapping(map: Record<string, FieldMapping>): Mapping {
  const mapped = Object.entries(map).map(([name, value]): MappedField => {
    const target = fieldPath(name);
    if (target === null) {
      throw new EngineError('CONFIG_INVALID', `map: there is no field "${name}". Fields are ${mappableFields.join(', ')}.`, {
        field: name,
      });
    }
    return { target, value: typeof value === 'string' ? { path: parseJsonPath(value) } : { constant: value.const } };
  });
  return {
    fields: new Set(Object.keys(map)),
    columns: new Set(mapped.flatMap(({ value }) => ('path' in value ? [String(value.path[0])] : []))),
    apply(record, target) {
      for (const { target: steps, value } of mapped) {
        const item = 'path' in value ? readJsonPath(record, value.path) : value.constant;
        if (item !== undefined && item !== null) assign(target, steps, item);
      }
    },
  };
}

/** Objects on the way are replaced by copies, so that the record that was read is never changed. */
export function assign(target: Json, steps: readonly string[], value: unknown): void {
  const [step = '', ...rest] = steps;
  if (rest.length === 0) {
    setOwn(target, step, value);
    return;
  }
  const before = Object.hasOwn(target, step) ? target[step] : undefined;
  const inner: Json = isObject(before) ? { ...before } : typeof before === 'string' && step === 'prompt' ? { name: before } : {};
  assign(inner, rest, value);
  setOwn(target, step, inner);
}
