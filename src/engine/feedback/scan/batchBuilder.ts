/** Collects records into the columns of a batch. */
import type { ReadFeedback, ReadInteraction } from '../records.js';
import { IdHash, join53 } from './hash.js';
import {
  actorOrder,
  feedbackFlags,
  signalOrder,
  type BatchFeedback,
  type BatchInteractions,
  type BatchRecords,
  type RecordBatch,
  type RecordGroup,
  type RejectedLine,
  type Unit,
} from './recordBatch.js';

/** An attribute with more values says nothing about a group of users, and is not kept. */
export const maxValues = 1000;
/** In UTF-16 units; a longer one is a text, not a value. */
export const maxValueLength = 100;

const maxDictionary = 200_000;
let nextDictionary = 1;

/** Place of a line, and what its records have in common. */
export interface LinePlace {
  offset: number;
  length: number;
  line: number;
  digest: number;
}

function larger<T extends Float64Array | Int32Array | Int8Array>(array: T, length: number): T {
  const grown = new (array.constructor as new (length: number) => T)(length);
  grown.set(array);
  return grown;
}

/** Places of what is handed over in an array of doubles, as arguments would be objects. */
export const rowNumbers = { time: 0, updated: 1, trace: 2, span: 3 } as const;

/** Rows are added by `base` and then filled in by their number: one check of the room a row, none a value. */
class Records {
  count = 0;
  protected room = 0;
  offset = new Float64Array(0);
  length = new Int32Array(0);
  line = new Int32Array(0);
  ordinal = new Int32Array(0);
  revision = new Float64Array(0);
  updated = new Float64Array(0);
  time = new Float64Array(0);
  digest = new Int32Array(0);
  id = new Int32Array(0);
  key = new Float64Array(0);
  names = new Map<number, string>();
  group = new Int32Array(0);
  unit = new Int32Array(0);
  trace = new Float64Array(0);
  span = new Float64Array(0);
  private attributes = new Int32Array(1024);
  private attributeCount = 0;

  /** `numbers`: by `rowNumbers`. */
  base(place: LinePlace, ordinal: number, id: IdHash, revision: number, numbers: Float64Array, group: number, unit: number): number {
    const row = this.count++;
    if (row === this.room) this.grow(Math.max(1024, row * 2));
    this.offset[row] = place.offset;
    this.length[row] = place.length;
    this.line[row] = place.line;
    this.ordinal[row] = ordinal;
    this.revision[row] = revision;
    this.updated[row] = numbers[rowNumbers.updated] ?? 0;
    this.time[row] = numbers[rowNumbers.time] ?? NaN;
    this.digest[row] = place.digest;
    this.id[row * 4] = id.a;
    this.id[row * 4 + 1] = id.b;
    this.id[row * 4 + 2] = id.c;
    this.id[row * 4 + 3] = id.d;
    id.keyInto(this.key, row);
    this.group[row] = group;
    this.unit[row] = unit;
    this.trace[row] = numbers[rowNumbers.trace] ?? 0;
    this.span[row] = numbers[rowNumbers.span] ?? 0;
    return row;
  }

  attribute(row: number, pair: number): void {
    if (this.attributeCount === this.attributes.length) this.attributes = larger(this.attributes, this.attributeCount * 2);
    this.attributes[this.attributeCount++] = row;
    this.attributes[this.attributeCount++] = pair;
  }

  protected grow(room: number): void {
    this.room = room;
    this.offset = larger(this.offset, room);
    this.length = larger(this.length, room);
    this.line = larger(this.line, room);
    this.ordinal = larger(this.ordinal, room);
    this.revision = larger(this.revision, room);
    this.updated = larger(this.updated, room);
    this.time = larger(this.time, room);
    this.digest = larger(this.digest, room);
    this.id = larger(this.id, room * 4);
    this.key = larger(this.key, room);
    this.group = larger(this.group, room);
    this.unit = larger(this.unit, room);
    this.trace = larger(this.trace, room);
    this.span = larger(this.span, room);
  }

  protected takeBase(): BatchRecords {
    const { count, names } = this;
    const attributes = this.attributes.slice(0, this.attributeCount);
    this.count = 0;
    this.names = new Map();
    this.attributeCount = 0;
    return {
      count,
      offset: this.offset.slice(0, count),
      length: this.length.slice(0, count),
      line: this.line.slice(0, count),
      ordinal: this.ordinal.slice(0, count),
      revision: this.revision.slice(0, count),
      updated: this.updated.slice(0, count),
      time: this.time.slice(0, count),
      digest: this.digest.slice(0, count),
      id: this.id.slice(0, count * 4),
      key: this.key.slice(0, count),
      names,
      group: this.group.slice(0, count),
      unit: this.unit.slice(0, count),
      trace: this.trace.slice(0, count),
      span: this.span.slice(0, count),
      attributes,
    };
  }
}

class Interactions extends Records {
  status = new Int8Array(0);
  retries = new Int32Array(0);
  latency = new Float64Array(0);
  implied = new Int8Array(0);

  protected override grow(room: number): void {
    super.grow(room);
    this.status = larger(this.status, room);
    this.retries = larger(this.retries, room);
    this.latency = larger(this.latency, room);
    this.implied = larger(this.implied, room);
  }

