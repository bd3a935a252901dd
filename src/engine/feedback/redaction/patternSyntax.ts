/**
 * Own patterns of config.yaml, parsed into a small program: literals, classes, groups, `|`, `* + ? {n,m}`, `^ $ \b \B` and a
 * leading `(?i)`. What a program cannot run in one pass over the text (backreferences, look-around) is refused, and so is what
 * would mean something else here (lazy quantifiers), so that no pattern can ever be slow on a hostile text.
 */
import { EngineError } from '../../errors.js';

/** Characters as ranges of UTF-16 units, both ends included. */
export type Ranges = readonly (readonly [number, number])[];

export type Assertion = 'start' | 'end' | 'word' | 'notWord';

export type Instruction =
  | { op: 'set'; ranges: Ranges }
  | { op: 'assert'; what: Assertion }
  /** Goes on at both. */
  | { op: 'split'; a: number; b: number }
  | { op: 'jump'; to: number }
  | { op: 'match' };

type Node =
  | { type: 'set'; ranges: Ranges }
  | { type: 'assert'; what: Assertion }
  | { type: 'sequence'; items: Node[] }
  | { type: 'choice'; options: Node[] }
  | { type: 'repeat'; item: Node; min: number; max: number };

const maxPatternLength = 500;
const maxInstructions = 400;
const maxRepeat = 200;
const maxDepth = 20;
const last = 0xffff;

const digits: Ranges = [[0x30, 0x39]];
const wordUnits: Ranges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const spaces: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
];
const controls: Record<string, number> = { t: 9, n: 10, r: 13, f: 12, v: 11, '0': 0 };

function invert(ranges: Ranges): Ranges {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const result: [number, number][] = [];
  let next = 0;
  for (const [low, high] of sorted) {
    if (low > next) result.push([next, low - 1]);
    next = Math.max(next, high + 1);
  }
  if (next <= last) result.push([next, last]);
  return result;
}

/** Both cases of ASCII letters. */
function foldCase(ranges: Ranges): Ranges {
  const result = [...ranges];
  for (const [low, high] of ranges) {
    for (const [from, to, shift] of [
      [0x41, 0x5a, 32],
      [0x61, 0x7a, -32],
    ] as const) {
      const a = Math.max(low, from);
      const b = Math.min(high, to);
      if (a <= b) result.push([a + shift, b + shift]);
    }
  }
  return result;
}

/** Throws CONFIG_INVALID with a sentence that says what to write instead. */
export function compilePattern(pattern: string): Instruction[] {
  if (pattern.length > maxPatternLength) throw refused(pattern, `it is longer than ${String(maxPatternLength)} characters`);
  const parser = new Parser(pattern);
  const node = parser.parse();
  const program: Instruction[] = [];
  emit(node, program, pattern);
  program.push({ op: 'match' });
  return program;
}

function refused(pattern: string, why: string): EngineError {
  const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern;
  return new EngineError('CONFIG_INVALID', `The pattern ${shown} cannot be used: ${why}. Change it in .ratchet/config.yaml.`);
}

class Parser {
  private at = 0;
  private depth = 0;
  private ignoreCase = false;

  constructor(private readonly pattern: string) {}

  parse(): Node {
    if (this.pattern.startsWith('(?i)')) {
      this.ignoreCase = true;
      this.at = 4;
    }
    const node = this.choice();
    if (this.at < this.pattern.length) throw this.fail('a ")" has no "("');
    if (canBeEmpty(node)) throw this.fail('it matches where there is nothing');
    return node;
  }

  private fail(why: string): EngineError {
    return refused(this.pattern, why);
  }

  private choice(): Node {
    this.depth += 1;
    if (this.depth > maxDepth) throw this.fail('its groups nest too deep');
    const options = [this.sequence()];
    while (this.pattern[this.at] === '|') {
      this.at += 1;
      options.push(this.sequence());
    }
    this.depth -= 1;
    return options.length === 1 && options[0] !== undefined ? options[0] : { type: 'choice', options };
  }

