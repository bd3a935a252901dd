import { parse } from 'handlebars/dist/cjs/handlebars/compiler/base.js';
import { asFault, display, failed, missing, offsetAt, ownMember, RenderBudget, toJson } from './budget.js';
import type { HandlebarsNode, Scope } from './handlebarsNodes.js';

/** What dotprompt's helpers leave in the text; the caller splits the text there. No value can contain `mark`. */
export interface Markers {
  mark: string;
}

const blockHelpers = new Set(['if', 'unless', 'each', 'with', 'ifEquals', 'unlessEquals']);
const textHelpers = new Set(['role', 'history', 'section', 'media', 'json', 'lookup', 'log']);

/** `{{"name"}}` means the variable of that name. */
function asPath(node: HandlebarsNode | undefined): HandlebarsNode | undefined {
  if (node === undefined || node.type === 'PathExpression' || node.type === 'SubExpression') return node;
  return { ...node, type: 'PathExpression', parts: [String(node.original)], depth: 0, data: false };
}

function isEmpty(value: unknown): boolean {
  return (!value && value !== 0) || (Array.isArray(value) && value.length === 0);
}

/**
 * Renders Handlebars templates with dotprompt's helpers by walking the tree of Handlebars' own parser, with dotprompt's
 * options (nothing escaped, only known helpers). As for Nunjucks, nothing is compiled, own members only, a budget, and a
 * missing variable is a fault.
 */
class HandlebarsRenderer {
  constructor(
    private readonly source: string,
    private readonly budget: RenderBudget,
    private readonly markers: Markers,
  ) {}

  program(node: HandlebarsNode | undefined, scope: Scope): string {
    if (node === undefined) return '';
    const inline = this.inlinePartials(node, scope);
    let text = '';
    for (const child of node.body ?? []) {
      text += this.statement(child, inline);
      this.budget.size(text.length);
    }
    return text;
  }

  private offset(node: HandlebarsNode): number {
    return offsetAt(this.source, node.loc.start.line - 1, node.loc.start.column);
  }

  private inlinePartials(node: HandlebarsNode, scope: Scope): Scope {
    const blocks = (node.body ?? []).filter((child) => child.type === 'DecoratorBlock');
    if (blocks.length === 0) return scope;
    const partials = new Map(scope.partials);
    for (const block of blocks) {
      if (block.path?.original !== 'inline' || block.program === undefined)
        throw failed('Only inline partials are available in prompts', this.offset(block));
      partials.set(display(this.expression(block.params?.[0], scope, false), this.budget), block.program);
    }
    return { ...scope, partials };
  }

  private statement(node: HandlebarsNode, scope: Scope): string {
    this.budget.step();
    switch (node.type) {
      case 'ContentStatement':
        return String(node.value);
      case 'CommentStatement':
      case 'DecoratorBlock':
        return '';
      case 'MustacheStatement':
        return this.mustache(node, scope);
      case 'BlockStatement':
        return this.block(node, scope);
      case 'PartialStatement':
        return this.partial(node, scope);
      default:
        throw failed(`${node.type} is not available in prompts`, this.offset(node));
    }
  }

  private helperName(node: HandlebarsNode): string | null {
    const path = node.path;
    const name = path?.parts?.length === 1 && path.depth === 0 && path.data !== true ? path.parts[0] : undefined;
    return name !== undefined && path?.original === name && (blockHelpers.has(name) || textHelpers.has(name)) ? name : null;
  }

  private mustache(node: HandlebarsNode, scope: Scope): string {
    const helper = this.helperName(node);
    if (helper === null && ((node.params?.length ?? 0) > 0 || node.hash !== undefined)) throw this.unknownHelper(node);
    const value = helper === null ? this.expression(asPath(node.path), scope, false) : this.helper(helper, node, scope);
    if (value === undefined || value === null) throw missing(String(node.path?.original), this.offset(node));
    const text = display(value, this.budget);
    this.budget.size(text.length);
    return text;
  }

