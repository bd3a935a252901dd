/** Tests that code of a suite makes: `tests: file://make.py:cases`, or `{ path, config }`. */
import { EngineError } from '../errors.js';
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
