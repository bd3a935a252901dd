import { isBaselineColumn, marksOf } from './baseline.js';
import type { Reported } from './baseline.js';

/** One suite's blessed result, kept under git: how often each case passed, its score, hashes of what it was made from; no texts. */
export interface BlessedBaseline {
  schema: 'promptratchet.baseline/1';
  suite: string;
  /** RFC 3339, of the run. */
  time?: string;
  columns: {
    prompt: string;
    version: string;
    provider: string;
    model?: string;
    /** Of the prompt's text. */
    sha256?: string;
    /** Most times that a case was asked. */
    repeats?: number;
    /** Share of the repeats that passed, by case id. */
    cases: Record<string, number>;
    /** Mean score, by case id. */
    scores?: Record<string, number>;
    /** Hash of the variables, by case id: tells an edited case from a new one. */
    vars?: Record<string, string>;
  }[];
}

/** What `--bless` keeps of a report. Sorted, so that git shows what really changed. */
export function blessedOf(report: Reported, time: string): BlessedBaseline {
  return {
    schema: 'promptratchet.baseline/1',
    suite: report.suite,
    time,
    columns: report.columns
      .filter((column) => !isBaselineColumn(column))
      .map(({ id, prompt, version, provider, model, sha256 }) => {
        const results = report.cases.filter((result) => result.column === id);
        const marks = [...marksOf(results)].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([, { pass }]) => pass !== null);
        const scores = marks.flatMap(([key, { score }]) => (score === null ? [] : [[key, Number(score.toFixed(6))] as const]));
        return {
          prompt,
          version,
          provider,
          ...(model === undefined ? {} : { model }),
          ...(sha256 === undefined ? {} : { sha256 }),
          repeats: results.reduce((most, { repeat }) => Math.max(most, repeat), 1),
          cases: Object.fromEntries(marks.map(([key, { pass }]) => [key, pass ?? 0])),
          scores: Object.fromEntries(scores),
          vars: Object.fromEntries(marks.map(([key, { vars }]) => [key, vars ?? ''])),
        };
      }),
  };
}

/** Throws nothing: `null` where the text is no baseline. */
export function readBlessed(text: string): BlessedBaseline | null {
  try {
    const data = JSON.parse(text) as Partial<BlessedBaseline> | null;
    return data?.schema === 'promptratchet.baseline/1' && Array.isArray(data.columns) ? (data as BlessedBaseline) : null;
  } catch {
    // The caller says which file it is and what to do.
    return null;
  }
}
