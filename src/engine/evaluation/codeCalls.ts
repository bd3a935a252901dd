/** How code of a suite is called: what it is given, and what its failure means. */
import { EngineError } from '../errors.js';
import type { ChatResponse, CodePurpose, CodeRunner } from '../ports.js';
import type { SuiteCode } from './types.js';

/** Code of a suite may take this long; then it is killed. */
export const codeMs = 10_000;

export interface CodeTools {
  code: CodeRunner;
  trusted: () => boolean;
  signal?: AbortSignal;
}

/** Thrown where the code itself threw. */
export class CodeThrew extends Error {}

/**
 * Runs a suite's code. Throws CodeThrew with the message of what was thrown, SUITE_INVALID for code that cannot be used, UNTRUSTED_WORKSPACE,
 * and whatever `CodeRunner.call` throws.
 */
export async function runCode(
  tools: CodeTools,
  { language, text, file, name, problem }: SuiteCode,
  purpose: CodePurpose,
  args: readonly unknown[],
  parameters?: readonly string[],
): Promise<unknown> {
  if (problem !== undefined) throw new EngineError('SUITE_INVALID', problem);
  if (!tools.trusted())
    throw new EngineError('UNTRUSTED_WORKSPACE', 'Code of suites is run in trusted workspaces only. Trust the workspace first.');
  const code = {
    language,
    ...(text === undefined ? {} : { text }),
    ...(file === undefined ? {} : { file }),
    ...(name === undefined ? {} : { name }),
  };
  try {
    return await tools.code.call(
      { code, purpose, args, timeoutMs: codeMs, ...(parameters === undefined ? {} : { parameters }) },
      tools.signal,
    );
  } catch (error) {
    if (EngineError.is(error)) throw error;
    throw new CodeThrew(error instanceof Error ? error.message : String(error));
  }
}

/** How a transform is called in messages: its file, or what stands in the suite. */
export function labelOf({ file, name, text = '' }: SuiteCode): string {
  if (file !== undefined) return name === undefined ? file : `${file}:${name}`;
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/**
 * What a transform makes of an answer or of variables. Throws CODE_FAILED where it throws or returns nothing: an answer that could not be
 * transformed says nothing about the model.
 */
export async function transformed(
  tools: CodeTools,
  code: SuiteCode,
  value: unknown,
  context: Record<string, unknown>,
  parameters?: readonly string[],
): Promise<unknown> {
  let result: unknown;
  try {
    result = await runCode(tools, code, 'transform', [value, context], parameters);
  } catch (error) {
    if (!(error instanceof CodeThrew)) throw error;
    throw new EngineError('CODE_FAILED', `The transform ${labelOf(code)} threw: ${error.message}`);
  }
  if (result === undefined || result === null)
    throw new EngineError('CODE_FAILED', `The transform ${labelOf(code)} returned nothing. Code of several lines needs a return.`);
  return result;
}

/** What promptfoo calls the provider's response, for code that looks at it. */
export function responseFor(response: ChatResponse, output: unknown, cost: number | null | undefined): Record<string, unknown> {
  const { tokensIn, tokensOut, finishReason, metadata, logprobs, isRefusal, latencyMs, recorded } = response;
  const known = tokensIn !== null || tokensOut !== null;
  return {
    output,
    ...(known ? { tokenUsage: { prompt: tokensIn ?? 0, completion: tokensOut ?? 0, total: (tokensIn ?? 0) + (tokensOut ?? 0) } } : {}),
    ...(cost === null || cost === undefined ? {} : { cost }),
    ...(finishReason === null ? {} : { finishReason }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(logprobs === undefined ? {} : { logProbs: logprobs }),
    ...(isRefusal === undefined ? {} : { isRefusal }),
    latencyMs,
    cached: recorded,
  };
}
