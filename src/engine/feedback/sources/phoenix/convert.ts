/** Pages of spans, with what was said about them, as records. */
import { traceContexts } from '../../otlp/decode.js';
import { feedbackOfSpan } from '../../otlp/event.js';
import type { OtlpSpan } from '../../otlp/model.js';
import { interactionOf, sessionOf } from '../../otlp/span.js';
import { Rejection } from '../../records.js';
import { field, isObject, textOf } from '../../values.js';
import type { ApiClient } from '../http/client.js';
import { pages } from '../http/pages.js';
import type { RecordMaker } from '../http/records.js';
import { overlapMs, type Newest } from '../http/window.js';
import { annotate, annotateFromSpan, changedAt, type Place, type ScoreRange } from './annotations.js';
import { annotationsOf, spansPage, type AnnotationType, type PhoenixLimits } from './api.js';
import { readSpan, type PhoenixSpan } from './span.js';

export interface ConverterTools {
  client: ApiClient;
  /** Id of the project. */
  project: string;
  maker: RecordMaker;
  ranges: ReadonlyMap<string, ScoreRange>;
  limits: PhoenixLimits;
  newest: Newest;
  signal: AbortSignal | undefined;
}

/** Traces and sessions whose annotations were asked for; more are asked for twice rather than remembered. */
const mostRemembered = 100_000;
/** Traces in one address. */
const tracesAtOnce = 25;

type TracePlace = Pick<Place, 'traceId' | 'user' | 'session'>;

export class Converter {
  private readonly asked = { trace: new Set<string>(), session: new Set<string>() };

  constructor(private readonly tools: ConverterTools) {}

  /** Before the same spans are walked a second time. */
  forget(): void {
    this.asked.trace.clear();
    this.asked.session.clear();
  }

  /** `fresh`: the spans themselves, and everything that was said about them; else only what was said or changed since `at` (ms). */
  async convert(spans: readonly PhoenixSpan[], at: number | null, fresh: boolean): Promise<void> {
    const news = await this.news(spans, fresh ? null : at);
    if (!fresh && news.span.length + news.trace.length + news.session.length === 0) return;
    const traces = new Set(
      (fresh ? spans.map(({ span }) => span.traceId) : [...news.span, ...news.trace].map((each) => this.traceOf(each, spans))).filter(
        (id) => id !== null,
      ),
    );
    const contexts = traceContexts([...spans.map(({ span }) => span), ...(await this.missing(spans, traces))]);
    const placeOf = (id: string | null): TracePlace => {
      const context = id === null ? undefined : contexts.get(id);
      return { traceId: id, user: context?.user ?? null, session: context?.session ?? null };
    };
    if (fresh) for (const each of spans) this.span(each, contexts.get(each.span.traceId ?? ''), placeOf(each.span.traceId));
    const { maker, ranges } = this.tools;
    const counts = (annotation: unknown): boolean => this.tools.newest.isUnseen(changedAt(annotation));
    const bySpan = new Map(spans.map(({ span }) => [span.spanId, span]));
    for (const annotation of news.span) {
      maker.attempt(() => {
        const span = bySpan.get(textAt(annotation, 'span_id')) ?? null;
        const isInteraction = span !== null && interactionOf(span, undefined) !== null;
        annotate(maker, ranges, annotation, 'span', { span, isInteraction, ...placeOf(span?.traceId ?? null) });
      }, counts(annotation));
    }
    for (const annotation of news.trace) {
      maker.attempt(() => {
        annotate(maker, ranges, annotation, 'trace', { span: null, isInteraction: false, ...placeOf(textAt(annotation, 'trace_id')) });
      }, counts(annotation));
    }
    for (const annotation of news.session) {
      maker.attempt(() => {
        // Of a session no single answer is meant: it is kept, and belongs to no version.
        const place = { traceId: null, user: null, session: textAt(annotation, 'session_id') };
        annotate(maker, ranges, annotation, 'session', { span: null, isInteraction: false, ...place });
      }, counts(annotation));
    }
  }

