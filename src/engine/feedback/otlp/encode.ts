/**
 * From records of the canonical schema to OTLP/JSON: feedback as log records (`gen_ai.evaluation.result`), interactions as spans. What OpenTelemetry has a name for
 * stands under that name; what it has none for goes along in `promptratchet.record`, so that an import gives back the very record.
 */
import { deterministicId } from '../identity.js';
import { Rejection } from '../records.js';
import { parseTime } from '../time.js';
import { field, isObject, jsonText, numberOf, objectField, setOwn, textOf, variablesOf, type Json } from '../values.js';
import { recordsOfLogs, recordsOfSpans } from './decode.js';
import { evaluationEvent } from './event.js';
import { logsOfJson, spansOfJson } from './json.js';
import { OtlpBudget, resourceKeys } from './model.js';
import { ownRecord, patchAttribute } from './patch.js';
import { attributePrefix } from './kept.js';
import { plainOptions } from '../shapes/shape.js';

/** Requests of one signal each: bodies of `POST /v1/traces` and `/v1/logs`, or lines of files; `null` where there is nothing of that signal. */
export interface EncodedOtlp {
  traces: Json | null;
  logs: Json | null;
  /** Records that are none of the canonical schema. */
  skipped: number;
}

/** The records of a request have one resource each: what they say of service, version and environment. */
export function encodeOtlp(records: readonly Json[]): EncodedOtlp {
  const spans = new Map<string, { resource: Json; items: Json[] }>();
  const logs = new Map<string, { resource: Json; items: Json[] }>();
  let skipped = 0;
  for (const record of records) {
    const isLog = textOf(field(record, 'schema'))?.startsWith('promptratchet.feedback/') === true;
    const resource = resourceOf(record);
    const encoded = encodeRecord(record, resource, isLog);
    if (encoded === null) {
      skipped++;
      continue;
    }
    const groups = isLog ? logs : spans;
    const key = JSON.stringify(resource);
    const group = groups.get(key) ?? { resource, items: [] };
    groups.set(key, group);
    group.items.push(encoded);
  }
  const scope = { name: 'promptratchet' };
  return {
    traces:
      spans.size === 0
        ? null
        : { resourceSpans: [...spans.values()].map(({ resource, items }) => ({ resource, scopeSpans: [{ scope, spans: items }] })) },
    logs:
      logs.size === 0
        ? null
        : { resourceLogs: [...logs.values()].map(({ resource, items }) => ({ resource, scopeLogs: [{ scope, logRecords: items }] })) },
    skipped,
  };
}

function resourceOf(record: Json): Json {
  const attributes = isObject(record['attributes']) ? record['attributes'] : {};
  const kept = resourceKeys.filter((key) => typeof field(attributes, key) === 'string' && field(attributes, key) !== '');
  return { attributes: kept.map((key) => keyValue(key, attributes[key])) };
}

/** `null` where the record would not be read back: it is none of the canonical schema. */
function encodeRecord(record: Json, resource: Json, isLog: boolean): Json | null {
  try {
    const plain = isLog ? logRecord(record) : span(record);
    const read = decodeOne(plain, resource, isLog);
    if (read === null) return null;
    const patch = difference(record, read);
    if (patch === null) return plain;
    return { ...plain, attributes: [...(plain['attributes'] as Json[]), keyValue(patchAttribute, jsonText(patch))] };
  } catch (error) {
    if (error instanceof Rejection) return null;
    throw error;
  }
}

function decodeOne(encoded: Json, resource: Json, isLog: boolean): Json | null {
  const body = isLog
    ? { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [encoded] }] }] }
    : { resourceSpans: [{ resource, scopeSpans: [{ spans: [encoded] }] }] };
  const budget = new OtlpBudget();
  const { records } = isLog
    ? recordsOfLogs(logsOfJson(body, budget), plainOptions)
    : recordsOfSpans(spansOfJson(body, budget), plainOptions);
  return records[0] ?? null;
}

