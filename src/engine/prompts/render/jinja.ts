import parser from 'nunjucks/src/parser.js';
import tests from 'nunjucks/src/tests.js';
import { asFault, display, failed, missing, offsetAt, ownMember, RenderBudget, TemplateFault } from './budget.js';
import { globalCallable, methodOf } from './jinjaCalls.js';
import { callFilter, isDefaultFilter, isKeywords } from './jinjaFilters.js';
import type { Keywords } from './jinjaFilters.js';
import { Callable, Frame, nameOf } from './jinjaNodes.js';
import type { JinjaNode } from './jinjaNodes.js';
import { calculate, compareValues, contains, isArithmetic } from './jinjaOperators.js';

/**
 * Renders Nunjucks (Jinja2) templates by walking the tree of Nunjucks' own parser. Nothing is compiled to JavaScript, only
 * own members of the given data are reached, every step counts against a budget, and a missing variable is a fault.
 */
class JinjaRenderer {
  private readonly context = new Map<string, unknown>();

  constructor(
    private readonly source: string,
    vars: Record<string, unknown>,
    private readonly budget: RenderBudget,
  ) {
    for (const [name, value] of Object.entries(vars)) this.context.set(name, value);
  }

  render(root: JinjaNode): string {
    return this.body(root, new Frame());
  }

  private offset(node: JinjaNode): number {
    return offsetAt(this.source, node.lineno, node.colno);
  }

  private body(node: JinjaNode | null | undefined, frame: Frame): string {
    if (node === null || node === undefined) return '';
    this.budget.step();
    switch (node.typename) {
      case 'Root':
      case 'NodeList': {
        let text = '';
        for (const child of node.children ?? []) {
          text += this.body(child, frame);
          this.budget.size(text.length);
        }
        return text;
      }
      case 'Output':
        return (node.children ?? []).map((child) => this.output(child, frame)).join('');
      case 'TemplateData':
        return String(node.value);
      case 'If':
      case 'IfAsync':
        return this.body(this.truthy(node.cond, frame) ? node.body : node.else_, frame);
      case 'For':
      case 'AsyncEach':
      case 'AsyncAll':
        return this.loop(node, frame);
      case 'Set':
        this.assign(node, frame);
        return '';
      case 'Macro':
        this.define(String(node.name?.value), this.macro(node, null), frame);
        return '';
      case 'Block':
        return this.body(node.body, frame);
      case 'Switch':
        return this.choose(node, frame);
      case 'Capture':
        return this.body(node.body, frame);
      case 'Include':
      case 'Import':
      case 'FromImport':
      case 'Extends':
        throw failed('The template reads another file, which is not allowed in a prompt. Put its text here', this.offset(node));
      default:
        throw failed(`The template uses ${node.typename}, which is not available in prompts`, this.offset(node));
    }
  }

  private output(node: JinjaNode, frame: Frame): string {
    if (node.typename === 'TemplateData') return String(node.value);
    const value = this.value(node, frame, false);
    if (value === undefined || value === null) throw missing(nameOf(node), this.offset(node));
    const text = display(value, this.budget);
    this.budget.size(text.length);
    return text;
  }

  private truthy(node: JinjaNode | undefined, frame: Frame): boolean {
    return Boolean(this.value(node, frame, true));
  }

  private define(name: string, value: unknown, frame: Frame): void {
    if (frame.parent === null) this.context.set(name, value);
    else frame.set(name, value);
  }

  private assign(node: JinjaNode, frame: Frame): void {
    const value = node.body === undefined ? this.value(node.value as JinjaNode, frame, false) : this.body(node.body, frame);
    for (const target of node.targets ?? []) {
      frame.assign(String(target.value), value);
      if (frame.parent === null) this.context.set(String(target.value), value);
    }
  }

  private choose(node: JinjaNode, frame: Frame): string {
    const wanted = this.value(node.expr, frame, true);
    const cases = node.cases ?? [];
    const found = cases.findIndex((entry) => this.value(entry.cond, frame, true) === wanted);
    // An empty case falls through to the next.
    const chosen = found === -1 ? undefined : cases.slice(found).find((entry) => (entry.body?.children?.length ?? 0) > 0);
    return this.body(chosen === undefined ? node.default : chosen.body, frame);
  }

