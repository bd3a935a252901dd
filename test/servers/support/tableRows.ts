/** Canonical records as rows of the default tables, as an application of a team would write them. */
import { record } from './records.js';

export interface TableRows {
  interactions: Record<string, unknown>[];
  feedback: Record<string, unknown>[];
}

const text = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;

/** Undefined is `null`. Of several revisions in one batch each is a row. */
export function tableRows(records: readonly Record<string, unknown>[]): TableRows {
  const rows: TableRows = { interactions: [], feedback: [] };
  for (const each of records) {
    const prompt = record(each['prompt']);
    const common = {
      id: text(each['id']),
      revision: Number(each['revision'] ?? 0),
      updated_at: text(record(each['source'])['updated_at']),
      time: text(each['time']),
      prompt: text(prompt['name']),
      version: text(prompt['version']),
      sha256: text(prompt['sha256']),
      link: text(prompt['link']),
      trace_id: text(each['trace_id']),
      span_id: text(each['span_id']),
      user_id: text(each['user']),
      session_id: text(each['session']),
      attributes: each['attributes'] === undefined ? null : record(each['attributes']),
    };
    if (text(each['schema'])?.includes('interaction') === true) {
      const [input, output, system] = [record(each['input']), record(each['output']), record(each['system'])];
      rows.interactions.push({
        ...common,
        variant: text(record(each['rollout'])['variant']),
        status: text(system['status']),
        error_type: text(system['error_type']),
        latency_ms: system['latency_ms'] ?? null,
        retries: system['retries'] ?? null,
        variables: input['variables'] ?? null,
        input: text(input['text']),
        output: text(output['text']),
        documents: record(each['retrieval'])['documents'] ?? null,
      });
      continue;
    }
    const score = record(each['score']);
    const review = record(each['review']);
    const [min, max] = [Number(score['min'] ?? 0), Number(score['max'] ?? 1)];
    rows.feedback.push({
      ...common,
      interaction_id: text(each['interaction_id']),
      signal: text(each['signal']),
      actor: text(record(each['actor'])['kind']),
      y: typeof score['raw'] === 'number' ? (score['raw'] - min) / (max - min) : null,
      raw: text(score['raw']),
      label: text(each['label']),
      text: text(each['text']),
      correction: text(each['correction']),
      stratum: text(review['stratum']),
      inclusion_prob: typeof review['inclusion_prob'] === 'number' ? review['inclusion_prob'] : null,
    });
  }
  return rows;
}
