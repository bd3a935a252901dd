/** One suggestion from beginning to end: look before spending, search on development cases, ask the held-out ones once. */
import type { SuggestionDocument } from '../../shared/suggestionDocument.js';
import type { EngineContext, SuggestHooks, SuggestRequest } from '../api.js';
import { EngineError } from '../errors.js';
import { join } from '../paths.js';
import { askGate } from './askGate.js';
import type { Bench, Measurable } from './bench.js';
import { documentOf, editsOfCandidate, type Outcome } from './documentOf.js';
import { readJournal, type JournalStart } from './journal.js';
import { lint } from './lints.js';
import { casesNeeded, clusterCount, MAX_MDE, mdeOf, MIN_CLUSTERS, planGate, preflight, type Preflight } from './preflight.js';
import { failureKinds, gatherEvidence, leakLint, propose } from './proposals.js';
import { search } from './search.js';
import {
  BUDGETS,
  devCases,
  digest,
  earlierAnswer,
  journalPath,
  openBench,
  openSession,
  suggestionId,
  type Services,
  type Session,
} from './session.js';
import type { StoredSuggestion } from './store.js';
import type { Candidate } from './types.js';
import { noHeadroomReason, nothingBetterReason, planReason, tooFewReason } from './verdicts.js';

const MIN_BUDGET = 40;

export async function suggest(
  context: EngineContext,
  services: Services,
  request: SuggestRequest,
  hooks: SuggestHooks,
  signal: AbortSignal | undefined,
): Promise<SuggestionDocument> {
  const started = context.ports.clock.monotonic();
  const resumed = request.resume === undefined ? null : await resumeStart(context, request.resume);
  const document = await services.prompts.get(resumed?.prompt ?? request.prompt);
  refuseUnreadable(document);
  const session = await openSession(
    context,
    services,
    {
      document,
      suite: resumed?.suite ?? request.suite,
      budget: resumed?.budget ?? budgetOf(request.budget),
      seed: resumed?.seed ?? request.seed ?? 1,
      asksModel: request.dryRun !== true,
      ...(resumed === null ? {} : { resumes: resumed.id }),
    },
    hooks,
    signal,
  );
  if (resumed !== null && (resumed.parentSha !== document.sha256 || resumed.suiteSha !== session.suiteSha)) {
    throw new EngineError(
      'SUGGESTION_STALE',
      `${document.file} or ${session.suite.file} has changed since ${resumed.id} was stopped, so its measurements are about other texts. Run "ratchet suggest ${document.id}" anew.`,
    );
  }
  const version = (await services.versions.list(document.id)).prompts[0]?.working ?? null;
  const { key, start } = identify(session, resumed);
  const seconds = (): number => (context.ports.clock.monotonic() - started) / 1000;
  const plannedCalls = session.budget;
  const dry = (outcome: Outcome): SuggestionDocument =>
    documentOf(session, { id: start.id, bench: null, seconds: 0, parent: document, version, plannedCalls }, outcome);

  if (request.dryRun === true) return dry(planOnly(session));
  const earlier = resumed === null ? await earlierAnswer(session, key) : null;
  if (earlier !== null) return earlier.document;

  const { bench, journal } = await openBench(session, start, resumed !== null);
  try {
    const run = new Run(session, bench, start.id, (stage, message) => {
      hooks.onProgress?.({ stage, message, calls: bench.used, budget: bench.budget });
    });
    const outcome = await run.go((evidence) => propose(session, evidence, bench, journal));
    const result = documentOf(session, { id: start.id, bench, seconds: seconds(), parent: document, version, plannedCalls }, outcome);
    await keep(session, {
      document: result,
      candidate: outcome.candidate?.text ?? null,
      parentText: document.text,
      state: 'open',
      key,
      candidateSha: run.finalist?.sha ?? null,
      summary: run.finalist?.summary ?? null,
      note: null,
    });
    return result;
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    throw new EngineError(
      error.code,
      `${error.message} Go on where it stopped with: ratchet suggest ${document.id} --resume ${start.id}`,
      { ...error.details, resume: start.id },
      error,
    );
  }
}

function budgetOf(budget: SuggestRequest['budget']): number {
  const calls = typeof budget === 'number' ? budget : BUDGETS[budget ?? 'normal'];
  if (!Number.isInteger(calls) || calls < MIN_BUDGET)
    throw new EngineError('BAD_USAGE', `A budget is quick, normal, thorough or a whole number of at least ${String(MIN_BUDGET)} calls.`);
  return calls;
}

function refuseUnreadable(document: Session['document']): void {
  const problem = document.problems.find((each) => each.severity === 'error');
  if (problem !== undefined || document.messages.length === 0)
    throw new EngineError('PROMPT_INVALID', `${document.file} cannot be edited as it is: ${problem?.message ?? 'it has no messages.'}`);
}

async function resumeStart(context: EngineContext, id: string): Promise<JournalStart> {
  const lines = /^s-[0-9a-f]{10}$/u.test(id) ? await readJournal(context.ports.fs, join(context.root, journalPath(id))) : [];
  const [first] = lines;
  if (first?.t !== 'start' || first.kind !== 'suggest')
    throw new EngineError(
      'SUGGESTION_NOT_FOUND',
      `There is no interrupted run ${id.slice(0, 40)} to go on with. Run "ratchet suggest <prompt>" to start one.`,
    );
  return first;
}