  private unknownHelper(node: HandlebarsNode): Error {
    return failed(`The helper "${String(node.path?.original)}" is not known. Use dotprompt's helpers`, this.offset(node));
  }

  private hash(node: HandlebarsNode, key: string, scope: Scope): unknown {
    const pair = node.hash?.pairs.find((entry) => entry.key === key);
    return pair === undefined ? undefined : this.expression(pair.value, scope, false);
  }

  private helper(name: string, node: HandlebarsNode, scope: Scope): unknown {
    const { mark } = this.markers;
    const argument = (index: number): unknown => this.expression(node.params?.[index], scope, false);
    switch (name) {
      case 'role':
        return `${mark}role:${display(argument(0), this.budget)}${mark}`;
      case 'history':
        return `${mark}history${mark}`;
      case 'section':
        return '';
      case 'media':
        return `${mark}media:${display(this.hash(node, 'contentType', scope) ?? '', this.budget)}:${display(this.hash(node, 'url', scope), this.budget)}${mark}`;
      case 'json':
        return toJson(argument(0), this.hash(node, 'indent', scope), this.budget);
      case 'lookup':
        return ownMember(argument(0), argument(1));
      case 'log':
        return '';
      default:
        throw failed(`The helper "${name}" needs a block, {{#${name}}}`, this.offset(node));
    }
  }

  private block(node: HandlebarsNode, scope: Scope): string {
    const helper = this.helperName(node);
    const first = node.params?.[0];
    const then = (context: unknown, values: readonly unknown[] = []): string =>
      this.program(node.program, this.enter(scope, context, node.program, values));
    const otherwise = (): string => this.program(node.inverse, scope);
    const same = scope.contexts[0];
    switch (helper) {
      case 'if':
      case 'unless': {
        const value = this.expression(first, scope, true);
        const empty = isEmpty(value) || (value === 0 && this.hash(node, 'includeZero', scope) !== true);
        return empty === (helper === 'unless') ? then(same) : otherwise();
      }
      case 'ifEquals':
      case 'unlessEquals': {
        const equal = this.expression(first, scope, true) === this.expression(node.params?.[1], scope, true);
        return equal === (helper === 'ifEquals') ? then(same) : otherwise();
      }
      case 'with': {
        const value = this.expression(first, scope, node.inverse !== undefined);
        return isEmpty(value) ? otherwise() : then(value, [value]);
      }
      case 'each':
        return this.each(this.expression(first, scope, node.inverse !== undefined), node, scope);
      case null:
        return this.section(node, scope, then, otherwise);
      default:
        throw failed(`The helper "${helper}" takes no block`, this.offset(node));
    }
  }

  /** `{{#name}}`: a list is gone through, true and false choose, anything else becomes the context. */
  private section(node: HandlebarsNode, scope: Scope, then: (context: unknown) => string, otherwise: () => string): string {
    if ((node.params?.length ?? 0) > 0) throw this.unknownHelper(node);
    const value = this.expression(node.path, scope, true);
    if (value === true) return then(scope.contexts[0]);
    if (value === false || value === null || value === undefined) return otherwise();
    return Array.isArray(value) ? this.each(value, node, scope) : then(value);
  }

  private each(list: unknown, node: HandlebarsNode, scope: Scope): string {
    const entries: [string | number, unknown][] = Array.isArray(list)
      ? (list as unknown[]).map((item, index) => [index, item])
      : typeof list === 'object' && list !== null
        ? Object.entries(list)
        : [];
    if (entries.length === 0) return this.program(node.inverse, scope);
    let text = '';
    for (const [index, [key, item]] of entries.entries()) {
      this.budget.step();
      const values = { ...scope.data.values, key, index, first: index === 0, last: index === entries.length - 1 };
      const inner = this.enter({ ...scope, data: { values, parent: scope.data } }, item, node.program, [item, key]);
      text += this.program(node.program, inner);
      this.budget.size(text.length);
    }
    return text;
  }

