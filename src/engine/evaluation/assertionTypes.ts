/** promptfoo's assertion types: what each needs, and why some are only known by name here. */
import { handlers } from './assertions/registry.js';
import { nearest } from '../config/nearest.js';

/**
 * What a type needs as its `value`: a `text` (or number), `texts` (one or a list), a `list` (or a text with commas), `any` value,
 * `code`, a `count` (number or `{ min, max }`), `parts` (its own assertions); `optional` and `none` need none.
 */
export type ValueKind = 'text' | 'texts' | 'list' | 'any' | 'optional' | 'none' | 'code' | 'count' | 'parts';

interface TypeFacts {
  value: ValueKind;
  /** Needed, for without it there is nothing to compare with; how it is measured. */
  threshold?: string;
  /** `not-` does not exist. */
  plain?: true;
  /** A short form `type(0.9): value` may hold a threshold, which is 0.75 where none stands. */
  shortThreshold?: true;
}

const types: Readonly<Record<string, TypeFacts>> = {
  equals: { value: 'any' },
  contains: { value: 'text' },
  icontains: { value: 'text' },
  'contains-any': { value: 'list' },
  'contains-all': { value: 'list' },
  'icontains-any': { value: 'list' },
  'icontains-all': { value: 'list' },
  'starts-with': { value: 'text', shortThreshold: true },
  // Not one of promptfoo's.
  'ends-with': { value: 'text' },
  regex: { value: 'text' },
  'is-json': { value: 'optional' },
  'contains-json': { value: 'optional' },
  'is-xml': { value: 'optional' },
  'contains-xml': { value: 'optional' },
  'is-html': { value: 'none' },
  'contains-html': { value: 'none' },
  'is-sql': { value: 'optional' },
  'contains-sql': { value: 'optional' },
  'is-refusal': { value: 'none' },
  'is-valid-openai-function-call': { value: 'none' },
  'is-valid-openai-tools-call': { value: 'none' },
  'is-valid-function-call': { value: 'none' },
  'tool-call-f1': { value: 'list' },
  javascript: { value: 'code' },
  python: { value: 'code' },
  ruby: { value: 'code' },
  webhook: { value: 'text' },
  levenshtein: { value: 'text', shortThreshold: true },
  'rouge-n': { value: 'text', shortThreshold: true },
  bleu: { value: 'texts' },
  gleu: { value: 'texts' },
  meteor: { value: 'texts' },
  perplexity: { value: 'none', shortThreshold: true },
  'perplexity-score': { value: 'none', shortThreshold: true },
  cost: { value: 'none', threshold: '', shortThreshold: true },
  latency: { value: 'none', threshold: 'in milliseconds', shortThreshold: true },
  'finish-reason': { value: 'text' },
  'word-count': { value: 'count' },
  guardrails: { value: 'none' },
  'assert-set': { value: 'parts', plain: true },
  'trace-span-count': { value: 'any' },
  'trace-span-duration': { value: 'any' },
  'trace-error-spans': { value: 'optional' },
  'trajectory:goal-success': { value: 'any' },
  'trajectory:tool-args-match': { value: 'any' },
  'trajectory:step-count': { value: 'any' },
  'trajectory:tool-sequence': { value: 'any' },
  'trajectory:tool-used': { value: 'any' },
  'skill-used': { value: 'any' },
  'llm-rubric': { value: 'optional' },
  'agent-rubric': { value: 'optional' },
  'search-rubric': { value: 'text' },
  'g-eval': { value: 'texts' },
  factuality: { value: 'text' },
  'model-graded-factuality': { value: 'text' },
  'model-graded-closedqa': { value: 'text' },
  'answer-relevance': { value: 'none', shortThreshold: true },
  'context-recall': { value: 'text', shortThreshold: true },
  'context-relevance': { value: 'none', shortThreshold: true },
  'context-faithfulness': { value: 'none', shortThreshold: true },
  'conversation-relevance': { value: 'none' },
  similar: { value: 'texts', shortThreshold: true },
  'similar:cosine': { value: 'texts' },
  'similar:dot': { value: 'texts' },
  'similar:euclidean': { value: 'texts' },
  classifier: { value: 'optional', shortThreshold: true },
  moderation: { value: 'optional' },
  pi: { value: 'text' },
  'select-best': { value: 'text', plain: true },
  'max-score': { value: 'optional', plain: true },
  human: { value: 'optional', plain: true },
};

