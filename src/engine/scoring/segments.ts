/** `--segment key`: the score by a value of each record, such as the plan of the customer. */
import type { VersionScore } from '../../shared/documents.js';
import type { Channel, GroupSums } from '../feedback/backend.js';
import { scoreOf } from './values.js';

/** By value, of the headline's channel. */
export function scoreSegments(group: GroupSums, channel: Channel, key: string): VersionScore['segments'] {
  return group.segments
    .flatMap(({ value, channels }) => {
      const score = scoreOf(channels.get(channel));
      return score === null ? [] : [{ key, value, score }];
    })
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}
