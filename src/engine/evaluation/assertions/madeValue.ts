/** Values that a function of a file makes, for kinds that are not code themselves. */
import { isRecord } from '../../config/yaml.js';
import { EngineError } from '../../errors.js';
import type { Assertion, SuiteCode } from '../types.js';
import { short } from './outcome.js';
import { NotEvaluated, type AssertionInput, type AssertionTools } from './types.js';

const codeMs = 10_000;

/** Called as code of assertions is. What only such code may return, a verdict, is no value; promptfoo refuses it as well. */
export async function madeValue(
  { type, config }: Assertion,
  { language, file, name, text }: SuiteCode,
  input: AssertionInput,
  tools: AssertionTools,
): Promise<unknown> {
  if (!tools.trusted()) throw new NotEvaluated('code is run in trusted workspaces only');
  const context = {
    vars: input.vars,
    prompt: input.prompt ?? null,
    test: { ...input.test, vars: input.vars },
    ...(config === undefined ? {} : { config }),
  };
  let value: unknown;
  try {
    value = await tools.code.call(
      {
        code: {
          language,
          ...(file === undefined ? {} : { file }),
          ...(name === undefined ? {} : { name }),
          ...(text === undefined ? {} : { text }),
        },
        purpose: 'assertion',
        args: [input.value ?? input.output, context],
        timeoutMs: codeMs,
      },
      tools.signal,
    );
  } catch (error) {
    if (EngineError.is(error)) throw error;
    throw new NotEvaluated(`the code of its value threw: ${short(error instanceof Error ? error.message : String(error))}`);
  }
  if (value === undefined || value === null) throw new NotEvaluated('the code of its value returned nothing');
  if (typeof value === 'boolean' || (isRecord(value) && 'pass' in value))
    throw new NotEvaluated(`the code of its value returned a verdict; for that the type is javascript or python, not ${type}`);
  return value;
}
