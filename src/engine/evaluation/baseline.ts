/** A suite's report against a baseline: which columns belong together, what is paired, and what the pairs say. */
import type { CaseResult, EvalBaseline, EvalColumn, EvalComparison, EvalDocument, SuiteReport } from '../../shared/evalDocument.js';
import { hashText, stableJson } from './cacheKey.js';
import type { BlessedBaseline } from './blessed.js';
import { comparePairs, holm } from './pairing.js';
import type { CaseMark } from './pairing.js';

/** One column of either side. */
export interface Side {
  /** Of the report's column; a blessed one has none. */
  id: string | null;
  prompt: string;
  label: string | null;
  provider: string;
  /** `null` where the baseline does not say. */
  model: string | null;
  sha256: string | null;
  cases: Map<string, CaseMark>;
}

export type Reported = Pick<SuiteReport, 'suite' | 'columns' | 'cases'>;

/** A column that runs the baseline's text, in older reports too. */
export function isBaselineColumn({ id, baselineOf }: Pick<EvalColumn, 'id' | 'baselineOf'>): boolean {
  return baselineOf !== undefined || id.startsWith('b');
}

export function sidesOf(report: Reported, columns: readonly EvalColumn[]): Side[] {
  const byColumn = new Map<string, CaseResult[]>();
  for (const result of report.cases) {
    const list = byColumn.get(result.column);
    if (list === undefined) byColumn.set(result.column, [result]);
    else list.push(result);
  }
  return columns.map(({ id, prompt, promptLabel, provider, model, sha256 }) => ({
    id,
    prompt,
    label: promptLabel ?? null,
    provider,
    model: model ?? null,
    sha256: sha256 ?? null,
    cases: marksOf(byColumn.get(id) ?? []),
  }));
}

/** Repeats of a case averaged; errors are on neither side. */
export function marksOf(results: readonly CaseResult[]): Map<string, CaseMark> {
  const sums = new Map<string, { passed: number; score: number; scored: number; count: number; vars: string }>();
  for (const { id, status, score, vars } of results) {
    const sum = sums.get(id) ?? { passed: 0, score: 0, scored: 0, count: 0, vars: hashText(stableJson(vars)).slice(0, 12) };
    sums.set(id, sum);
    if (status === 'error') continue;
    sum.count++;
    if (status === 'pass') sum.passed++;
    if (score === null) continue;
    sum.scored++;
    sum.score += score;
  }
  return new Map(
    [...sums].map(([id, { passed, score, scored, count, vars }]) => [
      id,
      { pass: count === 0 ? null : passed / count, score: scored === 0 ? null : score / scored, vars },
    ]),
  );
}

function blessedSides(blessed: BlessedBaseline): Side[] {
  return blessed.columns.map(({ prompt, provider, model, sha256, cases, scores, vars }) => ({
    id: null,
    prompt,
    label: null,
    provider,
    model: model ?? null,
    sha256: sha256 ?? null,
    cases: new Map(Object.entries(cases).map(([id, pass]) => [id, { pass, score: scores?.[id] ?? null, vars: vars?.[id] ?? null }])),
  }));
}

interface Match {
  now: Side;
  before: Side | null;
  notes: string[];
  /** Why there is no `before`. */
  why: string;
}

/** Columns belong together where prompt and model's name are the same. One that is alone with its prompt on both sides may have another model: said. */
function match(sides: readonly Side[], before: readonly Side[], ref: string, lax = false): Match[] {
  const taken = new Set<Side>();
  // Another tool calls a prompt otherwise; where there is only one on either side it is that one.
  const one = (list: readonly Side[]): boolean => new Set(list.map(({ prompt }) => prompt)).size === 1;
  const anyName = lax && one(sides) && one(before);
  return sides.map((now) => {
    const ofPrompt = before.filter(({ prompt }) => anyName || prompt === now.prompt || prompt === now.label);
    const same = ofPrompt.find((side) => side.provider === now.provider && !taken.has(side));
    if (same !== undefined) {
      taken.add(same);
      return { now, before: same, notes: [], why: '' };
    }
    const [only] = ofPrompt;
    if (only !== undefined && ofPrompt.length === 1 && sides.filter(({ prompt }) => prompt === now.prompt).length === 1) {
      const note = `The baseline was made with another model (${only.provider}, now ${now.provider}), so this compares models as well as texts.`;
      return { now, before: only, notes: [note], why: '' };
    }
    const why =
      ofPrompt.length === 0
        ? `${ref} has no column of the prompt ${now.prompt}.`
        : `${ref} has no column of ${now.prompt} with the model ${now.provider} (it has ${ofPrompt.map(({ provider }) => provider).join(', ')}).`;
    return { now, before: null, notes: [], why };
  });
}

/** Puts the comparison of each column, of all of them, and what could not be compared into the report. `known`: ids of all cases of the suite. */
function apply(report: SuiteReport, ref: string, matches: readonly Match[], known: ReadonlySet<string>): void {
  const found: { column: EvalColumn; comparison: EvalComparison }[] = [];
  const notCompared: string[] = [];
  for (const { now, before, notes, why } of matches) {
    const column = report.columns.find(({ id }) => id === now.id);
    if (column === undefined) continue;
    if (before === null) {
      notCompared.push(`${why} Run it once with --bless, or name another baseline.`);
      continue;
    }
    const comparison = comparePairs(now.cases, before.cases, known);
    if (comparison === null) {
      notCompared.push(
        `No case of ${now.prompt} with the model ${now.provider} is in ${ref} as it is now: the cases were edited, or ended in errors.`,
      );
      continue;
    }
    comparison.notes = [...notes, ...modelNotes(now, before, notes.length > 0), ...(comparison.notes ?? [])];
    column.baseline = comparison;
    found.push({ column, comparison });
  }
  if (notCompared.length > 0) report.notCompared = notCompared;
  report.baseline = together(
    ref,
    found.map(({ comparison }) => comparison),
  );
}

