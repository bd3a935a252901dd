/**
 * How often a held-out set was asked. The j-th question is tested at alpha_j = A / (j (j + 1)), and the sum of all of them
 * never exceeds A = 0.10: the chance of ever showing a false suggestion on one held-out set stays under 10 %
 * (alpha spending; the reuse problem: Dwork et al. 2015, "The reusable holdout").
 */
import { openRegistry } from '../versions/registry.js';
import type { Clock, Documents } from '../ports.js';

export const ALPHA_TOTAL = 0.1;
/** A held-out set with this share of never-used cases is a new one. */
const FRESH_SHARE = 0.3;

export interface Question {
  epoch: number;
  /** 1 for the first question of the epoch. */
  j: number;
  alpha: number;
  suggestion: string;
  parentSha: string;
  candidateSha: string;
  askedAt: string;
  /** `asked`: the answer never came (interrupted); its alpha is spent all the same. */
  outcome: 'asked' | 'certified' | 'refused';
  p: number | null;
}

interface HeldOutRecord {
  epoch: number;
  /** Ids of all cases that ever answered a question. */
  used: string[];
  questions: Question[];
}

export interface LedgerState {
  epoch: number;
  /** Questions of all epochs: part of a suggestion's id. */
  position: number;
  /** Level of the next question. */
  alpha: number;
  /** Levels already spent in this epoch. */
  spent: number;
  questions: readonly Question[];
}

export function alphaOf(j: number): number {
  return ALPHA_TOTAL / (j * (j + 1));
}

/** One held-out set's account, under `decisions` in `.ratchet/registry.json`, so that a team shares it. */
export class Ledger {
  private readonly registry;
  private readonly key: string;

  constructor(
    documents: Documents,
    root: string,
    private readonly clock: Clock,
    prompt: string,
    suite: string,
  ) {
    this.registry = openRegistry(documents, root);
    this.key = `gate ${prompt} ${suite}`;
  }

  /** Without the question of the suggestion `own`, which a run that is taken up again has asked before. */
  async state(cases: readonly string[], own: string | null = null): Promise<LedgerState> {
    const record = recordOf((await this.registry.read()).decisions, this.key);
    const questions = record.questions.filter((each) => each.suggestion !== own);
    // Its cases were fresh when it asked.
    const fresh =
      questions.length === record.questions.length
        ? record
        : { ...record, questions, epoch: questions.at(-1)?.epoch ?? 1, used: questions.length === 0 ? [] : record.used };
    return stateOf(fresh, cases);
  }

  /** Spends the level before the first held-out call. The same suggestion asks once: taken up again, it gets its own question back. */
  async ask(question: Pick<Question, 'suggestion' | 'parentSha' | 'candidateSha'>, cases: readonly string[]): Promise<Question> {
    return this.registry.update((data) => {
      const record = recordOf(data.decisions, this.key);
      const mine = record.questions.find((each) => each.suggestion === question.suggestion && each.candidateSha === question.candidateSha);
      if (mine !== undefined) return mine;
      const { epoch, alpha } = stateOf(record, cases);
      const j = record.questions.filter((each) => each.epoch === epoch).length + 1;
      const asked: Question = { epoch, j, alpha, ...question, askedAt: this.clock.now().toISOString(), outcome: 'asked', p: null };
      put(data.decisions, this.key, {
        epoch,
        used: [...new Set([...record.used, ...cases])].sort(),
        questions: [...record.questions, asked],
      });
      return asked;
    });
  }

  async answer(suggestion: string, outcome: 'certified' | 'refused', p: number | null): Promise<void> {
    await this.registry.update((data) => {
      const record = recordOf(data.decisions, this.key);
      const questions = record.questions.map((each) => (each.suggestion === suggestion ? { ...each, outcome, p } : each));
      put(data.decisions, this.key, { ...record, questions });
    });
  }
}

function stateOf(record: HeldOutRecord, cases: readonly string[]): LedgerState {
  const used = new Set(record.used);
  const fresh = cases.filter((id) => !used.has(id)).length / (cases.length || 1);
  const epoch = record.questions.length > 0 && fresh >= FRESH_SHARE ? record.epoch + 1 : record.epoch;
  const asked = record.questions.filter((each) => each.epoch === epoch);
  return {
    epoch,
    position: record.questions.length,
    alpha: alphaOf(asked.length + 1),
    spent: asked.reduce((total, each) => total + each.alpha, 0),
    questions: record.questions,
  };
}

function recordOf(decisions: Record<string, unknown>, key: string): HeldOutRecord {
  const value = Object.hasOwn(decisions, key) ? (decisions[key] as Partial<HeldOutRecord> | null) : null;
  return { epoch: value?.epoch ?? 1, used: value?.used ?? [], questions: value?.questions ?? [] };
}

/** Not an assignment: an id may be called `__proto__`. */
function put(decisions: Record<string, unknown>, key: string, value: HeldOutRecord): void {
  Object.defineProperty(decisions, key, { value, enumerable: true, configurable: true, writable: true });
}
