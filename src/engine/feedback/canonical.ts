/**
 * Our own schema, one JSON object a line, read leniently: whatever is not needed may be absent.
 * - `prompt.link` absent: `exact` where there is a version, else by hash or flag when the index is asked, else `none`.
 * - `id` absent: a hash of (kind, source, the record's text), so a redelivered line is the same record.
 * - `time` absent: the file's time. `actor` absent: who gives such a signal. `score` may be a bare value.
 */
import { promptSha256 } from '../prompts/hash.js';
import { contentHash } from './contentHash.js';
import { normalise } from './rating.js';
import {
  rejectReasons,
  Rejection,
  type LineContext,
  type ReadFeedback,
  type ReadInteraction,
  type ReadPrompt,
  type ReadRecord,
} from './records.js';
import { actorOrder, linkOrder, signalOrder } from './scan/recordBatch.js';
import type { ActorKind, Link, Signal } from './types.js';
import { anyText, attributesOf, field, isObject, numberOf, objectField, textOf, timeOf, variablesOf, type Json } from './values.js';

const schemaShape = /^promptratchet\.(interaction|feedback)\/(.*)$/;
const links: readonly string[] = linkOrder;
const actors: readonly string[] = actorOrder;
const signals: readonly string[] = signalOrder;

const defaultActor: Record<string, ActorKind> = {
  explicit: 'end_user',
  implicit: 'end_user',
  review: 'expert',
  judge: 'llm_judge',
  code: 'code',
  system: 'system',
};

export function isCanonical(record: Json): boolean {
  return typeof field(record, 'schema') === 'string';
}

/** Throws `Rejection`. `text` is the line, for the id of a record that has none. */
export function readCanonical(record: Json, text: string, context: LineContext): ReadRecord {
  const match = schemaShape.exec(textOf(field(record, 'schema')) ?? '');
  if (match === null) throw new Rejection(rejectReasons.unknownSchema);
  if (match[2] !== '1' && match[2]?.startsWith('1.') !== true) throw new Rejection(rejectReasons.unknownMajor);
  return match[1] === 'interaction' ? readInteraction(record, text, context) : readFeedback(record, text, context);
}

function readBase(record: Json, text: string, context: LineContext) {
  const time = timeOf(field(record, 'time'));
  const source = field(record, 'source');
  const updated = isObject(source) ? timeOf(field(source, 'updated_at')) : null;
  return {
    id: textOf(field(record, 'id')) ?? contentId(text, time, context),
    time,
    revision: numberOf(field(record, 'revision')) ?? 0,
    updated: updated ?? timeOf(field(record, 'observed_time')) ?? time ?? 0,
    user: textOf(field(record, 'user')),
    session: textOf(field(record, 'session')),
    traceId: textOf(field(record, 'trace_id'))?.toLowerCase() ?? null,
    spanId: textOf(field(record, 'span_id'))?.toLowerCase() ?? null,
    attributes: attributesOf(field(record, 'attributes')),
  };
}

/** Without a time two equal lines may be two events, so the place in the file is part of the id. */
export function contentId(text: string, time: number | null, context: LineContext): string {
  const place = time === null ? `${context.path}:${String(context.offset)}` : '';
  return contentHash(`${context.kind}|${context.source}|${place}`, text);
}

function readPrompt(record: Json): ReadPrompt {
  const value = field(record, 'prompt');
  if (typeof value === 'string') {
    return { name: textOf(value), version: null, sha256: null, link: 'none', orOnlyPrompt: false };
  }
  const prompt = objectField(record, 'prompt');
  const template = textOf(field(prompt, 'template')) ?? templateAttribute(field(record, 'attributes'));
  const version = textOf(field(prompt, 'version'));
  const link = textOf(field(prompt, 'link'));
  if (link !== null && !links.includes(link)) throw new Rejection(rejectReasons.unknownLink);
  return {
    name: textOf(field(prompt, 'name')),
    version,
    sha256: textOf(field(prompt, 'sha256'))?.toLowerCase() ?? (template === null ? null : promptSha256(template)),
    link: declaredLink(link as Link | null, version),
    orOnlyPrompt: field(prompt, 'or_only') === true,
  };
}

