/**
 * The quick way for lines of our own schema: only what the index keeps is read, straight from the bytes; long texts are stepped over,
 * and what recurs from line to line (the order of fields, prompts, attributes, …) is recognised rather than read again.
 * It takes a line only where it is sure to read it as `readCanonical` would, which a property test holds it to; everything unusual
 * (escapes in what is kept, numbers for texts, fields twice, JSON that is not valid, …) is left to that one by returning false.
 */
import { actorOfSignal } from '../canonical.js';
import { Rejection } from '../records.js';
import { spanKey, type BatchBuilder, type LinePlace } from './batchBuilder.js';
import { IdHash } from './hash.js';
import { HashIndex } from './hashIndex.js';
import { closed, unusual } from './jsonCursor.js';
import { PairReader } from './pairReader.js';
import { actorOrder, feedbackFlags, signalOrder, type RecordGroup } from './recordBatch.js';
import { feedbackOnly, interactionOnly, recordFields, schemaWords, signalWords } from './recordFields.js';
import type { Recurring } from './recurring.js';

const noGroup: Omit<RecordGroup, 'variant'> = { prompt: null, onlyPrompt: false, version: null, link: 'none', sha256: null };

export class QuickReader extends PairReader {
  private readonly id = new IdHash();
  private readonly other = new IdHash();
  private units = new HashIndex();

  constructor(
    builder: BatchBuilder,
    private readonly since: number | null,
  ) {
    super(builder);
  }

  /** Takes the line into the builder; false: nothing was taken. The line holds no control character, and one stands behind it. */
  read(start: number, end: number, place: LinePlace): boolean {
    this.at = start;
    this.end = end;
    if (this.dictionary !== this.builder.dictionary) {
      this.units = new HashIndex();
      this.beginAnew(this.builder.dictionary);
    }
    try {
      return this.record(place);
    } catch (error) {
      if (error === unusual || error instanceof Rejection) return false;
      throw error;
    }
  }

  private record(place: LinePlace): boolean {
    let kind = -1;
    let id = 0;
    let idFrom = 0;
    let idTo = 0;
    let trace = 0;
    let span = 0;
    let userFrom = 0;
    let userTo = 0;
    let sessionFrom = 0;
    let sessionTo = 0;
    let ref = 0;
    let textFrom = 0;
    let textTo = 0;
    let correctionFrom = 0;
    let correctionTo = 0;
    let variant: string | null = null;
    let time = NaN;
    let observed = NaN;
    let changed = NaN;
    let revision = 0;
    let signal = -1;
    let actor = -1;
    let prompt: Recurring | null = null;
    let score: Recurring | null = null;
    let attributes: Recurring | null = null;
    let variables: readonly number[] | null = null;
    this.status = -1;
    this.latency = -1;
    this.retries = -1;
    this.stratum = -1;
    this.probability = NaN;