  private loop(node: JinjaNode, outer: Frame): string {
    const list = this.value(node.arr, outer, false);
    const names = node.name?.typename === 'Array' ? (node.name.children ?? []).map((child) => String(child.value)) : null;
    const single = String(node.name?.value);
    const entries = typeof list === 'object' && list !== null && !Array.isArray(list) ? Object.entries(list) : null;
    const items =
      entries !== null
        ? names === null
          ? []
          : entries
        : typeof list === 'string' || Array.isArray(list)
          ? Array.from(list as ArrayLike<unknown>)
          : [];
    if (items.length === 0) return this.body(node.else_, outer);
    const frame = new Frame(outer);
    let text = '';
    for (const [index, item] of items.entries()) {
      this.budget.step();
      if (names === null) frame.set(single, item);
      else
        names.forEach((name, part) => {
          frame.set(name, ownMember(item, part));
        });
      frame.set('loop', {
        index: index + 1,
        index0: index,
        revindex: items.length - index,
        revindex0: items.length - index - 1,
        first: index === 0,
        last: index === items.length - 1,
        length: items.length,
      });
      text += this.body(node.body, frame);
      this.budget.size(text.length);
    }
    return text;
  }

  /** A macro, or with `home` the block of a `{% call %}`, which sees the variables around it. */
  private macro(node: JinjaNode, home: Frame | null): Callable {
    const parameters = node.args?.children ?? [];
    const positional = parameters.filter((parameter) => parameter.typename === 'Symbol').map((parameter) => String(parameter.value));
    const named = parameters.flatMap((parameter) => (parameter.typename === 'Symbol' ? [] : (parameter.children ?? [])));
    return new Callable((given) => {
      const last = given.at(-1);
      const keywords = isKeywords(last) ? last : null;
      const values = keywords === null ? given : given.slice(0, -1);
      const frame = home === null ? new Frame(new Frame(), true) : new Frame(home, true);
      positional.forEach((name, index) => {
        frame.set(name, index < values.length ? values[index] : keywords?.[name]);
      });
      named.forEach((pair, index) => {
        const name = String(pair.key?.value);
        const extra = values[positional.length + index];
        const value = keywords !== null && Object.hasOwn(keywords, name) ? keywords[name] : extra;
        frame.set(name, value === undefined ? this.value(pair.value as JinjaNode, frame, false) : value);
      });
      if (keywords !== null && Object.hasOwn(keywords, 'caller')) frame.set('caller', keywords['caller']);
      return this.body(node.body, frame);
    });
  }

  private list(node: JinjaNode | undefined, frame: Frame): unknown[] {
    return (node?.children ?? []).map((child) => this.value(child, frame, false));
  }

  private dict(node: JinjaNode, frame: Frame): Record<string, unknown> {
    return Object.fromEntries(
      (node.children ?? []).map((pair) => [String(pair.key?.value), this.value(pair.value as JinjaNode, frame, false)]),
    );
  }

  /** `lenient`: a missing variable gives `undefined` (conditions, what stands before `default`), else it is a fault. */
  private value(node: JinjaNode | undefined, frame: Frame, lenient: boolean): unknown {
    if (node === undefined) return undefined;
    this.budget.step();
    switch (node.typename) {
      case 'Literal':
        if (node.value instanceof RegExp) throw failed('Regular expressions are not available in prompts', this.offset(node));
        return node.value;
      case 'Symbol':
        return this.symbol(node, frame, lenient);
      case 'Group':
        return this.list(node, frame).at(-1);
      case 'Array':
        return this.list(node, frame);
      case 'Dict':
        return this.dict(node, frame);
      case 'KeywordArgs':
        return { ...this.dict(node, frame), __keywords: true } satisfies Keywords;
      case 'Caller':
        return this.macro(node, frame);
      case 'Capture':
        return this.body(node.body, frame);
      case 'LookupVal':
        return this.member(node, frame, lenient);
      case 'FunCall':
        return this.call(node, frame);
      case 'Filter':
        return this.filter(node, frame);
      case 'InlineIf':
        if (this.truthy(node.cond, frame)) return this.value(node.body, frame, lenient);
        return node.else_ === null || node.else_ === undefined ? '' : this.value(node.else_, frame, lenient);
      default:
        return this.operation(node, frame, lenient);
    }
  }

