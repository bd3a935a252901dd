/** Which channels a row of feedback enters, and whether it is a complaint. */
import type { Channel } from '../backend.js';
import { channelOf, isLow, type ChannelKind } from '../channel.js';
import { actorOrder, feedbackFlags, signalOrder } from '../scan/recordBatch.js';
import type { FeedbackBlock } from '../store.js';

export interface Said {
  channel: ChannelKind;
  signal: string;
  /** Where it goes with a y. */
  scored: readonly Channel[];
}

const none: readonly Channel[] = [];
/** `expert`: those that a mean can be made of, without such as were drawn by risk nobody knows how; `expertRandom`: what was sampled at random. */
const expert = [none, ['expert'], ['expertRandom'], ['expert', 'expertRandom']] as const;

/** What a signal by an actor is, found once for each. */
export class Channels {
  private readonly known: (Said | undefined)[] = [];

  of(signal: number, actor: number): Said {
    const code = (signal + 1) * 16 + actor + 1;
    let said = this.known[code];
    if (said === undefined) {
      const name = signalOrder[signal] ?? '';
      const channel = channelOf(name, actorOrder[actor] ?? '');
      said = { channel, signal: name, scored: scoredOf(channel, name) };
      this.known[code] = said;
    }
    return said;
  }
}

function scoredOf(channel: ChannelKind, signal: string): readonly Channel[] {
  if (channel === null || channel === 'system') return none;
  return [channel === 'implicit' ? signal : channel];
}

/** Of row `i` of the block, which somebody said. */
export function channelsOf({ channel, scored }: Said, block: FeedbackBlock, i: number): readonly Channel[] {
  if (Number.isNaN(block.y[i] ?? NaN)) return none;
  if (channel !== 'expert') return scored;
  const flags = block.flags[i] ?? 0;
  // What was drawn by risk says something only with the probability of that.
  const counts = (flags & feedbackFlags.risk) === 0 || !Number.isNaN(block.probability[i] ?? NaN);
  return expert[(counts ? 1 : 0) + ((flags & feedbackFlags.random) !== 0 ? 2 : 0)] ?? none;
}

/** Words of somebody who was not content, with or without a rating. */
export function isComplaint({ channel, signal }: Said, block: FeedbackBlock, i: number): boolean {
  const flags = block.flags[i] ?? 0;
  const hasWords = (flags & feedbackFlags.comment) !== 0;
  const fromPerson = channel === 'explicit' || channel === 'expert';
  return hasWords && fromPerson && isLow(block.y[i] ?? NaN, flags, signal);
}

/** `1 / inclusion_prob`; 1 where nothing is known of it. */
export function inverseOf(block: FeedbackBlock, i: number): number {
  const given = block.probability[i] ?? NaN;
  return Number.isNaN(given) ? 1 : 1 / given;
}
