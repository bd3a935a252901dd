/** Tests that code of a suite makes: `tests: file://make.py:cases`, or `{ path, config }`. */
import { EngineError } from '../errors.js';
import { join } from '../paths.js';
import type { FileSystem } from '../ports.js';
import { stableJson } from './cacheKey.js';
import { CodeThrew, labelOf, runCode, type CodeTools } from './codeCalls.js';
import type { SuiteCode } from './types.js';

/**
 * The list of tests that a function returns, in the same form as a file of tests has them. Throws CODE_FAILED where it throws or returns no list,
 * and what `runCode` throws.
 */
export async function madeTests(tools: CodeTools, code: SuiteCode, config?: unknown): Promise<unknown[]> {
  let result: unknown;
  try {
    result = await runCode(tools, code, 'tests', config === undefined ? [] : [config]);
  } catch (error) {
    if (error instanceof CodeThrew) throw new EngineError('CODE_FAILED', `The tests of ${labelOf(code)} were not made: ${error.message}`);
    throw error;
  }
  if (!Array.isArray(result)) throw new EngineError('CODE_FAILED', `${labelOf(code)} must return a list of tests.`);
  return result as unknown[];
}

interface Kept {
  at: number;
  stamp: string;
  tests: Promise<unknown[]>;
}

/** A suite is read whenever somebody types in it: its code is not run each time. */
const keptMs = 30_000;

/** Keeps what code made for a while, unless its file has changed. */
export class MadeTests {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly fs: FileSystem,
    private readonly root: string,
    private readonly now: () => number,
  ) {}

  async of(tools: CodeTools, code: SuiteCode, config: unknown): Promise<unknown[]> {
    const key = stableJson([code.file ?? null, code.name ?? null, config ?? null]);
    const stat = code.file === undefined ? null : await this.fs.stat(join(this.root, code.file));
    const stamp = stat === null ? '' : `${String(stat.mtimeMs)}:${String(stat.size)}`;
    const known = this.kept.get(key);
    if (known?.stamp === stamp && this.now() - known.at < keptMs) return known.tests;
    const tests = madeTests(tools, code, config);
    this.kept.set(key, { at: this.now(), stamp, tests });
    // What failed is tried again when it is asked for again.
    tests.catch(() => this.kept.delete(key));
    return tests;
  }
}
