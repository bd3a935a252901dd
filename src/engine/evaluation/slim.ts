import type { AssertionResult, CaseResult } from '../../shared/evalDocument.js';

/** Results that say the same are one object: of 40,000 assertions a few hundred are different. */
const shared = new Map<string, AssertionResult>();
const mostShared = 4096;

/**
 * A result without its texts, as a run keeps it: an answer is `''` where there is one, and the reasons of assertions are gone. All that is counted,
 * compared and looked at for the suite's health stays.
 */
export function slim(result: CaseResult): CaseResult {
  return {
    ...result,
    output: result.output === null ? null : '',
    reason: result.status === 'pass' ? '' : result.reason,
    assertions: result.assertions.map(slimAssertion),
  };
}

function slimAssertion(assertion: AssertionResult): AssertionResult {
  const { type, metric, pass, score, evaluated } = assertion;
  const bare = { ...assertion, reason: '', expected: null };
  // Every result has seven members; what has more is seldom twice the same.
  if (Object.keys(bare).length > 7) return bare;
  const key = `${type}\n${metric ?? ''}\n${String(pass)}\n${String(score)}\n${String(evaluated)}`;
  const known = shared.get(key);
  if (known !== undefined) return known;
  if (shared.size >= mostShared) shared.clear();
  shared.set(key, bare);
  return bare;
}
