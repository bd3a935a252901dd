/**
 * The quick way for lines of our own schema: only what the index keeps is read, straight from the bytes; long texts are stepped over,
 * and what recurs from line to line (the order of fields, prompts, attributes, …) is recognised rather than read again.
 * It takes a line only where it is sure to read it as `readCanonical` would, which a property test holds it to; everything unusual
 * (escapes in what is kept, numbers for texts, fields twice, JSON that is not valid, …) is left to that one by returning false.
 */
import { actorOfSignal } from '../canonical.js';
import { normalise } from '../rating.js';
import { Rejection } from '../records.js';
import type { ActorKind, Link, Signal } from '../types.js';
import { maxValueLength, spanKey, type BatchBuilder, type LinePlace } from './batchBuilder.js';
import { IdHash, join53 } from './hash.js';
import { HashIndex } from './hashIndex.js';
import { Fields, JsonCursor, quote, unusual } from './jsonCursor.js';
import { isoTime } from './quickTime.js';
import { actorOrder, feedbackFlags, linkOrder, signalOrder, type RecordGroup } from './recordBatch.js';

const recordFields = new Fields([
  'schema',
  'id',
  'time',
  'observed_time',
  'revision',
  'trace_id',
  'span_id',
  'user',
  'session',
  'prompt',
  'attributes',
  'source',
  'input',
  'output',
  'rollout',
  'retrieval',
  'system',
  'interaction_id',
  'signal',
  'actor',
  'score',
  'text',
  'correction',
  'review',
  'implied',
]);
/** Fields of the other kind are not looked at there: what would be wrong in them must not matter here. */
const interactionOnly = (1 << 12) | (1 << 13) | (1 << 14) | (1 << 15) | (1 << 16);
const feedbackOnly = (1 << 17) | (1 << 18) | (1 << 19) | (1 << 20) | (1 << 21) | (1 << 22) | (1 << 23);

const promptFields = new Fields(['name', 'version', 'sha256', 'link', 'template', 'or_only']);
const scoreFields = new Fields(['raw', 'min', 'max', 'y', 'higher_is_better']);
const systemFields = new Fields(['status', 'latency_ms', 'retries']);
const reviewFields = new Fields(['stratum', 'inclusion_prob']);
const actorFields = new Fields(['kind']);
const rolloutFields = new Fields(['variant']);
const sourceFields = new Fields(['updated_at']);
const inputFields = new Fields(['variables']);
const openFields = new Fields([]);

/** Small objects that recur, by what their bytes say. */
class Recurring {
  prompt: Omit<RecordGroup, 'variant'> | null = null;
  group = -1;
  pairs: readonly number[] = [];
  updated = NaN;
  actor = -1;
  score: Parameters<typeof normalise>[0] | null = null;
  /** y by signal: NaN none, -1 not known yet. */
  readonly y = new Float64Array(signalOrder.length).fill(-1);
}

/** Objects of one field, by the hash of their bytes. Given up where they do not recur. */
class Memory {
  private readonly known = new Map<number, Recurring>();
  private misses = 0;
  private hits = 0;

  get(key: number): Recurring | null {
    const found = this.known.get(key);
    if (found === undefined) {
      this.misses++;
      return null;
    }
    this.hits++;
    return found;
  }

  set(key: number, value: Recurring): void {
    if (this.known.size < 5000) this.known.set(key, value);
  }

  get helps(): boolean {
    return this.misses < 100 || this.hits > this.misses;
  }

  clear(): void {
    this.known.clear();
    this.misses = 0;
    this.hits = 0;
  }
}

const noGroup: Omit<RecordGroup, 'variant'> = { prompt: null, onlyPrompt: false, version: null, link: 'none', sha256: null };
const maxRecurring = 300;

