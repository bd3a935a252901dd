import type { SourceRange } from '../../shared/documents.js';
import { isRecord } from '../config/yaml.js';
import { multiply } from './caseIds.js';
import { readAssertions } from './readAssertions.js';
import { readVars } from './readVars.js';
import { isReference } from './references.js';
import { readSuiteCode } from './suiteParts.js';
import { testKeys, testOptionKeys } from './suiteKeys.js';
import type { Path, SuiteSource } from './suiteSource.js';
import { openReference } from './testReader.js';
import type { TestReader } from './testReader.js';
import type { Assertion, EvalCase, SuiteCode, SuiteProvider } from './types.js';

export type DraftCase = Omit<EvalCase, 'id'>;

export const maxCases = 100_000;

/** What a test, `defaultTest` or a row of a scenario says; each of them may leave out anything. */
export interface TestParts {
  vars: Record<string, unknown>;
  varCode: Record<string, SuiteCode>;
  assertions: Assertion[];
  threshold: number | null;
  metadata: Record<string, unknown>;
  affix: { prefix?: string; suffix?: string };
  disableVarExpansion?: boolean;
  disableDefaultAsserts?: boolean;
  transformVars: SuiteCode[];
  /** Keys of a case that are copied as they are. */
  more: Pick<
    DraftCase,
    'transform' | 'scoringFunction' | 'provider' | 'judge' | 'repeat' | 'only' | 'providerOutput' | 'storeOutputAs' | 'serial'
  >;
  /** Why a case with these parts cannot be judged. */
  problem?: string;
}

export const noParts: TestParts = {
  vars: {},
  varCode: {},
  assertions: [],
  threshold: null,
  metadata: {},
  affix: {},
  transformVars: [],
  more: {},
};

