/** What was said under some metric's name, as signal, actor and score. Who said it and on which range is never guessed from the values. */
import type { ScoreMeaning } from '../../config/types.js';
import { actorOfSignal, isSignal } from '../canonical.js';
import { normalise, thumbOf } from '../rating.js';
import type { ActorKind, Signal } from '../types.js';
import type { Json } from '../values.js';
import type { ShapeOptions } from './shape.js';

export interface Said {
  metric: string;
  value: number | boolean | string | null;
  label?: string | null;
  text?: string | null;
  /** As the record itself says; `null` where it does not. */
  actor: ActorKind | null;
  actorId?: string | null;
  model?: string | null;
  min?: number | null;
  max?: number | null;
  higherIsBetter?: boolean;
}

const ofActor: Record<ActorKind, { score: Signal; label: Signal; text: Signal }> = {
  end_user: { score: 'explicit.rating', label: 'explicit.rating', text: 'explicit.comment' },
  expert: { score: 'review.score', label: 'review.label', text: 'review.label' },
  llm_judge: { score: 'judge.score', label: 'judge.score', text: 'judge.score' },
  code: { score: 'code.score', label: 'code.score', text: 'code.score' },
  system: { score: 'system.guardrail', label: 'system.guardrail', text: 'system.guardrail' },
};

const families: Record<string, ActorKind> = { explicit: 'end_user', review: 'expert', judge: 'llm_judge', code: 'code', system: 'system' };

const ofUsers = /(?:^|[^a-z])(?:thumbs?|user|users|csat|nps|stars?|rating|like)(?:[^a-z]|$)/;
const ofThumbs = /(?:^|[^a-z])(?:thumbs?|like)(?:[^a-z]|$)/;

/**
 * The parts of a feedback record that the metric decides: `signal`, `actor`, `score`, `label`, `text`, `attributes.metric`.
 * `null` where the source's `scores` says `ignore`. Order: `scores` of the source, a name such as `judge.score:relevance` or
 * `judge:relevance`, what the record says, words of end users in the name (`user_thumb`); anything else counts as a program's (`code.score`).
 * y is `null` where no range is known. Throws `Rejection` for a value outside its range.
 */
export function feedbackOf(said: Said, options: ShapeOptions): Json | null {
  const { prefix, metric } = splitName(said.metric);
  const meaning = meaningOf(said.metric, options) ?? meaningOf(metric, options) ?? meaningOf('*', options) ?? {};
  if (meaning.signal === 'ignore') return null;
  const declared = meaning.signal !== undefined && isSignal(meaning.signal) ? meaning.signal : null;
  const named = prefix !== null && isSignal(prefix) ? prefix : null;
  const family = prefix === null ? undefined : families[prefix];
  const given = declared ?? named;
  const known =
    meaning.actor ??
    (declared === null ? null : actorOfSignal(declared)) ??
    said.actor ??
    (named === null ? null : actorOfSignal(named)) ??
    family;
  const actor = known ?? (ofUsers.test(metric.toLowerCase()) ? 'end_user' : 'code');
  const label = said.label ?? null;
  const text = said.text ?? null;
  // A label that is a word for yes or no is the value, where there is no other.
  const value = said.value ?? (label !== null && thumbOf(label) !== null ? label : null);
  const signal = given ?? signalOf(actor, metric, value, label);
  const score = value === null ? null : scoreOf(value, label, meaning, said, signal);
  if (known === undefined || (typeof value === 'number' && score?.['y'] === null)) options.onUnclear?.(said.metric, value ?? label);
  return {
    signal,
    actor: {
      kind: actor,
      ...(said.actorId === undefined || said.actorId === null ? {} : { id: said.actorId }),
      ...(said.model === undefined || said.model === null ? {} : { model: said.model }),
    },
    ...(score === null ? {} : { score }),
    ...(label === null ? {} : { label }),
    ...(text === null ? {} : { text }),
    attributes: metric === '' ? {} : { metric },
  };
}

/** `judge.score:relevance` and `judge:relevance`: what stands before the colon, where it is a signal or a family of them. */
function splitName(name: string): { prefix: string | null; metric: string } {
  const colon = name.indexOf(':');
  const prefix = colon === -1 ? name : name.slice(0, colon);
  if (isSignal(prefix)) return { prefix, metric: colon === -1 ? '' : name.slice(colon + 1) };
  return colon !== -1 && Object.hasOwn(families, prefix) ? { prefix, metric: name.slice(colon + 1) } : { prefix: null, metric: name };
}

function meaningOf(metric: string, options: ShapeOptions): ScoreMeaning | undefined {
  return Object.hasOwn(options.scores, metric) ? options.scores[metric] : undefined;
}

function signalOf(actor: ActorKind, metric: string, value: Said['value'], label: string | null): Signal {
  const signals = ofActor[actor];
  if (value === null) return label === null ? signals.text : signals.label;
  if (actor !== 'end_user') return signals.score;
  const thumb = thumbOf(value) !== null || (label !== null && thumbOf(label) !== null) || ofThumbs.test(metric.toLowerCase());
  return thumb ? 'explicit.thumb' : signals.score;
}

function scoreOf(value: number | boolean | string, label: string | null, meaning: ScoreMeaning, said: Said, signal: Signal): Json {
  const min = meaning.min ?? said.min ?? null;
  const max = meaning.max ?? said.max ?? null;
  const higherIsBetter = meaning.higherIsBetter ?? said.higherIsBetter ?? true;
  const ranged = min !== null && max !== null;
  const thumb = ranged || signal !== 'explicit.thumb' || label === null ? null : thumbOf(label);
  const y = normalise({ raw: value, min: ranged ? min : null, max: ranged ? max : null, y: thumb, higherIsBetter }, signal);
  return { raw: value, ...(ranged ? { min, max } : {}), y, higher_is_better: higherIsBetter };
}
