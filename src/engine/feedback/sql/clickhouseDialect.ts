/**
 * ClickHouse 23.8 and later. No setting is relied on: unmatched rows of a join are `NULL` because every joined column is Nullable, whatever
 * `join_use_nulls` says, and a user of a read-only profile may not change settings.
 */
import { tableParts, type ColumnKind, type Dialect } from './dialect.js';

const placeholders = { text: 'String', float: 'Float64', texts: 'Array(String)', floats: 'Array(Float64)', json: 'String' } as const;

function quote(identifier: string): string {
  return `\`${identifier.replace(/[\\`]/g, (sign) => `\\${sign}`)}\``;
}

function kindOf(type: string): ColumnKind {
  const bare = type.replace(/^LowCardinality\((.*)\)$/s, '$1').replace(/^Nullable\((.*)\)$/s, '$1');
  if (/^(String|FixedString|UUID|Enum)/.test(bare)) return 'text';
  if (/^(U?Int|Float|Decimal)/.test(bare)) return 'number';
  if (bare === 'Bool') return 'boolean';
  if (/^(DateTime|Date)/.test(bare)) return 'time';
  if (/^Map\((LowCardinality\()?String/.test(bare)) return 'map';
  return /^(JSON|Object)/.test(bare) ? 'json' : 'other';
}

/** JSON text of a column that holds JSON, whether typed so or as text. */
function jsonText(expression: string, kind: ColumnKind): string {
  return kind === 'text' ? `ifNull(toString(${expression}), '')` : `toJSONString(${expression})`;
}

export const clickhouseDialect: Dialect = {
  kind: 'clickhouse',
  computesOnce: false,
  quote,
  placeholder: (number, type) => `{p${String(number)}:${placeholders[type]}}`,
  finish: (text, params) => ({ text, params: [...params] }),
  kindOf,
  text: (e) => `nullIf(toNullable(toString(${e})), '')`,
  key: (e, { kind }) => clickhouseDialect.text(e, kind),
  number: (e) => `toFloat64(toNullable(${e}))`,
  ms: (e, kind) =>
    kind === 'number'
      ? `floor(toFloat64(toNullable(${e})))`
      : `toFloat64(toUnixTimestamp64Milli(toDateTime64(toNullable(${e}), 3, 'UTC')))`,
  micros: (e, kind) =>
    kind === 'number'
      ? `toFloat64(toNullable(${e})) * 1000`
      : `toFloat64(toUnixTimestamp64Micro(toDateTime64(toNullable(${e}), 6, 'UTC')))`,
  timeValue: (params, micros, kind) => {
    const value = params.add('float', micros);
    return kind === 'number' ? `(${value} / 1000)` : `fromUnixTimestamp64Micro(toInt64(${value}), 'UTC')`;
  },
  attribute: (e, kind, key) => {
    if (kind === 'map') return `if(mapContains(${e}, ${key}), nullIf(toNullable(toString(${e}[${key}])), ''), NULL)`;
    if (kind !== 'json' && kind !== 'text') return clickhouseDialect.nullText();
    const json = jsonText(e, kind);
    const type = `JSONType(${json}, ${key})`;
    return `multiIf(${type} = 'String', nullIf(toNullable(JSONExtractString(${json}, ${key})), ''), ${type} IN ('Int64', 'UInt64', 'Double', 'Bool'), toNullable(JSONExtractRaw(${json}, ${key})), NULL)`;
  },
  variable: (e, kind, key) => {
    if (kind === 'map') return `if(mapContains(${e}, ${key}), toNullable(toString(${e}[${key}])), NULL)`;
    if (kind !== 'json' && kind !== 'text') return clickhouseDialect.nullText();
    const json = jsonText(e, kind);
    return `multiIf(NOT JSONHas(${json}, ${key}), NULL, JSONType(${json}, ${key}) = 'String', toNullable(JSONExtractString(${json}, ${key})), toNullable(JSONExtractRaw(${json}, ${key})))`;
  },
  json: (e, kind) => {
    if (kind === 'map' || kind === 'json') return `toNullable(toJSONString(${e}))`;
    return kind === 'other' ? `toNullable(toJSONString(${e}))` : clickhouseDialect.text(e, kind);
  },
  keys: (from, kind) => {
    const all =
      kind === 'map' ? `mapKeys(mapFilter((key, value) -> toString(value) <> '', r.a))` : `JSONExtractKeys(${jsonText('r.a', kind)})`;
    return kind === 'map' || kind === 'json' || kind === 'text'
      ? `SELECT arrayJoin(${all}) AS k FROM (${from}) AS r`
      : `SELECT '' AS k WHERE 0`;
  },
  lastRevisions: ({ table, columns, where, id, order, limit }) =>
    `SELECT * FROM (SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT 1 BY ${id})${limit === undefined ? '' : ` ${limit}`}`,
  place: (e, keys, places, params) =>
    `transform(ifNull(${e}, ''), ${params.add('texts', [...keys])}, ${params.add('floats', [...places])}, toFloat64(-1))`,
  element: (list, place, params) => `toNullable(${params.add('texts', [...list])}[toInt64(${place})])`,
  matches: (e, pattern) => `match(ifNull(${e}, ''), '${pattern}')`,
  search: (e, words, params) =>
    words
      .map((word, index) => {
        const end = index === words.length - 1 ? '' : '($|[^\\pL\\pN\\pM])';
        const bounded = `(?i)(^|[^\\pL\\pN\\pM])${word}${end}`;
        return `(positionCaseInsensitiveUTF8(ifNull(${e}, ''), ${params.add('text', word)}) > 0 AND match(ifNull(${e}, ''), ${params.add('text', bounded)}))`;
      })
      .join(' AND '),
  startsWith: (e, prefix) => `startsWith(ifNull(${e}, ''), ${prefix})`,
  join: (a, b) => `concat(${a}, ${b})`,
  nullable: (e) => `toNullable(${e})`,
  hash: (e, seed = 0) => (seed === 0 ? `sipHash64(${e})` : `sipHash64(${e}, ${String(seed)})`),
  hashBoth: (a, b) => `sipHash64(${a}, ${b})`,
  label: (prompt, version) => `concat(${prompt}, char(10), ${version})`,
  isOneOf: (e, texts) => `has(${texts}, ifNull(${e}, ''))`,
  isAmong: (e, select) => `${e} IN (${select})`,
  sum: (e) => `ifNull(sumKahan(${e}), 0)`,
  count: (condition) => (condition === undefined ? 'toFloat64(count())' : `toFloat64(countIf(ifNull(${condition}, 0)))`),
  countDistinct: (e) => `toFloat64(uniqExact(${e}))`,
  exp2: (e) => `pow(2., ${e})`,
  // Nothing beside a number is that number's `least` in PostgreSQL and nothing here: both sides are always given.
  least: (a, b) => `least(${a}, ${b})`,
  quantiles: (e) => [`quantileExactInclusiveOrNull(0.5)(${e})`, `quantileExactInclusiveOrNull(0.95)(${e})`],
  toDouble: (e) => `toFloat64(${e})`,
  nullText: () => "CAST(NULL, 'Nullable(String)')",
  nullNumber: () => "CAST(NULL, 'Nullable(Float64)')",
  byteOrder: (e) => e,
  describe: (table) => `DESCRIBE TABLE ${table}`,
  hasUnique: false,
  uniqueColumns: () => "SELECT '' WHERE 0",
  version: () => `SELECT version(), toFloat64(splitByChar('.', version())[1]) * 100 + toFloat64(splitByChar('.', version())[2])`,
  minVersion: { number: 2308, text: '23.8' },
};

export function clickhouseTable(name: string): string {
  return tableParts(name, 2).map(quote).join('.');
}
