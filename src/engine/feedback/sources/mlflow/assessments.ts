/** Assessments of MLflow: feedback, and what should have been answered. */
import { scoreValue } from '../../otlp/event.js';
import { rejectReasons, Rejection } from '../../records.js';
import type { Said } from '../../shapes/metric.js';
import { parseTime } from '../../time.js';
import type { ActorKind } from '../../types.js';
import { anyText, field, isObject, setOwn, textOf, type Json } from '../../values.js';
import type { RecordMaker } from '../http/records.js';

export interface AssessedTrace {
  /** As OpenTelemetry has it. */
  traceId: string;
  user: string | null;
  session: string | null;
  /** Interaction ids by span id. */
  interactions: ReadonlyMap<string, string>;
}

/** Those that hold, of a trace as it was returned; an overridden one does not. */
export function assessmentsOf(info: Json): Json[] {
  const list = field(info, 'assessments');
  return (Array.isArray(list) ? list : []).filter(isObject).filter((assessment) => field(assessment, 'valid') !== false);
}

/** When an assessment was last changed (ms). */
export function changedAt(assessment: Json): number | null {
  return parseTime(field(assessment, 'last_update_time') ?? field(assessment, 'create_time'));
}

/** One that overrides another is the same opinion, changed: it has the id of the first of them. */
export function originalId(assessment: Json, info: Json): string | null {
  const list = field(info, 'assessments');
  const all = new Map((Array.isArray(list) ? list : []).filter(isObject).map((each) => [textOf(field(each, 'assessment_id')), each]));
  let at: Json | undefined = assessment;
  let id = textOf(field(assessment, 'assessment_id'));
  for (let turn = 0; turn < 100 && at !== undefined; turn++) {
    const before = textOf(field(at, 'overrides'));
    if (before === null) break;
    id = before;
    at = all.get(before);
  }
  return id;
}

const shortest = 200;

/** Throws `Rejection` for what is no assessment, and where the evaluation itself failed. */
export function assess(maker: RecordMaker, assessment: Json, info: Json, trace: AssessedTrace): void {
  const name = textOf(field(assessment, 'assessment_name'));
  const recordId = originalId(assessment, info);
  if (name === null || recordId === null) throw new Rejection(rejectReasons.badField);
  const feedback = field(assessment, 'feedback');
  const expectation = field(assessment, 'expectation');
  const said = isObject(feedback) ? field(feedback, 'value') : null;
  const correction = isObject(expectation) ? expected(expectation) : null;
  if (said === null && correction === null) {
    if (isObject(feedback) && isObject(field(feedback, 'error'))) maker.reject('the evaluation failed on the server');
    return;
  }
  const source = field(assessment, 'source');
  const type = isObject(source) ? textOf(field(source, 'source_type')) : null;
  const by = isObject(source) ? textOf(field(source, 'source_id')) : null;
  const actor = actorOf(maker, name, type, by, trace, correction !== null);
  const spanId = textOf(field(assessment, 'span_id'));
  const interactionId = spanId === null ? null : (trace.interactions.get(spanId) ?? null);
  const person = type === 'HUMAN';
  maker.feedback({
    said: {
      metric: name,
      ...valueOf(said),
      text: textOf(field(assessment, 'rationale')),
      actor,
      ...(person && actor === 'expert' ? { actorId: by } : {}),
      ...(actor === 'llm_judge' ? { model: by } : {}),
    },
    recordType: 'assessment',
    recordId,
    created: field(assessment, 'create_time'),
    updated: field(assessment, 'last_update_time'),
    traceId: trace.traceId,
    // What hangs on a span that is no call of a model speaks of the trace's one.
    spanId: interactionId === null ? null : spanId,
    interactionId,
    user: trace.user ?? (person && actor === 'end_user' ? by : null),
    session: trace.session,
    correction,
    attributes: attributesOf(field(assessment, 'metadata')),
    origin: assessment,
  });
}

/** A word is a label, and so is what has parts; only numbers and truth values are scores. */
function valueOf(value: unknown): Pick<Said, 'value' | 'label'> {
  if (typeof value === 'string') return { value: null, label: value };
  if (typeof value === 'object' && value !== null) return { value: null, label: JSON.stringify(value).slice(0, shortest) };
  return { value: scoreValue(value) };
}

/** A scalar as `value`, anything else as JSON text in `serialized_value`. */
function expected(expectation: Json): string | null {
  const serialized = field(expectation, 'serialized_value');
  return isObject(serialized) ? textOf(field(serialized, 'value')) : anyText(field(expectation, 'value'));
}

/** A type that the server does not know is stored as unspecified: that is never taken for a person. */
function actorOf(
  maker: RecordMaker,
  name: string,
  type: string | null,
  by: string | null,
  trace: AssessedTrace,
  corrects: boolean,
): ActorKind {
  if (type === 'LLM_JUDGE') return 'llm_judge';
  if (type !== 'HUMAN') return 'code';
  if (by !== null && by === trace.user) return 'end_user';
  return maker.assume(name, corrects ? 'expert' : 'end_user');
}

function attributesOf(metadata: unknown): Json {
  const kept: Json = {};
  if (!isObject(metadata)) return kept;
  for (const [key, value] of Object.entries(metadata).slice(0, 32)) {
    const text = textOf(value);
    if (text !== null && text.length <= shortest && !key.startsWith('mlflow.')) setOwn(kept, key, text);
  }
  return kept;
}
