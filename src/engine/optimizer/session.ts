/** What every run of the optimizer starts from: the prompt, its suite, the model under test, the roles of the cases, and the account of the held-out set. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type {
  AuditService,
  ConfigService,
  EngineContext,
  EvaluationService,
  FeedbackService,
  PromptService,
  ScoreService,
  SuggestHooks,
  VersionService,
} from '../api.js';
import type { ModelProfile, WorkspaceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { requestParams } from '../evaluation/modelParams.js';
import { defaultProfile, resolveProvider } from '../evaluation/providers.js';
import type { EvalCase, Suite } from '../evaluation/types.js';
import { join } from '../paths.js';
import type { PromptDocument } from '../prompts/types.js';
import { ensureRatchetFolder } from '../versions/folder.js';
import { Bench } from './bench.js';
import { Journal, type JournalStart } from './journal.js';
import { Ledger, type LedgerState } from './ledger.js';
import { devLimit, orderDev, planGate, type GatePlan } from './preflight.js';
import { assignRoles } from './roles.js';
import { SuggestionStore, type StoredSuggestion } from './store.js';
import type { Roles } from './types.js';

export interface Services {
  config: ConfigService;
  prompts: PromptService;
  versions: VersionService;
  feedback: FeedbackService;
  scoring: ScoreService;
  evaluation: EvaluationService;
  audit: AuditService;
}

export const BUDGETS = { quick: 200, normal: 800, thorough: 2500 } as const;

export interface Session {
  context: EngineContext;
  services: Services;
  store: SuggestionStore;
  config: WorkspaceConfig;
  document: PromptDocument;
  suite: Suite;
  suiteSha: string;
  roles: Roles;
  salt: string;
  /** In place of the suite's providers; `null` where the suite's own one is used. */
  provider: ModelProfile | null;
  deterministic: boolean;
  budget: number;
  seed: number;
  ledger: Ledger;
  account: LedgerState;
  plan: GatePlan;
  hooks: SuggestHooks;
  signal: AbortSignal | undefined;
}

export interface SessionRequest {
  document: PromptDocument;
  suite: string | undefined;
  budget: number;
  seed: number;
  /** False for a plan: no model is touched. */
  asksModel: boolean;
  /** Id of the interrupted run that is taken up again. */
  resumes?: string;
}

export async function openSession(
  context: EngineContext,
  services: Services,
  request: SessionRequest,
  hooks: SuggestHooks,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const { document, budget, seed } = request;
  const { config } = await services.config.load();
  const suite = await services.evaluation.load(await chooseSuite(services.evaluation, document.id, request.suite));
  const salt = `${document.id}\u0000${suite.file}`;
  const roles = assignRoles(suite.cases, salt);
  const model = modelOf(config, suite);
  const deterministic = request.asksModel ? await isDeterministic(context, model.profile, document) : false;
  const plan = planGate(roles, budget, deterministic, salt);
  const ledger = new Ledger(context.ports.documents, context.root, context.ports.clock, document.id, suite.file);
  return {
    context,
    services,
    store: new SuggestionStore(context.ports.fs, context.root),
    config,
    document,
    suite,
    suiteSha: digest(suite.cases.map((item) => [item.id, item.threshold, item.metadata])),
    roles,
    salt,
    provider: model.override,
    deterministic,
    budget,
    seed,
    ledger,
    account: await ledger.state(
      plan.cases.map((item) => item.id),
      request.resumes ?? null,
    ),
    plan,
    hooks,
    signal,
  };
}

/** Development cases, in the order of the search: as many as its share of the budget can pay for. */
export function devCases(session: Pick<Session, 'roles' | 'seed' | 'budget' | 'plan'>): EvalCase[] {
  return orderDev(session.roles.dev, session.seed, devLimit(session.budget - session.plan.calls));
}

export function digest(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(value))));
}

/** `s-` and ten hex digits. */
export function suggestionId(parts: unknown): string {
  return `s-${digest(parts).slice(0, 10)}`;
}

export function journalPath(id: string): string {
  return `.ratchet/.local/runs/${id}.jsonl`;
}

export async function openBench(session: Session, start: JournalStart, resume: boolean): Promise<{ bench: Bench; journal: Journal }> {
  const { context, services, signal } = session;
  await ensureRatchetFolder(context.ports.fs, context.root);
  const journal = await Journal.open(context.ports.fs, join(context.root, journalPath(start.id)), resume);
  if (journal.past.length === 0) await journal.append(start);
  const bench = new Bench({
    evaluation: services.evaluation,
    suite: session.suite.file,
    prompt: session.document.id,
    provider: session.provider,
    budget: session.budget,
    freshHeldOut: !session.deterministic,
    journal,
    ...(signal === undefined ? {} : { signal }),
  });
  return { bench, journal };
}

/** An answer that the held-out set has already given to the very same question. */
export async function earlierAnswer(session: Session, key: string): Promise<StoredSuggestion | null> {
  for (const question of [...session.account.questions].reverse()) {
    const stored = question.outcome === 'asked' ? null : await session.store.find(question.suggestion);
    if (stored !== null && stored.key === key && stored.state !== 'rejected') return stored;
  }
  return null;
}

async function chooseSuite(evaluation: EvaluationService, prompt: string, asked: string | undefined): Promise<string> {
  if (asked !== undefined) return asked;
  const suites = await evaluation.suitesOf(prompt);
  const [first] = suites;
  if (first === undefined)
    throw new EngineError(
      'SUITE_NOT_FOUND',
      `No suite tests ${prompt}, so no edit of it can be compared. Create one beside the prompt, such as ${prompt}.eval.yaml.`,
    );
  if (suites.length > 1)
    throw new EngineError('BAD_USAGE', `${prompt} has ${String(suites.length)} suites: ${suites.join(', ')}. Choose one with --suite.`);
  return first;
}

/** One model is tested: the suite's only provider; of several the workspace's default, else the first; without any the default. */
function modelOf(config: WorkspaceConfig, suite: Suite): { profile: ModelProfile; override: ModelProfile | null } {
  const chosen = suite.providers.find((provider) => provider.id === config.defaults.model) ?? suite.providers[0];
  if (chosen === undefined) return { profile: defaultProfile(config, suite.file), override: null };
  const profile = resolveProvider(chosen, config, suite.file);
  return { profile, override: suite.providers.length > 1 ? profile : null };
}

/** The prompt's own temperature counts only where the profile leaves it open (see `modelParams.ts`). */
async function isDeterministic(context: EngineContext, profile: ModelProfile, document: PromptDocument): Promise<boolean> {
  const client = await context.ports.models.client(profile);
  if (!client.deterministic || profile.provider === 'replay' || profile.provider === 'echo') return client.deterministic;
  return Number(requestParams(document.model?.params, profile.params)['temperature'] ?? 0) === 0;
}
