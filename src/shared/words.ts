/** Words that several hosts show for the same thing. */

const SIGNALS: Record<string, string> = {
  'explicit.thumb': 'thumb',
  'explicit.rating': 'rating',
  'explicit.comment': 'comment',
  'explicit.correction': 'correction',
  'implicit.click': 'clicked',
  'implicit.dwell': 'stayed',
  'implicit.copy': 'copied',
  'implicit.accept': 'accepted',
  'implicit.edit': 'edited',
  'implicit.regenerate': 'asked again',
  'implicit.abandon': 'left',
  'implicit.followup': 'asked on',
  'review.score': 'review',
  'review.label': 'review label',
  'judge.score': 'model judge',
  'code.score': 'check by code',
  'system.error': 'error',
  'system.retry': 'retry',
  'system.latency': 'latency',
  'system.guardrail': 'guardrail',
};

/** All signals that there are, in the order in which they are offered. */
export const knownSignals: readonly string[] = Object.keys(SIGNALS);

/** A signal in plain words; one that we do not know is shown as it is. */
export function signalName(signal: string): string {
  return SIGNALS[signal] ?? signal;
}

const TITLE_LENGTH = 120;

/** What a case is called where it has no description: the values of its variables, else `fallback`. */
export function caseTitle(description: string | null, vars: Record<string, unknown>, fallback: string): string {
  if (description !== null && description !== '') return description;
  const values = Object.values(vars).filter((value) => typeof value === 'string' || typeof value === 'number');
  const text = values.map(String).join(' · ').replace(/\s+/g, ' ').trim();
  if (text === '') return fallback;
  return text.length <= TITLE_LENGTH ? text : `${text.slice(0, TITLE_LENGTH - 1)}…`;
}
