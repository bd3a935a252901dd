/** Many rows, made where the table is: the same in both databases. `interactions` of them are spoken of. */

const shape = (concat: (...parts: string[]) => string, time: string) => ({
  interactions: {
    id: concat("'i'", 'n'),
    time,
    prompt: concat("'p'", 'n % 5'),
    version: concat("'v'", '1 + (n / 5) % 4'),
    user_id: concat("'u'", '(n * 7919) % 48391'),
    status: "CASE WHEN n % 50 = 0 THEN 'error' ELSE 'ok' END",
    latency_ms: '200 + (n * 31) % 900',
  },
  feedback: {
    id: concat("'f'", 'n'),
    time,
    interaction_id: concat("'i'", 'n'),
    signal: "CASE WHEN n % 40 = 0 THEN 'review.score' WHEN n % 10 = 1 THEN 'implicit.copy' ELSE 'explicit.thumb' END",
    actor: "CASE WHEN n % 40 = 0 THEN 'expert' ELSE 'end_user' END",
    stratum: "CASE WHEN n % 40 = 0 THEN 'random' ELSE '' END",
    y: 'CASE WHEN (n * 31) % 10 < 6 THEN 1.0 ELSE 0.0 END',
    user_id: concat("'u'", '(n * 7919) % 48391'),
    text: `CASE WHEN n % 8 = 0 THEN ${concat("'It was too long and did not answer what I had asked, number '", 'n')} ELSE '' END`,
  },
});

/** 90 days before `end` (ms), one row after the other. */
export function postgresRows(count: number, end: number): string[] {
  const step = Math.floor((90 * 86_400_000) / count);
  const rows = shape(
    (...parts) => parts.map((part) => `(${part})::text`).join(' || '),
    `to_timestamp((${String(end)} - (${String(count)} - n) * ${String(step)}) / 1000.0)`,
  );
  return Object.entries(rows).map(
    ([name, columns]) =>
      `INSERT INTO ratchet_${name} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM generate_series(0::bigint, ${String(count - 1)}) AS g(n)`,
  );
}

export function clickhouseRows(count: number, end: number): string[] {
  const step = Math.floor((90 * 86_400_000) / count);
  const rows = shape(
    (...parts) => `concat(${parts.map((part) => `toString(${part.replace('n / 5', 'intDiv(n, 5)')})`).join(', ')})`,
    `fromUnixTimestamp64Milli(toInt64(${String(end)} - (${String(count)} - n) * ${String(step)}), 'UTC')`,
  );
  return Object.entries(rows).map(
    ([name, columns]) =>
      `INSERT INTO ratchet_${name} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM (SELECT toInt64(number) AS n FROM numbers(${String(count)}))`,
  );
}
