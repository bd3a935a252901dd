/** Annotations of Phoenix: who says them and on which range. */
import { deterministicId } from '../../identity.js';
import { interactionId } from '../../otlp/span.js';
import { actorKindOf, scoreValue } from '../../otlp/event.js';
import type { OtlpSpan } from '../../otlp/model.js';
import { rejectReasons, Rejection } from '../../records.js';
import { numbered, textAt } from '../../shapes/attributes.js';
import { phoenixAnnotation } from '../../shapes/spans.js';
import { parseTime } from '../../time.js';
import type { ActorKind } from '../../types.js';
import { field, isObject, numberOf, textOf, type Json } from '../../values.js';
import type { RecordMaker, ServerFeedback } from '../http/records.js';

export interface ScoreRange {
  min: number;
  max: number;
  higherIsBetter: boolean;
}

/** By name. Of a categorical metric the range is that of its labels' scores. */
export function rangesOf(configs: readonly unknown[]): Map<string, ScoreRange> {
  const ranges = new Map<string, ScoreRange>();
  for (const config of configs) {
    if (!isObject(config)) continue;
    const name = textOf(field(config, 'name'));
    const values = field(config, 'values');
    const scores = Array.isArray(values) ? values.map((value) => (isObject(value) ? numberOf(field(value, 'score')) : null)) : [];
    const numbers = scores.filter((score) => score !== null);
    const min = numbers.length > 0 ? Math.min(...numbers) : numberOf(field(config, 'lower_bound'));
    const max = numbers.length > 0 ? Math.max(...numbers) : numberOf(field(config, 'upper_bound'));
    if (name === null || min === null || max === null || min >= max) continue;
    ranges.set(name, { min, max, higherIsBetter: field(config, 'optimization_direction') !== 'MINIMIZE' });
  }
  return ranges;
}

/** What an annotation hangs on. */
export interface Place {
  /** `null` for traces and sessions. */
  span: OtlpSpan | null;
  /** The span is an interaction of its own. */
  isInteraction: boolean;
  traceId: string | null;
  user: string | null;
  session: string | null;
}

/** When an annotation was last changed (ms); `null` where it does not say. */
export function changedAt(annotation: unknown): number | null {
  return isObject(annotation) ? parseTime(field(annotation, 'updated_at')) : null;
}

/** An annotation of the REST API. Throws `Rejection`. */
export function annotate(
  maker: RecordMaker,
  ranges: ReadonlyMap<string, ScoreRange>,
  annotation: unknown,
  type: string,
  place: Place,
): void {
  if (!isObject(annotation)) throw new Rejection(rejectReasons.notObject);
  const name = textOf(field(annotation, 'name'));
  const result = field(annotation, 'result');
  if (name === null || (result !== null && !isObject(result))) throw new Rejection(rejectReasons.badField);
  const [record] = phoenixAnnotation(annotation, maker.options, ranges.get(name), place.traceId ?? undefined);
  if (record === undefined) return;
  noteActor(maker, name, textOf(field(annotation, 'annotator_kind')), field(annotation, 'source') === 'APP' || name === 'note');
  const on = textOf(field(annotation, `${type}_id`)) ?? textOf(field(annotation, 'id')) ?? '';
  const recordId = keyOf(on, name, textOf(field(annotation, 'identifier')) ?? '');
  const recordType = `${type}_annotation`;
  const { traceId, spanId, interactionId, user, session } = placed(place);
  const { span_id: _anySpan, ...said } = record;
  maker.converted(
    {
      ...said,
      id: idOf(maker, recordType, recordId),
      interaction_id: interactionId ?? null,
      ...Object.fromEntries(
        Object.entries({ trace_id: traceId, span_id: spanId, user, session }).filter(([, value]) => value !== null && value !== undefined),
      ),
    },
    name,
    recordType,
    recordId,
    annotation,
  );
}

/** Where it hangs on a span, name and identifier are its key: what a span itself carries under the same name is the same opinion. */
function idOf(maker: RecordMaker, recordType: string, recordId: string): string {
  return deterministicId('phoenix', maker.instance, recordType, recordId);
}

/** `annotations.N.annotation.*` of a span, which Phoenix leaves where they are. Throws nothing: each is an attempt of its own. */
export function annotateFromSpan(
  maker: RecordMaker,
  ranges: ReadonlyMap<string, ScoreRange>,
  span: OtlpSpan,
  origin: Json,
  place: Place,
): void {
  for (const found of numbered(span.attributes, 'annotations')) {
    maker.attempt(() => {
      const text = (key: string): string | null => textAt(found, `annotation.${key}`, key);
      const name = text('name');
      if (name === null) throw new Rejection(rejectReasons.badField);
      const time = span.end ?? span.start;
      maker.feedback({
        ...placed(place),
        said: {
          metric: name,
          value: scoreValue(found.get('annotation.score') ?? found.get('score')),
          label: text('label'),
          text: text('explanation'),
          actor: noteActor(maker, name, text('annotator_kind'), false),
          ...ranges.get(name),
        },
        recordType: 'span_annotation',
        recordId: keyOf(span.spanId ?? '', name, text('identifier') ?? ''),
        created: time === null ? null : Number(time / 1_000_000n),
        updated: null,
        origin,
      });
    });
  }
}

function keyOf(on: string, name: string, identifier: string): string {
  return `${on}:${name}:${identifier}`;
}

function placed({
  span,
  isInteraction,
  traceId,
  user,
  session,
}: Place): Pick<ServerFeedback, 'traceId' | 'spanId' | 'interactionId' | 'user' | 'session'> {
  const exact = span !== null && isInteraction;
  // What hangs on a span that is no call of a model speaks of the trace's one.
  return { traceId, spanId: exact ? span.spanId : null, interactionId: exact ? interactionId(span) : null, user, session };
}

/** What an application sends as HUMAN is usually its users'; a person in Phoenix's own pages is one of the team. Neither is sure. */
function noteActor(maker: RecordMaker, name: string, kind: string | null, own: boolean): ActorKind | null {
  if (kind?.toUpperCase() !== 'HUMAN') return actorKindOf(kind);
  return maker.assume(name, own ? 'expert' : 'end_user');
}
