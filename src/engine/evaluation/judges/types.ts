/** How kinds of assertions ask a model to judge an answer. */
import type { JudgeUse } from '../../../shared/evalDocument.js';
import type { ChatMessage } from '../../ports.js';

export interface JudgeQuestion<T> {
  /** Who judges, as the assertion says it; absent: the test's, the suite's or the configured one. */
  provider?: unknown;
  messages: readonly ChatMessage[];
  /** Shape of the answer, where an endpoint can be held to it. */
  schema?: { name: string; schema: Record<string, unknown> };
  /** Makes the answer of the judge's text; throws `Unreadable`, which says what is wrong with it. */
  read: (text: string) => T;
}

export interface Judged<T> {
  value: T;
  use: JudgeUse;
}

/**
 * The models that judge. Both throw `NotEvaluated` where none is set, EngineErrors with `details.judge` where one cannot be asked, and CANCELLED.
 * Answers are cached like those of the suite's own models.
 */
export interface JudgePort {
  /** Asks once more where the answer cannot be read; throws JUDGE_UNREADABLE after that. */
  ask<T>(question: JudgeQuestion<T>): Promise<Judged<T>>;
  /** Vectors of the texts, in their order. */
  embed(texts: readonly string[], provider?: unknown): Promise<Judged<number[][]>>;
}

/** A judge's answer that is not what it was asked for. The message is shown to the judge, so it says what to write instead. */
export class Unreadable extends Error {}
