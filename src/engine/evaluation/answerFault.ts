import { EngineError } from '../errors.js';
import type { ChatResponse } from '../ports.js';

/** Settings of a model, by name. */
type Params = Readonly<Record<string, unknown>>;

const limitNames = ['max_tokens', 'max_completion_tokens', 'maxTokens', 'maxCompletionTokens', 'maxOutputTokens'];

/**
 * Why an answer says nothing about the prompt: it was cut, withheld or is not there. Such an answer is an `error` and is not kept. Whoever
 * looks at the finish reason itself (an assertion `finish-reason`) is given the answer all the same. `null` where it is an answer.
 * `own`: the prompt's settings. A limit that stands in the prompt itself cuts what it serves in production as well, so what comes of it is its answer.
 */
export function answerFault(response: ChatResponse, model: string, params: Params, own: Params = {}): EngineError | null {
  const { finishReason, text, output, isRefusal } = response;
  const fault = (code: 'ANSWER_CUT' | 'ANSWER_FILTERED' | 'ANSWER_EMPTY', message: string): EngineError =>
    new EngineError(code, message, { kind: 'bad-answer', retryable: false, finishReason });
  if (finishReason === 'length' && !limitNames.some((name) => typeof own[name] === 'number')) {
    const most = params['max_completion_tokens'] ?? params['max_tokens'];
    const at = typeof most === 'number' ? ` at max_tokens ${String(most)}` : '';
    return fault('ANSWER_CUT', `The answer of ${model} was cut off${at}. Raise max_tokens, or ask for less text.`);
  }
  if (finishReason === 'content_filter') {
    return fault(
      'ANSWER_FILTERED',
      `The endpoint of ${model} withheld the answer by its content filter. Change the case or the endpoint's filter.`,
    );
  }
  // A provider of the suite's own may well answer with nothing; models say how they ended.
  if (text.trim() === '' && output === undefined && isRefusal !== true && finishReason !== null) {
    return fault(
      'ANSWER_EMPTY',
      `${model} answered with no text (finish reason ${finishReason}). Look at what the endpoint does with this request.`,
    );
  }
  return null;
}

/** Assertions for which how an answer ended is what is judged. */
const aboutEnds = new Set(['finish-reason', 'is-refusal', 'guardrails']);

/** Does the case look at how the answer ended? Sets of assertions are looked into. */
export function judgesEnd(assertions: readonly { type: string; parts?: readonly { type: string }[] }[]): boolean {
  return assertions.some(({ type, parts = [] }) => aboutEnds.has(type) || parts.some((part) => aboutEnds.has(part.type)));
}
