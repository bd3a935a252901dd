/** What was said in one channel, as it comes in. */
import { addDays, addUnits, addWeeks } from '../addSums.js';
import type { Channel, DaySums, UnitSums, WeekSums } from '../backend.js';
import { AloneTally } from './aloneTally.js';
import { DayTally } from './dayTally.js';
import { UnitTally, type Decay } from './unitTally.js';
import type { ValueCodes } from './values.js';

/** Channels of which it is asked what was said when. */
export function hasDays(channel: Channel): boolean {
  return channel === 'explicit' || channel === 'expertRandom';
}

/** Time of a file by number, ms: that of records without one of their own. */
type FileTime = (file: number) => number;

export class ChannelTally {
  private readonly units = new UnitTally();
  private readonly alone: AloneTally;
  private readonly days: DayTally | null;

  constructor(channel: Channel, codes: ValueCodes) {
    this.alone = new AloneTally(codes);
    this.days = hasDays(channel) ? new DayTally(codes) : null;
  }

  /** `key`: as of `unitKey`; `p`: 1/π; `time`: ms, NaN: that of the file. */
  add(key: number, y: number, p: number, time: number, file: number): void {
    if (key < 0) {
      this.alone.add(y, p, time, file);
      return;
    }
    const unit = this.units.add(key, y, p, time, file);
    this.days?.add(unit, y, p, time, file);
  }

  /** `null` for no event. */
  sums(decay: Decay, fileTime: FileTime): UnitSums | null {
    const [units, alone] = [this.units.sums(decay, fileTime), this.alone.sums(decay, fileTime)];
    return units === null || alone === null ? (units ?? alone) : addUnits(units, alone);
  }

  /** The last `count` days up to that of `asOf`, newest first; days without an event are left out. */
  dailySums(asOf: number, count: number, fileTime: FileTime): DaySums[] {
    if (this.days === null) return [];
    return addDays(this.days.dailySums(asOf, count, fileTime), this.alone.dailySums(asOf, count, fileTime));
  }

  /** `null` where nobody said anything in the two weeks. */
  weeklySums(asOf: number, fileTime: FileTime): WeekSums | null {
    if (this.days === null) return null;
    const [units, alone] = [this.days.weeklySums(asOf, fileTime), this.alone.weeklySums(asOf, fileTime)];
    return units === null || alone === null ? (units ?? alone) : addWeeks(units, alone);
  }
}
