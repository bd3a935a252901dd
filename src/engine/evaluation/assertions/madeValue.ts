/** Values that a function of a file makes, for kinds that are not code themselves. */
import { isRecord } from '../../config/yaml.js';
import { CodeThrew, runCode } from '../codeCalls.js';
import type { Assertion, SuiteCode } from '../types.js';
import { contextFor } from './code.js';
import { short } from './outcome.js';
import { NotEvaluated, type AssertionInput, type AssertionTools } from './types.js';

/** Called as code of assertions is. What only such code may return, a verdict, is no value; promptfoo refuses it as well. */
export async function madeValue(
  { type, config }: Assertion,
  code: SuiteCode,
  input: AssertionInput,
  tools: AssertionTools,
): Promise<unknown> {
  if (!tools.trusted()) throw new NotEvaluated('code is run in trusted workspaces only');
  let value: unknown;
  try {
    value = await runCode(tools, code, 'assertion', [input.value ?? input.output, contextFor(input, config)]);
  } catch (error) {
    if (!(error instanceof CodeThrew)) throw error;
    throw new NotEvaluated(`the code of its value threw: ${short(error.message)}`);
  }
  if (value === undefined || value === null) throw new NotEvaluated('the code of its value returned nothing');
  if (typeof value === 'boolean' || (isRecord(value) && 'pass' in value))
    throw new NotEvaluated(`the code of its value returned a verdict; for that the type is javascript or python, not ${type}`);
  return value;
}
