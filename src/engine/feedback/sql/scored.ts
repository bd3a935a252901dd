/** Feedback as a score counts it: the common table of all answers. */
import type { SumsRequest } from '../backend.js';
import { channelSql, lowSql, unitNumber } from './channelSql.js';
import { fence, type Dialect, type Params } from './dialect.js';
import type { Reading, RecordSql } from './records.js';

/**
 * All feedback with its channel, as narrow as it can be: `grp` stands for prompt and version, so that what is sorted and grouped a million
 * times is a number and no text of some collation; `state` 0 in a group, 1 ambiguous, 2 of no prompt; texts that only have to be told apart
 * as numbers; `y` only of what counts in a channel of a group (one test finds the events, and a planner knows how many those are); `seen`:
 * 1 where it says of `iid`, an interaction of the same group in the window, that it was rated, failed or was repeated.
 */
export function scoredSql(reading: Reading, request: SumsRequest, params: Params, records: RecordSql): string {
  const { dialect, tables } = reading;
  const { window, prompts } = request;
  const [own, served] = segmentColumns(reading, request, params);
  const { interactions: i, feedback: f } = tables;
  const answered =
    i === null
      ? []
      : [
          `${dialect.nullable(`CASE WHEN ${records.inWindow(i, window)} THEN 1 ELSE 0 END`)} AS there`,
          `${i.text('status')} AS ist`,
          `${i.number('retries')} AS iret`,
        ];
  const feedback = records.feedback(records.inWindow(f, window), own, [...served, ...answered]);
  const value = own.length === 0 ? '' : `, ${served.length === 0 ? 'x.seg1' : 'COALESCE(x.seg1, x.seg2, x.seg3)'} AS seg`;
  const asked =
    prompts === null ? '' : ` WHERE x.prompt IS NULL OR x.link = 1 OR ${dialect.isOneOf('x.prompt', params.add('texts', prompts))}`;
  // As in `RecordSql`: prompt, version and channel of a row are computed once.
  const once = dialect.computesOnce ? fence : '';
  // A review of the risk stratum whose probability nobody knows enters no sum.
  const lost = `x.channel = 'expert' AND COALESCE(x.stratum, '') = 'risk' AND x.pi IS NULL`;
  const counts = `x.link <> 1 AND x.prompt IS NOT NULL AND x.channel NOT IN ('', 'system') AND NOT (${lost})`;
  const same = `x.link <> 1 AND x.sl <> 1 AND x.sp = x.prompt AND x.sv = x.version AND x.there = 1`;
  // What an interaction says of itself is counted there.
  const said = `CASE WHEN x.channel = 'explicit' THEN CASE WHEN x.y IS NOT NULL THEN 1 END
      WHEN x.signal = 'system.error' THEN CASE WHEN lower(x.ist) = 'error' THEN NULL ELSE 1 END
      WHEN x.signal = 'system.retry' THEN CASE WHEN x.iret >= 1 THEN NULL ELSE 1 END END`;
  return `SELECT ${dialect.hashBoth('x.prompt', 'x.version')} AS grp, x.prompt AS prompt, x.version AS version, CASE WHEN x.link = 1 THEN 1 WHEN x.prompt IS NULL THEN 2 ELSE 0 END AS state,
      x.channel AS channel, CASE WHEN x.signal = 'system.error' THEN 1 WHEN x.signal = 'system.retry' THEN 2 ELSE 0 END AS sys,
      CASE WHEN ${counts} THEN x.y END AS y, CASE WHEN x.channel = 'expert' AND x.pi IS NOT NULL THEN 1 / x.pi ELSE ${dialect.toDouble('1')} END AS p,
      CASE WHEN x.channel = 'expert' AND x.stratum = 'random' THEN 1 ELSE 0 END AS drawn,
      ${dialect.least('x.t', params.add('float', window.asOf))} AS t, ${unitNumber(dialect, 'x')} AS unit, ${dialect.hash('x.iid')} AS iid,
      ${i === null ? 'NULL' : `CASE WHEN ${same} THEN ${said} END`} AS seen,
      CASE WHEN x.said = 1 AND x.channel IN ('explicit', 'expert') THEN ${lowSql(dialect, 'x')} ELSE 0 END AS complaint${value}
    FROM (SELECT y.*, ${channelSql(dialect, 'y')} AS channel FROM (${feedback}) y${once}) x${asked}`;
}

/** Columns of the segment's value: of the feedback, and of its interaction. */
function segmentColumns(reading: Reading, { segment }: SumsRequest, params: Params): [string[], string[]] {
  if (segment === null) return [[], []];
  const key = params.add('text', segment.replace(/^(?:attributes|input\.variables|variables)\./, ''));
  const { interactions: i, feedback: f } = reading.tables;
  const own = [`${f.attribute('attributes', key)} AS seg1`];
  return [own, i === null ? [] : [`${i.attribute('attributes', key)} AS seg2`, `${i.variable('variables', key)} AS seg3`]];
}

/** Events with a y by channel, those of the random stratum twice. */
export function eventsSql(dialect: Dialect, request: SumsRequest): string {
  const segment = request.segment === null ? '' : ', e.seg AS seg';
  const events = (channel: string, more: string): string =>
    `SELECT e.grp AS grp, ${channel} AS channel, e.unit AS unit, e.y AS y, e.p AS p, e.t AS t, e.iid AS iid${segment} FROM fb e WHERE e.y IS NOT NULL${more}`;
  return dialect.computesOnce
    ? `${events('e.channel', '')} UNION ALL ${events("'expertRandom'", ' AND e.drawn = 1')}`
    : events(`arrayJoin(if(e.drawn = 1, ['expert', 'expertRandom'], [assumeNotNull(e.channel)]))`, '');
}