  private sequence(): Node {
    const items: Node[] = [];
    for (let next = this.pattern[this.at]; next !== undefined && next !== '|' && next !== ')'; next = this.pattern[this.at]) {
      items.push(this.quantified(this.atom()));
    }
    return { type: 'sequence', items };
  }

  private atom(): Node {
    const char = this.pattern.charAt(this.at);
    this.at += 1;
    if (char === '(') return this.group();
    if (char === '[') return this.set(this.charClass());
    if (char === '.') return { type: 'set', ranges: invert([[10, 10]]) };
    if (char === '^') return { type: 'assert', what: 'start' };
    if (char === '$') return { type: 'assert', what: 'end' };
    if (char === '\\') return this.escape();
    if ('*+?{'.includes(char)) throw this.fail(`"${char}" follows nothing that it could repeat`);
    return this.set([[char.charCodeAt(0), char.charCodeAt(0)]]);
  }

  private set(ranges: Ranges): Node {
    return { type: 'set', ranges: this.ignoreCase ? foldCase(ranges) : ranges };
  }

  private group(): Node {
    if (this.pattern[this.at] === '?') {
      if (this.pattern[this.at + 1] !== ':') throw this.fail('look-around, named groups and flags are not known; use plain groups');
      this.at += 2;
    }
    const node = this.choice();
    if (this.pattern[this.at] !== ')') throw this.fail('a "(" has no ")"');
    this.at += 1;
    return node;
  }

  private escape(): Node {
    const char = this.pattern[this.at];
    if (char === undefined) throw this.fail('it ends in "\\"');
    if (char === 'b' || char === 'B') {
      this.at += 1;
      return { type: 'assert', what: char === 'b' ? 'word' : 'notWord' };
    }
    return this.set(this.escapedSet());
  }

  /** Behind a `\`, also inside of a class. */
  private escapedSet(): Ranges {
    const char = this.pattern.charAt(this.at);
    this.at += 1;
    const named = { d: digits, w: wordUnits, s: spaces }[char.toLowerCase()];
    if (named !== undefined) return char === char.toLowerCase() ? named : invert(named);
    if (char === 'x' || char === 'u') {
      const length = char === 'x' ? 2 : 4;
      const code = this.pattern.slice(this.at, this.at + length);
      if (!/^[0-9a-f]+$/i.test(code) || code.length !== length) throw this.fail(`\\${char} needs ${String(length)} hex digits`);
      this.at += length;
      return [[parseInt(code, 16), parseInt(code, 16)]];
    }
    const control = controls[char];
    if (control !== undefined) return [[control, control]];
    if (/[A-Za-z1-9]/.test(char)) throw this.fail(`"\\${char}" is not known here`);
    return [[char.charCodeAt(0), char.charCodeAt(0)]];
  }

  private charClass(): Ranges {
    const negated = this.pattern[this.at] === '^';
    if (negated) this.at += 1;
    const ranges: [number, number][] = [];
    for (let first = true; ; first = false) {
      const char = this.pattern[this.at];
      if (char === undefined) throw this.fail('a "[" has no "]"');
      if (char === ']' && !first) break;
      const low = this.classItem();
      const dash = this.pattern[this.at] === '-' && this.pattern[this.at + 1] !== ']' && this.pattern[this.at + 1] !== undefined;
      const only = low[0];
      if (!dash || low.length !== 1 || only?.[0] !== only?.[1] || only === undefined) {
        for (const [a, b] of low) ranges.push([a, b]);
        continue;
      }
      this.at += 1;
      const high = this.classItem()[0];
      if (high === undefined || high[0] !== high[1] || high[0] < only[0]) throw this.fail('a range in "[ ]" is out of order');
      ranges.push([only[0], high[0]]);
    }
    this.at += 1;
    // Before it is turned round, else the other case of an excluded letter would match.
    const folded = this.ignoreCase ? foldCase(ranges) : ranges;
    return negated ? invert(folded) : folded;
  }

