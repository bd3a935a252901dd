/** A file to compare with: an eval document of ours, or promptfoo's JSON output. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { EngineError } from '../engine/errors.js';
import type { EvalRequest } from '../engine/evaluation/types.js';
import type { CaseResult, EvalColumn, EvalDocument } from '../shared/evalDocument.js';

/** What `--baseline` names: a version, a file, else a git ref. */
export function baselineOf(name: string): Pick<EvalRequest, 'baseline' | 'baselineReport'> {
  if (/^v\d+$/u.test(name)) return { baseline: name };
  if (!existsSync(name) || !statSync(name).isFile()) {
    if (!/\.(?:json|ya?ml|md)$/iu.test(name)) return { baseline: name };
    throw new EngineError(
      'BAD_USAGE',
      `The baseline ${name} is no file that exists. Name a version (v1), a branch or tag, or a file of ratchet eval --out.`,
    );
  }
  const data = parse(name);
  if (isRecord(data) && data['schema'] === 'promptratchet.eval/1' && Array.isArray(data['suites'])) {
    return { baselineReport: { ref: name, document: data as unknown as EvalDocument } };
  }
  const document = isRecord(data) ? promptfooDocument(data) : null;
  if (document !== null) return { baselineReport: { ref: name, document, byVars: true } };
  throw new EngineError('BAD_USAGE', `${name} is neither an eval document nor promptfoo's results. Write one with ratchet eval --out.`);
}

function parse(name: string): unknown {
  try {
    return JSON.parse(readFileSync(name, 'utf8')) as unknown;
  } catch (error) {
    throw new EngineError('BAD_USAGE', `The baseline ${name} cannot be read as JSON. Write one with ratchet eval --out.`, {}, error);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * promptfoo's results as one suite: enough to compare, paired by variables. `null` where it is none. A result of `failureReason` 2 is an error, as
 * there.
 */
export function promptfooDocument(data: Record<string, unknown>): EvalDocument | null {
  const outer = isRecord(data['results']) ? data['results'] : data;
  const results = outer['results'];
  if (!Array.isArray(results)) return null;
  const columns = new Map<string, EvalColumn>();
  const cases: CaseResult[] = [];
  const repeats = new Map<string, number>();
  for (const result of results as unknown[]) {
    if (!isRecord(result) || typeof result['success'] !== 'boolean') continue;
    const column = columnOf(result, columns);
    const vars = isRecord(result['vars']) ? result['vars'] : {};
    const key = `${column.id}\n${JSON.stringify(vars)}`;
    const repeat = (repeats.get(key) ?? 0) + 1;
    repeats.set(key, repeat);
    cases.push(caseOf(result, column.id, vars, repeat));
  }
  if (cases.length === 0) return null;
  const stats = {
    cases: 0,
    passed: 0,
    failed: 0,
    errored: 0,
    cached: 0,
    requests: 0,
    notEvaluated: 0,
    seconds: 0,
    tokens: { in: null, out: null },
    cost: null,
  };
  const suite = { suite: '', columns: [...columns.values()], stats, passRate: null, cases, metrics: {}, health: [], baseline: null };
  return { schema: 'promptratchet.eval/1', run: 'promptfoo', complete: true, suites: [suite] };
}

function columnOf(result: Record<string, unknown>, columns: Map<string, EvalColumn>): EvalColumn {
  const nameIn = (value: unknown, ...keys: string[]): string => {
    if (typeof value === 'string') return value;
    if (!isRecord(value)) return '';
    return keys.map((key) => value[key]).find((found): found is string => typeof found === 'string' && found !== '') ?? '';
  };
  const prompt = nameIn(result['prompt'], 'label', 'raw');
  const provider = nameIn(result['provider'], 'label', 'id');
  const known = columns.get(`${prompt}\n${provider}`);
  if (known !== undefined) return known;
  const column = { id: `c${String(columns.size + 1)}`, prompt, version: 'working', provider, passRate: null, recorded: false };
  columns.set(`${prompt}\n${provider}`, column);
  return column;
}

function caseOf(result: Record<string, unknown>, column: string, vars: Record<string, unknown>, repeat: number): CaseResult {
  const status = result['success'] === true ? 'pass' : result['failureReason'] === 2 ? 'error' : 'fail';
  return {
    id: `promptfoo ${JSON.stringify(vars)}`,
    description: null,
    column,
    repeat,
    vars,
    status,
    score: typeof result['score'] === 'number' && status !== 'error' ? result['score'] : null,
    reason: '',
    output: null,
    assertions: [],
    latencyMs: null,
    cached: false,
    cost: null,
    error: null,
  };
}
