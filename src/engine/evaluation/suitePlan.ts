import type { EvalRequest, EvalCase, Suite } from './types.js';
import { EngineError } from '../errors.js';
import type { BaselinePlan } from './baselinePlan.js';
import { columnFor, runsIn } from './columns.js';
import type { Column } from './columns.js';
import type { Job } from './runCase.js';

export interface SuitePlan {
  suite: Suite;
  columns: Column[];
  cases: EvalCase[];
  repeat: number;
  /** The Python that config.yaml names. */
  python?: string;
  /** `null` or absent: compared with what was blessed, if anything. */
  baseline?: BaselinePlan | null;
}

/** Cases of a suite that the request wants: exact ids, or a text or `/pattern/` in id or name. Throws BAD_USAGE. */
export function selectCases(suite: Suite, request: EvalRequest): EvalCase[] {
  const ids = request.cases === undefined ? null : new Set(request.cases);
  const matches = filterOf(request.filter);
  return suite.cases.filter((entry) => (ids === null || ids.has(entry.id)) && matches(`${nameOf(entry)} ${entry.id}`));
}

/** What a filter looks at beside the id: the description, and the first variable that is a text. */
function nameOf({ description, vars }: EvalCase): string {
  const text = Object.values(vars).find((value) => typeof value === 'string') ?? '';
  return description === null ? text : `${description} ${text}`;
}

function filterOf(filter: string | undefined): (text: string) => boolean {
  if (filter === undefined || filter === '') return () => true;
  const pattern = /^\/(.*)\/([i]?)$/u.exec(filter);
  if (pattern === null) return (text) => text.toLowerCase().includes(filter.toLowerCase());
  try {
    const expression = new RegExp(pattern[1] ?? '', pattern[2]);
    return (text) => expression.test(text);
  } catch (error) {
    throw new EngineError(
      'BAD_USAGE',
      `The filter ${filter} is no pattern (${error instanceof Error ? error.message : String(error)}). Use text or /pattern/.`,
    );
  }
}

/** Column by column, so that consecutive requests share their prompt: a local model keeps it in its cache. */
export function jobsOf({ columns, cases, repeat }: SuitePlan): Job[] {
  const jobs: Job[] = [];
  for (const column of columns) {
    const own = cases.filter((entry) => runsIn(entry, column));
    const most = own.reduce((rounds, entry) => Math.max(rounds, entry.repeat ?? 0), repeat);
    for (let round = 1; round <= most; round++) {
      for (const entry of own) if (round <= (entry.repeat ?? repeat)) jobs.push({ column: columnFor(column, entry), entry, repeat: round });
    }
  }
  return jobs;
}
