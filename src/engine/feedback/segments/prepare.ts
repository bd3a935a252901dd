/**
 * What a record loses before it is written: personal data and secrets in its texts, and the names of people, for which pseudonyms
 * stand from here on. Ids, numbers, times, prompts and what they are called stay as they are.
 */
import type { Pseudonyms } from '../identity.js';
import { withoutPerson } from '../purge/withhold.js';
import type { Redactor } from '../redaction/redactor.js';
import { isObject, setOwn, textOf, type Json } from '../values.js';
import { withheldSchema } from './segmentReader.js';

export interface PrepareTools {
  redactor: Redactor;
  pseudonyms: Pick<Pseudonyms, 'of' | 'isWithheld'>;
}

/** Deeper than any message of a model; what lies below is left out. */
const maxDepth = 60;

/** Fields of a record that hold no words of people: names, ids, times and codes that joining and scores need as they are. */
const untouched = new Set([
  'schema',
  'id',
  'interaction_id',
  'trace_id',
  'span_id',
  'time',
  'observed_time',
  'signal',
  'prompt',
  'source',
  'rollout',
]);

/** Attributes by which a template is known: another character and it is another version. */
const templates = new Set(['prompt.template', 'llm.prompt_template.template']);

/** Attributes in which tracers put a person or a conversation. */
const people =
  /^(?:(?:enduser|user|session|conversation|thread|customer|account)[._]?(?:id|email|name|pseudo[._]id)|gen_ai\.conversation\.id|langfuse\.(?:trace\.)?(?:user|session)[._]?id|mlflow\.trace\.(?:user|session)|userId|sessionId|username)$/i;

/** The record as it may be stored; the same object where nothing had to change. Never throws. */
export function prepareRecord(record: Json, tools: PrepareTools): Json {
  const prepared = withPseudonyms(record, tools);
  const user = textOf(prepared['user']);
  const session = textOf(prepared['session']);
  if (!tools.pseudonyms.isWithheld(user ?? session, textOf(prepared['interaction_id']))) return prepared;
  return withoutPerson(prepared, user, session) ?? tombstone(prepared);
}

/** A comment that must not come back: it counts for nothing, and its id is known. */
function tombstone({ id }: Json): Json {
  return { schema: withheldSchema, id };
}

function withPseudonyms(record: Json, tools: PrepareTools): Json {
  const raw = { user: record['user'], session: record['session'] };
  let result: Json | null = null;
  for (const key in record) {
    const value = record[key];
    const changed = prepareField(key, value, raw, tools);
    if (changed === value) continue;
    result ??= { ...record };
    setOwn(result, key, changed);
  }
  return result ?? record;
}

function prepareField(key: string, value: unknown, raw: { user: unknown; session: unknown }, tools: PrepareTools): unknown {
  if (key === 'user' || key === 'session') return isName(value) ? tools.pseudonyms.of(String(value)) : null;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined || untouched.has(key)) return value;
  if (key === 'actor') return prepareActor(value, tools);
  if (key === 'attributes' && isObject(value)) return prepareAttributes(value, raw, tools);
  if (key === 'retrieval' && isObject(value)) return prepareRetrieval(value, tools);
  return redactDeep(value, tools.redactor, 0);
}

function isName(value: unknown): value is string | number | boolean {
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value !== '');
}

/** An expert is a person too. */
function prepareActor(value: unknown, tools: PrepareTools): unknown {
  const changed = redactDeep(value, tools.redactor, 0);
  if (!isObject(value) || !isObject(changed) || !isName(value['id'])) return changed;
  return { ...changed, id: tools.pseudonyms.of(String(value['id'])) };
}

function prepareAttributes(attributes: Json, raw: { user: unknown; session: unknown }, tools: PrepareTools): Json {
  let result: Json | null = null;
  for (const key in attributes) {
    const value = attributes[key];
    let changed = value;
    if (templates.has(key)) continue;
    if (isName(value) && (people.test(key) || value === raw.user || value === raw.session)) changed = tools.pseudonyms.of(String(value));
    else changed = redactDeep(value, tools.redactor, 0);
    if (changed === value) continue;
    result ??= { ...attributes };
    setOwn(result, key, changed);
  }
  return result ?? attributes;
}

/** Documents keep their ids: tuning compares them. */
function prepareRetrieval(retrieval: Json, tools: PrepareTools): Json {
  const documents = retrieval['documents'];
  if (!Array.isArray(documents)) return redactDeep(retrieval, tools.redactor, 0) as Json;
  const prepared = documents.map((document: unknown) => {
    if (!isObject(document)) return redactDeep(document, tools.redactor, 0);
    const changed = redactDeep(document, tools.redactor, 0) as Json;
    return changed === document || !isName(document['id']) ? changed : { ...changed, id: document['id'] };
  });
  return { ...(redactDeep({ ...retrieval, documents: [] }, tools.redactor, 0) as Json), documents: prepared };
}

/** Every text in a value, names of fields too; the same value where nothing had to change. */
function redactDeep(value: unknown, redactor: Redactor, depth: number): unknown {
  if (typeof value === 'string') return value.length < 6 ? value : redactor.text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return null;
  if (Array.isArray(value)) {
    let list: unknown[] | null = null;
    for (let index = 0; index < value.length; index++) {
      const changed = redactDeep(value[index], redactor, depth + 1);
      if (changed === value[index]) continue;
      list ??= value.slice();
      list[index] = changed;
    }
    return list ?? value;
  }
  const object = value as Json;
  let copy: [string, unknown][] | null = null;
  const keys = Object.keys(object);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? '';
    const name = key.length < 8 ? key : redactor.text(key);
    const changed = redactDeep(object[key], redactor, depth + 1);
    if (name === key && changed === object[key]) continue;
    copy ??= Object.entries(object);
    copy[index] = [name, changed];
  }
  return copy === null ? object : Object.fromEntries(copy);
}
