/** Bytes that are looked for again and again, compared four at a time. Whoever reads has so many bytes of room behind its last one. */
export const wordMargin = 64;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class BytePattern {
  readonly length: number;
  private readonly first: number;
  /** The last four bytes, which may be some of those before. Most patterns differ there or in the first ones. */
  private readonly last: number;
  private readonly between: Int32Array;

  /** Of at least four bytes, else it is found nowhere. */
  constructor(bytes: Uint8Array) {
    const { length } = bytes;
    const copy = new DataView(new Uint8Array(bytes).buffer);
    this.length = length;
    this.first = length < 4 ? 0 : copy.getInt32(0, true);
    this.last = length < 4 ? -1 : copy.getInt32(length - 4, true);
    this.between = new Int32Array(Math.max(0, Math.ceil(length / 4) - 2));
    for (let each = 0; each < this.between.length; each++) this.between[each] = copy.getInt32(each * 4 + 4, true);
  }

  isAt(view: DataView, at: number): boolean {
    const { length, between } = this;
    if (length < 4 || view.getInt32(at, true) !== this.first || view.getInt32(at + length - 4, true) !== this.last) return false;
    for (let each = 0; each < between.length; each++) if (view.getInt32(at + each * 4 + 4, true) !== between[each]) return false;
    return true;
  }
}

/** Words of which a value is one, as they stand in JSON, with their quotes. */
export class Words {
  private readonly patterns: readonly BytePattern[];
  private recent = 0;

  constructor(words: readonly string[]) {
    const encoder = new TextEncoder();
    this.patterns = words.map((word) => new BytePattern(encoder.encode(`"${word}"`)));
  }

  /** Which one stands there; -1: none. */
  find(view: DataView, at: number): number {
    const { patterns, recent } = this;
    if (patterns[recent]?.isAt(view, at) === true) return recent;
    for (let each = 0; each < patterns.length; each++) {
      if (patterns[each]?.isAt(view, at) !== true) continue;
      this.recent = each;
      return each;
    }
    return -1;
  }

  lengthOf(word: number): number {
    return this.patterns[word]?.length ?? 0;
  }
}

/** A field's name as it stands before its value, and which field it is. */
export class Key extends BytePattern {
  /** What came behind it last, and what before that: the fields of a log come in the same order again and again. */
  next: Key | null = null;
  other: Key | null = null;
  /** The object in which it was seen last. */
  object = 0;
  /** Its value when that was the same twice; its number among the pairs of `dictionary`. */
  value: BytePattern | null = null;
  pair = -1;
  dictionary = -1;
  /** It has too many values. */
  isCrowded = false;
  readonly isTemplate: boolean;

  /**
   * `bytes`: with quotes and colon. `field`: -1 is none of ours. `number`: of all keys of its kind of object; -1: it was not remembered, and another of
   * the same name may come.
   */
  constructor(
    bytes: Uint8Array,
    readonly name: string,
    readonly field: number,
    readonly number: number,
  ) {
    super(bytes);
    this.isTemplate = name.endsWith('template');
  }
}

/** The fields of one kind of object. */
export class Fields {
  readonly first = new Key(new Uint8Array(0), '', -1, -1);
  private readonly known = new Map<string, Key>();

  constructor(private readonly names: readonly string[]) {}

  /** `bytes`: with quotes and colon. Of fields that are not ours only some are remembered. */
  key(bytes: Uint8Array): Key {
    const name = decoder.decode(bytes.subarray(1, -2));
    const before = this.known.get(name);
    if (before !== undefined) return before;
    const isRemembered = this.known.size < 500;
    const key = new Key(bytes, name, this.names.indexOf(name), isRemembered ? this.known.size : -1);
    if (isRemembered) this.known.set(name, key);
    return key;
  }
}
