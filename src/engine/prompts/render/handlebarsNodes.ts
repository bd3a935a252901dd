/** Nodes of the Handlebars parser, as far as rendering uses them. Lines count from 1, columns from 0. */
export interface HandlebarsNode {
  type: string;
  loc: { start: { line: number; column: number } };
  body?: HandlebarsNode[];
  value?: unknown;
  path?: HandlebarsNode;
  params?: HandlebarsNode[];
  hash?: { pairs: { key: string; value: HandlebarsNode }[] } | undefined;
  program?: HandlebarsNode | undefined;
  inverse?: HandlebarsNode | undefined;
  name?: HandlebarsNode;
  blockParams?: string[] | undefined;
  /** Of a path: `@name`, number of `../`, steps, as written. */
  data?: boolean;
  depth?: number;
  parts?: string[];
  original?: unknown;
}

/** What names mean at one place of a template. */
export interface Scope {
  /** The innermost context first; `../` goes along. */
  contexts: readonly unknown[];
  /** `@index` and the like; `parent` is what `@../index` sees. */
  data: { values: Record<string, unknown>; parent: Scope['data'] | null };
  blockParams: readonly ReadonlyMap<string, unknown>[];
  partials: ReadonlyMap<string, HandlebarsNode>;
}
