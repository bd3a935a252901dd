/** What is known of one prompt version, or of a prompt whose version is unknown, as it comes in. */
import type { Channel } from '../backend.js';
import { ChannelTally } from './channelTally.js';
import { ComplaintList } from './complaintList.js';
import { SystemTally, type Marks } from './systemTally.js';
import type { ValueCodes } from './values.js';

export class VersionTally {
  readonly channels = new Map<Channel, ChannelTally>();
  readonly system: SystemTally;
  readonly complaints = new ComplaintList();
  /** Labels of the random sample that are about an interaction. */
  labels = 0;

  /** `version`: -1 for an unknown one. */
  constructor(
    readonly prompt: number,
    readonly version: number,
    marks: Marks,
    private readonly codes: ValueCodes,
  ) {
    this.system = new SystemTally(marks);
  }

  /** `key`: as of `unitKey`; `p`: 1/π; `time`: ms, NaN: that of the file. */
  add(channel: Channel, key: number, y: number, p: number, time: number, file: number): void {
    let tally = this.channels.get(channel);
    if (tally === undefined) this.channels.set(channel, (tally = new ChannelTally(channel, this.codes)));
    tally.add(key, y, p, time, file);
  }
}
