import parser from 'nunjucks/src/parser.js';
import { asFault, display, failed, missing, ownMember, RenderBudget } from './budget.js';
import { JinjaExpressions } from './jinjaExpressions.js';
import { isKeywords } from './jinjaFilters.js';
import { Callable, Frame, nameOf } from './jinjaNodes.js';
import type { JinjaNode } from './jinjaNodes.js';

/**
 * Renders Nunjucks (Jinja2) templates by walking the tree of Nunjucks' own parser. Nothing is compiled to JavaScript, only
 * own members of the given data are reached, every step counts against a budget, and a missing variable is a fault.
 */
class JinjaRenderer extends JinjaExpressions {
  render(root: JinjaNode): string {
    return this.body(root, new Frame());
  }

  protected body(node: JinjaNode | null | undefined, frame: Frame): string {
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

  protected macro(node: JinjaNode, home: Frame | null): Callable {
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