/** `ambiguous` and `none` are honoured even beside a version: whoever wrote the record did not trust it. */
function declaredLink(link: Link | null, version: string | null): Link {
  if (link === 'ambiguous') return link;
  if (version === null) return 'none';
  return link ?? 'exact';
}

function templateAttribute(attributes: unknown): string | null {
  if (!isObject(attributes)) return null;
  return textOf(field(attributes, 'prompt.template')) ?? textOf(field(attributes, 'llm.prompt_template.template'));
}

function readInteraction(record: Json, text: string, context: LineContext): ReadInteraction {
  const input = objectField(record, 'input');
  const output = objectField(record, 'output');
  const system = objectField(record, 'system');
  const status = textOf(field(system, 'status'));
  return {
    kind: 'interaction',
    ...readBase(record, text, context),
    prompt: readPrompt(record),
    variant: textOf(field(objectField(record, 'rollout'), 'variant')),
    variables: variablesOf(field(input, 'variables')),
    input: textOf(field(input, 'text')) ?? anyText(field(input, 'messages')),
    output: textOf(field(output, 'text')) ?? anyText(field(output, 'messages')),
    documents: readDocuments(field(objectField(record, 'retrieval'), 'documents')),
    status: status === 'error' || status === 'ok' ? status : null,
    error: textOf(field(system, 'error_type')) ?? (status === 'error' ? 'error' : null),
    latencyMs: notNegative(field(system, 'latency_ms')),
    retries: notNegative(field(system, 'retries')),
    implied: field(record, 'implied') === true,
  };
}

function readDocuments(value: unknown): ReadInteraction['documents'] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((item) => ({
    id: textOf(field(item, 'id')) ?? '',
    score: numberOf(field(item, 'score')),
    text: textOf(field(item, 'text')) ?? textOf(field(item, 'chunk')),
  }));
}

function notNegative(value: unknown): number | null {
  const number = numberOf(value);
  return number !== null && number >= 0 ? number : null;
}

function readFeedback(record: Json, text: string, context: LineContext): ReadFeedback {
  const signal = textOf(field(record, 'signal'));
  if (signal === null) throw new Rejection(rejectReasons.noSignal);
  if (!signals.includes(signal)) throw new Rejection(rejectReasons.unknownSignal);
  const score = readScore(field(record, 'score'));
  const review = objectField(record, 'review');
  const stratum = textOf(field(review, 'stratum'));
  const probability = numberOf(field(review, 'inclusion_prob'));
  return {
    kind: 'feedback',
    ...readBase(record, text, context),
    prompt: readPrompt(record),
    interaction: textOf(field(record, 'interaction_id')),
    signal: signal as Signal,
    actor: readActor(field(record, 'actor'), signal),
    raw: rawOf(score.raw),
    y: normalise(score, signal as Signal),
    label: textOf(field(record, 'label')),
    text: textOf(field(record, 'text')),
    correction: anyText(field(record, 'correction')),
    stratum: stratum === 'random' || stratum === 'risk' ? stratum : null,
    ...(probability !== null && probability > 0 && probability <= 1 ? { inclusionProb: probability } : {}),
  };
}

export function readActor(value: unknown, signal: string): ActorKind {
  const kind = typeof value === 'string' ? value : isObject(value) ? textOf(field(value, 'kind')) : null;
  if (kind === null) return actorOfSignal(signal);
  if (!actors.includes(kind)) throw new Rejection(rejectReasons.unknownActor);
  return kind as ActorKind;
}

/** Who gives such a signal, where nothing else says so. */
export function actorOfSignal(signal: string): ActorKind {
  return defaultActor[signal.split('.')[0] ?? ''] ?? 'end_user';
}

export function isSignal(value: string): value is Signal {
  return signals.includes(value);
}

function readScore(value: unknown) {
  if (!isObject(value)) return { raw: value, min: null, max: null, y: null, higherIsBetter: true };
  return {
    raw: field(value, 'raw'),
    min: field(value, 'min'),
    max: field(value, 'max'),
    y: field(value, 'y'),
    higherIsBetter: field(value, 'higher_is_better') !== false,
  };
}

/** As it is shown: numbers that are not finite, objects and arrays are nothing that a score can be. */
export function rawOf(value: unknown): number | string | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
