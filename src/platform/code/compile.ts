/** Turns assertion code as promptfoo writes it into one function of (output, context). Runs in the worker thread only. */

/** What promptfoo hands to code, as far as it exists here. */
export interface AssertionContext {
  vars: Record<string, unknown>;
  prompt: string | null;
  test: { vars: Record<string, unknown> };
}

export type AssertionFunction = (output: string, context: AssertionContext) => unknown;

/** A whole module rather than an expression or a function body. */
const commonJs = /\bmodule\.exports\b|^\s*exports\./m;
const esModule = /^\s*export\s+(default\b|\{|const\b|(async\s+)?function\b)/m;

/** Throws SyntaxError. */
export async function compile(code: string): Promise<AssertionFunction> {
  if (esModule.test(code)) {
    const module = (await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)) as Record<string, unknown>;
    return exported(module.default ?? module);
  }
  if (commonJs.test(code)) {
    const module: { exports: unknown } = { exports: {} };
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- running the user's own assertion code is what this thread is for
    const run = new Function('module', 'exports', 'require', code) as (...args: unknown[]) => void;
    run(module, module.exports, requireBuiltin);
    return exported(module.exports);
  }
  return expression(code) ?? body(code);
}

function requireBuiltin(name: string): unknown {
  const module: unknown = process.getBuiltinModule(name);
  if (module === undefined) throw new Error(`${name} cannot be loaded: an assertion file may use Node's own modules only`);
  return module;
}

/** The function of a module: itself, or promptfoo's `get_assert`. */
function exported(value: unknown): AssertionFunction {
  if (typeof value === 'function') return value as AssertionFunction;
  const named = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const found = named['get_assert'] ?? named['default'];
  if (typeof found !== 'function') throw new SyntaxError('the file exports no function');
  return found as AssertionFunction;
}

/** `null` where the code is no expression. An expression may itself be a function of (output, context). */
function expression(code: string): AssertionFunction | null {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- as above
    const run = new Function('output', 'context', `return (${code.trim().replace(/;+$/, '')}\n);`) as AssertionFunction;
    return (output, context) => {
      const value = run(output, context);
      return typeof value === 'function' ? (value as AssertionFunction)(output, context) : value;
    };
  } catch {
    // No expression: the caller tries it as a function body, whose error is the one to show.
    return null;
  }
}

/** A single line that starts with a declaration returns its last statement, as promptfoo has it: `const n = output.length; n > 3`. */
function lastStatement(code: string): string {
  const line = code.trim().replace(/[;\s]+$/, '');
  if (line.includes('\n') || !/^(?:const|let|var)\s/.test(line)) return code;
  for (let at = line.lastIndexOf(';'); at > 0; at = line.lastIndexOf(';', at - 1)) {
    const candidate = `${line.slice(0, at + 1)} return (${line.slice(at + 1)}\n);`;
    try {
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- only compiled, to see where the last statement begins
      new Function('output', 'context', candidate);
      return candidate;
    } catch {
      // This semicolon stands inside of a text or a block: the one before it is tried.
    }
  }
  return code;
}

function body(code: string): AssertionFunction {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- as above
  return new Function('output', 'context', lastStatement(code)) as AssertionFunction;
}
