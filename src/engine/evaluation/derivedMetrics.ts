/** Metrics that a suite computes from its others: arithmetic of our own, for code of suites runs elsewhere. */
import type { CaseResult, Health } from '../../shared/evalDocument.js';
import type { Suite } from './types.js';

type Values = ReadonlyMap<string, number>;
type Expression = (values: Values) => number;

/** What cannot be read or computed, in words. */
export class ArithmeticFault extends Error {}

const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  exp: Math.exp,
  floor: Math.floor,
  log: (value, base = Math.E) => Math.log(value) / Math.log(base),
  max: Math.max,
  min: Math.min,
  pow: Math.pow,
  round: (value, digits = 0) => Math.round(value * 10 ** digits) / 10 ** digits,
  sqrt: Math.sqrt,
};
const constants: Values = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
]);

const maxDepth = 100;

/** Reads by precedence: sums, products, signs, powers (from the right; `-2^2` is -4), as mathjs has it, whose syntax promptfoo takes. */
class Parser {
  private readonly tokens: string[];
  private place = 0;
  private depth = 0;

  constructor(text: string) {
    this.tokens = text.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[A-Za-z_$][\w$]*|\S/giu) ?? [];
  }

  whole(): Expression {
    const read = this.sum();
    if (this.place < this.tokens.length) throw new ArithmeticFault(`"${this.tokens[this.place] ?? ''}" is not expected`);
    return read;
  }

  private take(...wanted: string[]): string | null {
    const token = this.tokens[this.place];
    if (token === undefined || !wanted.includes(token)) return null;
    this.place++;
    return token;
  }

  private sum(): Expression {
    if (++this.depth > maxDepth) throw new ArithmeticFault('it nests too deep');
    let left = this.product();
    for (let sign = this.take('+', '-'); sign !== null; sign = this.take('+', '-')) left = combined(left, sign, this.product());
    this.depth--;
    return left;
  }

  private product(): Expression {
    let left = this.signed();
    for (let sign = this.take('*', '/', '%'); sign !== null; sign = this.take('*', '/', '%')) left = combined(left, sign, this.signed());
    return left;
  }

  private signed(): Expression {
    let negative = false;
    for (let sign = this.take('-', '+'); sign !== null; sign = this.take('-', '+')) negative = negative !== (sign === '-');
    const value = this.power();
    return negative ? (values) => -value(values) : value;
  }

  private power(): Expression {
    const base = this.atom();
    if (this.take('^') === null) return base;
    if (++this.depth > maxDepth) throw new ArithmeticFault('it nests too deep');
    const exponent = this.signed();
    this.depth--;
    return combined(base, '^', exponent);
  }

  private atom(): Expression {
    if (this.take('(') !== null) {
      const inner = this.sum();
      if (this.take(')') === null) throw new ArithmeticFault('a ) is missing');
      return inner;
    }
    const token = this.tokens[this.place];
    if (token === undefined) throw new ArithmeticFault('it ends too early');
    this.place++;
    if (/^[\d.]/u.test(token)) return constant(Number(token));
    if (!/^[A-Za-z_$]/u.test(token)) throw new ArithmeticFault(`"${token}" is not expected`);
    if (this.take('(') !== null) return this.call(token);
    return (values) => {
      const value = values.get(token) ?? constants.get(token);
      if (value === undefined) throw new ArithmeticFault(`there is no metric "${token}"`);
      return value;
    };
  }

  private call(name: string): Expression {
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (run === undefined) throw new ArithmeticFault(`the function "${name}" is not known (${Object.keys(functions).join(', ')})`);
    const given: Expression[] = [this.sum()];
    while (this.take(',') !== null) given.push(this.sum());
    if (this.take(')') === null) throw new ArithmeticFault('a ) is missing');
    return (values) => run(...given.map((each) => each(values)));
  }
}

const constant = (value: number): Expression => {
  if (!Number.isFinite(value)) throw new ArithmeticFault('it holds a number that cannot be read');
  return () => value;
};

function combined(left: Expression, sign: string, right: Expression): Expression {
  switch (sign) {
    case '+':
      return (values) => left(values) + right(values);
    case '-':
      return (values) => left(values) - right(values);
    case '*':
      return (values) => left(values) * right(values);
    case '/':
      return (values) => left(values) / right(values);
    case '%':
      // As mathematics has it, and mathjs: the sign is the divisor's.
      return (values) => {
        const divisor = right(values);
        return divisor === 0 ? left(values) : ((left(values) % divisor) + divisor) % divisor;
      };
    default:
      return (values) => left(values) ** right(values);
  }
}

/** An expression over names of metrics. Throws ArithmeticFault where it cannot be read; what it gives throws it for a metric that is not there. */
export function arithmetic(text: string): Expression {
  if (text.length > 2000) throw new ArithmeticFault('it is longer than 2000 characters');
  return new Parser(text).whole();
}

/**
 * promptfoo's rule: for each column over the sums of its cases' scores by metric, with `__count`, the number of its cases; later ones see
 * earlier ones. Of several columns the mean. What cannot be computed is left out and said in `health`.
 */
export function derivedOf(
  derived: Suite['derivedMetrics'],
  results: readonly CaseResult[],
): { metrics: Record<string, number>; health: Health[] } {
  const metrics: Record<string, number> = {};
  const health: Health[] = [];
  if (derived === undefined || derived.length === 0 || results.length === 0) return { metrics, health };
  const columns = new Map<string, { sums: Map<string, number>; count: number }>();
  for (const { column, namedScores = {} } of results) {
    const entry = columns.get(column) ?? { sums: new Map<string, number>(), count: 0 };
    entry.count++;
    for (const [name, score] of Object.entries(namedScores)) entry.sums.set(name, (entry.sums.get(name) ?? 0) + score);
    columns.set(column, entry);
  }
  for (const { sums, count } of columns.values()) sums.set('__count', count);
  for (const { name, value, range } of derived) {
    const found: number[] = [];
    let why = '';
    for (const { sums } of columns.values()) {
      try {
        const result = arithmetic(value)(sums);
        if (!Number.isFinite(result)) throw new ArithmeticFault('it is no finite number');
        sums.set(name, result);
        found.push(result);
      } catch (error) {
        if (!(error instanceof ArithmeticFault)) throw error;
        why = error.message;
      }
    }
    if (found.length === columns.size) metrics[name] = found.reduce((sum, each) => sum + each, 0) / found.length;
    else
      health.push({
        code: 'metric-not-derived',
        message: `The metric "${name}" cannot be computed: ${why}. Check ${value}.`,
        severity: 'warning',
        ...(range === null ? {} : { range }),
      });
  }
  return { metrics, health };
}
