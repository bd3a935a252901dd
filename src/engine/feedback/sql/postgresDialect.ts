/** PostgreSQL 12 and later. */
import { isoMicros, tableParts, type ColumnKind, type Dialect } from './dialect.js';

const placeholders = { text: 'text', float: 'float8', texts: 'text[]', floats: 'float8[]', json: 'jsonb' } as const;

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

function kindOf(type: string): ColumnKind {
  if (/^(text|character|bpchar|name|uuid|citext)/.test(type)) return 'text';
  if (/^(smallint|integer|bigint|numeric|real|double precision)/.test(type)) return 'number';
  if (type === 'boolean') return 'boolean';
  if (/^timestamp.* with time zone$/.test(type)) return 'time';
  if (/^(timestamp|date)/.test(type)) return 'localTime';
  if (type === 'json' || type === 'jsonb') return 'json';
  // Enumerations and domains: read as their text.
  return /\[\]$|^(bytea|interval|point|box|inet|cidr|xml|tsvector|vector)/.test(type) ? 'other' : 'text';
}

function epoch(expression: string, kind: ColumnKind): string {
  return `date_part('epoch', ${kind === 'time' ? expression : `(${expression})::timestamp`})`;
}

/** ILIKE's own signs are taken as they are. */
function likePattern(word: string): string {
  return `%${word.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}

export const postgresDialect: Dialect = {
  kind: 'postgres',
  computesOnce: true,
  quote,
  placeholder: (number, type) => `$${String(number)}::${placeholders[type]}`,
  finish: (text, params) => {
    const used: number[] = [];
    const numbered = text.replace(/\$(\d+)::/g, (_, digits: string) => {
      const before = used.indexOf(Number(digits));
      const place = before < 0 ? used.push(Number(digits)) : before + 1;
      return `$${String(place)}::`;
    });
    return { text: numbered, params: used.map((number) => params[number - 1] ?? '') };
  },
  kindOf,
  text: (e) => `NULLIF((${e})::text, '')`,
  key: (e, { type }) => (/^(text|character varying)$/.test(type) ? e : `(${e})::text`),
  number: (e, kind) => (kind === 'boolean' ? `(${e})::int::float8` : `(${e})::float8`),
  // Half of what a µs is, so that a double that falls just short of a whole ms is that ms.
  ms: (e, kind) => (kind === 'number' ? `floor((${e})::float8)` : `floor(${epoch(e, kind)} * 1000 + 0.0005)`),
  micros: (e, kind) => (kind === 'number' ? `(${e})::float8 * 1000` : `round(${epoch(e, kind)} * 1000000)`),
  timeValue: (params, micros, kind) => {
    if (kind === 'number') return params.add('float', micros / 1000);
    const time = `${params.add('text', isoMicros(micros))}::timestamptz`;
    return kind === 'time' ? time : `(${time} AT TIME ZONE 'UTC')`;
  },
  attribute: (e, kind, key) => {
    if (kind !== 'json') return 'NULL::text';
    const value = `((${e})::jsonb -> ${key})`;
    return `CASE WHEN jsonb_typeof((${e})::jsonb) = 'object' AND jsonb_typeof${value} IN ('string', 'number', 'boolean') THEN NULLIF((${e})::jsonb ->> ${key}, '') END`;
  },
  variable: (e, kind, key) =>
    kind === 'json' ? `CASE WHEN jsonb_typeof((${e})::jsonb) = 'object' THEN (${e})::jsonb ->> ${key} END` : 'NULL::text',
  json: (e, kind) => (kind === 'other' ? 'NULL::text' : `(${e})::text`),
  keys: (from, kind) =>
    kind === 'json'
      ? `SELECT o.key AS k FROM (${from}) r CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(r.a::jsonb) = 'object' THEN r.a::jsonb ELSE '{}'::jsonb END) o
         WHERE jsonb_typeof(o.value) IN ('string', 'number', 'boolean') AND o.value <> '""'::jsonb`
      : 'SELECT NULL::text AS k WHERE false',
  lastRevisions: ({ table, columns, where, id, order, limit }) =>
    `SELECT * FROM (SELECT DISTINCT ON (${id}) ${columns} FROM ${table} WHERE ${where} ORDER BY ${id}, ${order}) d${limit === undefined ? '' : ` ${limit}`}`,
  place: (e, keys, places, params) => {
    // No text of PostgreSQL holds a NUL or half a character.
    const known = keys.flatMap((key, index) => (/\0|\p{Surrogate}/u.test(key) ? [] : [[key, places[index] ?? 0] as const]));
    return `COALESCE((${params.add('json', JSON.stringify(Object.fromEntries(known)))} ->> (${e}))::int, -1)`;
  },
  element: (list, place, params) => `(${params.add('texts', [...list])})[${place}]`,
  matches: (e, pattern) => `${e} ~ '${pattern}'`,
  search: (e, words, params) =>
    words
      .map((word, index) => {
        const end = index === words.length - 1 ? '' : '(?![[:alnum:]])';
        const bounded = `(?:^|[^[:alnum:]])${word}${end}`;
        return `(${e} ILIKE ${params.add('text', likePattern(word))} AND ${e} ~* ${params.add('text', bounded)})`;
      })
      .join(' AND '),
  startsWith: (e, prefix) => `starts_with(${e}, ${prefix})`,
  join: (a, b) => `(${a} || ${b})`,
  nullable: (e) => e,
  hash: (e, seed = 0) => `hashtextextended(${e}, ${String(seed)})`,
  hashBoth: (a, b) => `hashtextextended(${b}, hashtextextended(${a}, 0))`,
  label: (prompt, version) => `${prompt} || chr(10) || ${version}`,
  isOneOf: (e, texts) => `${e} = ANY(${texts})`,
  isAmong: (e, select) => `${e} = ANY(ARRAY(${select}))`,
  sum: (e) => `COALESCE(sum(${e}), 0)::float8`,
  count: (condition) => `count(*)${condition === undefined ? '' : ` FILTER (WHERE ${condition})`}::float8`,
  countDistinct: (e) => `count(DISTINCT ${e})::float8`,
  exp2: (e) => `power(2::float8, ${e})`,
  least: (a, b) => `LEAST(${a}, ${b})`,
  // One sort for both: equal calls are one.
  quantiles: (e) => {
    const both = `(percentile_cont(ARRAY[0.5, 0.95]::float8[]) WITHIN GROUP (ORDER BY ${e}))`;
    return [`${both}[1]`, `${both}[2]`];
  },
  toDouble: (e) => `(${e})::float8`,
  nullText: () => 'NULL::text',
  nullNumber: () => 'NULL::float8',
  byteOrder: (e) => `${e} COLLATE "C"`,
  describe: (table, params) =>
    `SELECT a.attname::text, format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END, NULL)
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = to_regclass(${params.add('text', table)}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
  hasUnique: true,
  uniqueColumns: (table, params) =>
    `SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = to_regclass(${params.add('text', table)}) AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL`,
  version: () => `SELECT current_setting('server_version'), current_setting('server_version_num')::float8`,
  minVersion: { number: 120000, text: '12' },
};

export function postgresTable(name: string): string {
  return tableParts(name, 2).map(quote).join('.');
}
