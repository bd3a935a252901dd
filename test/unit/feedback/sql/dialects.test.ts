/** Text of statements: what a config or a user wrote is quoted or a parameter, never a part of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clickhouseDialect, clickhouseTable } from '../../../../src/engine/feedback/sql/clickhouseDialect.js';
import {
  searchWords,
  statement,
  tableParts,
  type Column,
  type Dialect,
  type TableShape,
} from '../../../../src/engine/feedback/sql/dialect.js';
import { feedbackFields, interactionFields, resolveFields } from '../../../../src/engine/feedback/sql/fields.js';
import { postgresDialect, postgresTable } from '../../../../src/engine/feedback/sql/postgresDialect.js';
import {
  complaintsStatement,
  countStatement,
  pageStatement,
  rowsStatement,
  type RowFilter,
} from '../../../../src/engine/feedback/sql/rows.js';
import { sumsStatements } from '../../../../src/engine/feedback/sql/sums.js';
import type { Reading } from '../../../../src/engine/feedback/sql/records.js';
import type { SqlStatement } from '../../../../src/engine/ports.js';

const hostile = `x'); DROP TABLE "users"; -- \` \\ $1 {p1:String} \n end`;
const types = {
  postgres: { text: 'text', time: 'timestamp with time zone', number: 'double precision', json: 'jsonb' },
  clickhouse: { text: 'String', time: "DateTime64(3, 'UTC')", number: 'Nullable(Float64)', json: 'Map(String, String)' },
};

function shape(dialect: Dialect, table: string, names: readonly string[]): TableShape {
  const type = types[dialect.kind];
  const columns = names.map((name): [string, Column] => {
    const found = /time|updated|created/.test(name)
      ? type.time
      : /^(y|inclusion_prob|latency_ms|retries|revision)$/.test(name)
        ? type.number
        : /attributes|variables/.test(name)
          ? type.json
          : type.text;
    return [name, { name, type: found, kind: dialect.kindOf(found) }];
  });
  return { table, columns: new Map(columns), unique: new Set(dialect.hasUnique ? ['id'] : []) };
}

function reading(dialect: Dialect, mapping: Record<string, string> = {}): Reading {
  const table = dialect.kind === 'postgres' ? postgresTable : clickhouseTable;
  const names = (fields: Record<string, readonly string[]>): string[] => [
    ...Object.values(fields).map(([name]) => name ?? ''),
    ...Object.values(mapping),
  ];
  const fields = (name: string, defaults: Record<string, readonly string[]>, alias: string) =>
    resolveFields(dialect, shape(dialect, table(name), names(defaults)), {
      table: name,
      defaults,
      mapping: alias === 'f' ? mapping : {},
      alias,
    });
  return {
    dialect,
    tables: { feedback: fields('team.said', feedbackFields, 'f'), interactions: fields('team.answers', interactionFields, 'i') },
    known: { onlyPrompt: hostile, bySha256: new Map([[hostile, [{ prompt: hostile, version: hostile }]]]) },
    traces: true,
  };
}

function everything(from: Reading): SqlStatement[] {
  const filter: RowFilter = {
    prompt: hostile,
    version: hostile,
    low: true,
    signal: hostile,
    user: hostile,
    search: hostile,
    since: 1,
    until: 2,
    minY: 0.1,
    maxY: 0.9,
    segment: { key: hostile, value: hostile },
  };
  const request = {
    window: { since: 1, until: 2, asOf: 3, asked: true },
    known: from.known,
    halfLifeMs: 1,
    days: 60,
    prompts: [hostile],
    segment: hostile,
  };
  return [
    ...sumsStatements(from, request),
    countStatement(from, filter),
    pageStatement(from, filter, { before: { micros: 5, id: hostile }, offset: 0, limit: 50 }),
    rowsStatement(from, { ids: [hostile] }),
    rowsStatement(from, { served: hostile, limit: 3 }),
    complaintsStatement(from, [{ prompt: hostile, version: hostile }], { window: request.window, limit: 10 }),
  ];
}

describe.each([postgresDialect, clickhouseDialect])('statements for $kind', (dialect) => {
  it('hold no value of a user: all are parameters', () => {
    for (const { text, params } of everything(reading(dialect))) {
      expect(text).not.toContain('DROP');
      expect(params.length).toBeGreaterThan(0);
    }
  });

  it('number their parameters without a gap', () => {
    for (const { text, params } of everything(reading(dialect))) {
      const places = [...text.matchAll(dialect.kind === 'postgres' ? /\$(\d+)::/g : /\{p(\d+):/g)].map((match) => Number(match[1]));
      expect(Math.max(...places)).toBeLessThanOrEqual(params.length);
      if (dialect.kind === 'postgres') expect(new Set(places).size, text).toBe(params.length);
    }
  });

  it('quote the column that a config names, whatever it is called', () => {
    for (const { text } of everything(reading(dialect, { text: hostile }))) {
      const outside = dialect.kind === 'postgres' ? text.replace(/"(?:[^"]|"")*"/g, '') : text.replace(/`(?:[^`\\]|\\.)*`/gs, '');
      expect(outside).not.toContain('DROP');
    }
  });

  it('give back any identifier from its quotes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (name) => {
        const quoted = dialect.quote(name);
        const inner = quoted.slice(1, -1);
        const back = dialect.kind === 'postgres' ? inner.replaceAll('""', '"') : inner.replace(/\\(.)/gs, '$1');
        expect(back).toBe(name);
        const free = dialect.kind === 'postgres' ? inner.replaceAll('""', '') : inner.replace(/\\./gs, '');
        expect(free).not.toContain(dialect.kind === 'postgres' ? '"' : '`');
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it('compare times with the bare column, so that an index or a partition is used', () => {
    const [first] = sumsStatements(reading(dialect), {
      window: { since: 1, until: 2, asOf: 3, asked: true },
      known: reading(dialect).known,
      halfLifeMs: 1,
      days: 1,
      prompts: null,
      segment: null,
    });
    expect(first?.text).toMatch(
      dialect.kind === 'postgres' ? /f\."time" >= \$\d+::text::timestamptz/ : /f\.`time` >= fromUnixTimestamp64Micro/,
    );
  });
});

describe('names of tables', () => {
  it('are a schema and a table, quoted where a dot is in one', () => {
    expect(tableParts('feedback', 2)).toEqual(['feedback']);
    expect(tableParts('team.feedback', 2)).toEqual(['team', 'feedback']);
    expect(tableParts('"my.team"."said ""so"""', 2)).toEqual(['my.team', 'said "so"']);
    expect(postgresTable('team."a""b"')).toBe('"team"."a""b"');
  });

  it.each(['', '.', 'a.', 'a"b', 'a.b.c', 'a\0b', 'x'.repeat(200)])('are refused: %j', (name) => {
    expect(() => tableParts(name, 2)).toThrow(/no name of a table/);
  });
});

describe('columns', () => {
  const resolve = (names: string[], mapping: Record<string, string> = {}) =>
    resolveFields(postgresDialect, shape(postgresDialect, '"t"', names), { table: 't', defaults: feedbackFields, mapping, alias: 'f' });

  it('are found by their usual names, and what is not there is nothing', () => {
    const fields = resolve(['id', 'created_at', 'signal', 'comment', 'user_id']);
    expect(fields.bare('time')).toBe('f."created_at"');
    expect(fields.text('text')).toBe(`NULLIF((f."comment")::text, '')`);
    expect(fields.text('correction')).toBe('NULL::text');
  });

  it('say which one is missing, cannot be read, or is no field', () => {
    expect(() => resolve(['id', 'signal'])).toThrow(/no column for time/);
    expect(() => resolve(['id', 'time'], { text: 'words' })).toThrow(/no column "words" for text/);
    expect(() => resolve(['id', 'time'], { words: 'id' })).toThrow(/no field of t/);
    expect(() => resolve(['id', 'label', 'time'], { y: 'label' })).toThrow(/of type text, which cannot be read as y/);
  });
});

it('splits a search as the index of the workspace does', () => {
  expect(searchWords(`"It's" 100%_x; -- café`)).toEqual(['It', 's', '100', 'x', 'café']);
});

it('numbers parameters in the order of their places', () => {
  expect(statement(postgresDialect, (params) => `${params.add('text', 'a')} ${params.add('float', 2)}`)).toEqual({
    text: '$1::text $2::float8',
    params: ['a', 2],
  });
});