  private classItem(): Ranges {
    const char = this.pattern.charAt(this.at);
    this.at += 1;
    if (char === '\\') return this.escapedSet();
    const unit = char.charCodeAt(0);
    if (unit >= 0xd800 && unit <= 0xdfff) throw this.fail('a character beyond U+FFFF is in "[ ]"');
    return [[unit, unit]];
  }

  private quantified(item: Node): Node {
    const rest = this.pattern.slice(this.at);
    const match = /^(?:[*+?]|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})/.exec(rest);
    if (match === null) return item;
    this.at += match[0].length;
    if (/^[?+]/.test(this.pattern.slice(this.at))) {
      throw this.fail('quantifiers are never lazy or possessive; instead of .*? write what may occur, such as [^,]*');
    }
    if (/^[*{]/.test(this.pattern.slice(this.at))) throw this.fail('a quantifier follows a quantifier; use a group');
    if (item.type === 'assert') throw this.fail('an assertion is repeated');
    const sign = match[0];
    const min = sign === '+' ? 1 : Number(match[1] ?? 0);
    let max = sign === '*' || sign === '+' ? Infinity : 1;
    if (match[1] !== undefined) max = match[2] === undefined ? min : match[3] === undefined ? Infinity : Number(match[3]);
    if (max < min) throw this.fail(`{${String(min)},${String(max)}} is out of order`);
    if (min > maxRepeat || (max !== Infinity && max > maxRepeat)) throw this.fail(`it repeats more than ${String(maxRepeat)} times`);
    return { type: 'repeat', item, min, max };
  }
}

function canBeEmpty(node: Node): boolean {
  if (node.type === 'set') return false;
  if (node.type === 'assert') return true;
  if (node.type === 'sequence') return node.items.every(canBeEmpty);
  if (node.type === 'choice') return node.options.some(canBeEmpty);
  return node.min === 0 || canBeEmpty(node.item);
}

/** Thompson's construction. */
function emit(node: Node, program: Instruction[], pattern: string): void {
  if (program.length > maxInstructions) throw refused(pattern, 'it is too large; repeat less or leave out options');
  if (node.type === 'set') program.push({ op: 'set', ranges: node.ranges });
  else if (node.type === 'assert') program.push({ op: 'assert', what: node.what });
  else if (node.type === 'sequence') for (const item of node.items) emit(item, program, pattern);
  else if (node.type === 'choice') emitChoice(node.options, program, pattern);
  else emitRepeat(node, program, pattern);
}

function emitChoice(options: readonly Node[], program: Instruction[], pattern: string): void {
  const jumps: { op: 'jump'; to: number }[] = [];
  options.forEach((option, index) => {
    const isLast = index === options.length - 1;
    const split = { op: 'split' as const, a: program.length + 1, b: 0 };
    if (!isLast) program.push(split);
    emit(option, program, pattern);
    if (isLast) return;
    const jump = { op: 'jump' as const, to: 0 };
    program.push(jump);
    jumps.push(jump);
    split.b = program.length;
  });
  for (const jump of jumps) jump.to = program.length;
}

function emitRepeat(node: { item: Node; min: number; max: number }, program: Instruction[], pattern: string): void {
  for (let count = 0; count < node.min; count++) emit(node.item, program, pattern);
  if (node.max === Infinity) {
    const start = program.length;
    const split = { op: 'split' as const, a: start + 1, b: 0 };
    program.push(split);
    emit(node.item, program, pattern);
    program.push({ op: 'jump', to: start });
    split.b = program.length;
    return;
  }
  const splits: { op: 'split'; a: number; b: number }[] = [];
  for (let count = node.min; count < node.max; count++) {
    const split = { op: 'split' as const, a: program.length + 1, b: 0 };
    program.push(split);
    splits.push(split);
    emit(node.item, program, pattern);
  }
  for (const split of splits) split.b = program.length;
}
