import { display, failed } from './budget.js';
import type { RenderBudget } from './budget.js';
import { Callable } from './jinjaNodes.js';

function range(args: unknown[], budget: RenderBudget): number[] {
  const [first, second, third] = args.map(Number);
  const start = second === undefined ? 0 : (first ?? 0);
  const stop = second ?? first ?? 0;
  const by = third === undefined || third === 0 || Number.isNaN(third) ? 1 : third;
  const count = Math.max(0, Math.ceil((stop - start) / by));
  if (!(count <= 100_000)) throw failed('range() is limited to 100000 numbers. Use a smaller one');
  budget.step(count);
  return Array.from({ length: count }, (_, index) => start + index * by);
}

/** A global function of Nunjucks, made for this rendering; `undefined` for other names. */
export function globalCallable(name: string, budget: RenderBudget): unknown {
  switch (name) {
    case 'range':
      return new Callable((args) => range(args, budget));
    case 'cycler':
      return new Callable((items) => {
        let index = -1;
        return {
          next: new Callable(() => items[(index = (index + 1) % items.length)]),
          reset: new Callable(() => {
            index = -1;
            return '';
          }),
        };
      });
    case 'joiner':
      return new Callable(([separator]) => {
        let first = true;
        return new Callable(() => {
          const text = first ? '' : separator === undefined ? ',' : display(separator, budget);
          first = false;
          return text;
        });
      });
    default:
      return undefined;
  }
}

const textMethods: Record<string, (text: string, args: string[], budget: RenderBudget) => unknown> = {
  toUpperCase: (text) => text.toUpperCase(),
  toLowerCase: (text) => text.toLowerCase(),
  trim: (text) => text.trim(),
  includes: (text, [part = '']) => text.includes(part),
  startsWith: (text, [part = '']) => text.startsWith(part),
  endsWith: (text, [part = '']) => text.endsWith(part),
  indexOf: (text, [part = '']) => text.indexOf(part),
  slice: (text, [start, end]) => text.slice(Number(start ?? 0), end === undefined ? undefined : Number(end)),
  split: (text, [separator], budget) => {
    budget.step(Math.ceil(text.length / 10));
    return separator === undefined ? [text] : text.split(separator);
  },
};

const listMethods: Record<string, (list: unknown[], args: unknown[], budget: RenderBudget) => unknown> = {
  includes: (list, [item]) => list.includes(item),
  indexOf: (list, [item]) => list.indexOf(item),
  slice: (list, [start, end]) => list.slice(Number(start ?? 0), end === undefined ? undefined : Number(end)),
  join: (list, [separator], budget) => {
    const between = separator === undefined ? ',' : display(separator, budget);
    budget.size(between.length * list.length);
    return list.map((item) => display(item, budget)).join(between);
  },
};

/** A method of a text or a list that a template may call: a short list of harmless ones, bound to the value. */
export function methodOf(target: unknown, key: unknown, budget: RenderBudget): Callable | undefined {
  if (typeof key !== 'string') return undefined;
  if (typeof target === 'string' && Object.hasOwn(textMethods, key)) {
    return new Callable((args) =>
      textMethods[key]?.(
        target,
        args.map((argument) => display(argument, budget)),
        budget,
      ),
    );
  }
  if (Array.isArray(target) && Object.hasOwn(listMethods, key)) {
    return new Callable((args) => {
      budget.step(target.length);
      return listMethods[key]?.(target as unknown[], args, budget);
    });
  }
  return undefined;
}
