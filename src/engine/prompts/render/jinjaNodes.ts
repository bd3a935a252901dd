/** Nodes of the Nunjucks parser, as far as rendering uses them. Lines and columns count from 0. */
export interface JinjaNode {
  typename: string;
  lineno: number;
  colno: number;
  children?: JinjaNode[];
  value?: unknown;
  target?: JinjaNode;
  targets?: JinjaNode[];
  val?: JinjaNode;
  cond?: JinjaNode;
  body?: JinjaNode;
  else_?: JinjaNode | null;
  arr?: JinjaNode;
  name?: JinjaNode;
  args?: JinjaNode;
  left?: JinjaNode;
  right?: JinjaNode;
  expr?: JinjaNode;
  ops?: JinjaNode[];
  type?: string;
  key?: JinjaNode;
  cases?: JinjaNode[];
  default?: JinjaNode | null;
}

/** Variables of one scope. Writes of an isolated frame do not reach its parents. */
export class Frame {
  private readonly variables = new Map<string, unknown>();

  constructor(
    readonly parent: Frame | null = null,
    private readonly isolated = false,
  ) {}

  has(name: string): boolean {
    return this.variables.get(name) !== undefined || (this.parent?.has(name) ?? false);
  }

  get(name: string): unknown {
    return this.variables.get(name) ?? this.parent?.get(name);
  }

  set(name: string, value: unknown): void {
    this.variables.set(name, value);
  }

  /** `{% set %}`: where a frame above has the name, that one changes. */
  assign(name: string, value: unknown): void {
    const owner = this.owner(name);
    (owner ?? this).set(name, value);
  }

  private owner(name: string): Frame | null {
    if (this.variables.get(name) !== undefined) return this;
    return this.isolated ? null : (this.parent?.owner(name) ?? null);
  }
}

/** Something that a template may call; plain functions from outside never are. */
export class Callable {
  constructor(readonly call: (args: unknown[]) => unknown) {}
}

/** How the template's author would name the value: `user.name`. */
export function nameOf(node: JinjaNode): string {
  switch (node.typename) {
    case 'Symbol':
    case 'Literal':
      return String(node.value);
    case 'LookupVal':
      return `${node.target === undefined ? '' : nameOf(node.target)}.${node.val === undefined ? '' : nameOf(node.val)}`;
    case 'Filter':
      return node.args?.children?.[0] === undefined ? 'value' : nameOf(node.args.children[0]);
    case 'FunCall':
      return node.name === undefined ? 'value' : `${nameOf(node.name)}()`;
    default:
      return node.left === undefined ? 'value' : nameOf(node.left);
  }
}