export class QuickReader extends JsonCursor {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private readonly id = new IdHash();
  private readonly other = new IdHash();
  /** Texts of few kinds, by their hash. */
  private readonly words = new Map<number, string>();
  private units = new HashIndex();
  private readonly pairs = new Map<number, number>();
  /** Of the numbers of units, pairs and groups. */
  private dictionary = -1;
  private readonly prompts = new Memory();
  private readonly attributes = new Memory();
  private readonly sources = new Memory();
  private readonly actors = new Memory();
  private readonly scores = new Memory();
  /** Keys of the attributes that are being read, by hash. */
  private readonly keys = new Float64Array(64);
  private readonly pairList: number[] = [];
  /** Attributes with too many values, by their hash. */
  private readonly crowded = new Set<number>();
  /** Of the object that `recall` looked at: hash of its bytes and where it ends; 0: not known. */
  private recallKey = 0;
  private recallEnd = 0;

  constructor(
    private readonly builder: BatchBuilder,
    private readonly since: number | null,
  ) {
    super();
  }

  /** Takes the line into the builder; false: nothing was taken. The line holds no control character. */
  read(start: number, end: number, place: LinePlace): boolean {
    this.at = start;
    this.end = end;
    if (this.dictionary !== this.builder.dictionary) {
      this.units = new HashIndex();
      this.pairs.clear();
      this.prompts.clear();
      this.attributes.clear();
      this.dictionary = this.builder.dictionary;
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
    let idFrom = 0;
    let idTo = 0;
    let traceFrom = 0;
    let traceTo = 0;
    let spanFrom = 0;
    let spanTo = 0;
    let userFrom = 0;
    let userTo = 0;
    let sessionFrom = 0;
    let sessionTo = 0;
    let refFrom = 0;
    let refTo = 0;
    let textFrom = 0;
    let textTo = 0;
    let correctionFrom = 0;
    let correctionTo = 0;
    let variant: string | null = null;
    let time = NaN;
    let observed = NaN;
    let changed = NaN;
    let revision = 0;
    let status = -1;
    let retries = -1;
    let latency = -1;
    let signal = -1;
    let actor = -1;
    let stratum = 0;
    let probability = NaN;
    let prompt: Recurring | null = null;
    let score: Recurring | null = null;
    let attributes: Recurring | null = null;
    let variables: readonly number[] = [];

    let more = this.open(recordFields);
    while (more) {
      const field = this.field(recordFields, kind + 1);
      switch (field) {
        case -1:
          this.skip();
          break;
        case 0:
          this.string();
          kind = this.kind();
          break;
        case 1:
          this.optional();
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
          this.optional();
          traceFrom = this.from;
          traceTo = this.to;
          break;
        case 6:
          this.optional();
          spanFrom = this.from;
          spanTo = this.to;
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
          prompt = this.recall(this.prompts) ?? this.prompt();
          break;
        case 10:
          attributes = this.recall(this.attributes) ?? this.attributesOf();
          break;
        case 11:
          changed = (this.recall(this.sources) ?? this.source()).updated;
          break;
        case 12:
          variables = this.input();
          break;
        case 13:
        case 15:
          // An object, or nothing.
          if (this.peek() !== 0x7b && this.peek() !== 0x6e) throw unusual;
          this.skip();
          break;
        case 14: {
          const { last, seen } = this;
          for (let inner = this.open(rolloutFields); inner; inner = this.more()) {
            if (this.field(rolloutFields, 0) === 0) {
              this.optional();
              variant = this.from === this.to ? null : this.word();
            } else this.skip();
          }
          this.back(last, seen);
          break;
        }
        case 16: {
          const { last, seen } = this;
          for (let inner = this.open(systemFields); inner; inner = this.more()) {
            switch (this.field(systemFields, 0)) {
              case 0:
                this.optional();
                status = this.is('ok') ? 0 : this.is('error') ? 1 : -1;
                break;
              case 1:
                latency = this.number() ?? -1;
                break;
              case 2:
                retries = this.number() ?? -1;
                break;
              default:
                this.skip();
            }
          }
          this.back(last, seen);
          break;
        }
        case 17:
          this.optional();
          refFrom = this.from;
          refTo = this.to;
          break;
        case 18:
          this.string();
          signal = signalOrder.indexOf(this.word() as Signal);
          if (signal < 0) throw unusual;
          break;
        case 19:
          if (this.peek() === quote) {
            this.string();
            actor = this.actorCode();
          } else actor = (this.recall(this.actors) ?? this.actor()).actor;
          break;
        case 20:
          score = this.recall(this.scores) ?? this.score();
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
        case 23: {
          const { last, seen } = this;
          for (let inner = this.open(reviewFields); inner; inner = this.more()) {
            switch (this.field(reviewFields, 0)) {
              case 0:
                this.optional();
                stratum = this.is('random') ? feedbackFlags.random : this.is('risk') ? feedbackFlags.risk : 0;
                break;
              case 1:
                probability = this.number() ?? NaN;
                if (!(probability > 0 && probability <= 1)) throw unusual;
                break;
              default:
                this.skip();
            }
          }
          this.back(last, seen);
          break;
        }
        default:
          throw unusual;
      }
      more = this.more();
    }
    this.blanks();
    if (this.at !== this.end || kind < 0 || idFrom === idTo) return false;
    if ((this.seen & (kind === 0 ? feedbackOnly : interactionOnly)) !== 0) return false;
    let y = NaN;
    if (kind === 1) {
      if (signal < 0) return false;
      const name = signalOrder[signal] ?? 'explicit.comment';
      if (actor < 0) actor = actorOrder.indexOf(actorOfSignal(name));
      if (score !== null) y = yOf(score, signal, name);
    }
    if (this.since !== null && time < this.since) return true;
    if (this.builder.withholds && (textFrom !== textTo || correctionFrom !== correctionTo)) return false;
    const unit = this.unit(userFrom, userTo, sessionFrom, sessionTo);
    const trace = traceFrom === traceTo ? 0 : this.lower(traceFrom, traceTo).key;
    const span = trace === 0 || spanFrom === spanTo ? 0 : spanKey(trace, this.lower(spanFrom, spanTo).key);
    const ref = refFrom === refTo ? 0 : this.hash(this.other, refFrom, refTo).key;
    const id = this.hash(this.id, idFrom, idTo);
    const group = this.group(prompt, variant);
    const updated = Number.isNaN(changed) ? (Number.isNaN(observed) ? (Number.isNaN(time) ? 0 : time) : observed) : changed;
    const records = kind === 0 ? this.builder.interactions : this.builder.feedback;
    const row = records.base(place, 0, id, revision, updated, time, group, unit, trace, span);
    if (!id.isHex) records.names.set(row, this.text(idFrom, idTo));
    if (attributes !== null) for (const pair of attributes.pairs) records.attribute(row, pair);
    for (const pair of variables) records.attribute(row, pair);
    if (kind === 0) {
      const { interactions } = this.builder;
      interactions.status[row] = status;
      interactions.retries[row] = retries < 0 ? -1 : retries;
      interactions.latency[row] = latency < 0 ? -1 : latency;
      interactions.implied[row] = 0;
    } else {
      const { feedback } = this.builder;
      const comment = textFrom === textTo ? null : this.text(textFrom, textTo);
      const correction = correctionFrom === correctionTo ? null : this.text(correctionFrom, correctionTo);
      feedback.interaction[row] = ref;
      feedback.signal[row] = signal;
      feedback.actor[row] = actor;
      feedback.y[row] = y;
      feedback.flags[row] = (comment === null ? 0 : feedbackFlags.comment) | (correction === null ? 0 : feedbackFlags.correction) | stratum;
      feedback.probability[row] = probability;
      if ((comment ?? correction) !== null) this.builder.comment(row, comment, correction);
    }
    return true;
  }

  /** A small object whose very bytes were read before; steps over it. */
  private recall(memory: Memory): Recurring | null {
    this.recallKey = 0;
    if (this.peek() !== 0x7b || !memory.helps) return null;
    const { b } = this;
    const limit = Math.min(this.end, this.at + maxRecurring);
    let x = 0x811c9dc5;
    let z = 0;
    for (let at = this.at + 1; at < limit; at++) {
      const byte = b[at] ?? 0;
      if (byte === 0x7b) return null;
      x = Math.imul(x ^ byte, 0x01000193);
      z = (Math.imul(z, 0x2c1b3c6d) + byte) | 0;
      if (byte !== 0x7d) continue;
      this.recallKey = join53(x, z);
      this.recallEnd = at + 1;
      const found = memory.get(this.recallKey);
      if (found !== null) this.at = at + 1;
      return found;
    }
    return null;
  }

  /** Remembers what was read of the object that `recall` did not know, if it ended where that one thought. */
  private remember(memory: Memory, key: number, end: number, value: Recurring): Recurring {
    if (key !== 0 && end === this.at) memory.set(key, value);
    return value;
  }

  private prompt(): Recurring {
    const { recallKey, recallEnd } = this;
    const { last, seen } = this;
    let name: string | null = null;
    let version: string | null = null;
    let sha256: string | null = null;
    let declared: string | null = null;
    for (let more = this.open(promptFields); more; more = this.more()) {
      const field = this.field(promptFields, 0);
      if (field === -1) {
        this.skip();
        continue;
      }
      // A template has to be hashed as a text.
      if (field > 3) throw unusual;
      this.optional();
      const text = this.from === this.to ? null : this.text(this.from, this.to);
      if (field === 0) name = text;
      else if (field === 1) version = text;
      else if (field === 2) sha256 = text?.toLowerCase() ?? null;
      else declared = text;
    }
    this.back(last, seen);
    if (declared !== null && !linkOrder.includes(declared as Link)) throw unusual;
    const link = declared === 'ambiguous' ? declared : version === null ? 'none' : ((declared ?? 'exact') as Link);
    const result = new Recurring();
    result.prompt = { prompt: name, onlyPrompt: false, version, link, sha256 };
    return this.remember(this.prompts, recallKey, recallEnd, result);
  }

  private group(prompt: Recurring | null, variant: string | null): number {
    if (variant !== null || prompt === null) return this.builder.group({ ...(prompt?.prompt ?? noGroup), variant });
    if (prompt.group < 0) prompt.group = this.builder.group({ ...(prompt.prompt ?? noGroup), variant });
    return prompt.group;
  }

  private attributesOf(): Recurring {
    const { recallKey, recallEnd } = this;
    const result = new Recurring();
    result.pairs = this.pairsOf(false);
    return this.remember(this.attributes, recallKey, recallEnd, result);
  }

  private source(): Recurring {
    const { recallKey, recallEnd } = this;
    const { last, seen } = this;
    const result = new Recurring();
    for (let more = this.open(sourceFields); more; more = this.more()) {
      if (this.field(sourceFields, 0) === 0) result.updated = this.time();
      else this.skip();
    }
    this.back(last, seen);
    return this.remember(this.sources, recallKey, recallEnd, result);
  }

  private actor(): Recurring {
    const { recallKey, recallEnd } = this;
    const { last, seen } = this;
    const result = new Recurring();
    for (let more = this.open(actorFields); more; more = this.more()) {
      if (this.field(actorFields, 0) === 0) {
        this.string();
        result.actor = this.actorCode();
      } else this.skip();
    }
    this.back(last, seen);
    return this.remember(this.actors, recallKey, recallEnd, result);
  }

  private score(): Recurring {
    const { recallKey, recallEnd } = this;
    const result = new Recurring();
    const score: Parameters<typeof normalise>[0] = { raw: null, min: null, max: null, y: null, higherIsBetter: true };
    result.score = score;
    if (this.peek() !== 0x7b) {
      score.raw = this.scalar();
      return result;
    }
    const { last, seen } = this;
    for (let more = this.open(scoreFields); more; more = this.more()) {
      switch (this.field(scoreFields, 0)) {
        case 0:
          score.raw = this.scalar();
          break;
        case 1:
          score.min = this.scalar();
          break;
        case 2:
          score.max = this.scalar();
          break;
        case 3:
          score.y = this.scalar();
          break;
        case 4:
          score.higherIsBetter = this.scalar() !== false;
          break;
        default:
          this.skip();
      }
    }
    this.back(last, seen);
    return this.remember(this.scores, recallKey, recallEnd, result);
  }

  private input(): readonly number[] {
    let pairs: readonly number[] = [];
    const { last, seen } = this;
    for (let more = this.open(inputFields); more; more = this.more()) {
      if (this.field(inputFields, 0) === 0) pairs = this.pairsOf(true);
      else this.skip();
    }
    this.back(last, seen);
    return pairs;
  }

  /** Entries of `attributes` or `input.variables`, by number. */
  private pairsOf(variable: boolean): readonly number[] {
    const { last, seen } = this;
    const { pairList } = this;
    pairList.length = 0;
    let keyCount = 0;
    for (let more = this.open(openFields); more; more = this.more()) {
      this.string();
      const keyFrom = this.from;
      const keyTo = this.to;
      // Templates are hashed as texts.
      if (!variable && this.b[keyTo - 1] === 0x65 && this.word().endsWith('template')) throw unusual;
      const keyHash = this.bytesKey(keyFrom, keyTo);
      if (keyCount === this.keys.length) throw unusual;
      for (let each = 0; each < keyCount; each++) if (this.keys[each] === keyHash) throw unusual;
      this.keys[keyCount++] = keyHash;
      this.expect(0x3a);
      const pair = this.pair(keyFrom, keyTo, keyHash, variable);
      if (pair >= 0) pairList.push(pair);
    }
    this.back(last, seen);
    return pairList.length === 0 ? [] : pairList.slice();
  }

  private pair(keyFrom: number, keyTo: number, keyHash: number, variable: boolean): number {
    const first = this.peek();
    let from = this.at;
    let to = from;
    if (first === quote) {
      const escaped = this.stringOrSkip();
      from = this.from;
      to = this.to;
      if (escaped) {
        // Too long to be kept however it is written, else its escapes have to be read.
        if (to - from > maxValueLength * 6) return -1;
        throw unusual;
      }
    } else if (first === 0x7b || first === 0x5b) {
      // Of variables its JSON would count.
      if (variable) throw unusual;
      this.skip();
      return -1;
    } else {
      this.skip();
      to = this.at;
      if (first === 0x6e) {
        if (variable) throw unusual;
        return -1;
      }
      // 1.0 and 1e3 are written otherwise by JavaScript.
      if (first !== 0x74 && first !== 0x66 && !this.isPlainInteger(from, to)) throw unusual;
    }
    if (from === to) {
      if (variable) throw unusual;
      return -1;
    }
    if (this.crowded.has(keyHash) || (to - from > maxValueLength && this.lengthOf(from, to) > maxValueLength)) return -1;
    const key = join53((keyHash % 0x100000000) | 0, (this.bytesKey(from, to) % 0x100000000) | 0) * (variable ? -1 : 1);
    const before = this.pairs.get(key);
    if (before !== undefined) return before;
    const name = this.text(keyFrom, keyTo);
    const pair = this.builder.pair(name, this.text(from, to), variable);
    if (pair >= 0) this.pairs.set(key, pair);
    else if (this.builder.isCrowded(name)) this.crowded.add(keyHash);
    return pair;
  }

  /** In UTF-16 units. */
  private lengthOf(from: number, to: number): number {
    const { b } = this;
    if (to - from > maxValueLength * 3) return Infinity;
    let length = 0;
    for (let at = from; at < to; at++) {
      const byte = b[at] ?? 0;
      if ((byte & 0xc0) !== 0x80) length += byte >= 0xf0 ? 2 : 1;
    }
    return length;
  }

  private isPlainInteger(from: number, to: number): boolean {
    const { b } = this;
    const digits = b[from] === 0x2d ? from + 1 : from;
    if (to - digits > 15 || (b[digits] === 0x30 && to - from > 1)) return false;
    for (let at = digits; at < to; at++) if ((b[at] ?? 0) < 0x30 || (b[at] ?? 0) > 0x39) return false;
    return to > digits;
  }

  /** 0 interaction, 1 feedback, both of the first major version without a minor one. */
  private kind(): number {
    if (this.is('promptratchet.interaction/1')) return 0;
    if (this.is('promptratchet.feedback/1')) return 1;
    throw unusual;
  }

  private actorCode(): number {
    const actor = actorOrder.indexOf(this.word() as ActorKind);
    if (actor < 0) throw unusual;
    return actor;
  }

  private unit(userFrom: number, userTo: number, sessionFrom: number, sessionTo: number): number {
    const isUser = userFrom !== userTo;
    if (!isUser && sessionFrom === sessionTo) return -1;
    const from = isUser ? userFrom : sessionFrom;
    const to = isUser ? userTo : sessionTo;
    // Another key for the same text as a session.
    const text = this.bytesKey(from, to);
    const key = isUser ? text : -text;
    let number = this.units.get(key);
    if (number < 0) {
      const raw = this.text(from, to);
      number = isUser ? this.builder.unit(raw, null) : this.builder.unit(null, raw);
      this.units.set(key, number);
    }
    return number;
  }

  private bytesKey(from: number, to: number): number {
    const { b } = this;
    let x = 0x811c9dc5;
    let z = to - from;
    for (let at = from; at < to; at++) {
      const code = b[at] ?? 0;
      x = Math.imul(x ^ code, 0x01000193);
      z = (Math.imul(z, 0x2c1b3c6d) + code) | 0;
    }
    return join53(x, z);
  }

  private hash(into: IdHash, from: number, to: number): IdHash {
    if (to - from === 32 && into.hex(this.b, from)) return into;
    const { b } = this;
    for (let at = from; at < to; at++) if ((b[at] ?? 0) > 0x7f) throw unusual;
    return into.bytes(b, from, to);
  }

  /** Ids of traces and spans are compared in lower case. */
  private lower(from: number, to: number): IdHash {
    if (to - from === 32 && this.other.hex(this.b, from)) return this.other;
    const { b } = this;
    for (let at = from; at < to; at++) if ((b[at] ?? 0) >= 0x41 && (b[at] ?? 0) <= 0x5a) throw unusual;
    return this.hash(this.other, from, to);
  }

  private text(from: number, to: number): string {
    return this.decoder.decode(this.b.subarray(from, to));
  }

  /** The last string; remembered, so for words of few kinds only. */
  private word(): string {
    const key = this.bytesKey(this.from, this.to);
    let text = this.words.get(key);
    if (text === undefined) {
      text = this.text(this.from, this.to);
      if (this.words.size < 1000) this.words.set(key, text);
    }
    return text;
  }

  private is(word: string): boolean {
    if (this.to - this.from !== word.length) return false;
    for (let at = 0; at < word.length; at++) if (this.b[this.from + at] !== word.charCodeAt(at)) return false;
    return true;
  }

  /** A finite number, or `null`. */
  private number(): number | null {
    if (this.peek() === 0x6e) {
      this.literal('null');
      return null;
    }
    const { b, at: from } = this;
    this.skipNumber();
    let value = 0;
    let at = from;
    for (; at < this.at && at < from + 9; at++) {
      const digit = (b[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at !== this.at) value = Number(this.text(from, this.at));
    if (!Number.isFinite(value)) throw unusual;
    return value;
  }

  private scalar(): unknown {
    switch (this.peek()) {
      case quote:
        this.string();
        return this.word();
      case 0x74:
        this.literal('true');
        return true;
      case 0x66:
        this.literal('false');
        return false;
      case 0x7b:
      case 0x5b:
        throw unusual;
      default:
        return this.number();
    }
  }

  /** NaN: none. */
  private time(): number {
    this.optional();
    return this.from === this.to ? NaN : isoTime(this.b, this.from, this.to);
  }
}

function yOf(found: Recurring, signal: number, name: Signal): number {
  let y = found.y[signal] ?? -1;
  if (y === -1) {
    y = found.score === null ? NaN : (normalise(found.score, name) ?? NaN);
    found.y[signal] = y;
  }
  return y;
}