const sql = 'SQL is not parsed here';
const traces = 'a run here has no traces';

/** Why a type that is real is not evaluated; others that are not in the registry say that they are not evaluated here. */
const reasons: Readonly<Record<string, string>> = {
  'is-sql': sql,
  'contains-sql': sql,
  ruby: 'Ruby is not run here; write it as javascript or python',
  meteor: 'METEOR needs a dictionary of stems and synonyms, which is not here; bleu, gleu and rouge-n are',
  'trace-span-count': traces,
  'trace-span-duration': traces,
  'trace-error-spans': traces,
  'trajectory:goal-success': traces,
  'trajectory:tool-args-match': traces,
  'trajectory:step-count': traces,
  'trajectory:tool-sequence': traces,
  'trajectory:tool-used': 'a run here has no traces; tool-call-f1 looks at the calls of the answer',
  'skill-used': traces,
  classifier: 'it needs a model that puts texts into classes, which is not asked here; use llm-rubric',
  moderation: 'it needs a moderation service, which is not asked here; use llm-rubric with the rules to keep',
  pi: 'it needs the service of withpi.ai, which is not asked here; use llm-rubric',
  'search-rubric': 'it needs a judge that searches the web, which is not done here; use llm-rubric with what is known in its text',
  'agent-rubric': 'it needs an agent that works on the answer, which is not run here; use llm-rubric',
  human: 'it is a person’s mark; reviews are kept beside the feedback',
};

/** What is meant by names that are often written and do not exist. */
const meant: Readonly<Record<string, string>> = {
  empty: 'regex',
  'min-length': 'word-count',
  'max-length': 'word-count',
  length: 'word-count',
  'f-score': 'javascript',
  f1: 'tool-call-f1',
  matches: 'regex',
  includes: 'contains',
  'json-schema': 'is-json',
  'valid-json': 'is-json',
  rouge: 'rouge-n',
  'rouge-l': 'rouge-n',
  similarity: 'similar',
  llm: 'llm-rubric',
  rubric: 'llm-rubric',
};

export const allTypes: readonly string[] = Object.keys(types);

export function typeExists(type: string, negate = false): boolean {
  if (type.startsWith('promptfoo:redteam:')) return true;
  return Object.hasOwn(types, type) && !(negate && types[type]?.plain === true);
}

export function isEvaluated(type: string): boolean {
  return Object.hasOwn(handlers, type) || type === 'assert-set';
}

/** Why a type that exists never counts as passed; `null` for one that is evaluated. */
export function whyNotEvaluated(type: string): string | null {
  if (isEvaluated(type)) return null;
  if (type.startsWith('promptfoo:redteam:')) return 'red teaming is not done here';
  return Object.hasOwn(reasons, type) ? (reasons[type] ?? null) : 'this type is not evaluated here';
}

/** `null` for a type that does not exist. */
export function factsOf(type: string): TypeFacts | null {
  return Object.hasOwn(types, type) ? (types[type] ?? null) : null;
}

/** The real type that an unknown one may mean, with its `not-`. */
export function nearestType(type: string, negate: boolean): string | null {
  // A text that is not empty is one with something in it.
  if (type === 'empty' && negate) return 'regex';
  const near = Object.hasOwn(meant, type) ? meant[type] : nearest(type, allTypes)[0];
  if (near === undefined) return null;
  return negate && typeExists(near, true) ? `not-${near}` : near;
}

/** Splits `not-`. Types that themselves start with `not-` do not exist. */
export function splitNegation(written: string): { type: string; negate: boolean } {
  return written.startsWith('not-') ? { type: written.slice(4), negate: true } : { type: written, negate: false };
}
