/** A comparison in words, the same for terminals and Markdown. */
import type { EvalComparison } from '../../shared/evalDocument.js';
import { count } from './human.js';

export const verdictWords = { better: 'better', worse: 'worse', 'no-evidence': 'no evidence of a difference' } as const;

export function signed(value: number): string {
  // Minus zero is no fall.
  return `${value < 0 ? '' : '+'}${(value === 0 ? 0 : value).toFixed(2)}`;
}

/** `+0.08 (+0.01 to +0.15)`; without an interval where there are too few pairs for one. */
export function change({ delta, lo, hi }: { delta: number; lo: number | null; hi: number | null }): string {
  return lo === null || hi === null ? signed(delta) : `${signed(delta)} (${signed(lo)} to ${signed(hi)})`;
}

/** `better, +0.08 (…), p = 0.03, 60 pairs; 4 fixed, 1 regressed`. */
export function comparisonWords(comparison: EvalComparison): string {
  const { verdict, p, pairs, fixed, regressed } = comparison;
  const of = pairs === undefined ? '' : `, ${count(pairs, 'pair')}`;
  return `${verdictWords[verdict]}, ${change(comparison)}, p = ${p.toPrecision(2)}${of}; ${String(fixed.length)} fixed, ${String(regressed.length)} regressed`;
}

/** How two equal columns came out. */
export function sameTwiceWords({ pairs = 0, fixed, regressed, ...rest }: EvalComparison): string {
  const differ = fixed.length + regressed.length;
  const share = pairs === 0 ? '' : ` (${(differ / pairs).toFixed(2)})`;
  return `the same twice: ${String(differ)} of ${count(pairs, 'case')} came out otherwise${share}, pass rate ${change(rest)}. Smaller differences between two prompts say nothing here.`;
}

/** `not paired: 2 edited, 1 new`, else `null`. */
export function unpairedWords({ unpaired }: EvalComparison): string | null {
  if (unpaired === undefined) return null;
  const parts = [
    [unpaired.changed, 'edited since'],
    [unpaired.added, 'new'],
    [unpaired.gone, 'gone'],
    [unpaired.errored, 'with errors'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${String(number)} ${what}`);
  return said.length === 0 ? null : `not paired: ${said.join(', ')}`;
}
