/** Code that a suite names. */
import { EngineError } from '../errors.js';
import type { References } from './references.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { SuiteCode } from './types.js';

const codeFile = /^(file:\/\/.+\.(?:[cm]?[jt]s|py|rb|go))(?::([\w$.]+))?$/u;

/** The value is a file of code, `file://check.js` or `file://check.py:function`. */
export function isCodeFile(value: unknown): value is string {
  return typeof value === 'string' && codeFile.test(value);
}

/**
 * Code as a suite writes it: a file of the workspace, with or without a function's name, or code that stands in the suite itself, which is
 * JavaScript but for Python's own types. A file that cannot be used is reported at `path` and is a `problem` of the code.
 */
export async function readCode(
  source: SuiteSource,
  path: Path,
  written: string,
  references: References,
  trusted: boolean,
  language: SuiteCode['language'] = 'javascript',
): Promise<SuiteCode> {
  const range = source.range(path);
  const [, reference, name] = codeFile.exec(written) ?? [];
  if (reference === undefined) {
    if (!written.startsWith('file://') && !written.startsWith('package:')) return { language, text: written, range };
    return refused(source, range, new EngineError('SUITE_INVALID', `${written} is no file of JavaScript or Python, so it is not run.`));
  }
  const of: SuiteCode['language'] = reference.endsWith('.py') ? 'python' : 'javascript';
  if (/\.(?:rb|go)$/u.test(reference))
    return refused(source, range, new EngineError('SUITE_INVALID', `${reference} is neither JavaScript nor Python, so it is not run.`));
  if (!trusted)
    return refused(
      source,
      range,
      new EngineError('UNTRUSTED_WORKSPACE', 'Code of suites is run in trusted workspaces only. Trust the workspace first.'),
    );
  try {
    const file = await references.resolve(reference);
    return { language: of, file, range, ...(name === undefined ? {} : { name }) };
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    return refused(source, range, error);
  }
}

function refused(source: SuiteSource, range: SuiteCode['range'], { code, message }: EngineError): SuiteCode {
  source.report('error', code, message, range);
  return { language: 'javascript', range, problem: message };
}
