/** What stays of a record when its words have to go: ids, numbers, times, prompts, and codes of a list. */
import { readCanonical } from '../canonical.js';
import { Rejection, ScaleChange } from '../records.js';
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

const feedbackKept = ['schema', 'id', 'time', 'observed_time', 'revision', 'trace_id', 'span_id', 'prompt', 'implied'];

/**
 * A record of somebody who was purged: what it counts for, and nothing that the person said or is known by. `null` where nothing is left that
 * counts (a comment alone). `user` and `session` are the names that stand in their place, where the record has them. Idempotent.
 */
export function withoutPerson(record: Json, user: string | null, session: string | null): Json | null {
  const kept: Json = {};
  for (const key of feedbackKept) if (record[key] !== undefined) kept[key] = record[key];
  if (user !== null && record['user'] !== undefined) kept['user'] = user;
  if (session !== null && record['session'] !== undefined) kept['session'] = session;
  const { source } = record;
  if (isObject(source))
    kept['source'] = Object.fromEntries(
      ['kind', 'updated_at', 'assumed_scale'].flatMap((key) => (key in source ? [[key, source[key]]] : [])),
    );
  if (isInteraction(record)) {
    const { system, rollout, retrieval } = record;
    return {
      ...kept,
      ...(system === undefined ? {} : { system: withoutWords(system) }),
      ...(rollout === undefined ? {} : { rollout }),
      ...(isObject(retrieval) ? { retrieval: withoutQuery(retrieval) } : {}),
    };
  }
  const score = scoreOf(record);
  const signal = typeof record['signal'] === 'string' ? record['signal'] : '';
  if (score === undefined && /^explicit\.(?:comment|correction)$/.test(signal)) return null;
  const { actor, review, interaction_id } = record;
  return {
    ...kept,
    ...(interaction_id === undefined ? {} : { interaction_id }),
    signal,
    ...(actor === undefined
      ? {}
      : { actor: isObject(actor) ? { ...(actor['kind'] === undefined ? {} : { kind: actor['kind'] }) } : actor }),
    ...(score === undefined ? {} : { score }),
    ...(isObject(review) ? { review: reviewOf(review) } : {}),
  };
}

/** Numbers only; a rating in words becomes the number that it is read as. */
function scoreOf(record: Json): unknown {
  const { score } = record;
  if (typeof score === 'number' || typeof score === 'boolean') return score;
  const raw = isObject(score) ? score['raw'] : score;
  const numbers = isObject(score) ? (withoutWords(score) as Json) : {};
  if (typeof raw === 'string' && typeof numbers['y'] !== 'number') {
    const y = normalisedScore(record);
    if (y === null) return undefined;
    numbers['y'] = y;
  }
  return Object.values(numbers).some((value) => typeof value === 'number') || typeof numbers['raw'] === 'boolean' ? numbers : undefined;
}

function normalisedScore(record: Json): number | null {
  try {
    const read = readCanonical(record, '', { kind: '', source: '', path: '', offset: 0, line: 0, scale: 'five' });
    return read.kind === 'feedback' ? read.y : null;
  } catch (error) {
    // What cannot be read counts for nothing.
    if (error instanceof Rejection || error instanceof ScaleChange) return null;
    throw error;
  }
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
