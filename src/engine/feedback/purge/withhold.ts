/** What stays of a record when its words have to go: ids, numbers, times, prompts, and codes of a list. */
import { isObject, type Json } from '../values.js';

const isInteraction = (record: Json): boolean => record['schema'] === 'promptratchet.interaction/1';

/** An interaction without what was asked, answered and retrieved. Documents keep their ids and places. Idempotent. */
export function withoutTexts(record: Json): Json {
  if (!isInteraction(record)) return record;
  const { input, output, retrieval, ...rest } = record;
  if (input === undefined && output === undefined && retrieval === undefined) return record;
  return isObject(retrieval) ? { ...rest, retrieval: withoutQuery(retrieval) } : rest;
}

function withoutQuery(retrieval: Json): Json {
  const { top_k, documents } = retrieval;
  const kept = Array.isArray(documents)
    ? documents.filter(isObject).map(({ id, score, rank }) => Object.fromEntries(Object.entries({ id, score, rank }).filter(isGiven)))
    : [];
  return { ...(top_k === undefined ? {} : { top_k }), documents: kept };
}

function isGiven([, value]: [string, unknown]): boolean {
  return value !== undefined && value !== null;
}

const feedbackKept = ['schema', 'id', 'time', 'observed_time', 'revision', 'trace_id', 'span_id', 'prompt', 'user', 'session', 'implied'];

/**
 * A record of somebody who was purged: what it counts for, and nothing that the person said or is known by. `null` where nothing is left that
 * counts (a comment alone). `name` stands for the person, and `session` for the conversation. Idempotent.
 */
export function withoutPerson(record: Json, name: string, session: string | null): Json | null {
  const kept: Json = {};
  for (const key of feedbackKept) if (record[key] !== undefined) kept[key] = record[key];
  if (record['user'] !== undefined) kept['user'] = name;
  if (record['session'] !== undefined) {
    if (session === null) delete kept['session'];
    else kept['session'] = session;
  }
  const { source } = record;
  if (isObject(source))
    kept['source'] = Object.fromEntries(['kind', 'updated_at'].flatMap((key) => (key in source ? [[key, source[key]]] : [])));
  if (isInteraction(record)) {
    const { system, rollout, retrieval } = record;
    return {
      ...kept,
      ...(system === undefined ? {} : { system: withoutWords(system) }),
      ...(rollout === undefined ? {} : { rollout }),
      ...(isObject(retrieval) ? { retrieval: withoutQuery(retrieval) } : {}),
    };
  }
  const score = withoutWords(record['score']);
  const numeric = typeof score === 'number' || typeof score === 'boolean' || (isObject(score) && Object.values(score).some(isNumeric));
  const signal = typeof record['signal'] === 'string' ? record['signal'] : '';
  if (!numeric && /^explicit\.(?:comment|correction)$/.test(signal)) return null;
  const { actor, review, interaction_id } = record;
  return {
    ...kept,
    ...(interaction_id === undefined ? {} : { interaction_id }),
    signal,
    ...(actor === undefined
      ? {}
      : { actor: isObject(actor) ? { ...(actor['kind'] === undefined ? {} : { kind: actor['kind'] }) } : actor }),
    ...(numeric ? { score } : {}),
    ...(isObject(review) ? { review: reviewOf(review) } : {}),
  };
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number';
}

function reviewOf({ stratum, inclusion_prob }: Json): Json {
  return Object.fromEntries(Object.entries({ stratum, inclusion_prob }).filter(isGiven));
}

/** Numbers, truth values and the code of a status; an error may quote what was asked. */
function withoutWords(value: unknown): unknown {
  if (!isObject(value)) return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
  return Object.fromEntries(
    Object.entries(value).filter(([key, item]) => key === 'status' || typeof item === 'number' || typeof item === 'boolean'),
  );
}
