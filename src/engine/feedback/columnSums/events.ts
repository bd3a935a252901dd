/** Events of some versions one by one, for what no tally is kept of. */
import type { Channel, Window } from '../backend.js';
import type { IndexView } from '../indexView.js';
import { Channels, channelsOf, inverseOf } from './channels.js';
import { Ints, Numbering, Rows, Values } from './lists.js';
import type { Tally } from './tally.js';
import { unitKey } from './unitKey.js';
import { ValueCodes } from './values.js';
import type { VersionTally } from './versionTally.js';
import { isInside } from './window.js';

/** Events of one channel, about sixteen bytes each, and their units by number. */
export class Events {
  readonly unit = new Ints();
  /** Of `codes`: y, and `1 / inclusion_prob`. */
  readonly code = new Ints();
  /** One more than the number of its value; 0: it has none. */
  readonly value = new Ints();
  /** Interaction that it is about; -1: none. */
  readonly served = new Rows();
  /** ms, at most `asOf`. */
  readonly time = new Values();
  /** By unit, what tells units apart in all channels. */
  readonly key = new Rows();
  private readonly numbers = new Numbering();

  constructor(readonly codes: ValueCodes) {}

  /** Of units. */
  get size(): number {
    return this.key.length;
  }

  get count(): number {
    return this.unit.length;
  }

  add(key: number, y: number, p: number, time: number, served: number, value: number): void {
    const unit = this.numbers.of(key, this.size);
    if (unit === this.size) this.key.push(key);
    this.unit.push(unit);
    this.code.push(this.codes.of(y, p));
    this.time.push(time);
    this.served.push(served);
    this.value.push(value + 1);
  }
}

export type VersionEvents = ReadonlyMap<VersionTally, ReadonlyMap<Channel, Events>>;

/**
 * Goes through the feedback of the index again; `wants`: of which versions, and which channels; `valueOf`: number of a row's value, -1 for none.
 */
export async function readEvents(
  view: IndexView,
  { tally, window }: { tally: Tally; window: Window },
  wants: (version: VersionTally, channel: Channel) => boolean,
  valueOf: (n: number, served: number) => number,
): Promise<VersionEvents> {
  const { rows, attributor } = view;
  /** `null`: not wanted. */
  const found = new Map<VersionTally, Map<Channel, Events | null>>();
  const channels = new Channels();
  const codes = new ValueCodes();
  const eventsOf = (version: VersionTally, channel: Channel): Events | null => {
    let own = found.get(version);
    if (own === undefined) found.set(version, (own = new Map<Channel, Events | null>()));
    let events = own.get(channel);
    if (events === undefined) own.set(channel, (events = wants(version, channel) ? new Events(codes) : null));
    return events;
  };
  await view.feedback((block) => {
    for (let i = 0; i < block.count; i++) {
      if (block.live[i] !== 1 || !isInside(window, block.time[i] ?? NaN, rows.fileTime(block.file))) continue;
      const entered = channelsOf(channels.of(block.signal[i] ?? -1, block.actor[i] ?? -1), block, i);
      if (entered.length === 0) continue;
      const row = block.row[i] ?? -1;
      const version = tally.version(attributor.feedback(block.group[i] ?? -1, row));
      if (version === undefined) continue;
      const [n, served] = [block.first + i, rows.served(row)];
      for (const channel of entered) {
        const events = eventsOf(version, channel);
        if (events === null) continue;
        const key = unitKey(rows, block.unit[i] ?? -1, served, n);
        const time = Math.min(window.asOf, rows.timeOf(block.time[i] ?? NaN, block.file));
        events.add(key, block.y[i] ?? 0, inverseOf(block, i), time, served, valueOf(n, served));
      }
    }
  });
  return new Map(
    [...found].map(([version, own]) => [
      version,
      new Map([...own].flatMap(([channel, events]) => (events === null ? [] : [[channel, events] as const]))),
    ]),
  );
}
