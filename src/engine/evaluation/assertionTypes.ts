/** promptfoo's assertion types: those that are evaluated here, and those that are only known by name. */

/** Evaluated here. `value`: what the type needs; a wrong one is a problem of the suite. */
export const evaluatedTypes: Readonly<Record<string, 'text' | 'list' | 'any' | 'optional' | 'number' | 'code'>> = {
  equals: 'any',
  contains: 'text',
  icontains: 'text',
  'contains-any': 'list',
  'contains-all': 'list',
  'icontains-any': 'list',
  'icontains-all': 'list',
  'starts-with': 'text',
  'ends-with': 'text',
  regex: 'text',
  'is-json': 'optional',
  'contains-json': 'optional',
  javascript: 'code',
  latency: 'number',
};

/** In promptfoo but not evaluated here: the run says so and counts them, and none of them ever counts as passed. */
const knownTypes = [
  'is-xml',
  'contains-xml',
  'is-html',
  'contains-html',
  'is-sql',
  'contains-sql',
  'is-valid-openai-function-call',
  'is-valid-openai-tools-call',
  'is-valid-function-call',
  'tool-call-f1',
  'is-refusal',
  'python',
  'ruby',
  'webhook',
  'levenshtein',
  'rouge-n',
  'bleu',
  'gleu',
  'meteor',
  'f-score',
  'perplexity',
  'perplexity-score',
  'cost',
  'finish-reason',
  'word-count',
  'guardrails',
  'trace-span-count',
  'trace-span-duration',
  'trace-error-spans',
  'llm-rubric',
  'g-eval',
  'factuality',
  'model-graded-closedqa',
  'model-graded-factuality',
  'answer-relevance',
  'context-recall',
  'context-relevance',
  'context-faithfulness',
  'similar',
  'select-best',
  'max-score',
  'classifier',
  'moderation',
  'pi',
  'search-rubric',
  'conversation-relevance',
  'assert-set',
  'human',
];

export const allTypes: readonly string[] = [...Object.keys(evaluatedTypes), ...knownTypes];

export function isEvaluated(type: string): boolean {
  return Object.hasOwn(evaluatedTypes, type);
}

/** Splits `not-`. Types that themselves start with `not-` do not exist. */
export function splitNegation(written: string): { type: string; negate: boolean } {
  return written.startsWith('not-') ? { type: written.slice(4), negate: true } : { type: written, negate: false };
}
