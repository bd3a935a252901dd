/** Gathers what proposers may look at, and asks each of them. */
import type { TriedCandidate } from '../../shared/suggestionDocument.js';
import { EngineError } from '../errors.js';
import type { ModelProfile, WorkspaceConfig } from '../config/types.js';
import type { Bench } from './bench.js';
import { examplePool, expectedText } from './examplePool.js';
import type { Journal } from './journal.js';
import { LeakLint } from './leak.js';
import { demonstrations } from './proposers/demonstrations.js';
import { playbook } from './proposers/playbook.js';
import { readReply, reflect, type Failure } from './proposers/reflective.js';
import { caseText } from './roles.js';
import type { Session } from './session.js';
import { meanOf } from './paired.js';
import type { CaseValues, ComplaintTheme, Evidence, FailureKind, Proposal } from './types.js';

const EXAMPLES = 500;
const MAX_EXPECTED = 50;
const REFLECTED_THEMES = 4;
const FAILURES_PER_THEME = 6;

export async function gatherEvidence(session: Session, leak: LeakLint): Promise<Omit<Evidence, 'failures'>> {
  const { document, roles } = session;
  const variables = [...new Set(document.placeholders.map((placeholder) => placeholder.name))];
  const feedback = await tolerant(session, () => session.services.feedback.examples(document.id, EXAMPLES), []);
  const tested = [...roles.dev, ...roles.heldOut];
  return { document, examples: examplePool({ feedback, train: roles.train, tested, leak, variables }), themes: await themesOf(session) };
}

export function leakLint(session: Session): LeakLint {
  return new LeakLint([...session.roles.dev, ...session.roles.heldOut].map(caseText), session.document.text);
}

/** Complaints about the version in use; about the prompt as served where that version has none. */
async function themesOf(session: Session): Promise<ComplaintTheme[]> {
  const scores = await tolerant(session, () => session.services.scoring.score({ prompts: [session.document.id] }), null);
  const mine = scores?.prompts.find((each) => each.prompt === session.document.id);
  const current = mine?.versions.find((each) => each.version === mine.current && each.themes.length > 0);
  const source = current === undefined ? (mine?.versions ?? []) : [current];
  return source
    .flatMap((version) =>
      version.themes.map((theme) => ({ id: theme.id, label: theme.label, users: theme.users, evidence: theme.examples })),
    )
    .sort((a, b) => b.users - a.users || (a.id < b.id ? -1 : 1));
}

/** Feedback that cannot be read stops no search: there is less to propose from, and the log says so. */
async function tolerant<T>(session: Session, work: () => Promise<T>, fallback: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    session.context.ports.logger.warn(`The search goes on without feedback: ${error.message}`);
    return fallback;
  }
}

/** Kinds of assertions with how many of their development cases fail; the cases' own texts stay out. */
export function failureKinds(session: Session, base: CaseValues): FailureKind[] {
  const kinds = new Map<string, FailureKind & { values: Set<string> }>();
  for (const item of session.roles.dev) {
    const mean = meanOf(base.get(item.id));
    if (mean === null) continue;
    for (const assertion of item.assertions) {
      const key = `${assertion.negate ? 'not-' : ''}${assertion.type}`;
      const kind = kinds.get(key) ?? {
        type: assertion.type,
        negate: assertion.negate,
        failing: 0,
        total: 0,
        expected: [],
        values: new Set<string>(),
      };
      kind.total += 1;
      if (mean < 1) kind.failing += 1;
      const text =
        assertion.type === 'equals' && !assertion.negate
          ? expectedText(item)
          : typeof assertion.value === 'string' && !assertion.value.includes('{{')
            ? assertion.value
            : null;
      if (text !== null) kind.values.add(text);
      kinds.set(key, kind);
    }
  }
  return [...kinds.values()]
    .sort((a, b) => b.failing - a.failing || (a.type < b.type ? -1 : 1))
    .map(({ values, ...kind }) => ({ ...kind, expected: values.size <= MAX_EXPECTED ? [...values].sort() : [] }));
}

export interface Proposed {
  proposals: Proposal[];
  /** What a proposer could not give, with the reason: shown with everything else that was tried. */
  failed: TriedCandidate[];
}

export async function propose(session: Session, evidence: Evidence, bench: Bench, journal: Journal): Promise<Proposed> {
  const rules = playbook(evidence);
  // Examples after instructions that ask for talk are followed by talk; they are tried with the edits that take those away.
  const partnerOnly = rules.some((proposal) => proposal.slot === 'label' && proposal.hunks.length > 1);
  const examples = demonstrations(evidence, session.seed).map((proposal) => ({ ...proposal, partnerOnly }));
  const reflected = await reflective(session, evidence, bench, journal);
  return { proposals: [...rules, ...examples, ...reflected.proposals], failed: reflected.failed };
}

/** A model that may reflect is named as such, or is the configured judge or default behind an endpoint: a small local one is too weak. */
export function reflectionProfile(config: WorkspaceConfig): ModelProfile | null {
  const named = (name: string | undefined): ModelProfile | null => config.models.find((profile) => profile.name === name) ?? null;
  const chosen = named(config.defaults.reflection);
  if (chosen !== null) return chosen;
  return [named(config.defaults.judge), named(config.defaults.model)].find((profile) => profile?.provider === 'openai') ?? null;
}

async function reflective(session: Session, evidence: Evidence, bench: Bench, journal: Journal): Promise<Proposed> {
  const profile = reflectionProfile(session.config);
  const result: Proposed = { proposals: [], failed: [] };
  if (profile === null) return result;
  for (const theme of evidence.themes.slice(0, REFLECTED_THEMES)) {
    if (!bench.takeCall()) break;
    const outcome = await reflectOn(theme, { session, evidence, bench, journal, profile }, result.proposals);
    if (typeof outcome !== 'string') result.proposals.push(outcome);
    else result.failed.push({ proposer: 'reflective', summary: theme.label, dev: null, outcome: `nothing proposed: ${outcome}` });
  }
  return result;
}

/** A proposal, or why there is none. A model that cannot be asked is a reason too: the other proposers go on. */
async function reflectOn(
  theme: ComplaintTheme,
  tools: { session: Session; evidence: Evidence; bench: Bench; journal: Journal; profile: ModelProfile },
  before: readonly Proposal[],
): Promise<Proposal | string> {
  const { session, evidence, bench, journal, profile } = tools;
  const past = journal.past.find((line) => line.t === 'reply' && line.theme === theme.id);
  if (past?.t === 'reply') {
    bench.count(past);
    return readReply(past.text, past.finishReason, evidence.document, theme);
  }
  try {
    const client = await session.context.ports.models.client(profile);
    const tried = before.map((proposal) => proposal.summary);
    const { outcome, ...reply } = await reflect(client, evidence.document, theme, await failuresOf(session, theme), tried, session.signal);
    bench.count(reply);
    await journal.append({ t: 'reply', theme: theme.id, ...reply });
    return outcome;
  } catch (error) {
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    return error.message;
  }
}

async function failuresOf(session: Session, theme: ComplaintTheme): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const id of theme.evidence.slice(0, FAILURES_PER_THEME)) {
    const detail = await session.services.feedback.detail(id);
    if (detail === null) continue;
    failures.push({
      input: detail.interaction?.variables ?? {},
      output: detail.interaction?.output ?? null,
      comment: detail.row.text,
      correction: detail.row.correction,
    });
  }
  return failures;
}