/** The key leaves the held-out set's account out: the same question on the same data has one answer. */
function identify(session: Session, resumed: JournalStart | null): { key: string; start: JournalStart } {
  const { document, suite, suiteSha, seed, budget } = session;
  const key = digest([
    'suggest',
    document.id,
    document.sha256,
    suite.file,
    suiteSha,
    seed,
    budget,
    session.provider,
    suite.providers.map((each) => [each.id, each.config]),
    session.config.defaults.model ?? null,
  ]);
  const position = resumed?.position ?? session.account.position;
  return {
    key,
    start: resumed ?? {
      t: 'start',
      id: suggestionId([key, position]),
      kind: 'suggest',
      prompt: document.id,
      suite: suite.file,
      parentSha: document.sha256,
      suiteSha,
      seed,
      budget,
      position,
    },
  };
}

function planOnly(session: Session): Outcome {
  const mde = mdeOf(session.plan, session.account.alpha, null);
  const few = tooFew(session, null);
  if (few !== null) return few;
  return {
    verdict: 'nothing-better',
    reason: planReason(mde, session.budget, session.plan.cases.length, devCases(session).length),
    candidate: null,
    certificate: null,
    tried: [],
    mde,
  };
}

/** Known before a call is spent: not even a win on every held-out case would be enough, or there is nothing to search on. */
function tooFew(session: Session, known: Preflight | null): Outcome | null {
  const { plan, roles, account } = session;
  const clusters = clusterCount(roles, plan.cases);
  const mde = mdeOf(plan, account.alpha, known);
  const hopeless = clusters < MIN_CLUSTERS || roles.dev.length < MIN_CLUSTERS || 2 ** -clusters > account.alpha;
  if (!hopeless && (known === null || mde === null || mde <= MAX_MDE)) return null;
  const wanted = Math.max(MIN_CLUSTERS * 3, mde === null ? 0 : casesNeeded(mde, plan.cases.length));
  return {
    verdict: 'too-few-cases',
    reason: tooFewReason(mde, clusters, Math.max(1, 2 * (wanted - clusters))),
    candidate: null,
    certificate: null,
    tried: [],
    mde,
  };
}

/** The steps after the budget is open. */
class Run {
  finalist: Candidate | null = null;
  private readonly parent: Measurable;

  constructor(
    private readonly session: Session,
    private readonly bench: Bench,
    private readonly id: string,
    private readonly step: (stage: string, message: string) => void,
  ) {
    this.parent = { sha: session.document.sha256, text: session.document.text, version: 'parent' };
    bench.reserved = session.plan.calls;
  }

  async go(proposer: (evidence: Parameters<typeof propose>[1]) => ReturnType<typeof propose>): Promise<Outcome> {
    const { session, bench } = this;
    const before = tooFew(session, null);
    if (before !== null) return before;
    const dev = devCases(session);
    this.step('look', `the prompt as it is, on ${String(dev.length)} development cases`);
    const known = await preflight(bench, this.parent, dev, session.deterministic);
    session.plan = planGate(session.roles, session.budget, known.deterministic, session.salt);
    bench.reserved = session.plan.calls;
    const mde = mdeOf(session.plan, session.account.alpha, known);
    const none = { candidate: null, certificate: null, tried: [], mde };

    const leak = leakLint(session);
    const evidence = { ...(await gatherEvidence(session, leak)), failures: failureKinds(session, known.base) };
    if (known.ceiling)
      return { ...none, verdict: 'no-headroom', reason: noHeadroomReason(known.mean, known.base.size, evidence.themes.length > 0) };
    const few = tooFew(session, known);
    if (few !== null) return few;

    const { proposals, failed } = await proposer(evidence);
    const found = await search({
      bench,
      parent: this.parent,
      document: session.document,
      dev,
      proposals,
      lint: (candidate) =>
        lint(candidate, { parent: session.document, prompts: session.services.prompts, leak, inputs: dev.map((item) => item.vars) }),
      refusedShas: await this.refused(),
      onStep: (message) => {
        this.step('search', message);
      },
      ...(session.signal === undefined ? {} : { signal: session.signal }),
    });
    const { finalist } = found;
    const tried = [...found.tried, ...failed];
    if (finalist === null) return { ...none, tried, verdict: 'nothing-better', reason: nothingBetterReason(tried, dev.length) };
    this.finalist = finalist;
    // What was kept for the gate is for the gate.
    bench.reserved = 0;
    const answer = await askGate(session, bench, this.id, this.parent, { ...finalist, version: 'candidate' }, (message) => {
      this.step('gate', message);
    });
    return { ...answer, candidate: { text: finalist.text, edits: editsOfCandidate(session.document, finalist) }, tried, mde };
  }

  /** Texts that a person has rejected are not offered again. */
  private async refused(): Promise<Set<string>> {
    const stored = await this.session.store.all();
    return new Set(
      stored.flatMap((each) =>
        each.state === 'rejected' && each.document.prompt === this.session.document.id && each.candidateSha !== null
          ? [each.candidateSha]
          : [],
      ),
    );
  }
}

async function keep(session: Session, stored: StoredSuggestion): Promise<void> {
  await session.store.save(stored);
  if (stored.document.certificate === null) {
    await session.services.audit.append({
      type: 'suggestion.refused',
      subject: { prompt: stored.document.prompt, suggestion: stored.document.id, suite: session.suite.file },
      data: { verdict: stored.document.verdict },
    });
  }
}
