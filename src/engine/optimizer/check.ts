/** The gate on a person's own edit: the working file (or a buffer) against the last version. */
import type { EngineContext, SuggestHooks } from '../api.js';
import type { SuggestionDocument } from '../../shared/suggestionDocument.js';
import { EngineError } from '../errors.js';
import { promptSha256 } from '../prompts/hash.js';
import type { PromptDocument } from '../prompts/types.js';
import { askGate } from './askGate.js';
import { documentOf, editsOfText, type Outcome } from './documentOf.js';
import { lintLeak, lintReadable } from './lints.js';
import { clusterCount, mdeOf, MIN_CLUSTERS } from './preflight.js';
import { leakLint } from './proposals.js';
import { BUDGETS, digest, earlierAnswer, openBench, openSession, suggestionId, type Services } from './session.js';
import { tooFewReason } from './verdicts.js';

export interface CheckRequest {
  prompt: string;
  suite?: string;
  text?: string;
  seed?: number;
}

export async function check(
  context: EngineContext,
  services: Services,
  request: CheckRequest,
  hooks: SuggestHooks,
  signal: AbortSignal | undefined,
): Promise<SuggestionDocument> {
  const started = context.ports.clock.monotonic();
  const working = await services.prompts.get(request.prompt);
  const text = request.text ?? working.text;
  const { parent, version } = await lastVersion(services, working, request.text !== undefined);
  const sha = promptSha256(text);
  if (sha === parent.sha256)
    throw new EngineError('BAD_USAGE', `${working.file} is the same as ${version ?? 'the file on disk'}, so there is no edit to check.`);

  const budget = BUDGETS.thorough;
  const session = await openSession(
    context,
    services,
    { document: parent, suite: request.suite, budget, seed: request.seed ?? 1, asksModel: true },
    hooks,
    signal,
  );
  const key = digest([
    'check',
    parent.id,
    parent.sha256,
    sha,
    session.suite.file,
    session.suiteSha,
    session.seed,
    session.provider,
    session.config.defaults.model ?? null,
  ]);
  const earlier = await earlierAnswer(session, key);
  if (earlier !== null) return earlier.document;

  const { position } = session.account;
  const id = suggestionId([key, position]);
  const { bench } = await openBench(
    session,
    {
      t: 'start',
      id,
      kind: 'check',
      prompt: parent.id,
      suite: session.suite.file,
      parentSha: parent.sha256,
      suiteSha: session.suiteSha,
      seed: session.seed,
      budget,
      position,
    },
    false,
  );
  const problem = lintReadable(parent, services.prompts.parse(parent.file, text)) ?? lintLeak(text, leakLint(session));
  const mde = mdeOf(session.plan, session.account.alpha, null);
  const clusters = clusterCount(session.roles, session.plan.cases);

  let outcome: Pick<Outcome, 'verdict' | 'reason' | 'certificate'>;
  if (problem !== null)
    outcome = { verdict: 'refused', reason: `The edit is not certified: it ${problem}. Nothing was measured.`, certificate: null };
  else if (clusters < MIN_CLUSTERS)
    outcome = { verdict: 'too-few-cases', reason: tooFewReason(mde, clusters, 2 * (MIN_CLUSTERS * 3 - clusters)), certificate: null };
  else {
    outcome = await askGate(
      session,
      bench,
      id,
      { sha: parent.sha256, text: parent.text, version: 'parent' },
      { sha, text, version: 'candidate' },
      (message) => {
        hooks.onProgress?.({ stage: 'gate', message, calls: bench.used, budget: session.plan.calls });
      },
    );
  }
  const seconds = (context.ports.clock.monotonic() - started) / 1000;
  const document = documentOf(
    session,
    { id, bench, seconds, parent, version, plannedCalls: session.plan.calls },
    { ...outcome, candidate: { text, edits: editsOfText(parent.text, text) }, tried: [], mde },
  );
  await session.store.save({
    document,
    candidate: text,
    parentText: parent.text,
    state: 'open',
    key,
    candidateSha: sha,
    summary: null,
    note: null,
  });
  return document;
}

/** The last version; where there is none yet, the file on disk is what a buffer is compared with. */
async function lastVersion(
  services: Services,
  working: PromptDocument,
  hasBuffer: boolean,
): Promise<{ parent: PromptDocument; version: string | null }> {
  const versions = (await services.versions.list(working.id)).prompts[0]?.versions ?? [];
  const latest = versions.find((each) => each.pointers.includes('latest')) ?? versions.at(-1);
  if (latest !== undefined)
    return {
      parent: services.prompts.parse(working.file, await services.versions.content(working.id, latest.version)),
      version: latest.version,
    };
  if (hasBuffer) return { parent: working, version: null };
  throw new EngineError(
    'BAD_USAGE',
    `${working.id} has no version yet to compare the file with. Undo your edit, run "ratchet versions ${working.id} --keep", edit and check again.`,
  );
}
