import library from 'nunjucks/src/filters.js';
import { display, failed, ownMember, toJson } from './budget.js';
import type { RenderBudget } from './budget.js';

type Filter = (budget: RenderBudget, value: unknown, ...args: unknown[]) => unknown;

/** Named arguments as Nunjucks passes them: last, marked. */
export interface Keywords extends Record<string, unknown> {
  __keywords: true;
}

export function isKeywords(value: unknown): value is Keywords {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '__keywords');
}

/** An argument by position or by name. */
function argument(args: readonly unknown[], index: number, name: string): unknown {
  const last = args.at(-1);
  if (isKeywords(last) && Object.hasOwn(last, name)) return last[name];
  return isKeywords(args[index]) ? undefined : args[index];
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  if (typeof value === 'string') return value.split('');
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

/** `a.b` of an item, own members only. */
function attribute(item: unknown, path: unknown): unknown {
  return String(path)
    .split('.')
    .reduce<unknown>((target, key) => ownMember(target, /^\d+$/u.test(key) ? Number(key) : key), item);
}

function compare(a: unknown, b: unknown, caseSensitive: boolean): number {
  const fold = (value: unknown): unknown => (typeof value === 'string' && !caseSensitive ? value.toLowerCase() : value);
  const x = fold(a) as string | number;
  const y = fold(b) as string | number;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** A count that decides how much is built. */
function count(value: unknown, fallback: number, limit: number): number {
  const number = typeof value === 'number' && Number.isFinite(value) ? value : fallback;
  return Math.min(Math.max(0, number), limit);
}

/** Filters of Nunjucks whose work is bounded by their input's length; they are called as they are. */
const plain = [
  'abs',
  'capitalize',
  'default',
  'd',
  'escape',
  'e',
  'first',
  'float',
  'forceescape',
  'int',
  'last',
  'length',
  'list',
  'lower',
  'nl2br',
  'reverse',
  'round',
  'safe',
  'string',
  'title',
  'truncate',
  'upper',
  'urlencode',
  'wordcount',
];

function fromLibrary(name: string): Filter {
  return (_, value, ...args) => {
    const filter = library[name];
    if (filter === undefined) throw failed(`The filter "${name}" is not known`);
    const result = filter(value, ...args);
    // The library's mark for "is escaped already"; nothing is escaped here, so the text itself goes on.
    return result instanceof String ? result.toString() : result;
  };
}

const own: Record<string, Filter> = {
  /** promptfoo's: the data that a JSON text stands for. */
  load: (budget, value) => JSON.parse(display(value, budget)) as unknown,
  dump: (budget, value, indent) => toJson(value, indent, budget),
  tojson: (budget, value, ...args) => toJson(value, argument(args, 0, 'indent'), budget),
  trim: (_, value) => (typeof value === 'string' ? value.trim() : value),
  center: (budget, value, width) => fromLibrary('center')(budget, value, count(width, 80, 10_000)),
  indent: (budget, value, width, first) => {
    const text = display(value, budget);
    const by = count(width, 4, 1000);
    budget.size(text.length + text.split('\n').length * by);
    return fromLibrary('indent')(budget, text, by, first);
  },
  join: (budget, value, delimiter, attr) => {
    const items = listOf(value);
    const between = isKeywords(delimiter) ? '' : display(delimiter, budget);
    budget.size(between.length * items.length);
    let text = '';
    for (const [index, item] of items.entries()) {
      text += (index > 0 ? between : '') + display(attr === undefined || isKeywords(attr) ? item : attribute(item, attr), budget);
      budget.size(text.length);
    }
    return text;
  },
  replace: (budget, value, old, replacement, limit) => {
    if (typeof value !== 'string' && typeof value !== 'number') return value;
    if (typeof old !== 'string' && typeof old !== 'number') return value;
    const text = String(value);
    const to = display(replacement, budget);
    budget.size(text.length + (old === '' ? text.length + 1 : text.split(String(old)).length) * to.length);
    return fromLibrary('replace')(budget, text, String(old), to, limit);
  },
  batch: (budget, value, size, fill) => {
    const items = listOf(value);
    budget.step(items.length);
    return fromLibrary('batch')(budget, items, count(size, 1, 10_000), fill);
  },
  slice: (budget, value, slices, fill) => fromLibrary('slice')(budget, listOf(value), Math.max(1, count(slices, 1, 10_000)), fill),
  sort: (budget, value, ...args) => {
    const items = [...listOf(value)];
    budget.step(items.length * 20);
    const attr = argument(args, 2, 'attribute');
    const key = (item: unknown): unknown => (attr === undefined ? item : attribute(item, attr));
    const direction = argument(args, 0, 'reverse') === true ? -1 : 1;
    return items.sort((a, b) => direction * compare(key(a), key(b), argument(args, 1, 'case_sensitive') === true));
  },
  dictsort: (budget, value, caseSensitive, by) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw failed('The filter "dictsort" needs an object');
    const at = by === 'value' ? 1 : 0;
    const entries = Object.entries(value);
    budget.step(entries.length * 20);
    return entries.sort((a, b) => compare(a[at], b[at], caseSensitive === true));
  },
  sum: (budget, value, attr, start) => {
    const items = listOf(value);
    budget.step(items.length);
    return items.reduce<number>(
      (sum, item) => sum + Number(attr === undefined || isKeywords(attr) ? item : attribute(item, attr)),
      typeof start === 'number' ? start : 0,
    );
  },
  groupby: (budget, value, attr) => {
    const groups = new Map<string, unknown[]>();
    for (const item of listOf(value)) {
      const key = display(attribute(item, attr), budget);
      const group = groups.get(key) ?? [];
      group.push(item);
      groups.set(key, group);
    }
    return Object.fromEntries(groups);
  },
  selectattr: (budget, value, attr) => {
    budget.step(listOf(value).length);
    return listOf(value).filter((item) => Boolean(attribute(item, attr)));
  },
  rejectattr: (budget, value, attr) => {
    budget.step(listOf(value).length);
    return listOf(value).filter((item) => !attribute(item, attr));
  },
};

const filters = new Map<string, Filter>([...plain.map((name) => [name, fromLibrary(name)] as const), ...Object.entries(own)]);

/** Does the filter say what stands in for a missing value? */
export function isDefaultFilter(name: string): boolean {
  return name === 'default' || name === 'd';
}

/** Calls a filter of a template. Throws a fault where there is none of that name, or the value does not fit. */
export function callFilter(name: string, args: readonly unknown[], budget: RenderBudget): unknown {
  const filter = filters.get(name);
  if (filter === undefined) throw failed(`The filter "${name}" is not available in prompts. Use another one`);
  const [value, ...rest] = args;
  budget.step(typeof value === 'string' ? Math.ceil(value.length / 100) : 1);
  try {
    const result = filter(budget, value, ...rest);
    if (typeof result === 'string') {
      budget.size(result.length);
      budget.step(Math.ceil(result.length / 100));
    }
    return result;
  } catch (error) {
    if (error instanceof TypeError) throw failed(`The filter "${name}" cannot be used on this value`);
    throw error;
  }
}
