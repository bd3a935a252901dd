/** From a span to an interaction, and to what was said about it where the span itself carries that. */
import { deterministicId } from '../identity.js';
import { nested, numbered, numberAt, jsonAt, textAt, type Attributes } from '../shapes/attributes.js';
import { inputOf, numberedMessages, outputOf } from '../shapes/messages.js';
import { metadataOf, noPrompt, promptOfAttributes } from '../shapes/promptLink.js';
import { toIso } from '../time.js';
import { isObject, setOwn, textOf, variablesOf, type Json } from '../values.js';
import { keptAttributes } from './kept.js';
import type { OtlpSpan } from './model.js';

/** Of other spans of the same trace: what applications set on the root or on a retriever. */
export interface TraceContext {
  user: string | null;
  session: string | null;
  documents: Json[];
}

const modelOperations = new Set(['chat', 'text_completion', 'generate_content']);

/** A call of a model, by what each convention says of it. */
function isModelCall(attributes: Attributes): boolean {
  const operation = textAt(attributes, 'gen_ai.operation.name');
  if (operation !== null) return modelOperations.has(operation);
  const kind = textAt(attributes, 'openinference.span.kind', 'langfuse.observation.type', 'mlflow.spanType', 'llm.request.type');
  if (kind !== null) return ['llm', 'generation', 'chat_model', 'chat', 'completion'].includes(kind.replaceAll('"', '').toLowerCase());
  return attributes.has('gen_ai.output.messages') || attributes.has('gen_ai.completion.0.content');
}

/** Does it call a model or carry a prompt? */
export function isInteraction({ attributes, name }: OtlpSpan): boolean {
  return isModelCall(attributes) || promptOfAttributes(attributes, name) !== null;
}

/** `null` for a span that neither calls a model nor carries a prompt. */
export function interactionOf(span: OtlpSpan, trace: TraceContext | undefined): Json | null {
  const { attributes } = span;
  const prompt = promptOfAttributes(attributes, span.name);
  if (prompt === null && !isModelCall(attributes)) return null;
  const time = msOf(span.start ?? span.end);
  const observed = msOf(span.end ?? span.start);
  const user = userOf(attributes) ?? trace?.user ?? null;
  const session = sessionOf(attributes) ?? trace?.session ?? null;
  const documents = documentsOf(attributes);
  const input = inputOfSpan(attributes);
  const output = outputOfSpan(attributes);
  const rollout = rolloutOf(attributes);
  return {
    schema: 'promptratchet.interaction/1',
    id: interactionId(span),
    ...(time === null ? {} : { time: toIso(time) }),
    ...(observed === null ? {} : { observed_time: toIso(observed) }),
    revision: 0,
    ...(span.traceId === null ? {} : { trace_id: span.traceId }),
    ...(span.spanId === null ? {} : { span_id: span.spanId }),
    prompt: prompt ?? noPrompt,
    ...(user === null ? {} : { user }),
    ...(session === null ? {} : { session }),
    ...(rollout === null ? {} : { rollout }),
    ...(input === null ? {} : { input }),
    ...(output === null ? {} : { output }),
    ...retrievalOf(attributes, documents.length > 0 ? documents : (trace?.documents ?? [])),
    system: systemOf(span),
    attributes: keptAttributes(attributes, span.resource),
    source: { kind: 'otlp', record_type: 'span' },
  };
}

/** `gen_ai.response.id`, else `<trace>/<span>`, else by content. */
export function interactionId(span: OtlpSpan): string {
  const response = textAt(span.attributes, 'gen_ai.response.id');
  if (response !== null) return response;
  if (span.traceId !== null && span.spanId !== null) return `${span.traceId}/${span.spanId}`;
  return deterministicId('otlp', 'span', String(span.start), span.name, JSON.stringify([...span.attributes]));
}

/** Nanoseconds to whole milliseconds; `null` for what is no time that can be meant. */
export function msOf(nanos: bigint | null): number | null {
  if (nanos === null) return null;
  const ms = Number(nanos / 1_000_000n);
  return ms < Date.UTC(2200, 0, 1) ? ms : null;
}

export function userOf(attributes: Attributes): string | null {
  return (
    textAt(attributes, 'enduser.pseudo.id', 'enduser.id', 'user.id', 'langfuse.user.id', 'mlflow.trace.user') ??
    textAt(metadataOf(attributes), 'user_id', 'userId')
  );
}

export function sessionOf(attributes: Attributes): string | null {
  return (
    textAt(attributes, 'session.id', 'gen_ai.conversation.id', 'langfuse.session.id', 'mlflow.trace.session') ??
    textAt(metadataOf(attributes), 'session_id', 'sessionId', 'thread_id')
  );
}

