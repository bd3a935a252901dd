/** Statements whose answers are sums over units: whatever the number of rows, a few lines a version cross the network. */
import type { SqlStatement } from '../../ports.js';
import type { SumsRequest } from '../backend.js';
import { answersPart, groupsPart, proxiesPart, systemPart } from './answerSums.js';
import { statement, type Params } from './dialect.js';
import { onePass } from './onePass.js';
import { selectOf, type Part } from './part.js';
import { RecordSql, type Reading } from './records.js';
import { eventsSql, scoredSql } from './scored.js';
import { segmentsPart } from './segmentSums.js';
import { channelsPart, daysPart, unitTables, weeksPart } from './unitSums.js';

/**
 * One statement where the database computes a common table once. Where it does not, one reads all feedback in one pass, beside it one reads
 * the interactions, and one more the segments.
 */
export function sumsStatements(reading: Reading, request: SumsRequest): SqlStatement[] {
  const { dialect, tables } = reading;
  const interactions = tables.interactions !== null;
  const segments = request.segment !== null;
  if (dialect.computesOnce) return [statement(dialect, (params) => everything(reading, request, params))];
  const build = (make: (params: Params, records: RecordSql) => string): SqlStatement =>
    statement(dialect, (params) => make(params, new RecordSql(reading, params, 'all')));
  return [
    build((params, records) => onePass(reading, { ...request, segment: null }, params, records)),
    ...(interactions ? [build((params, records) => selectOf(dialect, systemPart(reading, request, params, records)))] : []),
    ...(segments
      ? [
          build((params, records) => {
            const fb = scoredSql(reading, request, params, records);
            return `WITH fb AS (${fb}), ev AS (${eventsSql(dialect, request)}) ${selectOf(dialect, segmentsPart(dialect, request, params))}`;
          }),
        ]
      : []),
  ];
}

/** What several parts read is kept by PostgreSQL; the rest is no more than a name. */
function everything(reading: Reading, request: SumsRequest, params: Params): string {
  const { dialect, tables } = reading;
  const records = new RecordSql(reading, params, 'all');
  const common = [
    ['fb', scoredSql(reading, request, params, records)],
    ['ev', eventsSql(dialect, request)],
    ...unitTables(dialect, request, params),
  ].map(([name = '', text = '']) => `${name} AS ${name === 'ev' || name === 'cells' ? 'NOT ' : ''}MATERIALIZED (${text})`);
  const parts: Part[] = [
    groupsPart(dialect),
    channelsPart(dialect),
    daysPart(dialect, request, params),
    weeksPart(dialect, request, params),
    ...(tables.interactions === null ? [] : [systemPart(reading, request, params, records), answersPart(dialect), proxiesPart(dialect)]),
    ...(request.segment === null ? [] : [segmentsPart(dialect, request, params)]),
  ];
  return `WITH ${common.join(',\n')}\n${parts.map((part) => selectOf(dialect, part)).join('\nUNION ALL\n')}`;
}
