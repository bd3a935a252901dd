/** Langfuse: scores and observations, as its API returns them and as its exports write them (rows of JSON, JSONL or CSV). */
import { scoreValue } from '../otlp/event.js';
import type { ActorKind } from '../types.js';
import { anyText, field, isObject, jsonText, numberOf, type Json } from '../values.js';
import { between, feedback, foreignId, interaction, iso, listIn, objectIn, pick, pickText, segmentsOf } from './build.js';
import { inputOf, outputOf } from './messages.js';
import { feedbackOf } from './metric.js';
import { promptRef } from './promptLink.js';
import type { Shape, ShapeOptions } from './shape.js';

const actors: Record<string, ActorKind> = { ANNOTATION: 'expert', EVAL: 'llm_judge' };

/** Range of a numeric score, from its score config. */
export interface LangfuseRange {
  min: number | null;
  max: number | null;
}

/**
 * A score (API v3 and v2, or a row of an export) as feedback; nothing for a score of an experiment, and for an ignored metric. It is about an
 * observation, else about a trace, else about a session: the last is attributed to no version.
 */
export function langfuseScore(record: Json, options: ShapeOptions, range?: LangfuseRange): Json[] {
  const subject = objectIn(record, 'subject');
  const kind = pickText(subject, 'kind');
  if (kind === 'experiment' || pick(record, 'datasetRunId', 'experimentId') !== null) return [];
  const trace = objectIn(record, 'trace');
  const observation = kind === 'observation' ? pickText(subject, 'id') : pickText(record, 'observationId');
  const traceId = (kind === 'trace' ? pickText(subject, 'id') : pickText(subject, 'traceId')) ?? pickText(record, 'traceId');
  const type = pickText(record, 'dataType');
  const value = pick(record, 'value');
  const words = pickText(record, 'stringValue') ?? (typeof value === 'string' ? value : null);
  const source = pickText(record, 'source') ?? '';
  const correction = type === 'CORRECTION' ? (words ?? anyText(value)) : null;
  const text = pickText(record, 'comment');
  const said = feedbackOf(
    {
      metric: pickText(record, 'name') ?? '',
      value: type === 'NUMERIC' || type === null ? scoreValue(value) : type === 'BOOLEAN' ? booleanOf(value, words) : null,
      label: type === 'CATEGORICAL' ? words : null,
      text: type === 'TEXT' ? (words ?? text) : text,
      actor: Object.hasOwn(actors, source) ? (actors[source] ?? null) : null,
      actorId: pickText(record, 'authorUserId'),
      ...(range === undefined ? {} : range),
    },
    options,
  );
  const id = pickText(record, 'id');
  if (said === null) return [];
  const { attributes, ...rest } = said;
  return [
    feedback({
      id: foreignId('langfuse', options.instance, id ?? jsonText(record)),
      time: iso(pick(record, 'timestamp', 'createdAt')),
      observed_time: iso(pick(record, 'updatedAt', 'createdAt', 'timestamp')),
      trace_id: traceId,
      span_id: observation,
      // With a trace the observation is found in it, and where it is no generation, the one of the trace.
      interaction_id: observation === null || traceId !== null ? null : foreignId('langfuse', options.instance, observation),
      ...rest,
      ...(correction === null ? {} : { correction, signal: 'explicit.correction' }),
      user: pickText(record, 'userId') ?? pickText(trace, 'userId'),
      session: kind === 'session' ? pickText(subject, 'id') : (pickText(record, 'sessionId') ?? pickText(trace, 'sessionId')),
      attributes: {
        ...segmentsOf(objectIn(record, 'metadata'), { environment: pick(record, 'environment'), trace_name: pick(record, 'traceName') }),
        ...(attributes as Json),
      },
      source: {
        kind: 'langfuse',
        record_type: 'score',
        ...(id === null ? {} : { record_id: id }),
        ...updatedAt(record),
      },
    }),
  ];
}

function booleanOf(value: unknown, words: string | null): boolean | null {
  const word = typeof value === 'boolean' || typeof value === 'number' ? value : (words ?? '').toLowerCase();
  if (word === true || word === 1 || word === '1' || word === 'true') return true;
  return word === false || word === 0 || word === '0' || word === 'false' ? false : null;
}

function updatedAt(record: Json): Json {
  const updated = iso(pick(record, 'updatedAt'));
  return updated === null ? {} : { updated_at: updated };
}

