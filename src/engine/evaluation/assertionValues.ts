/** Values of assertions: files that they name, and whether they are what a type needs. */
import { EngineError } from '../errors.js';
import { isRecord, parseYaml } from '../config/yaml.js';
import { factsOf } from './assertionTypes.js';
import type { References } from './references.js';
import { isReference } from './references.js';
import { isCodeFile, readCode } from './suiteCode.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { Assertion } from './types.js';

export interface ValueReader {
  source: SuiteSource;
  references: References;
  trusted: boolean;
}

/**
 * Replaces a `file://` value, alone or in a list, by the file's content: data parsed, text trimmed. Files of code become `valueCode`, which
 * judges, or makes the value. What cannot be read is reported and is the assertion's problem.
 */
export async function loadValue(reader: ValueReader, path: Path, assertion: Assertion): Promise<void> {
  const { value } = assertion;
  if (Array.isArray(value)) {
    const items = value as unknown[];
    const fileItems = [...items.keys()].filter((index) => isReference(items[index]));
    if (fileItems.length === 0) return;
    const loaded = [...items];
    for (const index of fileItems) loaded[index] = await contentOf(reader, [...path, 'value', index], String(items[index]), assertion);
    assertion.value = loaded;
    assertion.fileItems = fileItems;
    return;
  }
  if (isCodeFile(value)) {
    const code = await readCode(reader.source, [...path, 'value'], value, reader.references, reader.trusted);
    if (code.problem === undefined) assertion.valueCode = code;
    else assertion.problem = code.problem;
  } else if (isReference(value)) {
    assertion.fromFile = true;
    assertion.value = await contentOf(reader, [...path, 'value'], value, assertion);
  } else if (typeof value === 'string' && /^package:[^\s]+:[\w$.]+$/u.test(value)) {
    assertion.problem = 'a function of a package is not run here. Export it from a file of the workspace';
    reader.source.report(
      'error',
      'assert-invalid',
      `The assertion "${assertion.type}" never counts as passed: ${assertion.problem}.`,
      reader.source.range([...path, 'value']),
    );
  }
}

/** A file's content: data parsed, text trimmed; `null` where it cannot be read, which is then reported and the assertion's problem. */
export async function contentOf(
  { source, references }: ValueReader,
  path: Path,
  reference: string,
  assertion: Assertion,
): Promise<unknown> {
  try {
    const { file, text } = await references.read(reference);
    if (!/\.(?:json|ya?ml)$/u.test(file)) return text.trim();
    const { value, problems } = parseYaml(file, text);
    const wrong = problems.find(({ severity }) => severity === 'error');
    if (wrong !== undefined) throw new EngineError('SUITE_INVALID', `${reference} cannot be read: ${wrong.message}`);
    return value;
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    source.report('error', error.code, error.message, source.range(path));
    assertion.problem = error.message;
    return null;
  }
}

/** A value of the wrong kind makes the assertion one that cannot be evaluated. */
export function checkValue(source: SuiteSource, path: Path, assertion: Assertion): void {
  const { type } = assertion;
  const facts = factsOf(type);
  if (facts === null || assertion.problem !== undefined) return;
  let wrong = assertion.valueCode === undefined ? valueFault(facts.value, assertion.value) : null;
  if (facts.threshold !== undefined && assertion.threshold === null) wrong = `needs a threshold ${facts.threshold}`.trimEnd();
  if (type === 'regex' && wrong === null && assertion.valueCode === undefined && !String(assertion.value).includes('{{'))
    wrong = regexFault(String(assertion.value));
  if (wrong === null) return;
  const message = `The assertion "${type}" ${wrong}, so it never counts as passed.`;
  source.report('error', 'assert-invalid', message, source.range([...path, 'value']));
  assertion.problem = `it ${wrong}`;
}

function valueFault(kind: string, value: unknown): string | null {
  switch (kind) {
    case 'text':
      return isScalar(value) ? null : 'needs a text as its value';
    case 'texts':
      return isScalar(value) || (Array.isArray(value) && value.length > 0 && value.every(isScalar))
        ? null
        : 'needs a text or a list of texts as its value';
    case 'list':
      return (Array.isArray(value) ? value.length > 0 : isScalar(value) && value !== '') ? null : 'needs a list as its value';
    case 'any':
      return value !== null ? null : 'needs a value';
    case 'code':
      return typeof value === 'string' ? null : 'needs code as its value';
    case 'count':
      return isRecord(value) || isScalar(value) ? null : 'needs a number or { min, max } as its value';
    default:
      return null;
  }
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function regexFault(pattern: string): string | null {
  try {
    new RegExp(pattern);
    return null;
  } catch (error) {
    return `has an invalid pattern (${error instanceof Error ? error.message : String(error)})`;
  }
}