  private symbol(node: JinjaNode, frame: Frame, lenient: boolean): unknown {
    const name = String(node.value);
    const value = frame.has(name) ? frame.get(name) : this.context.has(name) ? this.context.get(name) : globalCallable(name, this.budget);
    if (value === undefined && !lenient) throw missing(name, this.offset(node));
    return value;
  }

  private member(node: JinjaNode, frame: Frame, lenient: boolean): unknown {
    const target = this.value(node.target, frame, lenient);
    const key = this.value(node.val, frame, lenient);
    const value = ownMember(target, key) ?? methodOf(target, key, this.budget);
    if (value === undefined && !lenient) throw missing(nameOf(node), this.offset(node));
    return value;
  }

  private call(node: JinjaNode, frame: Frame): unknown {
    const target = this.value(node.name, frame, true);
    if (!(target instanceof Callable))
      throw failed(`"${node.name === undefined ? '' : nameOf(node.name)}" cannot be called in a prompt`, this.offset(node));
    return target.call(this.list(node.args, frame));
  }

  private filter(node: JinjaNode, frame: Frame): unknown {
    const name = String(node.name?.value);
    const [first, ...others] = node.args?.children ?? [];
    const args = [this.value(first, frame, isDefaultFilter(name)), ...others.map((argument) => this.value(argument, frame, false))];
    try {
      return callFilter(name, args, this.budget);
    } catch (error) {
      // Places are looked up for faults only: counting lines for every call would cost more than the call.
      if (error instanceof TemplateFault && error.offset === null)
        throw new TemplateFault(error.code, error.message, this.offset(node), error.variable);
      throw error;
    }
  }

  private operation(node: JinjaNode, frame: Frame, lenient: boolean): unknown {
    const left = (loose = lenient): unknown => this.value(node.left, frame, loose);
    const right = (): unknown => this.value(node.right, frame, lenient);
    switch (node.typename) {
      case 'Or':
        return left(true) || right();
      case 'And':
        return left(true) && right();
      case 'Not':
        return !this.value(node.target, frame, true);
      case 'In': {
        const found = contains(left(), right(), this.budget);
        if (found === null) throw failed('"in" needs a list, a text or an object on its right', this.offset(node));
        return found;
      }
      case 'Is':
        return this.test(node, frame);
      case 'Compare':
        return this.compare(node, frame, lenient);
      case 'Neg':
        return calculate('Sub', 0, this.value(node.target, frame, lenient), this.budget);
      case 'Pos':
        return calculate('Sub', this.value(node.target, frame, lenient), 0, this.budget);
      default:
        if (!isArithmetic(node.typename))
          throw failed(`The template uses ${node.typename}, which is not available in prompts`, this.offset(node));
        return calculate(node.typename, left(), right(), this.budget);
    }
  }

  private test(node: JinjaNode, frame: Frame): boolean {
    const right = node.right;
    const name = String(right?.name === undefined ? right?.value : right.name.value);
    const test = Object.hasOwn(tests, name) ? tests[name] : undefined;
    if (test === undefined) throw failed(`The test "${name}" is not known`, this.offset(node));
    return test(this.value(node.left, frame, true), ...this.list(right?.args, frame)) === true;
  }

  /** A chain compares as JavaScript does: each result with the next operand. */
  private compare(node: JinjaNode, frame: Frame, lenient: boolean): unknown {
    let result = this.value(node.expr, frame, lenient);
    for (const operand of node.ops ?? []) {
      result = compareValues(result, operand.type ?? '==', this.value(operand.expr, frame, lenient), this.budget);
    }
    return result;
  }
}

const parsed = new Map<string, JinjaNode>();

/** Evaluations render one template many times; a few parsed ones are kept. */
function parseCached(source: string): JinjaNode {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const root = parser.parse(source) as JinjaNode;
  if (parsed.size >= 64) parsed.clear();
  parsed.set(source, root);
  return root;
}

/** Throws a TemplateFault (missing variable, template error, budget). */
export function renderJinja(source: string, vars: Record<string, unknown>, budget = new RenderBudget()): string {
  if (!source.includes('{')) return source;
  try {
    return new JinjaRenderer(source, vars, budget).render(parseCached(source));
  } catch (error) {
    throw asFault(error);
  }
}