  take(): BatchInteractions {
    const base = this.takeBase();
    const { count } = base;
    return {
      ...base,
      status: this.status.slice(0, count),
      retries: this.retries.slice(0, count),
      latency: this.latency.slice(0, count),
      implied: this.implied.slice(0, count),
    };
  }
}

class Feedback extends Records {
  interaction = new Float64Array(0);
  signal = new Int8Array(0);
  actor = new Int8Array(0);
  y = new Float64Array(0);
  flags = new Int8Array(0);
  probability = new Float64Array(0);
  texts: BatchFeedback['texts'] = new Map();

  protected override grow(room: number): void {
    super.grow(room);
    this.interaction = larger(this.interaction, room);
    this.signal = larger(this.signal, room);
    this.actor = larger(this.actor, room);
    this.y = larger(this.y, room);
    this.flags = larger(this.flags, room);
    this.probability = larger(this.probability, room);
  }

  take(): BatchFeedback {
    const base = this.takeBase();
    const { count } = base;
    const { texts } = this;
    this.texts = new Map();
    return {
      ...base,
      interaction: this.interaction.slice(0, count),
      signal: this.signal.slice(0, count),
      actor: this.actor.slice(0, count),
      y: this.y.slice(0, count),
      flags: this.flags.slice(0, count),
      probability: this.probability.slice(0, count),
      texts,
    };
  }
}

export interface BuilderTools {
  /** Pseudonym of a raw id; the id itself where it is one already. */
  pseudonym: (raw: string) => string;
  /** Must this person's words not be kept? By pseudonym, and by the id of what feedback is about. `null`: nobody's. */
  isWithheld: ((name: string | null, interaction: string | null) => boolean) | null;
  /** What is taken out of comments before they are kept. */
  redact: (text: string) => string;
  /** Room for bytes; a host may have a kind in which bytes are found quicker. */
  allocate: (size: number) => Uint8Array;
}

export class BatchBuilder {
  readonly interactions = new Interactions();
  readonly feedback = new Feedback();
  rejected: RejectedLine[] = [];
  private groups: RecordGroup[] = [];
  private readonly groupNumbers = new Map<string, number>();
  private units: Unit[] = [];
  private readonly userNumbers = new Map<string, number>();
  private readonly sessionNumbers = new Map<string, number>();
  private pairs: RecordBatch['pairs'] = [];
  private readonly pairNumbers = new Map<string, number>();
  /** Values of each attribute since the file was begun; `null`: too many. */
  private readonly values = new Map<string, Set<string> | null>();
  private readonly id = new IdHash();
  private readonly numbers = new Float64Array(4);
  private groupBase = 0;
  private unitBase = 0;
  private pairBase = 0;
  /** Changes when the numbers of groups, units and pairs begin anew. */
  dictionary = nextDictionary++;

  constructor(private readonly tools: BuilderTools) {}

  get count(): number {
    return this.interactions.count + this.feedback.count;
  }

  group(group: RecordGroup): number {
    const { prompt, onlyPrompt, version, link, sha256, variant } = group;
    const key = JSON.stringify([prompt, onlyPrompt, version, link, sha256, variant]);
    let number = this.groupNumbers.get(key);
    if (number === undefined) {
      number = this.groupBase + this.groups.push(group) - 1;
      this.groupNumbers.set(key, number);
    }
    return number;
  }

  /** The user, else the session. */
  unit(user: string | null, session: string | null): number {
    if (user !== null) return this.number(this.userNumbers, user, false);
    return session === null ? -1 : this.number(this.sessionNumbers, session, true);
  }

  private number(numbers: Map<string, number>, raw: string, session: boolean): number {
    let number = numbers.get(raw);
    if (number === undefined) {
      number = this.unitBase + this.units.push({ session, pseudonym: this.tools.pseudonym(raw) }) - 1;
      numbers.set(raw, number);
    }
    return number;
  }

  /** -1: not kept. */
  pair(key: string, value: string, variable: boolean): number {
    if (value.length > maxValueLength || key.length > maxValueLength) return -1;
    const name = `${variable ? 'v' : 'a'}${String(key.length)} ${key}${value}`;
    const before = this.pairNumbers.get(name);
    if (before !== undefined) return before;
    let values = this.values.get(key);
    if (values === null) return -1;
    if (values === undefined) {
      values = new Set();
      this.values.set(key, values);
    }
    values.add(value);
    if (values.size > maxValues) {
      this.values.set(key, null);
      return -1;
    }
    const number = this.pairBase + this.pairs.push({ key, value, variable }) - 1;
    this.pairNumbers.set(name, number);
    return number;
  }

  isCrowded(key: string): boolean {
    return this.values.get(key) === null;
  }

  /** Whether there is anybody whose words must not be kept. */
  get withholds(): boolean {
    return this.tools.isWithheld !== null;
  }

  private isWithheld({ user, session, interaction }: ReadFeedback): boolean {
    const { isWithheld, pseudonym } = this.tools;
    if (isWithheld === null) return false;
    const raw = user ?? session;
    return isWithheld(raw === null ? null : pseudonym(raw), interaction);
  }

