/**
 * Results of promptfoo: what an evaluation found, on answers that no user has seen. It is kept and shown, by the name of nobody's prompt, and so enters
 * no score of production.
 */
import type { ActorKind } from '../types.js';
import { field, isObject, jsonText, numberOf, variablesOf, type Json } from '../values.js';
import { feedback, foreignId, interaction, iso, listIn, objectIn, pick, pickText, present } from './build.js';
import { systemOf } from './langfuse.js';
import { outputOf } from './messages.js';
import type { Shape } from './shape.js';

const judged =
  /^(?:not-)?(?:llm-rubric|model-graded-.*|factuality|g-eval|answer-relevance|context-(?:faithfulness|recall|relevance)|select-best|search-rubric|agent-rubric|pi)$/;

function actorOf(type: string): ActorKind {
  if (type === 'human') return 'expert';
  return judged.test(type) ? 'llm_judge' : 'code';
}

const signals: Partial<Record<ActorKind, string>> = { expert: 'review.score', llm_judge: 'judge.score' };

/** A row of results, with the id and time of the evaluation that it belongs to. */
export function promptfooRow(record: Json, evaluation: { id: string | null; time: string | null }): Json[] {
  const prompt = objectIn(record, 'prompt');
  const grading = objectIn(record, 'gradingResult');
  const evalId = pickText(record, 'evalId') ?? evaluation.id ?? '';
  const row = [
    String(field(record, 'promptIdx')),
    String(field(record, 'testIdx')),
    pickText(record, 'promptId') ?? '',
    jsonText(objectIn(record, 'vars')),
  ];
  const id = foreignId('promptfoo', evalId, pickText(record, 'id') ?? row.join('|'));
  const error = pickText(record, 'error');
  const base = {
    time: iso(pick(record, 'createdAt', 'timestamp')) ?? evaluation.time,
    attributes: present({
      evidence: 'offline',
      eval: evalId === '' ? null : evalId,
      prompt_label: pickText(prompt, 'label')?.slice(0, 200),
      prompt_id: pickText(record, 'promptId'),
      provider: pickText(objectIn(record, 'provider'), 'label') ?? pickText(objectIn(record, 'provider'), 'id'),
    }),
  };
  const records: Json[] = [
    interaction({
      id,
      ...base,
      input: { variables: variablesOf(objectIn(record, 'vars')) },
      output: outputOf(pick(objectIn(record, 'response'), 'output')),
      system: systemOf({
        failed: error !== null && objectIn(record, 'response')['output'] === undefined,
        error: 'error',
        latency_ms: numberOf(field(record, 'latencyMs')),
        cost_usd: numberOf(field(record, 'cost')),
      }),
      source: { kind: 'promptfoo', record_type: 'result' },
    }),
  ];
  const parts = listIn(grading, 'componentResults').filter(isObject);
  const results =
    parts.length > 0 ? parts : [{ score: pick(record, 'score'), pass: pick(record, 'success'), reason: pickText(grading, 'reason') }];
  results.forEach((part, index) => {
    const assertion = objectIn(part, 'assertion');
    const type = pickText(assertion, 'type') ?? 'score';
    const kind = actorOf(type);
    const raw = numberOf(field(part, 'score')) ?? (field(part, 'pass') === true ? 1 : 0);
    const inUnit = raw >= 0 && raw <= 1;
    records.push(
      feedback({
        id: foreignId('promptfoo', id, 'assertion', String(index), type),
        ...base,
        interaction_id: id,
        signal: signals[kind] ?? 'code.score',
        actor: { kind },
        score: { raw, ...(inUnit ? { min: 0, max: 1 } : {}), y: inUnit ? raw : null, higher_is_better: true },
        text: kind === 'expert' ? (pickText(grading, 'comment') ?? pickText(part, 'comment', 'reason')) : pickText(part, 'reason'),
        attributes: { ...base.attributes, metric: pickText(assertion, 'metric') ?? type },
        source: { kind: 'promptfoo', record_type: 'assertion' },
      }),
    );
  });
  return records;
}

/** `{evalId, results: {version: 3, results: […]}}` in one object, or a row of a JSONL output by itself. */
export const promptfoo: Shape = {
  name: 'promptfoo',
  title: 'results of promptfoo',
  matches: (record) =>
    (record['promptIdx'] !== undefined && record['testIdx'] !== undefined) ||
    (record['evalId'] !== undefined && isObject(record['results']) && Array.isArray(record['results']['results'])),
  convert(record, _options, emit) {
    const results = objectIn(record, 'results');
    const rows = field(results, 'results');
    if (!Array.isArray(rows)) {
      for (const each of promptfooRow(record, { id: null, time: null })) emit(each, record);
      return;
    }
    const evaluation = { id: pickText(record, 'evalId'), time: iso(pick(results, 'timestamp')) };
    for (const row of rows.filter(isObject)) for (const each of promptfooRow(row, evaluation)) emit(each, row);
  },
};
