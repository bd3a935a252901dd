import { EngineError } from '../errors.js';
import { nearest } from '../config/nearest.js';
import { isRecord } from '../config/yaml.js';
import { allTypes, evaluatedTypes, isEvaluated, splitNegation } from './assertionTypes.js';
import { parseExpected } from './expected.js';
import type { References } from './references.js';
import { isReference } from './references.js';
import type { Path, SuiteSource } from './suiteSource.js';
import { parseYaml } from '../config/yaml.js';
import type { Assertion } from './types.js';

const readKeys = ['type', 'value', 'threshold', 'weight', 'metric'];
/** They change what the assertion means, so an assertion with one of them is not evaluated at all. */
const otherKeys = ['transform', 'provider', 'rubricPrompt', 'config', 'contextTransform', 'assert', '$ref'];

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** Reads a list of assertions. What cannot be used is reported at its place and kept, so that it is counted as not evaluated. */
export async function readAssertions(
  source: SuiteSource,
  path: Path,
  value: unknown,
  references: References,
  trusted: boolean,
): Promise<Assertion[]> {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    source.report('error', 'assert-invalid', '"assert" must be a list of assertions.', source.range(path));
    return [unusable(source.range(path))];
  }
  const assertions: Assertion[] = [];
  for (const [index, item] of (value as unknown[]).entries()) {
    assertions.push(await readAssertion(source, [...path, index], item, references, trusted));
  }
  return assertions;
}

function unusable(range: Assertion['range']): Assertion {
  return { type: 'unknown', negate: false, value: null, threshold: null, weight: 1, metric: null, range, problem: 'it is no assertion' };
}

async function readAssertion(source: SuiteSource, path: Path, item: unknown, references: References, trusted: boolean): Promise<Assertion> {
  const range = source.range(path);
  const raw = typeof item === 'string' ? { ...parseExpected(item) } : item;
  if (!isRecord(raw) || typeof raw['type'] !== 'string') {
    source.report('error', 'assert-invalid', 'An assertion needs a type, such as { type: contains, value: … }.', range);
    return unusable(range);
  }
  const { type, negate } = splitNegation(raw['type']);
  const typeRange = typeof item === 'string' ? range : source.range([...path, 'type']);
  if (!allTypes.includes(type)) {
    const [near] = nearest(type, allTypes);
    const hint = near === undefined ? 'See the README for the types.' : `Did you mean "${negate ? 'not-' : ''}${near}"?`;
    source.report(
      'error',
      'unknown-assertion',
      `The assertion type "${raw['type']}" does not exist, so it never counts as passed. ${hint}`,
      typeRange,
    );
  } else if (!isEvaluated(type)) {
    source.report(
      'warning',
      'assertion-not-evaluated',
      `The assertion type "${raw['type']}" is not evaluated here yet, and never counts as passed.`,
      typeRange,
    );
  }
  source.checkKeys(path, raw, readKeys, otherKeys);
  const changed = otherKeys.find((key) => raw[key] !== undefined);
  const assertion: Assertion = {
    type,
    negate,
    value: raw['value'] ?? null,
    threshold: number(raw['threshold']),
    weight: number(raw['weight']) ?? 1,
    metric: typeof raw['metric'] === 'string' ? raw['metric'] : null,
    range,
  };
  if (!allTypes.includes(type)) assertion.problem = 'this type does not exist';
  else if (!isEvaluated(type)) assertion.problem = 'this type is not evaluated here';
  else if (changed !== undefined) assertion.problem = `"${changed}" is not run here`;
  checkNumbers(source, path, raw, assertion);
  if (isReference(assertion.value)) await loadValue(source, path, assertion, references, trusted);
  checkValue(source, path, assertion);
  return assertion;
}

/** Replaces a `file://` value by the file's content: code as it is, data parsed, text trimmed. */
async function loadValue(source: SuiteSource, path: Path, assertion: Assertion, references: References, trusted: boolean): Promise<void> {
  const reference = String(assertion.value);
  const at = source.range([...path, 'value']);
  try {
    const isCode = /\.[cm]?[jt]s(?::\w+)?$/u.test(reference);
    if (isCode && !trusted) {
      throw new EngineError(
        'UNTRUSTED_WORKSPACE',
        'Code of assertions is read and run in trusted workspaces only. Trust the workspace first.',
      );
    }
    const { file, text } = await references.read(reference);
    assertion.fromFile = true;
    if (isCode && !/\.[cm]?js$/u.test(file))
      throw new EngineError('SUITE_INVALID', `${file} is TypeScript, which is not run here. Write it as JavaScript.`);
    assertion.value = /\.(?:json|ya?ml)$/u.test(file) ? parseYaml(file, text).value : isCode ? text : text.trim();
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    source.report('error', error.code, error.message, at);
    assertion.problem = error.message;
  }
}

/** A weight or threshold that is no number would be left out in silence, and a negative weight turns a failure into a success. */
function checkNumbers(source: SuiteSource, path: Path, raw: Record<string, unknown>, assertion: Assertion): void {
  for (const key of ['weight', 'threshold']) {
    const value = raw[key];
    if (value === undefined || value === null) continue;
    if (number(value) !== null && !(key === 'weight' && Number(value) < 0)) continue;
    const wrong = key === 'weight' ? 'needs a number of at least 0 as its weight' : 'needs a number as its threshold';
    const range = source.range([...path, key]);
    source.report('error', 'assert-invalid', `The assertion "${assertion.type}" ${wrong}, so it never counts as passed.`, range);
    assertion.problem ??= `it ${wrong}`;
  }
}

/** A value of the wrong kind makes the assertion one that cannot be evaluated. */
function checkValue(source: SuiteSource, path: Path, assertion: Assertion): void {
  const { type, value } = assertion;
  const kind = isEvaluated(type) && assertion.problem === undefined ? evaluatedTypes[type] : undefined;
  const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  let wrong: string | null = null;
  if (kind === 'text' && !scalar) wrong = 'needs a text as its value';
  if (kind === 'code' && typeof value !== 'string') wrong = 'needs code as its value';
  if (kind === 'any' && value === null) wrong = 'needs a value';
  if (kind === 'list' && !(Array.isArray(value) ? value.length > 0 : scalar && String(value) !== '')) wrong = 'needs a list as its value';
  if (kind === 'number' && assertion.threshold === null) wrong = 'needs a threshold in milliseconds';
  if (type === 'regex' && kind !== undefined && wrong === null && !String(value).includes('{{')) wrong = regexFault(String(value));
  if (wrong === null) return;
  source.report(
    'error',
    'assert-invalid',
    `The assertion "${type}" ${wrong}, so it never counts as passed.`,
    source.range([...path, 'value']),
  );
  assertion.problem = `it ${wrong}`;
}

function regexFault(pattern: string): string | null {
  try {
    new RegExp(pattern);
    return null;
  } catch (error) {
    return `has an invalid pattern (${error instanceof Error ? error.message : String(error)})`;
  }
}
