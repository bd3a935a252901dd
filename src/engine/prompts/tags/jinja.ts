import { maxBlockDepth, maxExpressionChars } from './types.js';
import type { Tag, TagName, TagProblem, TagScan } from './types.js';

const keywords = new Set(
  'and or not in is if else elif true false none null True False None loop range cycler joiner super caller self undefined'.split(' '),
);

interface Block {
  word: string;
  start: number;
  end: number;
  /** Names that only exist inside. */
  locals: Set<string>;
  /** Names that the condition asks for: inside they are there. */
  guards: Set<string>;
}

/** End of a tag whose inside starts at `from`: right after `closer` that is in no string, else -1. */
function closeOf(text: string, from: number, closer: string): number {
  let quote = '';
  for (let index = from; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (quote !== '') {
      if (char === '\\') index += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (text.startsWith(closer, index)) return index + closer.length;
  }
  return -1;
}

const tokenPattern = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_$][\w$]*|\d+(?:\.\d+)?|[^\s]/gu;

/**
 * Variables of an expression, roughly: identifiers that are no member, filter, test, call of a known function or keyword.
 * A `default` filter or a condition makes what stands before it optional.
 */
function namesIn(expression: string, known: (name: string) => boolean, condition: boolean): TagName[] {
  const tokens = expression.slice(0, maxExpressionChars).match(tokenPattern) ?? [];
  const found: TagName[] = [];
  let before = '';
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] ?? '';
    const next = tokens[index + 1] ?? '';
    const isName = /^[A-Za-z_$]/u.test(token);
    if (isName && before === '|' && (token === 'default' || token === 'd')) {
      for (const name of found) name.required = false;
    } else if (token === 'or' || token === 'if') {
      for (const name of found) name.required = token === 'or' ? false : name.required;
    }
    const keyword = next === '=' && tokens[index + 2] !== '=';
    const member = before === '.' || before === '|' || before === 'is';
    if (isName && !member && !keyword && !keywords.has(token) && !known(token)) {
      const defined =
        next === 'is' &&
        ['defined', 'undefined'].includes(tokens[index + 2] === 'not' ? (tokens[index + 3] ?? '') : (tokens[index + 2] ?? ''));
      found.push({ name: token, required: !condition && !defined });
    }
    before = token === 'not' && before === 'is' ? 'is' : token;
  }
  return found;
}

/** The usual placeholder, which needs no tokens: `name` or `name.member`. */
const simpleName = /^\s*([A-Za-z_]\w*)(?:\.[A-Za-z_]\w*)*\s*$/u;

function unique(names: TagName[]): TagName[] {
  if (names.length < 2) return names;
  const byName = new Map<string, TagName>();
  for (const name of names) {
    const seen = byName.get(name.name);
    if (seen === undefined) byName.set(name.name, { ...name });
    else seen.required ||= name.required;
  }
  return [...byName.values()];
}

class JinjaScanner {
  readonly tags: Tag[] = [];
  readonly problems: TagProblem[] = [];
  private readonly open: Block[] = [];
  /** Names that `set` and `macro` made. */
  private readonly made = new Set<string>();
  private stray = -1;

  constructor(private readonly text: string) {}

  scan(): TagScan {
    for (let place = this.next(0); place !== -1;) place = this.next(this.tag(place));
    for (const block of this.open)
      this.problem(block.start, block.end, `The block {% ${block.word} %} is not closed. Add {% end${block.word} %}.`);
    return { tags: this.tags, problems: this.problems };
  }

  private next(from: number): number {
    const place = this.nextTag(from);
    // Searched for once as long as it lies ahead: most texts have none.
    if (this.stray < from) {
      const found = this.text.indexOf('#}', from);
      this.stray = found === -1 ? Infinity : found;
    }
    if (this.stray < (place === -1 ? Infinity : place)) {
      this.problem(this.stray, this.stray + 2, 'This #} ends no comment. Write {{ "#}" }} to print it.');
    }
    return place;
  }

  private nextTag(from: number): number {
    for (let place = this.text.indexOf('{', from); place !== -1; place = this.text.indexOf('{', place + 1)) {
      const follower = this.text[place + 1];
      if (follower === '{' || follower === '%' || follower === '#') return place;
    }
    return -1;
  }

  private problem(start: number, end: number, message: string): void {
    this.problems.push({ start, end, message });
  }

  private known = (name: string): boolean => this.made.has(name) || this.open.some((block) => block.locals.has(name));

  private guarded(names: TagName[]): TagName[] {
    const required = (name: TagName): boolean => name.required && !this.open.some((block) => block.guards.has(name.name));
    return unique(names.map((name) => ({ name: name.name, required: required(name) })));
  }