    for (let field = this.open(recordFields, 0); field !== closed; field = this.next(recordFields, kind + 1)) {
      switch (field) {
        case -1:
          this.skip();
          break;
        case 0:
          kind = this.oneOf(schemaWords);
          if (kind < 0) return false;
          break;
        case 1:
          id = this.idKey(this.id);
          idFrom = this.from;
          idTo = this.to;
          break;
        case 2:
          time = this.time();
          break;
        case 3:
          observed = this.time();
          break;
        case 4:
          revision = this.number() ?? 0;
          break;
        case 5:
          trace = this.lowerKey(this.other);
          break;
        case 6:
          span = this.lowerKey(this.other);
          break;
        case 7:
          this.optional();
          userFrom = this.from;
          userTo = this.to;
          break;
        case 8:
          this.optional();
          sessionFrom = this.from;
          sessionTo = this.to;
          break;
        case 9:
          prompt = this.prompt();
          break;
        case 10:
          attributes = this.attributePairs();
          break;
        case 11:
          changed = this.source().updated;
          break;
        case 12:
          variables = this.variablePairs();
          break;
        case 13:
        case 15:
          // An object, or nothing.
          if (this.peek() !== 0x7b && this.peek() !== 0x6e) return false;
          this.skip();
          break;
        case 14:
          variant = this.rollout();
          break;
        case 16:
          this.system();
          break;
        case 17:
          ref = this.idKey(this.other);
          break;
        case 18:
          signal = this.oneOf(signalWords);
          if (signal < 0) return false;
          break;
        case 19:
          actor = this.actor();
          break;
        case 20:
          score = this.score();
          break;
        case 21:
          this.optional();
          textFrom = this.from;
          textTo = this.to;
          break;
        case 22:
          this.optional();
          correctionFrom = this.from;
          correctionTo = this.to;
          break;
        case 23:
          this.review();
          break;
        default:
          return false;
      }
    }
    this.blanks();
    if (this.at !== this.end || kind < 0 || id === 0) return false;
    if ((this.seen & (kind === 0 ? feedbackOnly : interactionOnly)) !== 0) return false;
    let y = NaN;
    if (kind === 1) {
      if (signal < 0) return false;
      const name = signalOrder[signal] ?? 'explicit.comment';
      if (actor < 0) actor = actorOrder.indexOf(actorOfSignal(name));
      if (score !== null) y = score.yOf(signal, name);
    }
    if (this.since !== null && time < this.since) return true;
    const { builder } = this;
    if (builder.withholds && (textFrom !== textTo || correctionFrom !== correctionTo)) return false;
    const isUser = userFrom !== userTo;
    const unit = isUser ? this.unit(userFrom, userTo, true) : sessionFrom === sessionTo ? -1 : this.unit(sessionFrom, sessionTo, false);
    const group = this.group(prompt, variant);
    const updated = Number.isNaN(changed) ? (Number.isNaN(observed) ? (Number.isNaN(time) ? 0 : time) : observed) : changed;
    const records = kind === 0 ? builder.interactions : builder.feedback;
    const row = records.base(
      place,
      0,
      this.id,
      revision,
      updated,
      time,
      group,
      unit,
      trace,
      trace === 0 || span === 0 ? 0 : spanKey(trace, span),
    );
    if (!this.id.isHex) records.names.set(row, this.text(idFrom, idTo));
    if (attributes !== null) for (const pair of attributes.pairs) records.attribute(row, pair);
    if (variables !== null) for (const pair of variables) records.attribute(row, pair);
    if (kind === 0) {
      const { interactions } = builder;
      interactions.status[row] = this.status;
      interactions.retries[row] = this.retries < 0 ? -1 : this.retries;
      interactions.latency[row] = this.latency < 0 ? -1 : this.latency;
      interactions.implied[row] = 0;
      return true;
    }
    const { feedback } = builder;
    const comment = textFrom === textTo ? null : this.text(textFrom, textTo);
    const correction = correctionFrom === correctionTo ? null : this.text(correctionFrom, correctionTo);
    feedback.interaction[row] = ref;
    feedback.signal[row] = signal;
    feedback.actor[row] = actor;
    feedback.y[row] = y;
    feedback.flags[row] =
      (comment === null ? 0 : feedbackFlags.comment) |
      (correction === null ? 0 : feedbackFlags.correction) |
      (this.stratum === 0 ? feedbackFlags.random : this.stratum === 1 ? feedbackFlags.risk : 0);
    feedback.probability[row] = this.probability;
    if ((comment ?? correction) !== null) builder.comment(row, comment, correction);
    return true;
  }

  private group(prompt: Recurring | null, variant: string | null): number {
    if (variant !== null || prompt === null) return this.builder.group({ ...(prompt?.prompt ?? noGroup), variant });
    if (prompt.group < 0) prompt.group = this.builder.group({ ...(prompt.prompt ?? noGroup), variant });
    return prompt.group;
  }

  private unit(from: number, to: number, isUser: boolean): number {
    // Another key for the same text as a session.
    const key = this.bytesKey(from, to, isUser ? 0 : 1);
    let number = this.units.get(key);
    if (number < 0) {
      const raw = this.text(from, to);
      number = isUser ? this.builder.unit(raw, null) : this.builder.unit(null, raw);
      this.units.set(key, number);
    }
    return number;
  }
}