/** Both together: what stands in `own` goes before; assertions are those of both, in order. */
export function mergeParts(base: TestParts, own: TestParts): TestParts {
  const vars = { ...base.vars, ...own.vars };
  for (const name of Object.keys(own.varCode)) Reflect.deleteProperty(vars, name);
  const varCode = Object.fromEntries([
    ...Object.entries(base.varCode).filter(([name]) => !Object.hasOwn(own.vars, name)),
    ...Object.entries(own.varCode),
  ]);
  const problem = own.problem ?? base.problem;
  return {
    ...base,
    ...own,
    vars,
    varCode,
    assertions: [...base.assertions, ...own.assertions],
    threshold: own.threshold ?? base.threshold,
    metadata: { ...base.metadata, ...own.metadata },
    affix: { ...base.affix, ...own.affix },
    transformVars: own.transformVars.length > 0 ? own.transformVars : base.transformVars,
    more: {
      ...base.more,
      ...own.more,
      ...(base.more.judge === undefined && own.more.judge === undefined ? {} : { judge: { ...base.more.judge, ...own.more.judge } }),
      ...(base.more.only === undefined && own.more.only === undefined ? {} : { only: { ...base.more.only, ...own.more.only } }),
    },
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Cases of a test: one for each combination of its variables' lists. */
export function casesOf(
  source: SuiteSource,
  parts: TestParts,
  { description, range }: Pick<DraftCase, 'description' | 'range'>,
): DraftCase[] {
  // A transform of the variables sees lists as they are.
  const rows = parts.disableVarExpansion === true || parts.transformVars.length > 0 ? [parts.vars] : multiply(parts.vars, maxCases);
  if (rows === null) {
    const message = `The lists of this test multiply to more than ${String(maxCases)} cases. Shorten them.`;
    source.report('error', 'suite-too-large', message, range);
    return [];
  }
  const { prefix = '', suffix = '' } = parts.affix;
  const hasCode = Object.keys(parts.varCode).length > 0;
  return rows.map((vars) => ({
    description,
    vars,
    assertions: parts.assertions,
    threshold: parts.threshold,
    metadata: parts.metadata,
    ...(prefix === '' && suffix === '' ? {} : { affix: { prefix, suffix } }),
    ...(parts.transformVars.length === 0 ? {} : { transformVars: parts.transformVars }),
    ...(hasCode ? { varCode: parts.varCode } : {}),
    ...parts.more,
    ...(parts.problem === undefined ? {} : { problem: parts.problem }),
    file: source.file,
    range,
  }));
}

/** Reads the keys of a test. `isDefault`: those of `defaultTest`, which has no description of a case. */
export async function readParts(reader: TestReader, source: SuiteSource, path: Path, value: Record<string, unknown>): Promise<TestParts> {
  source.checkKeys(path, value, testKeys.read, testKeys.ignored);
  const options = isRecord(value['options']) ? value['options'] : {};
  const at = [...path, 'options'];
  source.checkKeys(at, options, testOptionKeys.read, testOptionKeys.ignored);
  const problems: string[] = [];
  const code = async (place: Path, written: unknown): Promise<SuiteCode> => {
    const read = await readSuiteCode(source, place, written, reader);
    if (read.problem !== undefined) problems.push(read.problem);
    return read;
  };

  const { threshold, metadata } = value;
  const isNumber = typeof threshold === 'number' && Number.isFinite(threshold);
  if (threshold !== undefined && threshold !== null && !isNumber) {
    const message = 'The threshold of a test must be a number such as 0.5, so the case is not evaluated.';
    source.report('error', 'test-invalid', message, source.range([...path, 'threshold']));
    problems.push('the threshold of the test is no number');
  }
  const { vars, varCode } = await readVars(reader, source, [...path, 'vars'], value['vars']);
  for (const each of Object.values(varCode)) if (each.problem !== undefined) problems.push(each.problem);

  const more: TestParts['more'] = {};
  const transformKey = options['transform'] === undefined || options['transform'] === '' ? 'postprocess' : 'transform';
  const transform = options[transformKey];
  if (transform !== undefined && transform !== null) more.transform = await code([...at, transformKey], transform);
  const transformVars = options['transformVars'];
  const varTransforms = transformVars === undefined || transformVars === null ? [] : [await code([...at, 'transformVars'], transformVars)];
  const scoring = value['assertScoringFunction'];
  if (scoring !== undefined && scoring !== null) {
    more.scoringFunction = await code([...path, 'assertScoringFunction'], scoring);
  }
  if (value['provider'] !== undefined && value['provider'] !== null) {
    const provider = providerOf(value['provider'], source.range([...path, 'provider']));
    if (provider === null) {
      source.report(
        'error',
        'provider-invalid',
        'The provider of a test must be an id or a mapping with id.',
        source.range([...path, 'provider']),
      );
      problems.push('its provider cannot be read');
    } else {
      more.provider = provider;
    }
  }
  if (value['providerOutput'] !== undefined && value['providerOutput'] !== null) more.providerOutput = value['providerOutput'];
  const judge = await readJudge(reader, source, at, options);
  if (judge !== null) more.judge = judge;
  const { repeat, storeOutputAs, runSerially } = options;
  if (typeof repeat === 'number' && Number.isInteger(repeat) && repeat > 0) more.repeat = repeat;
  if (typeof storeOutputAs === 'string') more.storeOutputAs = storeOutputAs;
  if (runSerially === true || typeof storeOutputAs === 'string') more.serial = true;
  const only = onlyOf(source, path, value);
  if (only !== undefined) more.only = only;

  const assertions = await readAssertions(source, [...path, 'assert'], value['assert'], reader.references, reader.trusted);
  const { prefix, suffix, disableVarExpansion, disableDefaultAsserts } = options;
  const [problem] = problems;
  return {
    vars,
    varCode,
    assertions,
    threshold: isNumber ? threshold : null,
    metadata: isRecord(metadata) ? metadata : {},
    // An empty one is none: that of the default stands, as in promptfoo.
    affix: {
      ...(typeof prefix === 'string' && prefix !== '' ? { prefix } : {}),
      ...(typeof suffix === 'string' && suffix !== '' ? { suffix } : {}),
    },
    ...(typeof disableVarExpansion === 'boolean' ? { disableVarExpansion } : {}),
    ...(typeof disableDefaultAsserts === 'boolean' ? { disableDefaultAsserts } : {}),
    transformVars: varTransforms,
    more,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** `provider`, `rubricPrompt` (whose `file://` is read) and `factuality` of a test's options; `null` where none of them is there. */
async function readJudge(
  reader: TestReader,
  source: SuiteSource,
  path: Path,
  { provider, rubricPrompt, factuality }: Record<string, unknown>,
): Promise<NonNullable<EvalCase['judge']> | null> {
  const at = [...path, 'rubricPrompt'];
  const own = isReference(rubricPrompt) ? (await openReference(reader, source, at, rubricPrompt))?.text : rubricPrompt;
  const judge = {
    ...(provider === undefined || provider === null ? {} : { provider }),
    ...(own === undefined || own === null ? {} : { rubricPrompt: own }),
    ...(isRecord(factuality) ? { factuality } : {}),
  };
  return Object.keys(judge).length === 0 ? null : judge;
}

function providerOf(written: unknown, range: SourceRange | null): SuiteProvider | null {
  if (typeof written === 'string') return { id: written, label: null, config: {}, range };
  if (!isRecord(written) || typeof written['id'] !== 'string') return null;
  const { id, label, config } = written;
  return { id, label: typeof label === 'string' ? label : null, config: isRecord(config) ? config : {}, range };
}

/** `prompts` and `providers`: names of the columns that the case is for. */
function onlyOf(source: SuiteSource, path: Path, value: Record<string, unknown>): EvalCase['only'] {
  const only: EvalCase['only'] & object = {};
  for (const key of ['prompts', 'providers'] as const) {
    const written = value[key];
    if (written === undefined || written === null) continue;
    const names: unknown[] = Array.isArray(written) ? written : [written];
    const known = names.map((name) => (isRecord(name) ? name['id'] : name)).filter((name) => typeof name === 'string');
    if (known.length < names.length)
      source.report('error', 'test-invalid', `"${key}" of a test must be names of ${key} of the suite.`, source.range([...path, key]));
    only[key] = known;
  }
  return Object.keys(only).length === 0 ? undefined : only;
}
