/** A suggestion's evidence in words. Plain functions over the document; complaints in it come from a log and are quoted, never rendered. */
import type { Estimate } from '../../shared/documents.js';
import type { Certificate, SuggestionDocument, SuggestionEdit } from '../../shared/suggestionDocument.js';

const figure = (value: number): string => value.toFixed(2);
const signed = (value: number): string => (value < 0 ? figure(value) : `+${figure(value)}`);
const range = ({ mean, lo, hi }: Estimate): string => `${figure(mean)} [${figure(lo)}, ${figure(hi)}]`;

export function certificateLines(certificate: Certificate): string[] {
  const { heldOut, delta, lo, hi, p, wins, losses, ties, baseline, candidate, alpha, alphaSpent, alphaLeft, regressions } = certificate;
  return [
    `Held out: ${String(heldOut.cases)} cases, ${String(heldOut.repeats)} ${heldOut.repeats === 1 ? 'answer' : 'answers'} each`,
    `Before: ${range(baseline)}`,
    `After: ${range(candidate)}`,
    `Gain: ${signed(delta)} [${signed(lo)}, ${signed(hi)}]`,
    `Cases better ${String(wins)}, worse ${String(losses)}, equal ${String(ties)}`,
    `Sign-flip permutation test: p ${p < 0.0001 ? 'under 0.0001' : `= ${p.toPrecision(2)}`} (granted at ${figure(alpha)}; spent so far ${figure(alphaSpent)}, left ${figure(alphaLeft)})`,
    ...(regressions.length === 0 ? [] : [`Passed before and fails now: ${regressions.join(', ')}`]),
  ];
}

/** Why one hunk is there. */
export function editLines(edit: SuggestionEdit, document: SuggestionDocument): string[] {
  const { theme, evidence, proposer } = edit.why;
  return [
    `Proposed by: ${proposer}`,
    ...(theme === null ? [] : [`Complaint it answers: ${theme}`]),
    evidence.length === 0
      ? 'From the evaluation cases; no single piece of feedback stands behind it.'
      : `Feedback behind it: ${evidence.length === 1 ? '1 record' : `${String(evidence.length)} records`} (${evidence.slice(0, 3).join(', ')}${evidence.length > 3 ? ', …' : ''})`,
    ...(document.certificate === null
      ? []
      : [
          `Gain of the whole suggestion on held-out cases: ${signed(document.certificate.delta)} [${signed(document.certificate.lo)}, ${signed(document.certificate.hi)}]`,
        ]),
  ];
}

/** All of it, for the evidence document that opens beside the diff. */
export function evidenceDocument(document: SuggestionDocument): string {
  const { certificate, plan, spent } = document;
  const quoted = (text: string): string => text.replace(/\s+/g, ' ').trim();
  const lines = [
    `EVIDENCE FOR SUGGESTION ${document.id}`,
    '',
    `Prompt: ${document.prompt} (${document.parent.version ?? 'no version yet'})`,
    `Verdict: ${document.verdict}`,
    document.reason,
    ...(document.recorded ? ['', 'The answers behind these figures were recorded ones (replay).'] : []),
    '',
    'CERTIFICATE',
    '',
    ...(certificate === null ? ['None was granted.'] : certificateLines(certificate)),
    '',
    'EDITS',
    '',
    ...(document.edits.length === 0
      ? ['None.']
      : document.edits.flatMap((edit, index) => [`${String(index + 1)}. ${editLines(edit, document).map(quoted).join('\n   ')}`])),
    '',
    'WHAT WAS TRIED',
    '',
    ...(document.tried.length === 0
      ? ['Nothing.']
      : document.tried.map(({ proposer, summary, dev, outcome }) => {
          const figures =
            dev === null
              ? ''
              : ` (${signed(dev.delta)} ± ${figure(dev.se)} on ${String(dev.cases)} development cases, which are no evidence)`;
          return `- ${proposer}: ${quoted(summary)}: ${quoted(outcome)}${figures}`;
        })),
    '',
    'COST',
    '',
    `${String(spent.calls)} of ${String(plan.calls)} planned model calls in ${String(Math.round(spent.seconds))} s${spent.cost === null ? '' : `, ${figure(spent.cost)} in money`}`,
    `Cases: ${String(plan.dev)} to search with, ${String(plan.heldOut)} held out${plan.mde === null ? '' : `; a gain of ${figure(plan.mde)} or more could be shown`}`,
    `Seed ${String(document.seed)}; journal ${document.journal}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Offsets of each edit's words in the candidate: an edit moves by what those before it added. */
export function placesInCandidate(edits: readonly SuggestionEdit[]): { edit: SuggestionEdit; start: number; end: number }[] {
  let shift = 0;
  return [...edits]
    .sort((a, b) => a.range.start - b.range.start)
    .map((edit) => {
      const start = edit.range.start + shift;
      shift += edit.after.length - (edit.range.end - edit.range.start);
      const lead = edit.after.length - edit.after.replace(/^[\r\n]+/, '').length;
      return { edit, start: start + lead, end: start + edit.after.length };
    });
}
