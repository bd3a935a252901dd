import { EngineError } from '../../errors.js';

/** A prompt of over a megabyte is a mistake or an attack. */
const maxOutputChars = 1024 * 1024;
/** About half a second of work. */
const maxSteps = 1_000_000;

/** Where something went wrong, as an offset in the template text. */
export class TemplateFault extends Error {
  constructor(
    readonly code: 'VARIABLE_MISSING' | 'TEMPLATE_FAILED',
    message: string,
    readonly offset: number | null,
    readonly variable: string | null = null,
  ) {
    super(message);
  }
}

export function missing(name: string, offset: number | null): TemplateFault {
  return new TemplateFault('VARIABLE_MISSING', `The variable "${name}" has no value`, offset, name);
}

export function failed(message: string, offset: number | null = null): TemplateFault {
  return new TemplateFault('TEMPLATE_FAILED', message, offset);
}

/** Bounds what one rendering may do: templates come from a workspace and may loop for ever. */
export class RenderBudget {
  private steps = 0;

  step(count = 1): void {
    this.steps += count;
    if (this.steps > maxSteps) throw failed('The template takes too many steps. Make its loops shorter');
  }

  /** Refuses texts over the limit before they are built. */
  size(chars: number): void {
    if (!(chars <= maxOutputChars))
      throw failed(`The rendered prompt is longer than ${String(maxOutputChars)} characters. Make it shorter`);
  }
}

/** The text that a template prints for a value, as JavaScript's own conversion gives it, but bounded. */
export function display(value: unknown, budget: RenderBudget): string {
  budget.step();
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) {
    let text = '';
    for (const [index, item] of value.entries()) {
      text += (index > 0 ? ',' : '') + display(item, budget);
      budget.size(text.length);
    }
    return text;
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function') throw failed('A function cannot be printed. Call it or remove it');
  return '[object Object]';
}

/** JSON of a value, refused before it is built where the value unfolds to more than the budget holds. */
export function toJson(value: unknown, indent: unknown, budget: RenderBudget): string | undefined {
  const measure = (part: unknown): void => {
    budget.step();
    if (typeof part === 'string') budget.size(part.length);
    else if (typeof part === 'object' && part !== null) Object.values(part).forEach(measure);
  };
  measure(value);
  const width = typeof indent === 'number' ? Math.min(10, Math.max(0, Math.trunc(indent))) : 0;
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'function' ? undefined : part), width) as string | undefined;
  budget.size(text?.length ?? 0);
  return text;
}

/** Own members only: `constructor`, `__proto__` and the like are never reached from a template. */
export function ownMember(target: unknown, key: unknown): unknown {
  if (typeof target === 'string') {
    if (key === 'length') return target.length;
    return typeof key === 'number' && Number.isInteger(key) ? target[key] : undefined;
  }
  if (typeof target !== 'object' || target === null) return undefined;
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  if (Array.isArray(target) && key === 'length') return target.length;
  return Object.hasOwn(target, key) ? (target as Record<string | number, unknown>)[key] : undefined;
}

/** Offset of a position (both counted from 0) in a text. */
export function offsetAt(text: string, line: number, column: number): number {
  let start = 0;
  for (let passed = 0; passed < line; passed += 1) {
    const end = text.indexOf('\n', start);
    if (end === -1) return text.length;
    start = end + 1;
  }
  return Math.min(start + column, text.length);
}

/** An unexpected throw of a template library, most of all a stack that is too deep, becomes a fault of the template. */
export function asFault(error: unknown): Error {
  if (error instanceof TemplateFault || EngineError.is(error)) return error;
  if (error instanceof RangeError) return failed('The template nests too deep or builds too long a text. Make it simpler');
  const message =
    error instanceof Error
      ? (
          error.message
            .split('\n')
            .filter((line) => line.trim() !== '')
            .at(-1) ?? ''
        ).trim()
      : 'it cannot be read';
  return failed(`The template cannot be rendered: ${message.replace(/\.$/u, '')}`);
}
