/** Sums of one prompt version, as a request wants them. */
import type { Channel, DaySums, GroupSums, ProxySums, SegmentSums, SumsRequest, UnitSums, WeekSums } from '../backend.js';
import type { IndexRows } from '../indexRows.js';
import type { VersionTally } from './versionTally.js';

/** What is not kept but looked for again. */
export interface Looked {
  proxies: readonly ProxySums[];
  segments: readonly SegmentSums[];
}

export function groupSums(rows: IndexRows, version: VersionTally, request: SumsRequest, looked: Looked): GroupSums {
  const { asOf } = request.window;
  const { halfLifeMs } = request;
  const fileTime = (file: number): number => rows.fileTime(file);
  const channels = new Map<Channel, UnitSums>();
  const days = new Map<Channel, readonly DaySums[]>();
  const weeks = new Map<Channel, WeekSums>();
  for (const [channel, tally] of version.channels) {
    const sums = tally.sums({ asOf, halfLifeMs }, fileTime);
    if (sums === null) continue;
    channels.set(channel, sums);
    const daily = tally.dailySums(asOf, request.days, fileTime);
    if (daily.length > 0) days.set(channel, daily);
    const weekly = tally.weeklySums(asOf, fileTime);
    if (weekly !== null) weeks.set(channel, weekly);
  }
  return {
    prompt: rows.word(version.prompt) ?? '',
    version: rows.word(version.version),
    channels,
    days,
    weeks,
    system: version.system.sums(),
    ...looked,
    complaints: version.complaints.length,
  };
}
