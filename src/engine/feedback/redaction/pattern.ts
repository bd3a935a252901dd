/**
 * Runs an own pattern over a text in one pass: all states at once, each with the earliest place where it could have begun
 * (Thompson 1968). Time is text × states, whatever the text. Matches that overlap are one: what is found is the union of all
 * matches, which for taking words out is what is wanted.
 */
import { compilePattern, type Instruction, type Ranges } from './patternSyntax.js';
import type { Span } from './span.js';

const asciiUnits = 128;

interface UnitSet {
  ascii: Uint8Array;
  ranges: Ranges;
}

export class Pattern {
  private readonly program: Instruction[];
  private readonly sets: (UnitSet | null)[];
  /** Which ASCII unit may begin a match; others may always. */
  private readonly first: Uint8Array;
  /** By state: the step that reached it last. A step is a number beyond 2^31 after some GiB of text. */
  private readonly marks: Float64Array;
  private readonly beginMarks: Float64Array;
  private readonly beginStates: number[] = [];
  private readonly stack: number[] = [];
  private generation = 0;

  /** Throws CONFIG_INVALID. */
  constructor(source: string) {
    this.program = compilePattern(source);
    this.sets = this.program.map((each) => (each.op === 'set' ? unitSet(each.ranges) : null));
    this.marks = new Float64Array(this.program.length);
    this.beginMarks = new Float64Array(this.program.length);
    this.first = this.firstUnits();
  }

  /** Spans in order, none of them overlapping another or one of `blocked` (in order too). */
  find(text: string, blocked: readonly Span[]): Span[] {
    const found: Span[] = [];
    let states: number[] = [];
    let starts: number[] = [];
    let nextStates: number[] = [];
    let nextStarts: number[] = [];
    let block = 0;
    for (let at = 0; at < text.length; at++) {
      const hole = blocked[block];
      if (hole !== undefined && at === hole.start) {
        block += 1;
        at = hole.end - 1;
        states.length = 0;
        starts.length = 0;
        continue;
      }
      const unit = text.charCodeAt(at);
      if (states.length === 0 && unit < asciiUnits && this.first[unit] === 0) continue;
      this.generation += 1;
      nextStates.length = 0;
      nextStarts.length = 0;
      // Earlier starts come first, so the first to reach a state is the longest match.
      for (let index = 0; index < states.length; index++) {
        const state = states[index] ?? 0;
        if (!this.accepts(state, unit)) continue;
        if (this.follow(state + 1, at + 1, text, this.marks, nextStates)) addSpan(found, starts[index] ?? 0, at + 1);
        while (nextStarts.length < nextStates.length) nextStarts.push(starts[index] ?? 0);
      }
      if (unit >= asciiUnits || this.first[unit] === 1) {
        this.beginStates.length = 0;
        this.follow(0, at, text, this.beginMarks, this.beginStates);
        for (const state of this.beginStates) {
          if (!this.accepts(state, unit)) continue;
          if (this.follow(state + 1, at + 1, text, this.marks, nextStates)) addSpan(found, at, at + 1);
          while (nextStarts.length < nextStates.length) nextStarts.push(at);
        }
      }
      [states, nextStates] = [nextStates, states];
      [starts, nextStarts] = [nextStarts, starts];
    }
    return found;
  }

  private accepts(state: number, unit: number): boolean {
    const set = this.sets[state];
    if (set === null || set === undefined) return false;
    if (unit < asciiUnits) return set.ascii[unit] === 1;
    return set.ranges.some(([low, high]) => unit >= low && unit <= high);
  }

  /** Adds the states that are reached from `from` without a unit; true where one of them is the end of a match. */
  private follow(from: number, at: number, text: string, marks: Float64Array, states: number[]): boolean {
    const { stack, generation } = this;
    let matched = false;
    stack.push(from);
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (marks[pc] === generation) continue;
      marks[pc] = generation;
      const instruction = this.program[pc];
      if (instruction?.op === 'set') states.push(pc);
      else if (instruction?.op === 'jump') stack.push(instruction.to);
      else if (instruction?.op === 'split') stack.push(instruction.b, instruction.a);
      else if (instruction?.op === 'match') matched = true;
      else if (instruction !== undefined && holds(instruction.what, at, text)) stack.push(pc + 1);
    }
    return matched;
  }

  private firstUnits(): Uint8Array {
    const first = new Uint8Array(asciiUnits);
    const seen = new Set<number>();
    const stack = [0];
    for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
      if (seen.has(pc)) continue;
      seen.add(pc);
      const instruction = this.program[pc];
      if (instruction?.op === 'jump') stack.push(instruction.to);
      else if (instruction?.op === 'split') stack.push(instruction.a, instruction.b);
      else if (instruction?.op === 'assert') stack.push(pc + 1);
      const ascii = this.sets[pc]?.ascii;
      if (ascii !== undefined) for (let unit = 0; unit < asciiUnits; unit++) if (ascii[unit] === 1) first[unit] = 1;
    }
    return first;
  }
}

function unitSet(ranges: Ranges): UnitSet {
  const ascii = new Uint8Array(asciiUnits);
  for (const [low, high] of ranges) for (let unit = low; unit <= high && unit < asciiUnits; unit++) ascii[unit] = 1;
  return { ascii, ranges };
}

/** Ends grow, so only the last ones can overlap. */
function addSpan(found: Span[], start: number, end: number): void {
  let from = start;
  for (let last = found.at(-1); last !== undefined && last.end > from; last = found.at(-1)) {
    from = Math.min(from, last.start);
    found.pop();
  }
  found.push({ start: from, end });
}

function isWord(text: string, at: number): boolean {
  const unit = at < 0 ? NaN : text.charCodeAt(at);
  return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || unit === 95 || (unit >= 97 && unit <= 122);
}

function holds(what: 'start' | 'end' | 'word' | 'notWord', at: number, text: string): boolean {
  if (what === 'start') return at === 0;
  if (what === 'end') return at === text.length;
  return (isWord(text, at - 1) !== isWord(text, at)) === (what === 'word');
}
