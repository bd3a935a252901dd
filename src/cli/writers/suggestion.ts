/** A suggestion for people: verdict, evidence, diff, and what to do next. */
import type { SuggestionDocument } from '../../shared/suggestionDocument.js';
import type { CliContext } from '../context.js';
import { count, estimate, plain, table } from './human.js';

const HEADLINES: Record<SuggestionDocument['verdict'], string> = {
  certified: 'Certified',
  refused: 'Refused',
  'nothing-better': 'Nothing better',
  'no-headroom': 'No headroom',
  'too-few-cases': 'Too few cases',
};

/** `headline` in place of the verdict's own: a plan has no verdict. */
export function suggestionText(document: SuggestionDocument, style: CliContext['style'], headline = HEADLINES[document.verdict]): string {
  const certified = document.verdict === 'certified';
  const parts = [
    `${style(certified ? 'green' : 'yellow', headline)} ${document.id} (${document.prompt}${document.parent.version === null ? '' : ` ${document.parent.version}`})`,
    plain(document.reason, 600),
  ];
  if (document.certificate !== null) parts.push(certificateText(document.certificate, document.recorded));
  if (document.edits.length > 0) parts.push([...new Set(document.edits.map((edit) => `- ${whyText(edit.why)}`))].join('\n'));
  if (document.diff !== '') parts.push(diffText(document.diff, style));
  if (document.tried.length > 0) parts.push(triedText(document.tried));
  parts.push(
    style(
      'dim',
      `${count(document.spent.calls, 'call')} of ${String(document.plan.calls)}, ${String(document.spent.seconds)} s, seed ${String(document.seed)}`,
    ),
  );
  return parts.join('\n\n');
}

/** Coloured by line; what comes from files stays on its line. */
export function diffText(diff: string, style: CliContext['style']): string {
  return diff
    .trimEnd()
    .split('\n')
    .map((line) => {
      const safe = plainLine(line);
      if (line.startsWith('+')) return style('green', safe);
      if (line.startsWith('-')) return style('red', safe);
      return line.startsWith('@@') ? style('cyan', safe) : safe;
    })
    .join('\n');
}

/** Indentation counts in a diff, so only what could steer a terminal is replaced. */
function plainLine(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, (char) => (char === '\t' ? char : '\uFFFD'));
}

function certificateText(certificate: NonNullable<SuggestionDocument['certificate']>, recorded: boolean): string {
  const { heldOut, baseline, candidate, wins, losses, ties, alpha, alphaLeft } = certificate;
  return table([
    ['before', estimate(baseline)],
    ['after', estimate(candidate)],
    [
      'held-out cases',
      `${String(heldOut.cases)}, each ${heldOut.repeats === 1 ? 'once' : `${String(heldOut.repeats)} times`}${recorded ? ', recorded answers' : ''}`,
    ],
    ['cases', `${String(wins)} better, ${String(losses)} worse, ${String(ties)} the same`],
    ['level', `${alpha.toFixed(3)} of 0.100; ${alphaLeft.toFixed(3)} is left for these cases`],
  ]);
}

function whyText(why: SuggestionDocument['edits'][number]['why']): string {
  const theme = why.theme === null ? '' : `: "${plain(why.theme, 80)}"`;
  const evidence =
    why.evidence.length === 0
      ? ''
      : ` (${why.evidence
          .slice(0, 4)
          .map((id) => plain(id, 40))
          .join(', ')}${why.evidence.length > 4 ? ', …' : ''})`;
  return `${why.proposer}${theme}${evidence}`;
}

function triedText(tried: SuggestionDocument['tried']): string {
  const rows = tried.map((each) => [
    plain(each.summary, 60),
    each.dev === null ? '-' : `${(each.dev.delta * 100).toFixed(0)} ± ${(each.dev.se * 100).toFixed(0)}`,
    each.dev === null ? '' : count(each.dev.cases, 'case'),
    plain(each.outcome, 60),
  ]);
  return `Tried on development cases (points; the search saw these, so they are no evidence):\n${table(rows, [1])}`;
}
