/** What every kind of assertion is given and gives. */
import type { AssertionResult, JudgeUse } from '../../../shared/evalDocument.js';
import type { ChatMessage, ChatResponse, CodeRunner, Http } from '../../ports.js';
import type { JudgePort } from '../judges/types.js';
import type { Assertion, EvalCase } from '../types.js';

export interface AssertionInput {
  /** The answer as text: of an answer that is no text (calls of tools, a transform's object) its JSON. */
  output: string;
  /** The answer itself, where it is not just its text; code of assertions sees it. */
  value?: unknown;
  /** The answer before the test's own transform, where there was one. */
  providerValue?: unknown;
  vars: Record<string, unknown>;
  latencyMs: number;
  /** What was asked, for code that looks at it. */
  prompt?: string;
  messages?: readonly ChatMessage[];
  /** What the model said besides: tokens, finish reason, calls of tools, log probabilities. Absent where there was no model. */
  response?: ChatResponse;
  /** Of the answer; `null` where the model has no price. */
  cost?: number | null;
  /** What stands in the suite beside the assertions, for code that looks at it. */
  test?: { description: string | null; metadata: Record<string, unknown>; threshold?: number; assert?: readonly Record<string, unknown>[] };
  provider?: { id: string; label: string | null; config: Record<string, unknown> };
  /** What the test says about judging. */
  judge?: EvalCase['judge'];
  /** Parameters of the request that was sent: `tools` and `functions` that were offered stand there. */
  params?: Readonly<Record<string, unknown>>;
}

export interface AssertionTools {
  code: CodeRunner;
  trusted: () => boolean;
  signal?: AbortSignal;
  /** For webhooks; absent where nothing can be sent. */
  http?: Http;
  /** Models that judge; absent where none can be asked (an assertion tried in the editor). */
  judge?: JudgePort;
}

/** One assertion on one answer, its value rendered. */
export interface AssertionCall {
  assertion: Assertion;
  value: unknown;
  /** The value as text. */
  text: string;
  input: AssertionInput;
  tools: AssertionTools;
}

export interface Outcome {
  pass: boolean;
  /** In [0, 1]. */
  score: number;
  reason: string;
  /** What was compared with, where it is a text: lets a host show a diff. */
  expected?: string;
  /** Scores by name that code returned besides its own. */
  namedScores?: Record<string, number>;
  /** Parts of a set, or of what code returned. */
  parts?: AssertionResult[];
  /** The score is a degree, so that of `not-` is 1 − score; else it is 0 or 1. */
  graded?: boolean;
  judge?: JudgeUse;
  /** It stays what it is with `not-` as well: no verdict was come to. */
  final?: boolean;
}

export type AssertionHandler = (call: AssertionCall) => Outcome | Promise<Outcome>;
export type Handlers = Readonly<Record<string, AssertionHandler>>;

/** Thrown where an assertion cannot be evaluated; never a pass and never a fail. */
export class NotEvaluated extends Error {}
