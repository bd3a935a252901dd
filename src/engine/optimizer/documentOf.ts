/** The public document of a run, and its copy on disk. */
import { diffLines } from 'diff';
import type { Certificate, SuggestionDocument, SuggestionEdit, TriedCandidate, Verdict } from '../../shared/suggestionDocument.js';
import { messageRange } from '../prompts/edit.js';
import { promptSha256 } from '../prompts/hash.js';
import type { PromptDocument } from '../prompts/types.js';
import { unifiedDiff } from '../versions/diff.js';
import type { Bench } from './bench.js';
import { devCases, journalPath, type Session } from './session.js';
import type { Candidate } from './types.js';

export interface Outcome {
  verdict: Verdict;
  reason: string;
  /** Text that was certified or refused. */
  candidate: { text: string; edits: SuggestionEdit[] } | null;
  certificate: Certificate | null;
  tried: TriedCandidate[];
  mde: number | null;
}

export function documentOf(
  session: Session,
  run: { id: string; bench: Bench | null; seconds: number; parent: PromptDocument; version: string | null; plannedCalls: number },
  outcome: Outcome,
): SuggestionDocument {
  const { parent, bench } = run;
  return {
    schema: 'promptratchet.suggestion/1',
    id: run.id,
    prompt: parent.id,
    file: parent.file,
    parent: { version: run.version, sha256: promptSha256(parent.text) },
    verdict: outcome.verdict,
    reason: outcome.reason,
    diff:
      outcome.candidate === null
        ? ''
        : unifiedDiff(parent.file, parent.text, outcome.candidate.text, { before: run.version ?? 'working', after: 'suggestion' }),
    edits: outcome.candidate?.edits ?? [],
    certificate: outcome.certificate,
    plan: { mde: outcome.mde, calls: run.plannedCalls, heldOut: session.plan.cases.length, dev: devCases(session).length },
    spent: {
      calls: bench?.used ?? 0,
      tokensIn: bench === null ? 0 : bench.tokensIn,
      tokensOut: bench === null ? 0 : bench.tokensOut,
      cost: bench?.cost ?? null,
      seconds: Math.round(run.seconds * 10) / 10,
    },
    tried: outcome.tried,
    seed: session.seed,
    journal: journalPath(run.id),
    recorded: bench?.recorded ?? false,
  };
}

export function editsOfCandidate(parent: PromptDocument, candidate: Candidate): SuggestionEdit[] {
  return candidate.hunks.map((hunk) => ({
    range: messageRange(parent, hunk.message, hunk.start, hunk.end),
    before: hunk.before,
    after: hunk.after,
    why: hunk.why,
  }));
}

/** Changed stretches of lines of a person's own edit. */
export function editsOfText(before: string, after: string): SuggestionEdit[] {
  const edits: SuggestionEdit[] = [];
  const why = { theme: null, evidence: [], proposer: 'person' };
  let at = 0;
  let open: SuggestionEdit | null = null;
  for (const part of diffLines(before, after)) {
    if (!part.added && !part.removed) {
      open = null;
      at += part.value.length;
      continue;
    }
    if (open === null) {
      open = { range: { start: at, end: at }, before: '', after: '', why };
      edits.push(open);
    }
    if (part.added) open.after += part.value;
    else {
      open.before += part.value;
      at += part.value.length;
      open.range.end = at;
    }
  }
  return edits;
}
