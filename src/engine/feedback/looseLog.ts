/**
 * Logs that are not in our schema: `{user, answer, rating}` and its variants with a question, a comment, a time, and
 * whatever `map` names. One line is one answer, what was said about it, or both.
 */
import { contentId, readActor, isSignal, readCanonical } from './canonical.js';
import type { Mapping } from './mapping.js';
import { assign } from './mapping.js';
import { byFileScale, thumbOf } from './rating.js';
import { rejectReasons, Rejection, type LineContext, type ReadFeedback, type ReadInteraction, type ReadRecord } from './records.js';
import { field, isObject, textOf, timeOf, type Json } from './values.js';

/** Canonical field by the names that logs give it; the first that occurs in a record counts. */
const aliases: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['id'], ['id', 'feedback_id', 'feedbackId']],
  [['interaction_id'], ['interaction_id', 'interactionId']],
  [['time'], ['time', 'timestamp', 'ts', 'created_at', 'createdAt', 'date']],
  [['user'], ['user', 'user_id', 'userId']],
  [['session'], ['session', 'session_id', 'sessionId']],
  [
    ['prompt', 'name'],
    ['prompt_name', 'promptName', 'prompt_id', 'promptId'],
  ],
  [
    ['prompt', 'version'],
    ['prompt_version', 'promptVersion'],
  ],
  [
    ['input', 'text'],
    ['query', 'question', 'input', 'message'],
  ],
  [
    ['input', 'variables'],
    ['variables', 'vars'],
  ],
  [
    ['output', 'text'],
    ['answer', 'response', 'output', 'completion', 'reply'],
  ],
  [
    ['score', 'raw'],
    ['rating', 'score', 'stars', 'thumb', 'thumbs', 'vote'],
  ],
  [['text'], ['comment', 'comments', 'feedback', 'reason']],
  [['correction'], ['correction', 'corrected', 'expected']],
  [
    ['system', 'latency_ms'],
    ['latency_ms', 'latencyMs'],
  ],
  [['attributes'], ['attributes', 'metadata', 'meta']],
];

interface Alias {
  name: string;
  /** Of the field in `aliases`, and of the name in its list. */
  field: number;
  rank: number;
  target: readonly string[];
}

const byName = new Map<string, Alias>(
  aliases.flatMap(([target, names], index) => names.map((name, rank): [string, Alias] => [name, { name, field: index, rank, target }])),
);

/** By the keys that a record has, which are few, not by the names that it might have. */
function findAliases(record: Json): (Alias | undefined)[] {
  const found: (Alias | undefined)[] = [];
  for (const key of Object.keys(record)) {
    const alias = byName.get(key);
    if (alias === undefined || field(record, key) === null) continue;
    const before = found[alias.field];
    if (before === undefined || alias.rank < before.rank) found[alias.field] = alias;
  }
  return found;
}

const interactionFields = ['input', 'output', 'system', 'retrieval'];

/** Throws `Rejection` and `ScaleChange`. */
export function readLoose(record: Json, text: string, context: LineContext, mapping: Mapping | null): ReadRecord[] {
  const loose: Json = {};
  for (const alias of findAliases(record)) if (alias !== undefined) assign(loose, alias.target, record[alias.name]);
  mapping?.apply(record, loose);
  const score = isObject(loose['score']) ? loose['score'] : {};
  const rated = field(score, 'raw') !== null || field(score, 'y') !== null;
  const said = rated || ['text', 'label', 'correction', 'signal'].some((name) => field(loose, name) !== null);
  const served = interactionFields.some((name) => isObject(loose[name]));
  if (!said && !served) throw new Rejection(rejectReasons.noFields);
  loose['id'] = textOf(loose['id']) ?? contentId(text, timeOf(field(loose, 'time')), context);
  const interaction = served ? readServed(loose, text, context, said) : null;
  const feedback = said ? readSaid(loose, text, context, interaction) : null;
  const records = [interaction, feedback].filter((each) => each !== null);
  for (const each of records) {
    each.prompt.orOnlyPrompt = true;
    // (3) of the resolution order: a version that a configured path found.
    if (mapping?.fields.has('prompt.version') === true && each.prompt.link === 'exact') each.prompt.link = 'metadata';
  }
  return records;
}

function readServed(loose: Json, text: string, context: LineContext, said: boolean): ReadInteraction {
  const id = textOf(field(loose, 'interaction_id')) ?? textOf(loose['id']);
  const read = readCanonical({ ...loose, schema: 'promptratchet.interaction/1', id }, text, context) as ReadInteraction;
  // Where the served answer has a record of its own, that one knows more.
  return said ? { ...read, implied: true, revision: -1 } : read;
}

function readSaid(loose: Json, text: string, context: LineContext, interaction: ReadInteraction | null): ReadFeedback {
  const score = isObject(loose['score']) ? loose['score'] : {};
  const raw = field(score, 'raw');
  const signal = signalOf(loose, raw ?? field(score, 'y'));
  const hasRange = ['min', 'max', 'y'].some((name) => field(score, name) !== null);
  const y = raw === null || hasRange ? null : fileScaled(raw, score, context);
  const read = readCanonical(
    {
      ...loose,
      schema: 'promptratchet.feedback/1',
      signal,
      actor: { kind: readActor(field(loose, 'actor'), signal) },
      score: y === null ? score : { ...score, y },
      interaction_id: interaction?.id ?? field(loose, 'interaction_id'),
    },
    text,
    context,
  ) as ReadFeedback;
  return y === null ? read : { ...read, y };
}

function fileScaled(raw: unknown, score: Json, context: LineContext): number {
  const y = byFileScale(raw, context.scale);
  return field(score, 'higher_is_better') === false ? 1 - y : y;
}

function signalOf(loose: Json, rated: unknown): string {
  const given = textOf(field(loose, 'signal'));
  if (given !== null) {
    if (!isSignal(given)) throw new Rejection(rejectReasons.unknownSignal);
    return given;
  }
  if (rated !== null) return thumbOf(rated) === null ? 'explicit.rating' : 'explicit.thumb';
  return field(loose, 'correction') === null ? 'explicit.comment' : 'explicit.correction';
}