function modelNotes(now: Side, before: Side, said: boolean): string[] {
  const notes: string[] = [];
  if (!said && now.model !== null && before.model !== null && now.model !== before.model)
    notes.push(
      `The model behind ${now.provider} is another one (${before.model}, now ${now.model}), so this compares models as well as texts.`,
    );
  if (now.sha256 !== null && now.sha256 === before.sha256)
    notes.push('The text is that of the baseline: what differs comes from elsewhere.');
  return notes;
}

/** The columns as one: mean change, and the verdict after Holm's correction for their number; one worse column makes it worse. */
function together(ref: string, all: readonly EvalComparison[]): EvalBaseline | null {
  const [first] = all;
  if (first === undefined) return null;
  if (all.length === 1) return { ref, ...first, ...(first.notes === undefined ? {} : { notes: [...first.notes] }) };
  const adjusted = holm(all.map(({ p }) => p));
  for (const [index, comparison] of all.entries()) {
    // Several looks at once: what stands in the column must not say more than they do together.
    if ((adjusted[index] ?? 1) >= 0.05) comparison.verdict = 'no-evidence';
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const ends = (pick: 'lo' | 'hi'): number | null => {
    const values = all.map((comparison) => comparison[pick]);
    const known = values.filter((value) => value !== null);
    return known.length < values.length ? null : mean(known);
  };
  const union = (pick: 'regressed' | 'fixed'): string[] => [...new Set(all.flatMap((comparison) => comparison[pick]))];
  const verdicts = all.map(({ verdict }) => verdict);
  const sum = (pick: 'changed' | 'added' | 'gone' | 'errored'): number =>
    all.reduce((total, { unpaired }) => total + (unpaired?.[pick] ?? 0), 0);
  return {
    ref,
    delta: mean(all.map(({ delta }) => delta)),
    lo: ends('lo'),
    hi: ends('hi'),
    p: Math.min(...adjusted),
    verdict: verdicts.includes('worse') ? 'worse' : verdicts.includes('better') ? 'better' : 'no-evidence',
    regressed: union('regressed'),
    fixed: union('fixed'),
    pairs: all.reduce((total, { pairs }) => total + (pairs ?? 0), 0),
    unpaired: { changed: sum('changed'), added: sum('added'), gone: sum('gone'), errored: sum('errored') },
  };
}

/** Columns run side by side: each with the one that has the baseline's text. `missing`: why others have none. */
export function compareColumns(report: SuiteReport, ref: string, missing: readonly string[]): void {
  const sides = new Map(sidesOf(report, report.columns).map((side) => [side.id, side]));
  const matches = report.columns.flatMap(({ id, baselineOf }): Match[] => {
    const [now, before] = [sides.get(baselineOf ?? ''), sides.get(id)];
    return baselineOf === undefined || now === undefined || before === undefined ? [] : [{ now, before, notes: [], why: '' }];
  });
  apply(report, ref, matches, new Set(report.cases.map(({ id }) => id)));
  if (missing.length > 0) report.notCompared = [...(report.notCompared ?? []), ...missing];
}

/** Against an earlier report, which may be of several suites. `byVars`: promptfoo's, of whatever suite. */
export function compareReport(
  report: SuiteReport,
  { ref, document, byVars }: { ref: string; document: EvalDocument; byVars: boolean },
  known: ReadonlySet<string>,
): void {
  const main = sidesOf(
    report,
    report.columns.filter((column) => !isBaselineColumn(column)),
  );
  const old = byVars ? document.suites[0] : document.suites.find(({ suite }) => suite === report.suite);
  if (old === undefined) {
    report.notCompared = [`${ref} has no results of ${report.suite}.`];
    return;
  }
  const before = sidesOf(
    old,
    old.columns.filter((column) => !isBaselineColumn(column)),
  );
  apply(report, ref, match(main, byVars ? before.map((side) => renamed(side, main)) : before, ref, byVars), known);
  if (!byVars) return;
  for (const comparison of [report.baseline, ...report.columns.map(({ baseline }) => baseline)])
    comparison?.notes?.push('Its cases are found by their variables, so assertions that were edited since are not noticed.');
}

/** Cases of another tool under our ids, found by their variables. Where two of ours have the same, neither is. */
function renamed(before: Side, main: readonly Side[]): Side {
  const ids = new Map<string, string | null>();
  for (const [id, { vars }] of new Map(main.flatMap(({ cases }) => [...cases]))) {
    if (vars !== null) ids.set(vars, ids.has(vars) ? null : id);
  }
  const cases = [...before.cases].map(([key, mark]) => [ids.get(mark.vars ?? '') ?? key, mark] as const);
  return { ...before, cases: new Map(cases) };
}

/** Against what was blessed: always there, so columns that it does not have are no fault of the run. */
export function compareBlessed(report: SuiteReport, ref: string, blessed: BlessedBaseline, known: ReadonlySet<string>): void {
  const main = sidesOf(
    report,
    report.columns.filter((column) => !isBaselineColumn(column)),
  );
  apply(report, ref, match(main, blessedSides(blessed), ref), known);
}
