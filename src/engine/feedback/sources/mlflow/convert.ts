/** Traces of MLflow, with their spans where they can be had, as interactions and feedback. */
import { traceContexts } from '../../otlp/decode.js';
import { spanOf } from '../../otlp/json.js';
import { OtlpBudget, OtlpError, type OtlpSpan } from '../../otlp/model.js';
import { interactionId, interactionOf } from '../../otlp/span.js';
import { deterministicId } from '../../identity.js';
import { linkedPrompts, noPrompt } from '../../shapes/promptLink.js';
import { field, isObject, textOf, type Json } from '../../values.js';
import type { RecordMaker } from '../http/records.js';
import type { TraceInfo } from './api.js';
import type { AssessedTrace } from './assessments.js';

export interface ReadTrace extends AssessedTrace {
  id: string;
  info: Json;
  /** As they were returned, by record id. */
  made: { record: Json; recordId: string; origin: Json }[];
  /** Something in the trace names a prompt. */
  hasPrompt: boolean;
}

/** `tr-` and the id of OpenTelemetry. */
export function otelId(id: string): string {
  return /^tr-([0-9a-f]{32})$/u.exec(id)?.[1] ?? id;
}

/** `linked`: a prompt that is known to be linked to the trace and stands nowhere in it. */
export function readTrace({ id, info }: TraceInfo, spans: readonly Json[], instance: string, linked: Json | null): ReadTrace {
  const metadata = objectAt(info, 'trace_metadata');
  const tags = objectAt(info, 'tags');
  const user = textOf(field(metadata, 'mlflow.trace.user'));
  const session = textOf(field(metadata, 'mlflow.trace.session'));
  const read = readSpans(spans);
  const context = traceContexts(read.map(({ span }) => span)).get(read[0]?.span.traceId ?? '') ?? {
    user: null,
    session: null,
    documents: [],
  };
  const trace = { user: user ?? context.user, session: session ?? context.session, documents: context.documents };
  const tagged = linkedPrompts(field(tags, 'mlflow.linkedPrompts')) ?? linked;
  const made = read.flatMap(({ span, origin }) => {
    const record = interactionOf(span, trace);
    return record === null ? [] : [{ record: whose(record, trace), span, origin }];
  });
  const named = made.filter(({ record }) => isNamed(record));
  if (tagged !== null && named.length === 0) {
    // Linked to the trace and to no span: of one call of a model that is the one, of several it is the trace as a whole.
    const [only] = made;
    if (made.length === 1 && only !== undefined) only.record['prompt'] = tagged;
    else made.push(ofTrace(id, info, read, trace, tagged, instance));
  } else if (made.length === 0) {
    made.push(ofTrace(id, info, read, trace, noPrompt, instance));
  }
  const kept = tagsOf(tags);
  return {
    id,
    info,
    traceId: otelId(id),
    user: trace.user,
    session: trace.session,
    interactions: new Map(made.flatMap(({ span, record }) => (span.spanId === null ? [] : [[span.spanId, String(record['id'])]]))),
    made: made.map(({ record, span, origin }) => ({
      record: { ...record, attributes: { ...kept, ...objectAt(record, 'attributes') } },
      recordId: span.spanId === null ? id : `${id}/${span.spanId}`,
      origin,
    })),
    hasPrompt: tagged !== null || named.length > 0,
  };
}

/** None where the trace is larger than can be meant: then the listing stands for it. */
function readSpans(spans: readonly Json[]): { span: OtlpSpan; origin: Json }[] {
  const budget = new OtlpBudget();
  try {
    return spans.map((span) => ({ span: spanOf(span, new Map(), budget), origin: span }));
  } catch (error) {
    if (error instanceof OtlpError) return [];
    throw error;
  }
}

/** User and session of the trace hold for all of it. */
function whose(record: Json, { user, session }: { user: string | null; session: string | null }): Json {
  return { ...record, ...(user === null ? {} : { user }), ...(session === null ? {} : { session }) };
}

function isNamed(record: Json): boolean {
  const prompt = record['prompt'];
  return isObject(prompt) && textOf(field(prompt, 'name')) !== null;
}

/** The trace as one interaction: its root span, else what the listing says of it, where long texts are cut. */
function ofTrace(
  id: string,
  info: Json,
  read: readonly { span: OtlpSpan; origin: Json }[],
  trace: { user: string | null; session: string | null; documents: Json[] },
  prompt: Json,
  instance: string,
): { record: Json; span: OtlpSpan; origin: Json } {
  const root = read.find(({ span }) => span.parentSpanId === null);
  const span = root?.span ?? spanOfInfo(id, info);
  // The root of an application is no call of a model by itself.
  const attributes = new Map([...span.attributes, ['gen_ai.operation.name', 'chat']]);
  const record = interactionOf({ ...span, attributes }, trace) ?? {};
  const own = span.spanId === null ? deterministicId('mlflow', instance, 'trace', id) : interactionId(span);
  return { record: { ...whose(record, trace), id: own, prompt }, span, origin: root?.origin ?? info };
}

function spanOfInfo(id: string, info: Json): OtlpSpan {
  const time = textOf(field(info, 'request_time'));
  const start = time === null || Number.isNaN(Date.parse(time)) ? null : BigInt(Date.parse(time)) * 1_000_000n;
  const seconds = /^(\d+(?:\.\d+)?)s$/u.exec(textOf(field(info, 'execution_duration')) ?? '')?.[1];
  const attributes = new Map<string, unknown>();
  const input = textOf(field(info, 'request_preview'));
  const output = textOf(field(info, 'response_preview'));
  if (input !== null) attributes.set('mlflow.spanInputs', input);
  if (output !== null) attributes.set('mlflow.spanOutputs', output);
  return {
    traceId: otelId(id),
    spanId: null,
    parentSpanId: null,
    name: textOf(field(objectAt(info, 'tags'), 'mlflow.traceName')) ?? '',
    start,
    end: start === null || seconds === undefined ? start : start + BigInt(Math.round(Number(seconds) * 1e6)) * 1000n,
    status: field(info, 'state') === 'ERROR' ? 'error' : 'ok',
    attributes,
    events: [],
    resource: new Map(),
  };
}

/** Tags that the team set; MLflow's own are about where things lie. */
function tagsOf(tags: Json): Json {
  return Object.fromEntries(
    Object.entries(tags)
      .filter(([key, value]) => !key.startsWith('mlflow.') && typeof value === 'string' && value.length <= 200)
      .filter(([key]) => !/^(?:host|process|os|container|k8s|cloud|telemetry)\./u.test(key))
      .slice(0, 32),
  );
}

function objectAt(record: Json, key: string): Json {
  const value = field(record, key);
  return isObject(value) ? value : {};
}

export function addInteractions(maker: RecordMaker, trace: ReadTrace): void {
  for (const { record, recordId, origin } of trace.made) {
    maker.attempt(() => {
      maker.interaction(record, 'span', recordId, origin);
    });
  }
}