/** Fields that an import would read otherwise; `null` for none. */
function difference(record: Json, read: Json): Json | null {
  const set: Json = {};
  for (const [key, value] of Object.entries(record)) {
    if (value !== undefined && stable(value) !== stable(field(read, key), Object.hasOwn(read, key))) setOwn(set, key, value);
  }
  const unset = Object.keys(read).filter((key) => !Object.hasOwn(record, key) || record[key] === undefined);
  if (Object.keys(set).length === 0 && unset.length === 0) return null;
  return { ...(Object.keys(set).length === 0 ? {} : { set }), ...(unset.length === 0 ? {} : { unset }) };
}

/** JSON with sorted keys; `exists` false for what is not there, which is not `null`. */
function stable(value: unknown, exists = true): string {
  if (!exists) return '';
  if (Array.isArray(value)) return `[${value.map((item) => stable(item)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${stable(value[key])}`)
    .join(',')}}`;
}

function keyValue(key: string, value: unknown): Json {
  return { key, value: anyValue(value) };
}

function anyValue(value: unknown): Json {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return {};
}

/** Attributes by name, without those that have nothing. */
function attributeList(attributes: readonly (readonly [string, unknown])[]): Json[] {
  return attributes.filter(([, value]) => value !== null && value !== undefined).map(([key, value]) => keyValue(key, value));
}

function shared(record: Json): (readonly [string, unknown])[] {
  const prompt = objectField(record, 'prompt');
  const name = textOf(field(prompt, 'name'));
  return [
    [ownRecord, field(record, 'schema')],
    ['gen_ai.prompt.name', name],
    ['gen_ai.prompt.version', textOf(field(prompt, 'version'))],
    ['promptratchet.prompt.sha256', textOf(field(prompt, 'sha256'))],
    ['enduser.pseudo.id', textOf(field(record, 'user'))],
    ['session.id', textOf(field(record, 'session'))],
  ];
}

function ownAttributes(record: Json): (readonly [string, unknown])[] {
  const attributes = isObject(record['attributes']) ? record['attributes'] : {};
  const others = Object.entries(attributes).filter(([key]) => !resourceKeys.includes(key) && key !== 'metric');
  return others.map(([key, value]) => [plainKey.test(key) ? key : attributePrefix + key, value]);
}

/** Of a name that no convention has: it comes back as it is. */
const plainKey = /^(?!(?:model|metadata|input|output|metric)$)[a-z][a-z0-9_-]{0,60}$/i;

function nanos(value: unknown): string {
  const time = parseTime(value);
  return time === null ? '0' : String(BigInt(time) * 1_000_000n);
}

function validId(value: unknown, digits: number): string | null {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value) && !/^0+$/.test(value) ? value : null;
}

function logRecord(record: Json): Json {
  const score = isObject(record['score']) ? record['score'] : {};
  const actor = isObject(record['actor']) ? record['actor'] : {};
  const attributes = isObject(record['attributes']) ? record['attributes'] : {};
  const metric = textOf(field(attributes, 'metric'));
  const signal = textOf(field(record, 'signal')) ?? '';
  const raw = field(score, 'raw');
  const traceId = validId(field(record, 'trace_id'), 32);
  const spanId = validId(field(record, 'span_id'), 16);
  return {
    timeUnixNano: nanos(field(record, 'time')),
    observedTimeUnixNano: nanos(field(record, 'observed_time') ?? field(record, 'time')),
    eventName: evaluationEvent,
    attributes: attributeList([
      ['gen_ai.evaluation.name', metric === null ? signal : `${signal}:${metric}`],
      ['gen_ai.evaluation.score.value', typeof raw === 'number' ? raw : null],
      ['gen_ai.evaluation.score.label', textOf(field(record, 'label'))],
      ['gen_ai.evaluation.explanation', textOf(field(record, 'text'))],
      ['gen_ai.response.id', textOf(field(record, 'interaction_id'))],
      ...shared(record),
      ['promptratchet.id', textOf(field(record, 'id'))],
      ['promptratchet.actor.kind', textOf(field(actor, 'kind'))],
      ['promptratchet.actor.id', textOf(field(actor, 'id'))],
      ['promptratchet.actor.model', textOf(field(actor, 'model'))],
      ['promptratchet.score.min', numberOf(field(score, 'min'))],
      ['promptratchet.score.max', numberOf(field(score, 'max'))],
      ['promptratchet.score.higher_is_better', field(score, 'higher_is_better') === false ? false : null],
      ['promptratchet.correction', textOf(field(record, 'correction'))],
      ...ownAttributes(record),
    ]),
    ...(traceId === null ? {} : { traceId }),
    ...(spanId === null ? {} : { spanId }),
  };
}

function span(record: Json): Json {
  const id = textOf(field(record, 'id')) ?? '';
  const system = isObject(record['system']) ? record['system'] : {};
  const input = isObject(record['input']) ? record['input'] : {};
  const output = isObject(record['output']) ? record['output'] : {};
  const retrieval = isObject(record['retrieval']) ? record['retrieval'] : {};
  const rollout = isObject(record['rollout']) ? record['rollout'] : {};
  const attributes = isObject(record['attributes']) ? record['attributes'] : {};
  const traceId = validId(field(record, 'trace_id'), 32) ?? deterministicId('trace', id);
  const spanId = validId(field(record, 'span_id'), 16) ?? deterministicId('span', id).slice(0, 16);
  const latency = numberOf(field(system, 'latency_ms'));
  const start = BigInt(nanos(field(record, 'time') ?? field(record, 'observed_time')));
  const end = start === 0n ? 0n : start + BigInt(Math.round((latency ?? 0) * 1000)) * 1000n;
  const first = numberOf(field(system, 'ttfc_ms'));
  const text = textOf(field(output, 'text'));
  const json = (value: unknown): string | null => (typeof value === 'object' && value !== null ? jsonText(value) : null);
  const spoken = text === null ? field(output, 'messages') : [{ role: 'assistant', parts: [{ type: 'text', content: text }] }];
  const failed = field(system, 'status') === 'error';
  return {
    traceId,
    spanId,
    name: `chat ${textOf(field(attributes, 'model')) ?? ''}`.trim(),
    kind: 3,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(end),
    attributes: attributeList([
      ['gen_ai.operation.name', 'chat'],
      ['gen_ai.response.model', textOf(field(attributes, 'model'))],
      ['gen_ai.response.id', id === `${traceId}/${spanId}` ? null : id],
      ...shared(record),
      ...Object.entries(variablesOf(field(input, 'variables'))).map(([key, value]) => [`gen_ai.prompt.variable.${key}`, value] as const),
      ['gen_ai.input.messages', json(field(input, 'messages'))],
      ['gen_ai.output.messages', json(spoken)],
      ['gen_ai.retrieval.query.text', textOf(field(retrieval, 'query'))],
      ['gen_ai.retrieval.top_k', numberOf(field(retrieval, 'top_k'))],
      ['gen_ai.retrieval.documents', json(field(retrieval, 'documents'))],
      ['feature_flag.key', textOf(field(rollout, 'flag_key'))],
      ['feature_flag.result.variant', textOf(field(rollout, 'variant'))],
      ['feature_flag.set.id', textOf(field(rollout, 'rollout_id'))],
      ['error.type', failed ? textOf(field(system, 'error_type')) : null],
      ['gen_ai.response.time_to_first_chunk', first === null ? null : first / 1000],
      ['gen_ai.usage.input_tokens', numberOf(field(system, 'input_tokens'))],
      ['gen_ai.usage.output_tokens', numberOf(field(system, 'output_tokens'))],
      ['gen_ai.usage.cost', numberOf(field(system, 'cost_usd'))],
      ['promptratchet.retries', numberOf(field(system, 'retries'))],
      ['gen_ai.response.finish_reasons', Array.isArray(system['finish_reasons']) ? system['finish_reasons'] : null],
      ...ownAttributes(record),
    ]),
    status: { code: failed ? 2 : 1 },
  };
}
