/** A stored report as an editor opens it: its head, then a slim cell for each answer, then one case at a time with everything. */
import type { SuiteReport } from './evalDocument.js';

export interface EvalHead {
  run: string;
  /** RFC 3339, when the run ended. */
  time: string;
  complete: boolean;
  /** How many cells `EvalRows` has. */
  cells: number;
  /** The report with an empty list of cases. */
  report: SuiteReport;
}

/** Lists of equal length, one entry a cell, in the report's order; a cell is named by its place in them. */
export interface EvalRows {
  run: string;
  /** Title: description, else the variables; at most 80 characters. */
  cases: { id: string; title: string }[];
  /** Place in `cases`. */
  case: number[];
  /** Place in `report.columns` of the head. */
  column: number[];
  repeat: number[];
  /** One letter a cell: `p` passed, `f` failed, `e` error. */
  status: string;
  score: (number | null)[];
}
