/** Reads attributes and input variables: which of the batch's pairs of key and value a record has. */
import { maxValueLength, type BatchBuilder } from './batchBuilder.js';
import { backslash, quote, unusual } from './byteCursor.js';
import { BytesTable } from './bytesTable.js';
import { BytePattern, Fields, type Key } from './bytePattern.js';
import { closed } from './jsonCursor.js';
import { ObjectReader } from './objectReader.js';
import { inputFields } from './recordFields.js';
import { Recurring } from './recurring.js';

const maxKeys = 64;

export class PairReader extends ObjectReader {
  private readonly attributeKeys = new Fields([]);
  private readonly variableKeys = new Fields([]);
  /** Numbers of pairs, by key and value. */
  private pairs = new BytesTable();
  private readonly attributeList = new Int32Array(maxKeys);
  /** The first of them are pairs of the line's `input.variables`. */
  protected readonly variableList = new Int32Array(maxKeys);
  /** Names of keys of the object that is being read that `Fields` does not remember. */
  private readonly forgotten: string[] = [];
  /** Counts objects. */
  private object = 0;
  /** Of the numbers of units, pairs and groups. */
  protected dictionary = -1;

  constructor(protected readonly builder: BatchBuilder) {
    super();
  }

  /** The numbers of units, pairs and groups begin anew. */
  protected beginAnew(dictionary: number): void {
    this.pairs = new BytesTable();
    this.prompts.clear();
    this.attributes.clear();
    this.dictionary = dictionary;
  }

  protected attributePairs(): Recurring {
    return this.recall(this.attributes) ?? this.newAttributes();
  }

  private newAttributes(): Recurring {
    const { place } = this;
    const result = new Recurring();
    const count = this.pairsOf(this.attributeKeys, false, this.attributeList);
    result.pairs = this.attributeList.slice(0, count);
    return this.remember(this.attributes, place, result);
  }

  /** Reads `input`; how many pairs of `variableList` it has. */
  protected input(): number {
    let count = 0;
    const { last, seen } = this;
    for (let field = this.open(inputFields); field !== closed; field = this.next(inputFields)) {
      if (field === 0) count = this.pairsOf(this.variableKeys, true, this.variableList);
      else this.skip();
    }
    this.back(last, seen);
    return count;
  }

  /** Puts the pairs of an object into the list; how many there are. */
  private pairsOf(keys: Fields, variable: boolean, list: Int32Array): number {
    const { last, seen, forgotten } = this;
    if (forgotten.length > 0) forgotten.length = 0;
    const object = ++this.object;
    let count = 0;
    let kept = 0;
    for (let field = this.open(keys); field !== closed; field = this.next(keys)) {
      const key = this.last;
      // Templates are hashed as texts.
      if ((!variable && key.isTemplate) || key.object === object || count === maxKeys) throw unusual;
      key.object = object;
      count++;
      if (key.number < 0) {
        if (forgotten.includes(key.name)) throw unusual;
        forgotten.push(key.name);
      }
      const pair = this.pair(key, variable);
      if (pair >= 0) list[kept++] = pair;
    }
    this.back(last, seen);
    return kept;
  }

  /** -1: not kept. */
  private pair(key: Key, variable: boolean): number {
    const first = this.peek();
    let from = this.at;
    let to = from;
    let isEscaped = false;
    if (first === quote) {
      if (key.dictionary === this.dictionary && key.value?.isAt(this.view, from) === true) {
        this.at = from + key.value.length;
        return key.pair;
      }
      isEscaped = this.stringOrSkip();
      from = this.from;
      to = this.to;
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
    if (key.isCrowded || (to - from > maxValueLength && this.lengthOf(from, to, isEscaped) > maxValueLength)) return -1;
    if (key.number < 0) return this.builder.pair(key.name, this.decoded(from, to, isEscaped), variable);
    const hash = this.hash.of(this.view, from, to, Math.imul(key.number * 2 + (variable ? 1 : 0), 0x9e3779b1));
    let pair = this.pairs.get(hash);
    if (pair < 0) {
      pair = this.builder.pair(key.name, this.decoded(from, to, isEscaped), variable);
      if (pair >= 0) this.pairs.set(hash, pair);
      else if (this.builder.isCrowded(key.name)) key.isCrowded = true;
      return pair;
    }
    if (first === quote) {
      if (key.pair === pair && key.dictionary === this.dictionary) key.value = new BytePattern(this.b.subarray(from - 1, to + 1));
      else key.value = null;
      key.pair = pair;
      key.dictionary = this.dictionary;
    }
    return pair;
  }

  /** In UTF-16 units, of a value that may be kept; more than `maxValueLength` of a longer one. */
  private lengthOf(from: number, to: number, isEscaped: boolean): number {
    const { b, view } = this;
    if (to - from > maxValueLength * (isEscaped ? 6 : 3)) return Infinity;
    let length = 0;
    let at = from;
    while (at < to && length <= maxValueLength) {
      // Four characters of ASCII.
      if (!isEscaped && (view.getInt32(at, true) & 0x80808080) === 0 && at + 4 <= to) {
        length += 4;
        at += 4;
        continue;
      }
      const byte = b[at] ?? 0;
      at += byte !== backslash ? 1 : b[at + 1] === 0x75 ? 6 : 2;
      if ((byte & 0xc0) !== 0x80) length += byte >= 0xf0 ? 2 : 1;
    }
    return length;
  }
}
