/** Asks the held-out cases about one frozen candidate: level first, then calls, then the decision, each on record. */
import type { Certificate } from '../../shared/suggestionDocument.js';
import { normalQuantile } from '../stats/interval.js';
import type { Bench, Measurable } from './bench.js';
import { decide, measureHeldOut } from './gate.js';
import type { Session } from './session.js';
import { certifiedReason, refusedReason } from './verdicts.js';

export interface GateOutcome {
  verdict: 'certified' | 'refused';
  reason: string;
  certificate: Certificate | null;
}

export async function askGate(
  session: Session,
  bench: Bench,
  id: string,
  parent: Measurable,
  candidate: Measurable,
  onStep: (message: string) => void,
): Promise<GateOutcome> {
  const { plan, services, document, ledger, account } = session;
  const ids = plan.cases.map((item) => item.id);
  const subject = { prompt: document.id, suggestion: id, suite: session.suite.file };
  // The question is on disk before the first held-out call: whoever interrupts and asks again pays again.
  const question = await ledger.ask({ suggestion: id, parentSha: parent.sha, candidateSha: candidate.sha }, ids);
  await services.audit.append({
    type: 'suggestion.created',
    subject,
    data: { parent: parent.sha, candidate: candidate.sha, alpha: question.alpha, heldOut: ids.length, repeats: plan.repeats },
  });
  const measured = await measureHeldOut(bench, parent, candidate, plan, onStep);
  const spentBefore = account.questions
    .filter((each) => each.epoch === question.epoch && each.j < question.j)
    .reduce((total, each) => total + each.alpha, 0);
  const result = decide(measured, {
    cases: plan.cases,
    cluster: session.roles.cluster,
    repeats: plan.repeats,
    question,
    spentBefore,
    seed: session.seed,
  });
  const { certificate } = result;
  const verdict = result.certified ? 'certified' : 'refused';
  await ledger.answer(id, verdict, certificate?.p ?? null);
  await services.audit.append({
    type: 'gate.decided',
    subject,
    data: { verdict, p: certificate?.p ?? null, delta: certificate?.delta ?? null, alpha: question.alpha },
  });
  await services.audit.append({ type: `suggestion.${verdict}`, subject, data: { candidate: candidate.sha } });
  const reason =
    result.certified && certificate !== null
      ? certifiedReason(certificate)
      : refusedReason(certificate, result.failures, certificate === null ? null : moreCases(certificate));
  return { verdict, reason, certificate };
}

/** Beyond this more cases are no advice. */
const MAX_MORE = 400;

/** Cases that the suite (half of them held out) lacks to find an effect of the size seen with power 0.8; `null` where more would not help. */
function moreCases({ delta, lo, hi, alpha, heldOut }: Certificate): number | null {
  const se = (hi - lo) / (2 * normalQuantile(0.95));
  if (delta <= 0 || se <= 0) return null;
  const needed = Math.ceil(heldOut.cases * (((normalQuantile(1 - alpha) + normalQuantile(0.8)) * se) / delta) ** 2);
  const more = 2 * (needed - heldOut.cases);
  return more > 0 && more <= MAX_MORE ? more : null;
}
