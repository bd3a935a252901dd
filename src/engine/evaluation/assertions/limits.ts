/** Kinds that look at how the answer came, not at what it says. */
import { isRecord } from '../../config/yaml.js';
import { words } from '../textMetrics/ngrams.js';
import { clamp, verdict } from './outcome.js';
import { NotEvaluated, type AssertionCall, type AssertionInput, type Handlers, type Outcome } from './types.js';

export const limitHandlers: Handlers = {
  latency({ assertion, input }) {
    const limit = assertion.threshold ?? 0;
    return verdict(input.latencyMs <= limit, `took ${String(Math.round(input.latencyMs))} ms, the limit is ${String(limit)} ms`);
  },
  cost({ assertion, input }) {
    const { cost } = input;
    if (cost === null || cost === undefined) throw new NotEvaluated('what the answer cost is not known; give the model a price');
    const limit = assertion.threshold ?? 0;
    return verdict(cost <= limit, `cost ${cost.toPrecision(3)}, the limit is ${String(limit)}`);
  },
  'finish-reason'({ text, input }) {
    const reason = input.response?.finishReason ?? '';
    if (reason === '') return verdict(false, 'The model did not say why it stopped');
    return verdict(reason.toLowerCase() === text.toLowerCase(), `The model stopped for “${reason}”`);
  },
  'word-count': ({ value, input }) => wordCount(value, words(input.output).length),
  guardrails: ({ input }) => guardrails(input),
  perplexity,
  'perplexity-score': perplexityScore,
};

/** Words are what stands between white space. */
function wordCount(value: unknown, count: number): Outcome {
  const said = `The answer has ${String(count)} ${count === 1 ? 'word' : 'words'}`;
  if (!isRecord(value)) {
    const wanted = numberOf(value);
    return verdict(count === wanted, count === wanted ? said : `${said}, not ${String(wanted)}`);
  }
  const min = value['min'] === undefined ? 0 : numberOf(value['min']);
  const max = value['max'] === undefined ? Infinity : numberOf(value['max']);
  if (min > max || (value['min'] === undefined && value['max'] === undefined))
    throw new NotEvaluated('its value needs min, max or both, with min not over max');
  const range = max === Infinity ? `at least ${String(min)}` : min === 0 ? `at most ${String(max)}` : `${String(min)} to ${String(max)}`;
  return verdict(count >= min && count <= max, `${said}; wanted are ${range}`);
}

function numberOf(value: unknown): number {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  if (!Number.isFinite(number)) throw new NotEvaluated('its value is no number and no { min, max }');
  return number;
}

/** Fails where the endpoint's own filter stopped the prompt or the answer. Without a word of it nothing was flagged, as for promptfoo. */
function guardrails({ response }: AssertionInput): Outcome {
  const given = response?.metadata?.['guardrails'];
  const facts = isRecord(given) ? given : {};
  const flagged = facts['flagged'] === true || response?.isRefusal === true || response?.finishReason === 'content_filter';
  if (!flagged) return verdict(true, 'No filter of the endpoint stopped it');
  const what = facts['flaggedInput'] === true ? 'prompt' : 'answer';
  return verdict(false, typeof facts['reason'] === 'string' ? facts['reason'] : `A filter of the endpoint stopped the ${what}`);
}

/** `exp(−mean log p)` of the answer's tokens; lower is surer. Without a threshold it is only shown. */
function perplexity({ assertion, input }: AssertionCall): Outcome {
  const value = Math.exp(-meanLogprob(input));
  const limit = limitOf(assertion);
  if (limit === null) return verdict(true, `Perplexity is ${value.toFixed(2)}; there is no threshold`);
  return verdict(value <= limit, `Perplexity is ${value.toFixed(2)}, the limit is ${String(limit)}`);
}

/** promptfoo's own measure, `1 / (1 + exp(−mean log p))`: in (0, 0.5], higher is surer. */
function perplexityScore({ assertion, input }: AssertionCall): Outcome {
  const score = clamp(1 / (1 + Math.exp(-meanLogprob(input))));
  const limit = limitOf(assertion);
  if (limit === null)
    return { pass: true, score, graded: true, reason: `The perplexity score is ${score.toFixed(3)}; there is no threshold` };
  return {
    pass: score >= limit,
    score,
    graded: true,
    reason: `The perplexity score is ${score.toFixed(3)}, the threshold is ${String(limit)}`,
  };
}

function meanLogprob({ response }: AssertionInput): number {
  const logprobs = response?.logprobs ?? [];
  if (logprobs.length === 0) throw new NotEvaluated('the model gave no log probabilities; set logprobs: true in its config');
  return logprobs.reduce((sum, each) => sum + each, 0) / logprobs.length;
}

function limitOf({ threshold, negate, type }: AssertionCall['assertion']): number | null {
  if (threshold === null && negate) throw new NotEvaluated(`not-${type} needs a threshold`);
  return threshold;
}