/** A generation, or any observation that names a prompt, as an interaction; nothing for the others. */
export function langfuseObservation(record: Json, options: ShapeOptions): Json[] {
  const name = pickText(record, 'promptName');
  if (name === null && pickText(record, 'type') !== 'GENERATION') return [];
  const id = pickText(record, 'id') ?? '';
  const start = iso(pick(record, 'startTime'));
  const end = iso(pick(record, 'endTime'));
  const failed = pickText(record, 'level') === 'ERROR';
  const usage = objectIn(record, 'usageDetails', 'usage');
  const seconds = numberOf(field(record, 'latency'));
  const first = numberOf(field(record, 'timeToFirstToken'));
  const milliseconds = (ms: unknown, s: number | null): number | null => numberOf(ms) ?? (s === null ? null : s * 1000);
  return [
    interaction({
      id: foreignId('langfuse', options.instance, id),
      time: start,
      observed_time: end ?? start,
      trace_id: pickText(record, 'traceId'),
      span_id: id,
      prompt: name === null ? null : promptRef(name, pickText(record, 'promptVersion')),
      user: pickText(record, 'userId'),
      session: pickText(record, 'sessionId'),
      input: inputOf(pick(record, 'input')),
      output: outputOf(pick(record, 'output')),
      system: systemOf({
        failed,
        error: pickText(record, 'statusMessage'),
        latency_ms: milliseconds(field(record, 'latencyMs'), seconds) ?? between(start, end),
        ttfc_ms: milliseconds(field(record, 'timeToFirstTokenMs'), first),
        input_tokens: numberOf(pick(usage, 'input', 'promptTokens')) ?? numberOf(pick(record, 'inputUsage', 'promptTokens')),
        output_tokens: numberOf(pick(usage, 'output', 'completionTokens')) ?? numberOf(pick(record, 'outputUsage', 'completionTokens')),
        cost_usd: numberOf(pick(record, 'totalCost', 'calculatedTotalCost')),
      }),
      attributes: segmentsOf(objectIn(record, 'metadata'), {
        model: pick(record, 'model', 'providedModelName'),
        environment: pick(record, 'environment'),
        release: pick(record, 'release'),
        version: pick(record, 'version'),
        trace_name: pick(record, 'traceName'),
      }),
      source: { kind: 'langfuse', record_type: 'observation', record_id: id, ...updatedAt(record) },
    }),
  ];
}

export function systemOf(found: { failed: boolean; error: string | null } & Json): Json {
  const { failed, error, ...numbers } = found;
  const known = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== null && value !== undefined));
  return { status: failed ? 'error' : 'ok', ...(failed && error !== null ? { error_type: error.slice(0, 200) } : {}), ...known };
}

/** Columns that an export of observations has of its own; every other one is a score by its name. */
const ownColumns = new Set(
  (
    'id traceId projectId name type startTime endTime completionStartTime parentObservationId environment level statusMessage version release bookmarked public ' +
    'userId sessionId input output metadata promptId promptName promptVersion model modelId internalModelId providedModelName modelParameters latency latencyMs timeToFirstToken ' +
    'timeToFirstTokenMs usage usageDetails costDetails totalCost calculatedTotalCost calculatedInputCost calculatedOutputCost inputCost outputCost inputPrice outputPrice totalPrice ' +
    'inputUsage outputUsage totalUsage promptTokens completionTokens totalTokens unit createdAt updatedAt traceName traceTags traceTimestamp tags timestamp scores comments ' +
    'isRootObservation hasParent toolDefinitions toolCalls toolCallNames usagePricingTierName modelParameters isAppRoot traceUserId traceSessionId'
  ).split(' '),
);

/** Scores that an export of observations has flattened into columns of their own: numbers as lists, words as they are. They have no ids. */
function flattenedScores(record: Json, options: ShapeOptions): Json[] {
  const id = pickText(record, 'id') ?? '';
  const columns = Object.keys(record).filter((key) => !ownColumns.has(key));
  return columns.flatMap((metric) => {
    const whole = field(record, metric);
    const values = listIn(record, metric);
    const list = values.length > 0 ? values : isObject(whole) ? [] : [whole];
    return list.flatMap((value, index) => {
      const number = scoreValue(value);
      if (number === null) return [];
      const word = typeof number === 'string' ? number : null;
      const said = feedbackOf({ metric, value: word === null ? number : null, label: word, actor: null }, options);
      if (said === null) return [];
      return [
        feedback({
          id: foreignId('langfuse', options.instance, id, 'score', metric, String(index)),
          time: iso(pick(record, 'endTime', 'startTime')),
          trace_id: pickText(record, 'traceId'),
          span_id: id,
          interaction_id: foreignId('langfuse', options.instance, id),
          ...said,
          user: pickText(record, 'userId'),
          session: pickText(record, 'sessionId'),
          source: { kind: 'langfuse', record_type: 'observation', record_id: id },
        }),
      ];
    });
  });
}

export const langfuseScores: Shape = {
  name: 'langfuse-scores',
  title: 'scores of Langfuse',
  matches: (record) =>
    record['dataType'] !== undefined && record['source'] !== undefined && record['name'] !== undefined && record['timestamp'] !== undefined,
  convert(record, options, emit) {
    for (const each of langfuseScore(record, options)) emit(each, record);
  },
};

export const langfuseObservations: Shape = {
  name: 'langfuse-observations',
  title: 'observations of Langfuse',
  matches: (record) =>
    record['traceId'] !== undefined &&
    record['startTime'] !== undefined &&
    (record['promptName'] !== undefined || typeof record['type'] === 'string'),
  convert(record, options, emit) {
    const interactions = langfuseObservation(record, options);
    if (interactions.length === 0) return;
    for (const each of [...interactions, ...flattenedScores(record, options)]) emit(each, record);
  },
};