  private enter(scope: Scope, context: unknown, program: HandlebarsNode | undefined, values: readonly unknown[]): Scope {
    const contexts = context === scope.contexts[0] ? scope.contexts : [context, ...scope.contexts];
    const names = program?.blockParams ?? [];
    if (names.length === 0) return { ...scope, contexts };
    const params = new Map(names.map((name, index) => [name, values[index]]));
    return { ...scope, contexts, blockParams: [params, ...scope.blockParams] };
  }

  private partial(node: HandlebarsNode, scope: Scope): string {
    const name =
      node.name?.type === 'SubExpression' ? display(this.expression(node.name, scope, false), this.budget) : String(node.name?.original);
    const program = scope.partials.get(name);
    if (program === undefined)
      throw failed(`The partial "${name}" is in another file, which is not read. Put its text here`, this.offset(node));
    const base = node.params?.[0] === undefined ? scope.contexts[0] : this.expression(node.params[0], scope, false);
    const pairs = node.hash?.pairs ?? [];
    const own = Object.fromEntries(pairs.map(({ key, value }) => [key, this.expression(value, scope, false)]));
    const context = pairs.length === 0 ? base : { ...(typeof base === 'object' ? base : {}), ...own };
    return this.program(program, { ...scope, contexts: [context], blockParams: [] });
  }

  private expression(node: HandlebarsNode | undefined, scope: Scope, lenient: boolean): unknown {
    if (node === undefined) return undefined;
    this.budget.step();
    switch (node.type) {
      case 'PathExpression':
        return this.path(node, scope, lenient);
      case 'SubExpression': {
        const helper = this.helperName(node);
        if (helper === null) throw this.unknownHelper(node);
        return this.helper(helper, node, scope);
      }
      case 'StringLiteral':
      case 'NumberLiteral':
      case 'BooleanLiteral':
        return node.value;
      case 'UndefinedLiteral':
        return undefined;
      case 'NullLiteral':
        return null;
      default:
        throw failed(`${node.type} is not available in prompts`, this.offset(node));
    }
  }

  private start(node: HandlebarsNode, scope: Scope): { target: unknown; parts: readonly string[] } {
    const parts = node.parts ?? [];
    const depth = node.depth ?? 0;
    if (node.data === true) {
      let data: Scope['data'] | null = scope.data;
      for (let up = 0; up < depth; up += 1) data = data?.parent ?? null;
      return { target: data?.values, parts };
    }
    const [first] = parts;
    const scoped = /^(?:this|\.)(?:[./]|$)/u.test(String(node.original));
    if (first !== undefined && depth === 0 && !scoped) {
      const params = scope.blockParams.find((names) => names.has(first));
      if (params !== undefined) return { target: params.get(first), parts: parts.slice(1) };
    }
    return { target: scope.contexts[depth], parts };
  }

  private path(node: HandlebarsNode, scope: Scope, lenient: boolean): unknown {
    const { target, parts } = this.start(node, scope);
    const value = parts.reduce<unknown>(
      (from, part) => ownMember(from, typeof from === 'string' && /^\d+$/u.test(part) ? Number(part) : part),
      target,
    );
    if (value === undefined && !lenient) throw missing(String(node.original), this.offset(node));
    return value;
  }
}

/** Throws a TemplateFault. The result has `mark role:NAME mark` and `mark history mark` where the template has these helpers. */
export function renderHandlebars(source: string, vars: Record<string, unknown>, markers: Markers, budget = new RenderBudget()): string {
  try {
    const scope: Scope = { contexts: [vars], data: { values: { root: vars }, parent: null }, blockParams: [], partials: new Map() };
    return new HandlebarsRenderer(source, budget, markers).program(parse(source) as HandlebarsNode, scope);
  } catch (error) {
    throw asFault(error);
  }
}
