import { listItems } from './assertions/lists.js';
import { factsOf, splitNegation, typeExists } from './assertionTypes.js';

/** An assertion as it stands in a file, before it is checked. */
export interface RawAssertion {
  type: string;
  value?: unknown;
  threshold?: unknown;
}

/** promptfoo's threshold of a short form where none is written. */
const usualThreshold = 0.75;

/**
 * promptfoo's short form of an assertion in a table's `__expected` column: `type:value` or `type(threshold):value`,
 * anything else is `equals`. Lists are separated by commas, an item with a comma stands in quotes. A threshold is taken by those types
 * alone that have one in promptfoo's short form, and is 0.75 for them where none is written. A plain word that is the name of a type which
 * needs a value or a limit, such as `contains` or `latency`, is an answer (promptfoo: an assertion without a value).
 */
export function parseExpected(text: string): RawAssertion {
  const code = /^(?:javascript|fn|eval):([\s\S]*)$/u.exec(text);
  if (code !== null) return { type: 'javascript', value: (code[1] ?? '').trim() };
  // promptfoo: a file of code judges; a function of JavaScript that is named makes the text to compare with.
  if (/^file:\/\/.+\.[cm]?[jt]s$/u.test(text)) return { type: 'javascript', value: text };
  if (/^file:\/\/.+\.py(?::[^/]*)?$/u.test(text)) return { type: 'python', value: text };
  const grade = /^(?:grade|llm-rubric):([\s\S]*)$/u.exec(text);
  if (grade !== null) return { type: 'llm-rubric', value: grade[1] ?? '' };
  const match = /^((?:not-)?[a-z][a-z0-9-]*)(?:\((\d+(?:\.\d+)?)\))?(?::([\s\S]*))?$/u.exec(text);
  return (match === null ? null : shortForm(match)) ?? { type: 'equals', value: text };
}

function shortForm([, written = '', limit, value]: RegExpExecArray): RawAssertion | null {
  const { type, negate } = splitNegation(written);
  const facts = factsOf(type);
  if (facts === null || facts.plain === true || !typeExists(type, negate)) return null;
  const needsNone = facts.threshold === undefined && (facts.value === 'none' || facts.value === 'optional');
  if (value === undefined && limit === undefined && !needsNone) return null;
  const threshold = facts.shortThreshold === true ? { threshold: limit === undefined ? usualThreshold : Number(limit) } : {};
  if (value === undefined) return { type: written, ...threshold };
  // A schema is YAML, where blanks at the front of a line mean something.
  const given = type === 'is-json' || type === 'contains-json' ? value : value.trim();
  return { type: written, value: /^i?contains-(?:any|all)$/u.test(type) ? listItems(given) : given, ...threshold };
}
