/** From `gen_ai.evaluation.result`, as a log record or as an event of a span, and from evaluations within a span, to feedback. */
import { contentHash } from '../contentHash.js';
import { deterministicId } from '../identity.js';
import { numbered, textAt, type Attributes } from '../shapes/attributes.js';
import { feedbackOf, type Said } from '../shapes/metric.js';
import { noPrompt, promptOfAttributes } from '../shapes/promptLink.js';
import type { ShapeOptions } from '../shapes/shape.js';
import { toIso } from '../time.js';
import type { ActorKind } from '../types.js';
import { setOwn, type Json } from '../values.js';
import { keptAttributes } from './kept.js';
import type { OtlpLog, OtlpSpan } from './model.js';
import { interactionId, isInteraction, msOf, sessionOf, userOf } from './span.js';

export const evaluationEvent = 'gen_ai.evaluation.result';

const actorKinds: Record<string, ActorKind> = {
  human: 'end_user',
  llm: 'llm_judge',
  code: 'code',
  end_user: 'end_user',
  expert: 'expert',
  llm_judge: 'llm_judge',
  system: 'system',
};

/** OpenInference's `HUMAN`, `LLM`, `CODE` and our own kinds; `null` for anything else. */
export function actorKindOf(text: string | null): ActorKind | null {
  const word = text?.toLowerCase() ?? '';
  return Object.hasOwn(actorKinds, word) ? (actorKinds[word] ?? null) : null;
}

/** A number, also one written as text, a truth value, or a word. */
export function scoreValue(value: unknown): Said['value'] {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string') return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value === '' ? null : value;
  return typeof value === 'boolean' ? value : null;
}

function saidOf(attributes: Attributes): Said {
  return {
    metric: textAt(attributes, 'gen_ai.evaluation.name') ?? '',
    value: scoreValue(attributes.get('gen_ai.evaluation.score.value')),
    label: textAt(attributes, 'gen_ai.evaluation.score.label'),
    text: textAt(attributes, 'gen_ai.evaluation.explanation'),
    actor: actorKindOf(textAt(attributes, 'promptratchet.actor.kind')),
    actorId: textAt(attributes, 'promptratchet.actor.id'),
    model: textAt(attributes, 'promptratchet.actor.model'),
    min: scoreNumber(attributes.get('promptratchet.score.min')),
    max: scoreNumber(attributes.get('promptratchet.score.max')),
    higherIsBetter: attributes.get('promptratchet.score.higher_is_better') !== false,
  };
}

function scoreNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** `null` for a log record that is no evaluation, or whose metric the source leaves out. Throws `Rejection`. */
export function feedbackOfLog(log: OtlpLog, options: ShapeOptions): Json | null {
  if (log.eventName !== evaluationEvent) return null;
  const { attributes } = log;
  const said = feedbackOf(saidOf(attributes), options);
  if (said === null) return null;
  const time = msOf(log.time ?? log.observed);
  const observed = msOf(log.observed ?? log.time);
  // A log record has no id: one that is sent twice is the same in every part.
  const id =
    textAt(attributes, 'promptratchet.id', 'log.record.uid') ??
    contentHash('otlp|log', JSON.stringify([log.traceId, log.spanId, String(log.time ?? log.observed), ...attributes]));
  return {
    ...frame(attributes, id, time, observed, log.resource, said),
    ...(log.traceId === null ? {} : { trace_id: log.traceId }),
    ...(log.spanId === null ? {} : { span_id: log.spanId }),
    interaction_id: textAt(attributes, 'gen_ai.response.id'),
  };
}

/** What was said about a span within the span: events, OpenInference's `annotations.N.*` and `evaluations.N.*`. Calls `reject` for what cannot be used. */
export function feedbackOfSpan(span: OtlpSpan, options: ShapeOptions, emit: (said: () => Json | null) => void): void {
  const place = {
    ...(span.traceId === null ? {} : { trace_id: span.traceId }),
    ...(span.spanId === null ? {} : { span_id: span.spanId }),
    // On a span that is no interaction: found by the trace.
    interaction_id: isInteraction(span) ? interactionId(span) : null,
  };
  for (const event of span.events) {
    if (event.name !== evaluationEvent) continue;
    emit(() => {
      const log: OtlpLog = { ...span, time: event.time ?? span.end, observed: null, eventName: event.name, attributes: event.attributes };
      const feedback = feedbackOfLog(log, options);
      return feedback === null ? null : { ...inherited(span), ...feedback, ...place };
    });
  }
  for (const [prefix, item] of [
    ['annotations', 'annotation'],
    ['evaluations', 'evaluation'],
  ] as const) {
    numbered(span.attributes, prefix).forEach((found, index) => {
      emit(() => {
        const value = (name: string): unknown => found.get(`${item}.${name}`) ?? found.get(name);
        const text = (name: string): string | null => textAt(found, `${item}.${name}`, name);
        const metric = text('name') ?? '';
        const said = feedbackOf(
          {
            metric,
            value: scoreValue(value('score')),
            label: text('label'),
            text: text('explanation'),
            actor: actorKindOf(text('annotator_kind')) ?? (item === 'evaluation' ? 'llm_judge' : null),
            actorId: text('annotator_id'),
          },
          options,
        );
        if (said === null) return null;
        const key = text('identifier') ?? String(index);
        const id = deterministicId('otlp', prefix, interactionId(span), metric, key);
        const time = msOf(span.end ?? span.start);
        return { ...inherited(span), ...frame(new Map(), id, time, time, span.resource, said), ...place };
      });
    });
  }
}

function inherited(span: OtlpSpan): Json {
  const user = userOf(span.attributes);
  const session = sessionOf(span.attributes);
  return { ...(user === null ? {} : { user }), ...(session === null ? {} : { session }) };
}

function frame(attributes: Attributes, id: string, time: number | null, observed: number | null, resource: Attributes, said: Json): Json {
  const user = userOf(attributes);
  const session = sessionOf(attributes);
  const kept = keptAttributes(attributes, resource);
  for (const [key, value] of Object.entries(said['attributes'] as Json)) setOwn(kept, key, value);
  const correction = textAt(attributes, 'promptratchet.correction');
  return {
    schema: 'promptratchet.feedback/1',
    id,
    ...(time === null ? {} : { time: toIso(time) }),
    ...(observed === null ? {} : { observed_time: toIso(observed) }),
    revision: 0,
    prompt: promptOfAttributes(attributes, null) ?? noPrompt,
    ...said,
    ...(correction === null ? {} : { correction }),
    ...(user === null ? {} : { user }),
    ...(session === null ? {} : { session }),
    attributes: kept,
    source: { kind: 'otlp', record_type: 'evaluation' },
  };
}
