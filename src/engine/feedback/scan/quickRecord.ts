/**
 * The quick way for lines of our own schema: only what the index keeps is read, straight from the bytes; long texts are stepped over,
 * and what recurs from line to line (the order of fields, prompts, attributes, …) is recognised rather than read again.
 * It takes a line only where it is sure to read it as `readCanonical` would, which a property test holds it to; everything unusual
 * (escapes in names and ids, numbers for texts, fields twice, JSON that is not valid, …) is left to that one by returning false.
 */
import { actorOfSignal } from '../canonical.js';
import { Rejection } from '../records.js';
import type { BatchBuilder } from './batchBuilder.js';
import { unusual } from './byteCursor.js';
import { BytesTable } from './bytesTable.js';
import { IdHash } from './hash.js';
import { closed } from './jsonCursor.js';
import { PairReader } from './pairReader.js';
import { actorOrder, feedbackFlags, signalOrder, type RecordGroup } from './recordBatch.js';
import { rowNumbers, spanKeyInto, type LinePlace } from './recordColumns.js';
import { feedbackOnly, interactionOnly, recordFields, schemaWords, signalWords } from './recordFields.js';
import type { Recurring } from './recurring.js';

const noGroup: Omit<RecordGroup, 'variant'> = { prompt: null, onlyPrompt: false, version: null, link: 'none', sha256: null };

/** Behind `rowNumbers`. */
const observed = 4;

export class QuickReader extends PairReader {
  private readonly id = new IdHash();
  private readonly trace = new IdHash();
  private readonly span = new IdHash();
  private readonly reference = new IdHash();
  private units = new BytesTable();
  /** By `rowNumbers`, and more. */
  private readonly numbers = new Float64Array(5);

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
      this.units = new BytesTable();
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
    let hasId = false;
    let idFrom = 0;
    let idTo = 0;
    let hasTrace = false;
    let hasSpan = false;
    let userFrom = 0;
    let userTo = 0;
    let sessionFrom = 0;
    let sessionTo = 0;
    let hasReference = false;
    let textFrom = 0;
    let textTo = 0;
    let isTextEscaped = false;
    let correctionFrom = 0;
    let correctionTo = 0;
    let isCorrectionEscaped = false;
    let variant: string | null = null;
    let revision = 0;
    let signal = -1;
    let actor = -1;
    let prompt: Recurring | null = null;
    let score: Recurring | null = null;
    let attributes: Recurring | null = null;
    let variables = 0;
    const { numbers } = this;
    numbers[rowNumbers.time] = NaN;
    numbers[rowNumbers.updated] = NaN;
    numbers[observed] = NaN;
    this.status = -1;
    this.latency = -1;
    this.retries = -1;
    this.stratum = -1;
    this.probability = NaN;

    for (let field = this.open(recordFields); field !== closed; field = this.next(recordFields)) {
      switch (field) {
        case -1:
          this.skip();
          break;
        case 0:
          kind = this.oneOf(schemaWords);
          if (kind < 0) return false;
          break;
        case 1:
          hasId = this.idInto(this.id);
          idFrom = this.from;
          idTo = this.to;
          break;
        case 2:
          this.timeInto(numbers, rowNumbers.time);
          break;
        case 3:
          this.timeInto(numbers, observed);
          break;
        case 4:
          revision = this.number() ?? 0;
          break;
        case 5:
          hasTrace = this.lowerInto(this.trace);
          break;
        case 6:
          hasSpan = this.lowerInto(this.span);
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
          numbers[rowNumbers.updated] = this.source().updated[0] ?? NaN;
          break;
        case 12:
          variables = this.input();
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
          hasReference = this.idInto(this.reference);
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
          isTextEscaped = this.optionalOrSkip();
          textFrom = this.from;
          textTo = this.to;
          break;
        case 22:
          isCorrectionEscaped = this.optionalOrSkip();
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
    this.peek();
    if (this.at !== this.end || kind < 0 || !hasId) return false;
    if ((this.seen & (kind === 0 ? feedbackOnly : interactionOnly)) !== 0) return false;
    let y = NaN;
    if (kind === 1) {
      if (signal < 0) return false;
      const name = signalOrder[signal] ?? 'explicit.comment';
      if (actor < 0) actor = actorOrder.indexOf(actorOfSignal(name));
      if (score !== null) y = score.yOf(signal, name);
    }
    if (this.since !== null && (numbers[rowNumbers.time] ?? NaN) < this.since) return true;
    const { builder } = this;
    if (builder.withholds && (textFrom !== textTo || correctionFrom !== correctionTo)) return false;
    const isUser = userFrom !== userTo;
    const unit = isUser ? this.unit(userFrom, userTo, true) : sessionFrom === sessionTo ? -1 : this.unit(sessionFrom, sessionTo, false);
    const group = this.group(prompt, variant);
    if (Number.isNaN(numbers[rowNumbers.updated])) {
      const time = numbers[rowNumbers.time] ?? NaN;
      const seen = numbers[observed];
      numbers[rowNumbers.updated] = Number.isNaN(seen) ? (Number.isNaN(time) ? 0 : time) : seen;
    }
    numbers[rowNumbers.trace] = 0;
    numbers[rowNumbers.span] = 0;
    if (hasTrace) this.trace.keyInto(numbers, rowNumbers.trace);
    if (hasTrace && hasSpan) {
      this.span.keyInto(numbers, rowNumbers.span);
      spanKeyInto(numbers);
    }
    const records = kind === 0 ? builder.interactions : builder.feedback;
    const row = records.base(place, 0, this.id, revision, numbers, group, unit);
    if (!this.id.isHex) records.names.set(row, this.text(idFrom, idTo));
    if (attributes !== null) for (const pair of attributes.pairs) records.attribute(row, pair);
    for (let each = 0; each < variables; each++) records.attribute(row, this.variableList[each] ?? -1);
    if (kind === 0) {
      const { interactions } = builder;
      interactions.status[row] = this.status;
      interactions.retries[row] = this.retries < 0 ? -1 : this.retries;
      interactions.latency[row] = this.latency < 0 ? -1 : this.latency;
      interactions.implied[row] = 0;
      return true;
    }
    const { feedback } = builder;
    const comment = textFrom === textTo ? null : this.decoded(textFrom, textTo, isTextEscaped);
    const correction = correctionFrom === correctionTo ? null : this.decoded(correctionFrom, correctionTo, isCorrectionEscaped);
    feedback.interaction[row] = 0;
    if (hasReference) this.reference.keyInto(feedback.interaction, row);
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
    // Another hash for the same text as a session.
    const hash = this.hash.of(this.view, from, to, isUser ? 0 : 1);
    let number = this.units.get(hash);
    if (number < 0) {
      const raw = this.text(from, to);
      number = isUser ? this.builder.unit(raw, null) : this.builder.unit(null, raw);
      this.units.set(hash, number);
    }
    return number;
  }
}
