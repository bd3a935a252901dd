/** Which judges a suite will ask, and how often, before anybody is asked. */
import type { ModelProfile, WorkspaceConfig } from '../../config/types.js';
import { EngineError } from '../../errors.js';
import { NotEvaluated } from '../assertions/types.js';
import type { Assertion, EvalCase } from '../types.js';
import { forVectors, judgeProfile } from './choice.js';
import type { JudgeKind } from './choice.js';

interface Need {
  kinds: readonly JudgeKind[];
  /** Requests for one answer; for comparisons, for all columns of a case together. */
  requests: number;
  perCase?: true;
}

const text: readonly JudgeKind[] = ['text'];
const vectors: readonly JudgeKind[] = ['embedding'];

const needs: Readonly<Record<string, Need>> = {
  'llm-rubric': { kinds: text, requests: 1 },
  llm: { kinds: text, requests: 1 },
  'g-eval': { kinds: text, requests: 2 },
  factuality: { kinds: text, requests: 1 },
  'model-graded-factuality': { kinds: text, requests: 1 },
  'model-graded-closedqa': { kinds: text, requests: 1 },
  'answer-relevance': { kinds: ['text', 'embedding'], requests: 2 },
  'context-recall': { kinds: text, requests: 1 },
  'context-relevance': { kinds: text, requests: 1 },
  'context-faithfulness': { kinds: text, requests: 2 },
  'conversation-relevance': { kinds: text, requests: 1 },
  similar: { kinds: vectors, requests: 1 },
  'similar:cosine': { kinds: vectors, requests: 1 },
  'similar:dot': { kinds: vectors, requests: 1 },
  'similar:euclidean': { kinds: vectors, requests: 1 },
  'select-best': { kinds: text, requests: 2, perCase: true },
};

const needOf = ({ type }: Assertion): Need | null => (Object.hasOwn(needs, type) ? (needs[type] ?? null) : null);

function* judgedIn(assertions: readonly Assertion[]): Generator<Assertion> {
  for (const assertion of assertions) {
    if (assertion.parts !== undefined) yield* judgedIn(assertion.parts);
    else if (needOf(assertion) !== null && assertion.problem === undefined) yield assertion;
  }
}

/** The models that judge these cases, each once. One that is not known is left out: the run says so where it is needed. */
export function plannedJudges(cases: readonly EvalCase[], config: WorkspaceConfig, suiteFile: string): ModelProfile[] {
  const found = new Map<string, ModelProfile>();
  const seen = new Set<string>();
  for (const { assertions, judge } of cases) {
    for (const assertion of judgedIn(assertions)) {
      for (const kind of needOf(assertion)?.kinds ?? []) {
        const written = isVectors(assertion) ? forVectors(assertion.provider) : assertion.provider;
        const key = JSON.stringify([kind, written ?? null, judge?.provider ?? null]);
        if (seen.has(key)) continue;
        seen.add(key);
        const profile = profileOf(kind, [written, judge?.provider], config, suiteFile);
        if (profile !== null) found.set(JSON.stringify([profile.name, profile.model]), profile);
      }
    }
  }
  return [...found.values()];
}

const isVectors = (assertion: Assertion): boolean => needOf(assertion)?.kinds === vectors;

function profileOf(kind: JudgeKind, written: readonly unknown[], config: WorkspaceConfig, suiteFile: string): ModelProfile | null {
  try {
    return judgeProfile(kind, written, config, suiteFile);
  } catch (error) {
    if (error instanceof NotEvaluated || EngineError.is(error)) return null;
    throw error;
  }
}

/** Most requests to judges for these answers, as far as it is known before: nothing of it taken from the cache, no answer asked for again. */
export function judgeRequests(jobs: readonly { entry: EvalCase; repeat: number }[]): number {
  const compared = new Set<string>();
  let requests = 0;
  for (const { entry, repeat } of jobs) {
    for (const assertion of judgedIn(entry.assertions)) {
      const need = needOf(assertion);
      if (need === null) continue;
      const criteria = assertion.type === 'g-eval' && Array.isArray(assertion.value) ? assertion.value.length : 1;
      if (need.perCase !== true) requests += need.requests * criteria;
      else compared.add(`${entry.id}\n${String(repeat)}`);
    }
  }
  return requests + compared.size * (needs['select-best']?.requests ?? 0);
}

export function isJudged(cases: readonly EvalCase[]): boolean {
  return cases.some(({ assertions }) => !judgedIn(assertions).next().done);
}
