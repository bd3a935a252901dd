import type { ClickHouseClient } from '@clickhouse/client';
import { tableRows } from './tableRows.js';

const blank = (value: unknown): unknown => value ?? '';

/** Every revision is a row, as an application appends them. */
export async function insertClickhouse(client: ClickHouseClient, records: readonly Record<string, unknown>[]): Promise<void> {
  const rows = tableRows(records);
  const texts = ({
    revision,
    updated_at,
    time,
    y,
    latency_ms,
    retries,
    inclusion_prob,
    attributes,
    variables,
    documents,
    ...rest
  }: Record<string, unknown>) => ({
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, blank(value)])),
    revision,
    updated_at,
    time,
    attributes: mapOf(attributes),
    ...('signal' in rest
      ? { y, inclusion_prob }
      : { latency_ms, retries, variables: mapOf(variables), documents: documents === null ? '' : JSON.stringify(documents) }),
  });
  for (const [table, list] of [
    ['ratchet_interactions', rows.interactions],
    ['ratchet_feedback', rows.feedback],
  ] as const) {
    if (list.length > 0)
      await client.insert({
        table,
        values: list.map(texts),
        format: 'JSONEachRow',
        clickhouse_settings: { date_time_input_format: 'best_effort' },
      });
  }
}

function mapOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries((value ?? {}) as Record<string, unknown>).map(([name, each]) => [name, String(each)]));
}