  private tag(start: number): number {
    const kind = this.text[start + 1] ?? '';
    const closer = { '{': '}}', '%': '%}', '#': '#}' }[kind] ?? '}}';
    const end = kind === '#' ? this.text.indexOf(closer, start + 2) + 2 : closeOf(this.text, start + 2, closer);
    if (end < start + 4) {
      const line = this.text.indexOf('\n', start);
      const stop = line === -1 ? this.text.length : line;
      this.problem(start, stop, `This tag is not closed. Add ${closer}.`);
      this.tags.push({ kind: 'block', start, end: stop, names: [] });
      return this.text.length; // the template engine gives up here as well
    }
    const inside = this.text.slice(start + 2, end - 2).replace(/^-|-$/gu, '');
    if (kind === '#') this.tags.push({ kind: 'comment', start, end, names: [] });
    else if (kind === '{') {
      const [, name] = simpleName.exec(inside) ?? [];
      if (name !== undefined && !keywords.has(name) && !this.known(name)) {
        this.tags.push({ kind: 'placeholder', start, end, names: this.guarded([{ name, required: true }]) });
      } else this.tags.push({ kind: 'placeholder', start, end, names: this.guarded(namesIn(inside, this.known, false)) });
    } else return this.block(start, end, inside.trim());
    return end;
  }

  private block(start: number, end: number, inside: string): number {
    const word = /^\w+/u.exec(inside)?.[0] ?? '';
    const rest = inside.slice(word.length).trim();
    const tag: Tag = { kind: 'block', start, end, names: [] };
    this.tags.push(tag);
    if (word === 'raw' || word === 'verbatim') return this.raw(word, start, end);
    if (word.startsWith('end')) {
      const opened = this.open.pop();
      if (opened?.word !== word.slice(3)) {
        if (opened !== undefined) this.open.push(opened);
        this.problem(start, end, `{% ${word} %} closes nothing. Remove it or open its block.`);
      }
      return end;
    }
    if (this.open.length >= maxBlockDepth) {
      this.problem(start, end, `Blocks nest deeper than ${String(maxBlockDepth)} levels. Make the template flatter.`);
      return this.text.length;
    }
    const opened: Block = { word, start, end, locals: new Set(), guards: new Set() };
    if (word === 'for' || word === 'asyncEach' || word === 'asyncAll') {
      const [, targets = '', array = rest] = /^(.*?)\bin\b([\s\S]*)$/u.exec(rest) ?? [];
      tag.names = this.guarded(namesIn(array, this.known, false));
      for (const name of targets.match(/[A-Za-z_$][\w$]*/gu) ?? []) opened.locals.add(name);
      this.open.push(opened);
    } else if (word === 'if') {
      tag.names = unique(namesIn(rest, this.known, true));
      for (const name of tag.names) opened.guards.add(name.name);
      this.open.push(opened);
    } else if (word === 'elif' || word === 'elseif') {
      tag.names = unique(namesIn(rest, this.known, true));
      for (const name of tag.names) this.open.at(-1)?.guards.add(name.name);
    } else if (word === 'set') this.set(tag, opened, rest);
    else if (word === 'macro') {
      const [name = ''] = /^\w+/u.exec(rest) ?? [];
      this.made.add(name);
      for (const local of rest.slice(name.length).match(/[A-Za-z_$][\w$]*/gu) ?? []) opened.locals.add(local);
      this.open.push(opened);
    } else if (['call', 'filter', 'block', 'switch'].includes(word)) this.open.push(opened);
    else if (['include', 'import', 'from', 'extends'].includes(word)) {
      this.problem(start, end, `{% ${word} %} reads another file, which is not allowed in a prompt. Put its text here.`);
    } else if (!['else', 'case', 'default'].includes(word))
      this.problem(start, end, `The tag {% ${word} %} is not known. Use if, for, set, macro or raw.`);
    return end;
  }

  private set(tag: Tag, opened: Block, rest: string): void {
    const [, targets = rest, value] = /^([\w\s,$]+?)=(?!=)([\s\S]*)$/u.exec(rest) ?? [];
    if (value !== undefined) tag.names = this.guarded(namesIn(value, this.known, false));
    else this.open.push(opened);
    for (const name of targets.match(/[A-Za-z_$][\w$]*/gu) ?? []) this.made.add(name);
  }

  /** Everything up to the end tag is plain text. */
  private raw(word: string, start: number, end: number): number {
    const close = new RegExp(`\\{%-?\\s*end${word}\\s*-?%\\}`, 'u').exec(this.text.slice(end));
    if (close === null) {
      this.problem(start, end, `The block {% ${word} %} is not closed. Add {% end${word} %}.`);
      return this.text.length;
    }
    const from = end + close.index;
    this.tags.push({ kind: 'block', start: from, end: from + close[0].length, names: [] });
    return from + close[0].length;
  }
}

/** Tags of a Jinja2 (Nunjucks) template in order. Never throws; what cannot be read is a problem. */
export function scanJinja(text: string): TagScan {
  return new JinjaScanner(text).scan();
}
