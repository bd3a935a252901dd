import { isRecord } from '../config/yaml.js';
import { isEvaluated, nearestType, splitNegation, typeExists, whyNotEvaluated } from './assertionTypes.js';
import { checkValue, contentOf, loadValue, type ValueReader } from './assertionValues.js';
import { parseExpected } from './expected.js';
import type { References } from './references.js';
import { isReference } from './references.js';
import { readCode } from './suiteCode.js';
import type { Keys } from './suiteKeys.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { Assertion } from './types.js';

/** `$ref` changes what the assertion means, so an assertion where it is left is not evaluated at all. */
export const assertionKeys: Keys = {
  read: ['type', 'value', 'threshold', 'weight', 'metric', 'provider', 'rubricPrompt', 'transform', 'contextTransform', 'config'],
  ignored: ['$ref'],
};
export const assertionSetKeys: Keys = { read: ['type', 'assert', 'threshold', 'weight', 'metric'], ignored: ['$ref', 'config'] };

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
  return readList({ source, references, trusted }, path, value, false);
}

async function readList(reader: ValueReader, path: Path, value: unknown, inSet: boolean): Promise<Assertion[]> {
  const { source } = reader;
  if (!Array.isArray(value)) {
    source.report('error', 'assert-invalid', '"assert" must be a list of assertions.', source.range(path));
    return [unusable(source.range(path))];
  }
  const assertions: Assertion[] = [];
  for (const [index, item] of (value as unknown[]).entries()) {
    assertions.push(await readAssertion(reader, [...path, index], item, inSet));
  }
  return assertions;
}

function unusable(range: Assertion['range'], problem = 'it is no assertion'): Assertion {
  return { type: 'unknown', negate: false, value: null, threshold: null, weight: 1, metric: null, range, problem };
}

async function readAssertion(reader: ValueReader, path: Path, item: unknown, inSet: boolean): Promise<Assertion> {
  const { source } = reader;
  const range = source.range(path);
  const raw = typeof item === 'string' ? { ...parseExpected(item) } : item;
  if (isReference(item) && isRecord(raw) && raw['type'] === 'equals') {
    const message = `A list of assertions cannot take others from ${item}. Write them here, or give the whole test as a file.`;
    source.report('error', 'assert-invalid', message, range);
    return unusable(range, 'assertions are not read from another file');
  }
  if (!isRecord(raw) || typeof raw['type'] !== 'string') {
    source.report('error', 'assert-invalid', 'An assertion needs a type, such as { type: contains, value: … }.', range);
    return unusable(range);
  }
  const { type, negate } = splitNegation(raw['type']);
  const assertion: Assertion = {
    type,
    negate,
    value: raw['value'] ?? null,
    threshold: number(raw['threshold']),
    weight: number(raw['weight']) ?? 1,
    metric: typeof raw['metric'] === 'string' ? raw['metric'] : null,
    range,
  };
  const problem = typeProblem(source, assertion, typeof item === 'string' ? range : source.range([...path, 'type']), inSet);
  if (problem !== null) assertion.problem = problem;
  checkNumbers(source, path, raw, assertion);
  if (type === 'assert-set') await readSet(reader, path, raw, assertion);
  else await readRest(reader, path, raw, assertion);
  return assertion;
}

/** Reports a type that does not exist, or is not evaluated here. */
function typeProblem(source: SuiteSource, { type, negate }: Assertion, range: Assertion['range'], inSet: boolean): string | null {
  const written = `${negate ? 'not-' : ''}${type}`;
  if (!typeExists(type, negate)) {
    const near = nearestType(type, negate);
    const hint = near === null ? 'See the README for the types.' : `Did you mean "${near}"?`;
    source.report(
      'error',
      'unknown-assertion',
      `The assertion type "${written}" does not exist, so it never counts as passed. ${hint}`,
      range,
    );
    return 'this type does not exist';
  }
  if (inSet && type === 'assert-set') {
    source.report('error', 'assert-invalid', 'An assert-set cannot stand in another one. Write its assertions out.', range);
    return 'a set cannot stand in another one';
  }
  if (isEvaluated(type)) return null;
  const why = whyNotEvaluated(type) ?? '';
  source.report(
    'warning',
    'assertion-not-evaluated',
    `The assertion type "${written}" is not evaluated here, and never counts as passed: ${why}.`,
    range,
  );
  return why;
}

async function readSet(reader: ValueReader, path: Path, raw: Record<string, unknown>, assertion: Assertion): Promise<void> {
  const { source } = reader;
  source.checkKeys(path, raw, assertionSetKeys.read, assertionSetKeys.ignored);
  // The same set is the same case: its assertions are what it asks, as a value is.
  assertion.value = raw['assert'] ?? null;
  if (assertion.problem !== undefined) return;
  const parts = await readList(reader, [...path, 'assert'], raw['assert'] ?? [], true);
  assertion.parts = parts;
  if (parts.length > 0) return;
  source.report(
    'error',
    'assert-invalid',
    'An assert-set needs assertions in "assert", so it never counts as passed.',
    source.range([...path, 'assert']),
  );
  assertion.problem = 'it has no assertions';
}

async function readRest(reader: ValueReader, path: Path, raw: Record<string, unknown>, assertion: Assertion): Promise<void> {
  const { source, references, trusted } = reader;
  source.checkKeys(path, raw, assertionKeys.read, assertionKeys.ignored);
  const changed = assertionKeys.ignored.find((key) => raw[key] !== undefined);
  if (changed !== undefined) assertion.problem ??= `"${changed}" is not run here`;
  if (raw['provider'] !== undefined && raw['provider'] !== null) assertion.provider = raw['provider'];
  if (isRecord(raw['config'])) assertion.config = raw['config'];
  const { rubricPrompt } = raw;
  if (rubricPrompt !== undefined && rubricPrompt !== null)
    assertion.rubricPrompt = isReference(rubricPrompt)
      ? await contentOf(reader, [...path, 'rubricPrompt'], rubricPrompt, assertion)
      : rubricPrompt;
  for (const key of ['transform', 'contextTransform'] as const) {
    const code = raw[key];
    if (typeof code === 'string') assertion[key] = await readCode(source, [...path, key], code, references, trusted);
    else if (code !== undefined && code !== null) assertion.problem ??= `its ${key} is no code`;
  }
  await loadValue(reader, path, assertion);
  checkValue(source, path, assertion);
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
