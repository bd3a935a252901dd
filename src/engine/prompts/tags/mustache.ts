import { maxBlockDepth, maxExpressionChars } from './types.js';
import type { Tag, TagProblem, TagScan } from './types.js';

interface Section {
  word: string;
  start: number;
  end: number;
  /** Its body has another context: bare names inside are members of that. */
  context: boolean;
  guard: string | null;
}

const helpers = new Set([
  'json',
  'lookup',
  'log',
  'if',
  'unless',
  'each',
  'with',
  'ifEquals',
  'unlessEquals',
  'role',
  'history',
  'media',
  'section',
  'else',
]);
const words = /"[^"]*"|'[^']*'|[^\s=|()]+(?:=)?|[|()]/gu;

/** First step of a path: `a` for `a.b`, `a/b`, `../a`, `@root.a`; `null` for what is no variable of the document. */
function rootName(path: string, inner: boolean): string | null {
  if (
    /^["'\d]/u.test(path) ||
    path.endsWith('=') ||
    ['true', 'false', 'null', 'undefined', 'this', '.', 'as', '|', '(', ')'].includes(path)
  )
    return null;
  if (path.startsWith('@root.')) return path.slice(6).split(/[./]/u)[0] ?? null;
  if (path.startsWith('@')) return null;
  const up = /^(?:\.\.\/)+/u.exec(path)?.[0] ?? '';
  if (inner && up === '') return null;
  const name = path
    .slice(up.length)
    .replace(/^(?:this|\.)[./]/u, '')
    .split(/[./[]/u)[0];
  return name === undefined || name === '' || name === '..' ? null : name;
}

class MustacheScanner {
  private readonly tags: Tag[] = [];
  private readonly problems: TagProblem[] = [];
  private readonly open: Section[] = [];

  constructor(
    private readonly text: string,
    private readonly handlebars: boolean,
  ) {}

  scan(): TagScan {
    let place = 0;
    for (let start = this.text.indexOf('{{', place); start !== -1; start = this.text.indexOf('{{', place)) place = this.tag(start);
    for (const section of this.open)
      this.problem(section.start, section.end, `The block ${section.word} is not closed. Add {{/${section.word}}}.`);
    return { tags: this.tags, problems: this.problems };
  }

  private problem(start: number, end: number, message: string): void {
    this.problems.push({ start, end, message });
  }

  private tag(start: number): number {
    // A back slash makes Handlebars print the tag; two print one back slash and keep the tag.
    if (this.handlebars && this.text[start - 1] === '\\' && this.text[start - 2] !== '\\') return start + 2;
    const long = this.text.startsWith('{{!--', start) || this.text.startsWith('{{~!--', start);
    const triple = this.text.startsWith('{{{', start);
    const closer = this.handlebars && long ? /--~?\}\}/gu : triple ? /\}\}\}/gu : /\}\}/gu;
    closer.lastIndex = start + 2;
    const close = closer.exec(this.text);
    if (close === null) {
      const line = this.text.indexOf('\n', start);
      const stop = line === -1 ? this.text.length : line;
      this.problem(start, stop, 'This tag is not closed. Add }}.');
      this.tags.push({ kind: 'block', start, end: stop, names: [] });
      return this.text.length; // the template engine gives up here as well
    }
    const end = close.index + close[0].length;
    const inside = this.text
      .slice(start + (triple ? 3 : 2), close.index)
      .replace(/^~|~$/gu, '')
      .trim();
    this.inside(start, end, inside);
    return end;
  }

  private inside(start: number, end: number, inside: string): void {
    const sign = inside[0] ?? '';
    const rest = inside.slice(1).trim();
    if (sign === '!') this.tags.push({ kind: 'comment', start, end, names: [] });
    else if (sign === '/') this.close(start, end, rest);
    else if (sign === '#' || (sign === '^' && rest !== '')) this.section(start, end, sign, rest.replace(/^\*\s*/u, ''));
    else if (sign === '^' || /^else\b/u.test(inside)) {
      this.tags.push({ kind: 'block', start, end, names: this.names(inside.replace(/^(?:else|\^)\s*/u, ''), true) });
    } else if (sign === '>') this.tags.push({ kind: 'block', start, end, names: [] });
    else if (sign === '=' && !this.handlebars) {
      this.tags.push({ kind: 'block', start, end, names: [] });
      this.problem(start, end, 'Other delimiters than {{ }} are not supported. Write the tags with {{ }}.');
    } else this.value(start, end, sign === '&' ? rest : inside);
  }

  private value(start: number, end: number, expression: string): void {
    const [head = '', argument = ''] = /^\w+$/u.test(expression)
      ? [expression]
      : (expression.slice(0, maxExpressionChars).match(words) ?? []);
    if (this.handlebars && head === 'role') {
      this.tags.push({ kind: 'role', start, end, names: [], role: argument.replace(/^["']|["']$/gu, '') });
    } else if (this.handlebars && head === 'history') this.tags.push({ kind: 'role', start, end, names: [], role: 'model' });
    else if (this.handlebars && (head === 'media' || head === 'section')) {
      this.tags.push({ kind: head === 'media' ? 'media' : 'block', start, end, names: this.names(expression, false) });
    } else this.tags.push({ kind: 'placeholder', start, end, names: this.names(expression, false) });
  }

  private section(start: number, end: number, sign: string, rest: string): void {
    if (this.open.length >= maxBlockDepth) {
      this.tags.push({ kind: 'block', start, end, names: [] });
      this.problem(start, end, `Blocks nest deeper than ${String(maxBlockDepth)} levels. Make the template flatter.`);
      return;
    }
    const [head = '', first = ''] = rest.match(words) ?? [];
    const helper = this.handlebars && helpers.has(head);
    const condition = helper ? ['if', 'unless', 'ifEquals', 'unlessEquals'].includes(head) : true;
    const inline = this.handlebars && head === 'inline';
    const guard = helper ? first : head;
    const names = inline ? [] : this.names(helper ? rest.slice(head.length) : rest, condition);
    this.tags.push({ kind: 'block', start, end, names });
    const context = inline || (helper ? ['each', 'with'].includes(head) : sign === '#');
    this.open.push({ word: head, start, end, context, guard: condition ? rootName(guard, false) : null });
  }

  private close(start: number, end: number, word: string): void {
    this.tags.push({ kind: 'block', start, end, names: [] });
    if (this.open.at(-1)?.word === word) this.open.pop();
    else this.problem(start, end, `{{/${word}}} closes nothing. Remove it or open its block.`);
  }

  private names(expression: string, condition: boolean): Tag['names'] {
    // The usual placeholder needs no tokens.
    const tokens = /^\w+$/u.test(expression) ? [expression] : (expression.slice(0, maxExpressionChars).match(words) ?? []);
    const helper = this.handlebars && tokens.length > 1 && helpers.has(tokens[0] ?? '');
    // Handlebars looks bare names up in the item; Mustache also asks the contexts around it.
    const inner = this.handlebars && this.open.some((section) => section.context);
    const optional = condition || (!this.handlebars && this.open.some((section) => section.context));
    const names = new Map<string, boolean>();
    for (const token of helper ? tokens.slice(1) : tokens) {
      const name = rootName(token, inner);
      if (name === null) continue;
      names.set(name, !optional && !this.open.some((section) => section.guard === name));
    }
    return [...names].map(([name, required]) => ({ name, required }));
  }
}

/** Tags of a Handlebars template with dotprompt's helpers. */
export function scanHandlebars(text: string): TagScan {
  return new MustacheScanner(text, true).scan();
}

export function scanMustache(text: string): TagScan {
  return new MustacheScanner(text, false).scan();
}

/** GitHub Models replaces `{{name}}` and knows nothing else. */
export function scanReplace(text: string): TagScan {
  const tags: Tag[] = [];
  for (const match of text.matchAll(/\{\{\s*([\w.-]+)\s*\}\}/gu)) {
    tags.push({
      kind: 'placeholder',
      start: match.index,
      end: match.index + match[0].length,
      names: [{ name: match[1] ?? '', required: true }],
    });
  }
  return { tags, problems: [] };
}
