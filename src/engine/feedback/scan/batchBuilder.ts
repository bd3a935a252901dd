/** Collects records into the columns of a batch. */
import type { ReadFeedback, ReadInteraction } from '../records.js';
import { IdHash } from './hash.js';
import { actorOrder, feedbackFlags, signalOrder, type RecordBatch, type RecordGroup, type RejectedLine, type Unit } from './recordBatch.js';
import { Feedback, Interactions, rowNumbers, spanKeyInto, type LinePlace, type Records } from './recordColumns.js';

/** An attribute with more values says nothing about a group of users, and is not kept. */
export const maxValues = 1000;
/** In UTF-16 units; a longer one is a text, not a value. */
export const maxValueLength = 100;

const maxDictionary = 200_000;
let nextDictionary = 1;

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
