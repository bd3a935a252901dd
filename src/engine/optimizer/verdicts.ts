/** The one sentence that a verdict comes with: number, uncertainty, and what would help. */
import type { Certificate, TriedCandidate } from '../../shared/suggestionDocument.js';
import { wilson } from '../stats/interval.js';
import type { GateFailure } from './gate.js';

export function percent(value: number): string {
  return `${String(Math.round(value * 100))} %`;
}

/** Percentage points with a sign. */
export function points(value: number): string {
  const rounded = Math.round(value * 100);
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : '±'}${String(Math.abs(rounded))} points`;
}

export function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

function counted(n: number, one: string): string {
  return `${String(n)} ${n === 1 ? one : `${one}s`}`;
}

function measured(certificate: Certificate): string {
  const { heldOut, baseline, candidate, delta, lo, hi, p } = certificate;
  const repeats = heldOut.repeats > 1 ? `, each ${String(heldOut.repeats)} times` : '';
  return `on ${counted(heldOut.cases, 'held-out case')}${repeats}, ${percent(baseline.mean)} before and ${percent(candidate.mean)} after (${points(delta)}, 90 % interval ${points(lo)} to ${points(hi)}, ${pText(p)})`;
}

export function certifiedReason(certificate: Certificate): string {
  return `The edit is better: ${measured(certificate)}.`;
}

export function refusedReason(certificate: Certificate | null, failures: readonly GateFailure[], casesNeeded: number | null): string {
  const first = failures[0];
  if (certificate === null || first?.code === 'faults') {
    const { faults, cases } = first?.code === 'faults' ? first : { faults: 0, cases: 0 };
    return `${String(faults)} of ${String(cases)} held-out cases ended in a fault, more than one in ten, so the gate does not decide. Run "ratchet doctor", then try again.`;
  }
  const why = failures.map((failure) => failureText(failure)).join(' ');
  const more =
    first?.code === 'not-significant' && certificate.delta > 0 && casesNeeded !== null
      ? ` About ${counted(casesNeeded, 'more case')} in the suite would show an effect of this size.`
      : '';
  return `The edit is not certified: ${measured(certificate)}. ${why}${more}`;
}

function failureText(failure: GateFailure): string {
  switch (failure.code) {
    case 'faults':
      return '';
    case 'not-significant':
      return `That can be chance: the gate asks for p of at most ${failure.alpha.toFixed(3)}.`;
    case 'too-small':
      return `The gain is under the least that counts, ${points(failure.least)}.`;
    case 'must-pass':
      return `${counted(failure.ids.length, 'case')} that must pass failed: ${failure.ids.slice(0, 3).join(', ')}.`;
    case 'tag':
      return `Cases tagged ${failure.tag} got worse (${String(failure.cases)} cases, ${pText(failure.p)}).`;
  }
}

export function noHeadroomReason(mean: number, cases: number, hasComplaints: boolean): string {
  const next = hasComplaints
    ? 'What people complain about is not in the suite: add cases from that feedback.'
    : 'Add harder cases to the suite, or leave the prompt as it is.';
  const { lo, hi } = wilson(mean, cases);
  return `The prompt already scores ${percent(mean)} (95 % interval ${percent(lo)} to ${percent(hi)}) on ${counted(cases, 'development case')}, so an edit has nothing to gain there. ${next}`;
}

export function tooFewReason(mde: number | null, heldOut: number, needed: number): string {
  const can =
    mde === null || !Number.isFinite(mde) || mde > 1 ? 'cannot show any effect' : `can only show an effect of ${points(mde)} or more`;
  return `The suite has ${counted(heldOut, 'independent held-out case')}, which ${can}. Add about ${counted(needed, 'case')} (corrected feedback makes good ones), half of which will be held out.`;
}

export function nothingBetterReason(tried: readonly TriedCandidate[], cases: number): string {
  const run = tried.filter((each) => each.dev !== null);
  const best = run.reduce<TriedCandidate | null>((top, each) => ((each.dev?.delta ?? -1) > (top?.dev?.delta ?? -1) ? each : top), null);
  if (best?.dev == null) {
    const rejected =
      tried.length === 0 ? 'No edit could be proposed' : `All ${String(tried.length)} proposed edits were rejected before they were tried`;
    return `${rejected}. Corrections in the feedback, cases with an expected answer, or a model for reflection in the config give more to propose from.`;
  }
  return `Of ${counted(run.length, 'edit')} tried, none is clearly better on ${counted(cases, 'development case')}; the best gained ${points(best.dev.delta)} with a standard error of ${String(Math.round(best.dev.se * 100))}. The held-out cases were not asked.`;
}

export function planReason(mde: number | null, calls: number, heldOut: number, dev: number): string {
  const effect = mde === null ? 'no effect' : `an effect of about ${points(mde)} or more`;
  return `Nothing was tried: this is the plan. At most ${counted(calls, 'call')}; ${counted(dev, 'development case')} steer the search and ${counted(heldOut, 'held-out case')} can show ${effect}.`;
}