  comment(row: number, comment: string | null, correction: string | null): void {
    const { redact } = this.tools;
    this.feedback.texts.set(row, {
      comment: comment === null ? null : redact(comment),
      correction: correction === null ? null : redact(correction),
    });
  }

  addInteraction(record: ReadInteraction, place: LinePlace, ordinal: number): void {
    const { interactions } = this;
    const row = this.addBase(interactions, record, place, ordinal, record.variant);
    interactions.status[row] = record.status === null ? -1 : record.status === 'error' ? 1 : 0;
    interactions.retries[row] = record.retries ?? -1;
    interactions.latency[row] = record.latencyMs ?? -1;
    interactions.implied[row] = record.implied ? 1 : 0;
    for (const [key, value] of Object.entries(record.variables)) {
      const pair = this.pair(key, value, true);
      if (pair >= 0) interactions.attribute(row, pair);
    }
  }

  addFeedback(record: ReadFeedback, place: LinePlace, ordinal: number): void {
    const { feedback } = this;
    const row = this.addBase(feedback, record, place, ordinal, null);
    feedback.interaction[row] = record.interaction === null ? 0 : this.id.text(record.interaction).key;
    feedback.signal[row] = signalOrder.indexOf(record.signal);
    feedback.actor[row] = actorOrder.indexOf(record.actor);
    feedback.y[row] = record.y ?? NaN;
    const withheld = this.isWithheld(record);
    const comment = withheld ? null : record.text;
    const correction = withheld ? null : record.correction;
    feedback.flags[row] =
      (comment === null ? 0 : feedbackFlags.comment) |
      (correction === null ? 0 : feedbackFlags.correction) |
      (record.stratum === 'random' ? feedbackFlags.random : 0) |
      (record.stratum === 'risk' ? feedbackFlags.risk : 0);
    feedback.probability[row] = record.inclusionProb ?? NaN;
    if ((comment ?? correction) !== null) this.comment(row, comment, correction);
  }

  private addBase(
    records: Records,
    record: ReadInteraction | ReadFeedback,
    place: LinePlace,
    ordinal: number,
    variant: string | null,
  ): number {
    const { prompt, traceId, spanId } = record;
    const { numbers } = this;
    numbers[rowNumbers.trace] = 0;
    numbers[rowNumbers.span] = 0;
    if (traceId !== null) {
      this.id.text(traceId).keyInto(numbers, rowNumbers.trace);
      if (spanId !== null) {
        this.id.text(spanId).keyInto(numbers, rowNumbers.span);
        spanKeyInto(numbers);
      }
    }
    numbers[rowNumbers.updated] = record.updated;
    numbers[rowNumbers.time] = record.time ?? NaN;
    const group = this.group({
      prompt: prompt.name,
      onlyPrompt: prompt.orOnlyPrompt,
      version: prompt.version,
      link: prompt.link,
      sha256: prompt.sha256,
      variant,
    });
    const unit = this.unit(record.user, record.session);
    this.id.text(record.id);
    const row = records.base(place, ordinal, this.id, record.revision, numbers, group, unit);
    if (!this.id.isHex) records.names.set(row, record.id);
    for (const [key, value] of Object.entries(record.attributes)) {
      const pair = this.pair(key, value, false);
      if (pair >= 0) records.attribute(row, pair);
    }
    return row;
  }

  /** Hands over what was collected and begins anew. */
  take(lines: number, end: number, tailEnd: number): RecordBatch {
    const batch: RecordBatch = {
      lines,
      end,
      tailEnd,
      dictionary: this.dictionary,
      groupBase: this.groupBase,
      unitBase: this.unitBase,
      pairBase: this.pairBase,
      groups: this.groups,
      units: this.units,
      pairs: this.pairs,
      crowded: [...this.values].flatMap(([key, values]) => (values === null ? [key] : [])),
      interactions: this.interactions.take(),
      feedback: this.feedback.take(),
      rejected: this.rejected,
    };
    this.groupBase += this.groups.length;
    this.unitBase += this.units.length;
    this.pairBase += this.pairs.length;
    this.groups = [];
    this.units = [];
    this.pairs = [];
    this.rejected = [];
    if (this.groupBase + this.unitBase + this.pairBase > maxDictionary) this.beginAnew();
    return batch;
  }

  /** A log that names ever new users would fill the memory with them. */
  private beginAnew(): void {
    this.groupBase = 0;
    this.unitBase = 0;
    this.pairBase = 0;
    this.groupNumbers.clear();
    this.userNumbers.clear();
    this.sessionNumbers.clear();
    this.pairNumbers.clear();
    this.dictionary = nextDictionary++;
  }
}

/** Makes of the key of a span's id that of trace and span together. */
export function spanKeyInto(numbers: Float64Array): void {
  numbers[rowNumbers.span] = spanKey(numbers[rowNumbers.trace] ?? 0, numbers[rowNumbers.span] ?? 0);
}

export function spanKey(trace: number, span: number): number {
  return join53(trace | 0, (span | 0) ^ Math.floor(trace / 0x100000000));
}
