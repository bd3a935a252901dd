/** What a run is compared with: found before anything is asked, so that a baseline that is not there costs nothing. */
import type { EvalDocument, SuiteReport } from '../../shared/evalDocument.js';
import type { EngineContext, PromptService, VersionService } from '../api.js';
import { EngineError } from '../errors.js';
import { compareBlessed, compareColumns, compareReport } from './baseline.js';
import { readBlessed } from './blessed.js';
import type { BlessedBaseline } from './blessed.js';
import type { Column } from './columns.js';
import type { EvalRequest, Suite } from './types.js';

export type BaselinePlan =
  /** Columns that run the baseline's text stand beside the others. `missing`: why some have none; `faults`: of these the errors. */
  | { kind: 'columns'; ref: string; missing: string[]; fault: EngineError | null }
  | { kind: 'blessed'; ref: string; blessed: BlessedBaseline }
  | { kind: 'report'; ref: string; document: EvalDocument; byVars: boolean };

interface Services {
  context: EngineContext;
  prompts: PromptService;
  versions: VersionService;
}

/** Repeats of the second half of an A/A check: others than those of the first, so that no answer is taken twice. */
const otherRepeats = 100;

/** The plan, and the columns to add. Throws BAD_USAGE for a ref that git does not know. */
export async function planBaseline(
  services: Services,
  suite: Suite,
  columns: readonly Column[],
  request: EvalRequest,
): Promise<{ plan: BaselinePlan | null; columns: Column[] }> {
  if (request.aa === true) return { plan: { kind: 'columns', ref: 'itself', missing: [], fault: null }, columns: columns.map(twin) };
  const { baseline: ref, baselineReport: report } = request;
  if (report !== undefined) {
    return { plan: { kind: 'report', ref: report.ref, document: report.document, byVars: report.byVars === true }, columns: [] };
  }
  if (ref === undefined) return { plan: null, columns: [] };
  const isVersion = /^v\d+$/u.test(ref);
  if (!isVersion) {
    const blessed = await blessedAt(services, suite, ref);
    if (blessed !== null) return { plan: { kind: 'blessed', ref, blessed }, columns: [] };
  }
  const added: Column[] = [];
  const missing = new Set<string>();
  let fault: EngineError | null = null;
  for (const column of columns) {
    if (column.version === 'inline') {
      missing.add(`The prompt ${column.prompt} stands in the suite itself, so it has no text at ${ref}. Give it a file of its own.`);
      continue;
    }
    try {
      const text = isVersion ? await services.versions.content(column.prompt, ref) : await textAt(services, column, ref);
      const document = services.prompts.parse(column.document.file, text);
      added.push({ ...column, id: `b${column.id.slice(1)}`, version: ref, document, baselineOf: column.id });
    } catch (error) {
      if (!EngineError.is(error)) throw error;
      fault ??= error;
      missing.add(error.message);
    }
  }
  return { plan: { kind: 'columns', ref, missing: [...missing], fault }, columns: added };
}

function twin(column: Column): Column {
  return { ...column, id: `b${column.id.slice(1)}`, baselineOf: column.id, repeatOffset: otherRepeats };
}

async function blessedAt({ context }: Services, suite: Suite, ref: string): Promise<BlessedBaseline | null> {
  const path = `.ratchet/baselines/${suite.file}.json`;
  const text = await fileAt(context, ref, path);
  if (text === null) return null;
  const blessed = readBlessed(text);
  if (blessed === null) throw new EngineError('BAD_USAGE', `${path} at ${ref} is no baseline. Bless a run again and commit it.`);
  return blessed;
}

async function textAt({ context }: Services, column: Column, ref: string): Promise<string> {
  const text = await fileAt(context, ref, column.document.file);
  if (text !== null) return text;
  throw new EngineError(
    'VERSION_NOT_FOUND',
    `${column.document.file} does not exist at ${ref}, so ${column.prompt} has nothing to be compared with.`,
  );
}

function fileAt({ ports }: EngineContext, ref: string, path: string): Promise<string | null> {
  if (ports.git.fileAt === undefined) throw new EngineError('BAD_USAGE', `Git cannot be asked for ${ref} here. Name a version or a file.`);
  return ports.git.fileAt(ref, path);
}

/** Throws the first reason where a baseline was wanted and no suite has any. */
export function throwIfNoBaseline(plans: readonly { baseline?: BaselinePlan | null; columns: readonly Column[] }[]): void {
  const faults = plans.flatMap(({ baseline, columns }) =>
    baseline?.kind === 'columns' && columns.every(({ baselineOf }) => baselineOf === null) ? [baseline] : [],
  );
  const [first] = faults;
  if (first === undefined || faults.length < plans.length) return;
  throw first.fault ?? new EngineError('BAD_USAGE', first.missing[0] ?? `Nothing can be compared with ${first.ref}.`);
}

/** Puts the comparison into a finished report. */
export function compareWith(plan: BaselinePlan, suite: Suite, report: SuiteReport): void {
  const known = new Set(suite.cases.map(({ id }) => id));
  if (plan.kind === 'columns') compareColumns(report, plan.ref, plan.missing);
  else if (plan.kind === 'blessed') compareBlessed(report, plan.ref, plan.blessed, known);
  else compareReport(report, { ref: plan.ref, document: plan.document, byVars: plan.byVars }, known);
}
