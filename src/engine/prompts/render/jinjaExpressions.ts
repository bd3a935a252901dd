import tests from 'nunjucks/src/tests.js';
import { failed, missing, offsetAt, ownMember, TemplateFault, type RenderBudget } from './budget.js';
import { globalCallable, methodOf } from './jinjaCalls.js';
import { callFilter, isDefaultFilter } from './jinjaFilters.js';
import type { Keywords } from './jinjaFilters.js';
import { Callable, nameOf } from './jinjaNodes.js';
import type { Frame, JinjaNode } from './jinjaNodes.js';
import { calculate, compareValues, contains, isArithmetic } from './jinjaOperators.js';

/** Values of expressions. What stands between them is the renderer's, which expressions reach by a macro or a block of text. */
export abstract class JinjaExpressions {
  protected readonly context = new Map<string, unknown>();

  constructor(
    private readonly source: string,
    vars: Record<string, unknown>,
    protected readonly budget: RenderBudget,
  ) {
    for (const [name, value] of Object.entries(vars)) this.context.set(name, value);
  }

  protected abstract body(node: JinjaNode | null | undefined, frame: Frame): string;

  /** A macro, or with `home` the block of a `{% call %}`, which sees the variables around it. */
  protected abstract macro(node: JinjaNode, home: Frame | null): Callable;

  protected offset(node: JinjaNode): number {
    return offsetAt(this.source, node.lineno, node.colno);
  }

  protected truthy(node: JinjaNode | undefined, frame: Frame): boolean {
    return Boolean(this.value(node, frame, true));
  }

  protected list(node: JinjaNode | undefined, frame: Frame): unknown[] {
    return (node?.children ?? []).map((child) => this.value(child, frame, false));
  }

  private dict(node: JinjaNode, frame: Frame): Record<string, unknown> {
    return Object.fromEntries(
      (node.children ?? []).map((pair) => [String(pair.key?.value), this.value(pair.value as JinjaNode, frame, false)]),
    );
  }

  /** `lenient`: a missing variable gives `undefined` (conditions, what stands before `default`), else it is a fault. */
  protected value(node: JinjaNode | undefined, frame: Frame, lenient: boolean): unknown {
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
