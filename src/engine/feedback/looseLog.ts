/**
 * Logs that are not in our schema: `{user, answer, rating}` and its variants with a question, a comment, a time, and
 * whatever `map` names. One line is one answer, what was said about it, or both; short words in other columns are its attributes.
 */
import { contentId, isSignal, readActor } from './canonical.js';
import { addExtraColumns } from './extraColumns.js';
import type { Mapping } from './mapping.js';
import { assign, fieldPath } from './mapping.js';
import { scaleRange, thumbOf } from './rating.js';
import { rejectReasons, Rejection, type LineContext } from './records.js';
import { field, isObject, objectField, textOf, timeOf, type Json } from './values.js';

/** Canonical field by the names that logs give it; the first that occurs in a record counts. */
const aliases: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['id'], ['id', 'feedback_id', 'feedbackId']],
  [['interaction_id'], ['interaction_id', 'interactionId']],
  [['time'], ['time', 'timestamp', 'ts', 'created_at', 'createdAt', 'date']],
  [['trace_id'], ['trace_id', 'traceId']],
  [['span_id'], ['span_id', 'spanId']],
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
  [['signal'], ['signal']],
  [['label'], ['label']],
  [['actor'], ['actor']],
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

/** By the keys that a record has, which are few, not by the names that it might have. Columns called like our fields (`score.raw`) are those. */
function fromAliases(record: Json): Json {
  const loose: Json = {};
  const found: (Alias | undefined)[] = [];
  let own = false;
  for (const key of Object.keys(record)) {
    const alias = byName.get(key);
    if (alias === undefined) {
      if (!key.includes('.')) continue;
      const target = fieldPath(key);
      if (target === null || field(record, key) === null) continue;
      own = true;
      assign(loose, target, record[key]);
      continue;
    }
    if (field(record, key) === null) continue;
    const before = found[alias.field];
    if (before === undefined || alias.rank < before.rank) found[alias.field] = alias;
  }
  for (const alias of found) if (alias !== undefined) assign(loose, alias.target, record[alias.name]);
  addPrompt(record, loose);
  // A plain `text` may be anything, unless its neighbours are called as we call them.
  if (own && field(record, 'text') !== null) loose['text'] = record['text'];
  return loose;
}

/**
 * `prompt` as our own schema has it is the prompt's name and version, and so is one word beside a version. Any other text under that name is what
 * was asked.
 */
function addPrompt(record: Json, loose: Json): void {
  const value = field(record, 'prompt');
  if (value === null) return;
  const known = objectField(loose, 'prompt');
  if (isObject(value)) {
    loose['prompt'] = { ...value, ...known };
    return;
  }
  if (typeof value !== 'string') return;
  const version = textOf(field(known, 'version')) ?? textOf(field(record, 'version'));
  if (version !== null && /^\S{1,200}$/u.test(value)) {
    loose['prompt'] = { name: value, version, ...known };
    return;
  }
  const input = objectField(loose, 'input');
  if (field(input, 'text') === null) loose['input'] = { ...input, text: value };
}

const interactionFields = ['input', 'output', 'system', 'retrieval'];

/** As records of the canonical schema, with ids. Throws `Rejection` and `ScaleChange`. */
export function looseRecords(record: Json, text: string, context: LineContext, mapping: Mapping | null): Json[] {
  const loose = fromAliases(record);
  mapping?.apply(record, loose);
  const score = isObject(loose['score']) ? loose['score'] : {};
  const rated = field(score, 'raw') !== null || field(score, 'y') !== null;
  const said = rated || ['text', 'label', 'correction', 'signal'].some((name) => field(loose, name) !== null);
  const served = interactionFields.some((name) => isObject(loose[name]));
  if (!said && !served) throw new Rejection(rejectReasons.noFields);
  addExtraColumns(record, loose, (key) => byName.has(key) || mapping?.columns.has(key) === true);
  loose['id'] = textOf(loose['id']) ?? contentId(text, timeOf(field(loose, 'time')), context);
  loose['prompt'] = promptOf(objectField(loose, 'prompt'), mapping);
  const records: Json[] = [];
  const interaction = textOf(field(loose, 'interaction_id')) ?? loose['id'];
  if (served) {
    // Where the served answer has a record of its own, that one knows more.
    const implied = said ? { implied: true, revision: -1 } : {};
    records.push({ ...loose, schema: 'promptratchet.interaction/1', id: interaction, ...implied });
  }
  if (said) records.push(saidRecord(loose, score, context, served ? interaction : field(loose, 'interaction_id')));
  return records;
}

function promptOf(prompt: Json, mapping: Mapping | null): Json {
  // (3) of the resolution order: a version that a configured path found.
  const mapped = mapping?.fields.has('prompt.version') === true && textOf(field(prompt, 'version')) !== null;
  return { ...prompt, ...(mapped && field(prompt, 'link') === null ? { link: 'metadata' } : {}), or_only: true };
}

function saidRecord(loose: Json, score: Json, context: LineContext, interaction: unknown): Json {
  const raw = field(score, 'raw');
  const signal = signalOf(loose, raw ?? field(score, 'y'));
  const hasRange = ['min', 'max', 'y'].some((name) => field(score, name) !== null);
  return {
    ...loose,
    schema: 'promptratchet.feedback/1',
    signal,
    actor: { kind: readActor(field(loose, 'actor'), signal) },
    ...(raw === null && !hasRange ? {} : { score: raw === null || hasRange ? score : { ...score, ...scaleRange(raw, context.scale) } }),
    interaction_id: interaction,
  };
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
