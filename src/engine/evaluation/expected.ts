import { allTypes, splitNegation } from './assertionTypes.js';

/** An assertion as it stands in a file, before it is checked. */
export interface RawAssertion {
  type: string;
  value?: unknown;
  threshold?: unknown;
}

/**
 * promptfoo's short form of an assertion in a table's `__expected` column: `type:value` or `type(threshold):value`,
 * anything else is `equals`. Lists are separated by commas.
 */
export function parseExpected(text: string): RawAssertion {
  const code = /^(?:javascript|fn|eval):([\s\S]*)$/u.exec(text);
  if (code !== null) return { type: 'javascript', value: (code[1] ?? '').trim() };
  // promptfoo: a file of code is run, whatever else a value may name.
  if (/^file:\/\/.+\.[cm]?[jt]s(?::\w+)?$/u.test(text)) return { type: 'javascript', value: text };
  if (/^file:\/\/.+\.py(?::\w+)?$/u.test(text)) return { type: 'python', value: text };
  const grade = /^grade:([\s\S]*)$/u.exec(text);
  if (grade !== null) return { type: 'llm-rubric', value: (grade[1] ?? '').trim() };
  const match = /^((?:not-)?[a-z][a-z0-9-]*)(?:\(([\d.]+)\))?(?::([\s\S]*))?$/u.exec(text);
  const written = match?.[1];
  if (match === null || written === undefined) return { type: 'equals', value: text };
  const { type } = splitNegation(written);
  const bare = match[3] === undefined;
  // A plain word such as `billing` or `contains` alone is an answer; only types that need no value may stand alone.
  if (bare ? !standsAlone(type, match[2]) : !allTypes.includes(type)) return { type: 'equals', value: text };
  const threshold = match[2] === undefined ? {} : { threshold: Number(match[2]) };
  if (bare) return { type: written, ...threshold };
  const value = (match[3] ?? '').trim();
  const list = /^i?contains-(?:any|all)$/u.test(type);
  return { type: written, value: list ? value.split(',').map((item) => item.trim()) : value, ...threshold };
}

function standsAlone(type: string, threshold: string | undefined): boolean {
  return bareTypes.has(type) || (allTypes.includes(type) && threshold !== undefined);
}

const bareTypes = new Set([
  'is-json',
  'contains-json',
  'is-xml',
  'contains-xml',
  'is-html',
  'contains-html',
  'is-sql',
  'contains-sql',
  'is-refusal',
  'is-valid-function-call',
  'is-valid-openai-function-call',
  'is-valid-openai-tools-call',
  'tool-call-f1',
]);
