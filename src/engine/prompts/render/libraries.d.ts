// Only the parsers of the template libraries are used: their compilers make JavaScript out of a template, which is not safe
// for templates from a workspace that nobody has vouched for (a Nunjucks name is put into the code as it is).

declare module 'nunjucks/src/parser.js' {
  const parser: { parse(source: string, extensions?: unknown[], options?: Record<string, unknown>): unknown };
  export default parser;
}

declare module 'nunjucks/src/filters.js' {
  const filters: Record<string, (...args: unknown[]) => unknown>;
  export default filters;
}

declare module 'nunjucks/src/tests.js' {
  const tests: Record<string, (...args: unknown[]) => unknown>;
  export default tests;
}

declare module 'handlebars/dist/cjs/handlebars/compiler/base.js' {
  export function parse(source: string): unknown;
}
