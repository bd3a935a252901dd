import { display, ownMember } from './budget.js';
import type { RenderBudget } from './budget.js';

const arithmetic = ['Add', 'Concat', 'Sub', 'Mul', 'Div', 'FloorDiv', 'Mod', 'Pow'] as const;
export type Arithmetic = (typeof arithmetic)[number];

export function isArithmetic(typename: string): typename is Arithmetic {
  return (arithmetic as readonly string[]).includes(typename);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Objects become text by our own bounded conversion, never by methods of their own. */
function primitive(value: unknown, budget: RenderBudget): unknown {
  return isObject(value) ? display(value, budget) : value;
}

function concat(a: unknown, b: unknown, budget: RenderBudget): string {
  const text = display(a, budget) + display(b, budget);
  budget.size(text.length);
  budget.step(Math.ceil(text.length / 1000));
  return text;
}

/** Operators as JavaScript has them, which is what Nunjucks compiles to. */
export function calculate(operator: Arithmetic, a: unknown, b: unknown, budget: RenderBudget): unknown {
  if (operator === 'Concat' || (operator === 'Add' && [a, b].some((value) => typeof value === 'string' || isObject(value)))) {
    return concat(a, b, budget);
  }
  const x = Number(primitive(a, budget));
  const y = Number(primitive(b, budget));
  switch (operator) {
    case 'Add':
      return x + y;
    case 'Sub':
      return x - y;
    case 'Mul':
      return x * y;
    case 'Div':
      return x / y;
    case 'FloorDiv':
      return Math.floor(x / y);
    case 'Mod':
      return x % y;
    case 'Pow':
      return x ** y;
  }
}

/** `key in target`; `null` where the target can hold nothing. */
export function contains(key: unknown, target: unknown, budget: RenderBudget): boolean | null {
  if (Array.isArray(target)) {
    budget.step(target.length);
    return target.includes(key);
  }
  if (typeof target === 'string') {
    budget.step(Math.ceil(target.length / 1000));
    return target.includes(display(key, budget));
  }
  if (isObject(target)) return ownMember(target, key) !== undefined;
  return target === undefined || target === null ? false : null;
}

export function compareValues(a: unknown, operator: string, b: unknown, budget: RenderBudget): boolean {
  const identity = isObject(a) && isObject(b);
  const x = primitive(a, budget) as number;
  const y = primitive(b, budget) as number;
  switch (operator) {
    case '===':
      return a === b;
    case '!==':
      return a !== b;
    case '==':
      // eslint-disable-next-line eqeqeq -- loose on purpose: that is what the dialect says
      return identity ? a === b : x == y;
    case '!=':
      // eslint-disable-next-line eqeqeq -- as above
      return identity ? a !== b : x != y;
    case '<':
      return x < y;
    case '>':
      return x > y;
    case '<=':
      return x <= y;
    default:
      return x >= y;
  }
}
