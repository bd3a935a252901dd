import type { CodeLens } from 'vscode-languageserver/node';
import type { Suite } from '../../engine/evaluation/types.js';
import type { EvalView } from '../../shared/evalView.js';
import { Commands } from '../../shared/ids.js';
import { Positions } from '../convert.js';
import type { Session } from '../session.js';

/** More lenses than this make an editor slow, and nobody reads them. */
const mostLenses = 2000;

const letterWords: Record<string, string> = { p: 'passed', f: 'failed', e: 'error' };

function age(time: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(time)) / 60_000);
  if (!(minutes >= 1)) return 'just now';
  if (minutes < 60) return `${String(minutes)} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${String(hours)} h ago` : `${String(Math.floor(hours / 24))} d ago`;
}

/** `48 of 60 passed, 0.80 [0.68, 0.88], 2 errors, 2 h ago`. */
export function suiteTitle({ head, running }: EvalView, now: number): string {
  const { stats, passRate } = head.report;
  if (running) return `Running: ${String(stats.passed)} passed, ${String(stats.failed)} failed so far`;
  const rate = passRate === null ? '' : `, ${passRate.mean.toFixed(2)} [${passRate.lo.toFixed(2)}, ${passRate.hi.toFixed(2)}]`;
  const errors = stats.errored === 0 ? '' : `, ${String(stats.errored)} ${stats.errored === 1 ? 'error' : 'errors'}`;
  return `${String(stats.passed)} of ${String(stats.passed + stats.failed)} passed${rate}${errors}, ${age(head.time, now)}`;
}

/** Verdict of each case in its own columns: a word, or how many of its answers passed. */
export function caseWords({ head, rows }: EvalView): Map<string, string> {
  const letters = new Map<string, string>();
  for (const [cell, place] of rows.case.entries()) {
    if (head.report.columns[rows.column[cell] ?? 0]?.baselineOf !== undefined) continue;
    const id = rows.cases[place]?.id ?? '';
    letters.set(id, (letters.get(id) ?? '') + (rows.status[cell] ?? ''));
  }
  return new Map(
    [...letters].map(([id, all]) => {
      const passed = Array.from(all).filter((letter) => letter === 'p').length;
      const first = all[0] ?? '';
      return [
        id,
        Array.from(all).every((letter) => letter === first)
          ? (letterWords[first] ?? '')
          : `${String(passed)} of ${String(all.length)} passed`,
      ];
    }),
  );
}

/** `Run · 48 of 60 passed, …` over the suite, and `Run · passed` over each test that stands in this file. */
export async function suiteLenses(session: Session, file: string): Promise<CodeLens[]> {
  const { suites } = await session.suites();
  const own = suites.filter((suite) => suite.file === file || suite.cases.some((entry) => entry.file === file));
  const text = own.length === 0 ? null : await session.textOf(file);
  if (text === null) return [];
  const positions = new Positions(text);
  const lenses = await Promise.all(own.map((suite) => lensesOf(session, suite, file, positions)));
  return lenses.flat().slice(0, mostLenses);
}

async function lensesOf(session: Session, suite: Suite, file: string, positions: Positions): Promise<CodeLens[]> {
  const view = await session.reports.view(suite.file);
  const lens = (line: number, title: string, command: string, argument: unknown): CodeLens => ({
    range: positions.line(line),
    command: { title, command, arguments: [argument] },
  });
  const target = { suite: suite.file };
  const top =
    suite.file !== file
      ? []
      : [
          lens(0, 'Run Suite', Commands.runSuite, target),
          lens(0, 'Run With…', Commands.runSuiteWith, target),
          view === null ? lens(0, 'Not run yet', '', target) : lens(0, suiteTitle(view, Date.now()), Commands.showEvaluation, target),
        ];
  const words = view === null ? new Map<string, string>() : caseWords(view);
  // Rows of a table are not dressed with lenses: it would no longer look like one.
  const cases = /\.(?:csv|tsv|jsonl)$/i.test(file) ? [] : suite.cases.filter((entry) => entry.file === file && entry.range !== null);
  return [
    ...top,
    ...cases.slice(0, mostLenses).flatMap((entry) => {
      const line = positions.range(entry.range ?? { start: 0, end: 0 }).start.line;
      const word = words.get(entry.id);
      return [
        lens(line, 'Run', Commands.runSuite, { ...target, cases: [entry.id] }),
        ...(word === undefined ? [] : [lens(line, word, Commands.showEvaluation, target)]),
      ];
    }),
  ];
}