  /** The interaction that a span is, and what the span itself says about it. */
  private span({ id, span, origin }: PhoenixSpan, context: Parameters<typeof interactionOf>[1], place: TracePlace): void {
    const { maker, ranges } = this.tools;
    let isInteraction = false;
    maker.attempt(() => {
      const interaction = interactionOf(span, context);
      isInteraction = interaction !== null;
      if (interaction !== null) maker.interaction(interaction, 'span', id, origin);
    });
    annotateFromSpan(maker, ranges, span, origin, { span, isInteraction, ...place });
    const rest = new Map([...span.attributes].filter(([key]) => key !== 'annotations' && !key.startsWith('annotations.')));
    feedbackOfSpan({ ...span, attributes: rest }, maker.options, (make) => {
      maker.attempt(() => {
        const feedback = make();
        if (feedback === null) return;
        const { user, session } = place;
        const whole = { ...(user === null ? {} : { user }), ...(session === null ? {} : { session }), ...feedback };
        maker.interaction(whole, 'span_evaluation', id, origin);
      });
    });
  }

  private async news(spans: readonly PhoenixSpan[], since: number | null): Promise<Record<AnnotationType, unknown[]>> {
    const isNews = (annotation: unknown): boolean => since === null || (changedAt(annotation) ?? since) >= since - overlapMs;
    const ask = async (type: AnnotationType, ids: readonly (string | null)[]): Promise<unknown[]> => {
      const distinct = [...new Set(ids.filter((id) => id !== null))];
      const { client, project, limits, signal } = this.tools;
      return (await annotationsOf(client, project, type, distinct, limits, signal)).filter(isNews);
    };
    return {
      span: await ask(
        'span',
        spans.map(({ span }) => span.spanId),
      ),
      trace: await ask(
        'trace',
        this.unasked(
          'trace',
          spans.map(({ span }) => span.traceId),
        ),
      ),
      session: await ask(
        'session',
        this.unasked(
          'session',
          spans.map(({ span }) => sessionOf(span.attributes)),
        ),
      ),
    };
  }

  private unasked(type: 'trace' | 'session', ids: readonly (string | null)[]): string[] {
    const known = this.asked[type];
    const fresh = ids.filter((id) => id !== null).filter((id) => !known.has(id));
    for (const id of fresh) if (known.size < mostRemembered) known.add(id);
    return fresh;
  }

  private traceOf(annotation: unknown, spans: readonly PhoenixSpan[]): string | null {
    const spanId = textAt(annotation, 'span_id');
    return spanId === null ? textAt(annotation, 'trace_id') : (spans.find(({ span }) => span.spanId === spanId)?.span.traceId ?? null);
  }

  /** All spans of those traces whose root is on another page: user and session often stand there alone. */
  private async missing(spans: readonly PhoenixSpan[], traces: ReadonlySet<string>): Promise<OtlpSpan[]> {
    const rooted = new Set(spans.filter(({ span }) => span.parentSpanId === null).map(({ span }) => span.traceId));
    const wanted = [...traces].filter((id) => !rooted.has(id));
    const { client, project, limits, signal } = this.tools;
    const found: OtlpSpan[] = [];
    for (let at = 0; at < wanted.length; at += tracesAtOnce) {
      const query = wanted.slice(at, at + tracesAtOnce).map((id) => ['trace_id', id] as const);
      const options = { origin: client.origin, what: 'spans', start: null, limit: limits.spans, signal };
      for await (const page of pages((cursor, limit) => spansPage(client, project, query, cursor, limit), options)) {
        for (const item of page.items) {
          const span = readOrNull(item);
          // A server that does not know this filter would send all there is.
          if (span !== null && span.traceId !== null && traces.has(span.traceId)) found.push(span);
        }
      }
    }
    return found;
  }
}

/** What is wrong with it is counted where it is read for itself. */
function readOrNull(item: unknown): OtlpSpan | null {
  try {
    return readSpan(item).span;
  } catch (error) {
    if (error instanceof Rejection) return null;
    throw error;
  }
}

function textAt(record: unknown, key: string): string | null {
  return isObject(record) ? textOf(field(record, key)) : null;
}
