/** Events of some versions one by one, for what no tally is kept of. */
import type { Channel, Window } from '../backend.js';
import type { IndexView } from '../indexView.js';
import { Channels, channelsOf, inverseOf } from './channels.js';
import { Numbering, Rows, Values } from './lists.js';
import type { Tally } from './tally.js';
import { unitKey } from './unitKey.js';
import type { VersionTally } from './versionTally.js';
import { isInside } from './window.js';

/** Events of one channel, and their units by number. */
export class Events {
  readonly row = new Rows();
  /** Interaction that it is about; -1: none. */
  readonly served = new Rows();
  readonly unit = new Rows();
  /** What tells units apart in all channels. */
  readonly key = new Rows();
  readonly y = new Values();
  /** `1 / inclusion_prob`; 1 outside of the expert channels. */
  readonly p = new Values();
  /** ms, at most `asOf`. */
  readonly time = new Values();
  /** Of units. */
  size = 0;
  private readonly numbers = new Numbering();

  get count(): number {
    return this.row.length;
  }

  add(key: number): void {
    const unit = this.numbers.of(key, this.size);
    if (unit === this.size) this.size++;
    this.unit.push(unit);
    this.key.push(key);
  }
}

export type VersionEvents = ReadonlyMap<VersionTally, ReadonlyMap<Channel, Events>>;

/** Goes through the feedback of the index again; `wants`: of which versions, and which channels. */
export async function readEvents(
  view: IndexView,
  { tally, window }: { tally: Tally; window: Window },
  wants: (version: VersionTally, channel: Channel) => boolean,
): Promise<VersionEvents> {
  const { rows, attributor } = view;
  const found = new Map<VersionTally, Map<Channel, Events>>();
  const channels = new Channels();
  await view.feedback((block) => {
    for (let i = 0; i < block.count; i++) {
      if (block.live[i] !== 1 || !isInside(window, block.time[i] ?? NaN, rows.fileTime(block.file))) continue;
      const said = channels.of(block.signal[i] ?? -1, block.actor[i] ?? -1);
      const entered = channelsOf(said, block, i);
      if (entered.length === 0) continue;
      const version = tally.version(attributor.feedback(block.group[i] ?? -1, block.row[i] ?? -1));
      if (version === undefined) continue;
      for (const channel of entered) {
        if (!wants(version, channel)) continue;
        const own = found.get(version) ?? new Map<Channel, Events>();
        found.set(version, own);
        const events = own.get(channel) ?? new Events();
        own.set(channel, events);
        const served = rows.served(block.row[i] ?? -1);
        events.add(unitKey(rows, block.unit[i] ?? -1, served, block.first + i));
        events.row.push(block.first + i);
        events.served.push(served);
        events.y.push(block.y[i] ?? 0);
        events.p.push(inverseOf(block, i));
        events.time.push(Math.min(window.asOf, rows.timeOf(block.time[i] ?? NaN, block.file)));
      }
    }
  });
  return found;
}