function inputOfSpan(attributes: Attributes): Json | null {
  const variables = {
    ...plainVariables(nested(attributes, 'llm.prompt_template.variables')),
    ...plainVariables(nested(attributes, 'traceloop.prompt.template_variables')),
    ...plainVariables(nested(attributes, 'gen_ai.prompt.variable')),
  };
  const messages = numberedMessages(attributes, 'llm.input_messages');
  const older = messages.length > 0 ? messages : numberedMessages(attributes, 'gen_ai.prompt');
  const spoken = inputOf(
    jsonAt(attributes, 'gen_ai.input.messages') ??
      (older.length > 0
        ? older
        : jsonAt(attributes, 'langfuse.observation.input', 'mlflow.spanInputs', 'input.value', 'traceloop.entity.input')),
  );
  if (Object.keys(variables).length === 0) return spoken;
  return { ...spoken, variables };
}

function plainVariables(found: Attributes): Json {
  const variables: Json = {};
  for (const [key, value] of Object.entries(variablesOf(Object.fromEntries(found)))) setOwn(variables, key, value);
  return variables;
}

function outputOfSpan(attributes: Attributes): Json | null {
  const messages = numberedMessages(attributes, 'llm.output_messages');
  const older = messages.length > 0 ? messages : numberedMessages(attributes, 'gen_ai.completion');
  return outputOf(
    jsonAt(attributes, 'gen_ai.output.messages') ??
      (older.length > 0
        ? older
        : (attributes.get('langfuse.observation.output') ??
          attributes.get('mlflow.spanOutputs') ??
          attributes.get('output.value') ??
          attributes.get('traceloop.entity.output'))),
  );
}

/** Ids, scores and ranks of what was retrieved, as the span itself says. */
export function documentsOf(attributes: Attributes): Json[] {
  const listed = jsonAt(attributes, 'gen_ai.retrieval.documents');
  const found = Array.isArray(listed) ? listed.filter(isObject).map((item) => new Map(Object.entries(item))) : [];
  const items = found.length > 0 ? found : numbered(attributes, 'retrieval.documents');
  return items.map((item, index) => {
    const score = numberAt(item, 'score', 'document.score');
    const text = textAt(item, 'content', 'document.content');
    return {
      id: textAt(item, 'id', 'document.id') ?? '',
      ...(score === null ? {} : { score }),
      rank: index + 1,
      ...(text === null ? {} : { text }),
    };
  });
}

function retrievalOf(attributes: Attributes, documents: Json[]): Json {
  const query = textAt(attributes, 'gen_ai.retrieval.query.text');
  const topK = numberAt(attributes, 'gen_ai.retrieval.top_k', 'reranker.top_k');
  if (documents.length === 0 && query === null) return {};
  return { retrieval: { ...(query === null ? {} : { query }), ...(topK === null ? {} : { top_k: topK }), documents } };
}

function rolloutOf(attributes: Attributes): Json | null {
  const variant = textAt(attributes, 'feature_flag.result.variant', 'feature_flag.variant');
  if (variant === null) return null;
  const set = textAt(attributes, 'feature_flag.set.id');
  return { flag_key: textAt(attributes, 'feature_flag.key') ?? '', variant, ...(set === null ? {} : { rollout_id: set }) };
}

function systemOf(span: OtlpSpan): Json {
  const { attributes, start, end } = span;
  const thrown = span.events.find((event) => event.name === 'exception');
  const type = textAt(attributes, 'error.type') ?? (thrown === undefined ? null : textAt(thrown.attributes, 'exception.type'));
  const failed = span.status === 'error' || attributes.has('error.type');
  const latency = start !== null && end !== null && end >= start ? Math.round(Number((end - start) / 1000n)) / 1000 : null;
  const first = numberAt(attributes, 'gen_ai.response.time_to_first_chunk', 'gen_ai.server.time_to_first_token');
  const reasons = jsonAt(attributes, 'gen_ai.response.finish_reasons');
  const numbers = {
    latency_ms: latency,
    ttfc_ms: first === null ? null : Math.round(first * 1e6) / 1e3,
    input_tokens: numberAt(attributes, 'gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.token_count.prompt'),
    output_tokens: numberAt(attributes, 'gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens', 'llm.token_count.completion'),
    cost_usd: numberAt(attributes, 'gen_ai.usage.cost', 'llm.cost.total'),
    retries: numberAt(attributes, 'promptratchet.retries'),
  };
  return {
    status: failed ? 'error' : 'ok',
    ...(failed && type !== null ? { error_type: type } : {}),
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== null)),
    ...(Array.isArray(reasons) ? { finish_reasons: reasons.map((reason) => textOf(reason) ?? '') } : {}),
  };
}
