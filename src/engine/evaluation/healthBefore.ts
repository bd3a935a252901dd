/** What is wrong with a suite, seen before anything is asked of a model. */
import type { Health } from '../../shared/evalDocument.js';
import { LeakLint } from '../optimizer/leak.js';
import { NearDuplicateIndex } from '../optimizer/nearDuplicates.js';
import { stableJson } from './cacheKey.js';
import type { Column } from './columns.js';
import { smallestEffect } from './pairing.js';
import type { Assertion, EvalCase, Suite } from './types.js';

/** Over this, texts are not compared with each other: it would take longer than the run. */
const mostCompared = 2000;
/** Shorter texts are near to each other by chance. */
const leastChars = 40;
/** A difference that is worth a new prompt; fewer cases than show it are said to be few. */
const wantedEffect = 0.1;
/** Findings of one kind that are listed one by one. */
const mostOfAKind = 20;

export interface BeforeOptions {
  /** A cost limit is wanted, so every model has to have a price. */
  isCapped: boolean;
}

export function healthBefore(suite: Suite, columns: readonly Column[], options: BeforeOptions): Health[] {
  return [
    ...limited(suite.cases.flatMap((entry) => [...contradictions(suite, entry), ...brokenValues(suite, entry)])),
    ...nearDuplicates(suite),
    ...leaks(suite, columns),
    ...(options.isCapped ? unpriced(columns) : []),
    ...tooFew(suite),
  ];
}

function limited(found: Health[]): Health[] {
  const counts = new Map<string, number>();
  return found.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    return count <= mostOfAKind;
  });
}

/** Where an editor shows it: at the assertion, else at the case. */
function placed(suite: Suite, entry: EvalCase, assertion: Assertion | null, code: string, message: string): Health {
  const range = assertion?.range ?? entry.range;
  return { code, message, severity: 'warning', file: entry.file, ...(range != null && entry.file === suite.file ? { range } : {}) };
}

function nameOf(entry: EvalCase): string {
  return entry.description ?? entry.id;
}

/** A text that stands as it is: no template. */
function literal({ value }: Assertion): string | null {
  return typeof value === 'string' && !value.includes('{{') && !value.includes('{%') ? value : null;
}

/** What the one answer that `equals` lets through would do. `null` where it cannot be said without running it. */
function holds(text: string, assertion: Assertion): boolean | null {
  const value = literal(assertion);
  if (value === null) return null;
  const raw = ((): boolean | null => {
    switch (assertion.type) {
      case 'equals':
        return text === value;
      case 'contains':
        return text.includes(value);
      case 'icontains':
        return text.toLowerCase().includes(value.toLowerCase());
      case 'starts-with':
        return text.startsWith(value);
      default:
        return null;
    }
  })();
  return raw === null ? null : raw !== assertion.negate;
}

/** Assertions of which no answer passes both. With a threshold a case may pass without all of them. */
function contradictions(suite: Suite, entry: EvalCase): Health[] {
  if (entry.threshold !== null) return [];
  const own = entry.assertions.filter(({ weight, transform }) => weight > 0 && transform === undefined);
  for (const [index, first] of own.entries()) {
    for (const second of own.slice(index + 1)) {
      if (!contradict(first, second)) continue;
      const message = `The case ${nameOf(entry)} can never pass: no answer holds for both ${labelOf(first)} and ${labelOf(second)}. Remove one.`;
      return [placed(suite, entry, second, 'contradictory-assertions', message)];
    }
  }
  return [];
}

function contradict(a: Assertion, b: Assertion): boolean {
  // Two `equals` are found after a run as well, whatever their values are.
  const exact = [a, b].find(({ type, negate }) => type === 'equals' && !negate);
  const other = exact === a ? b : a;
  const text = exact === undefined ? null : literal(exact);
  if (exact !== undefined && text !== null && holds(text, other) === false && other.type !== 'equals') return true;
  return (
    a.type === b.type &&
    a.negate !== b.negate &&
    a.value !== null &&
    stableJson(a.value) === stableJson(b.value) &&
    a.threshold === b.threshold
  );
}

function labelOf({ type, negate, value }: Assertion): string {
  const text = typeof value === 'string' && value.length <= 40 ? ` ${JSON.stringify(value)}` : '';
  return `${negate ? 'not-' : ''}${type}${text}`;
}

const judged: ReadonlySet<string> = new Set(['llm-rubric', 'g-eval', 'model-graded-closedqa', 'factuality', 'select-best']);

/** Patterns that are none, schemas that no answer can hold, and variables of rubrics that the case does not have. */
function brokenValues(suite: Suite, entry: EvalCase): Health[] {
  const found: Health[] = [];
  for (const assertion of entry.assertions) {
    const say = (code: string, message: string): void => void found.push(placed(suite, entry, assertion, code, message));
    const text = literal(assertion);
    if (assertion.type === 'regex' && text !== null) {
      const why = patternFault(text);
      if (why !== null) say('invalid-regex', `The pattern of ${nameOf(entry)} cannot be read: ${why}.`);
    }
    if (['is-json', 'contains-json'].includes(assertion.type) && typeof assertion.value === 'object' && assertion.value !== null) {
      const why = schemaFault(assertion.value as Record<string, unknown>, '');
      if (why !== null) say('invalid-schema', `The JSON Schema of ${nameOf(entry)} is none: ${why}.`);
    }
    if (judged.has(assertion.type) && typeof assertion.value === 'string') {
      const missing = variablesOf(assertion.value).filter((name) => !(name in entry.vars));
      if (missing.length > 0)
        say(
          'unknown-variable',
          `The rubric of ${nameOf(entry)} names ${missing.join(', ')}, which the case does not have: it is empty there.`,
        );
    }
  }
  return found;
}

function patternFault(pattern: string): string | null {
  try {
    new RegExp(pattern);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const typeNames: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

/** The mistakes that are made by hand; everything else is found when the schema is used. */
function schemaFault(schema: Record<string, unknown>, path: string): string | null {
  const { type, required, properties, pattern, items } = schema;
  const at = (key: string): string => `${path}/${key}`;
  const types = Array.isArray(type) ? (type as unknown[]) : type === undefined ? [] : [type];
  const unknown = types.find((name) => !typeNames.has(name));
  if (unknown !== undefined) return `${at('type')} is ${stableJson(unknown)}, which is no type`;
  if (required !== undefined && !Array.isArray(required)) return `${at('required')} is no list of names`;
  if (typeof pattern === 'string' && patternFault(pattern) !== null) return `${at('pattern')} is no pattern`;
  if (properties !== undefined) {
    if (!isObject(properties)) return `${at('properties')} is no object`;
    for (const [name, value] of Object.entries(properties)) {
      const why = isObject(value)
        ? schemaFault(value, `${at('properties')}/${name}`)
        : typeof value === 'boolean'
          ? null
          : `${at('properties')}/${name} is no schema`;
      if (why !== null) return why;
    }
  }
  return isObject(items) ? schemaFault(items, at('items')) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Plain `{{ name }}` only: what filters and loops do is known when the text is made. */
function variablesOf(text: string): string[] {
  if (text.includes('{%')) return [];
  const names = [...text.matchAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/gu)].map(([, name]) => name ?? '');
  return [...new Set(names)].filter((name) => !['output', 'rubric', 'env', 'input'].includes(name));
}

function textOf(entry: EvalCase): string {
  return Object.values(entry.vars)
    .filter((value) => typeof value === 'string')
    .join(' ');
}

function nearDuplicates(suite: Suite): Health[] {
  if (suite.cases.length > mostCompared) return [];
  const index = new NearDuplicateIndex(0.9);
  const found: Health[] = [];
  const kept: EvalCase[] = [];
  for (const entry of suite.cases) {
    const text = textOf(entry);
    if (text.length < leastChars) continue;
    const near = index.find(text);
    const other = near === null ? undefined : kept[near];
    if (other !== undefined && stableJson(other.vars) !== stableJson(entry.vars)) {
      const message = `The case ${nameOf(entry)} is nearly the same as ${nameOf(other)}, so it tells little new. Remove one, or make them differ.`;
      found.push(placed(suite, entry, null, 'near-duplicate-case', message));
    }
    index.add(text);
    kept.push(entry);
  }
  return limited(found);
}

/** A case whose text stands in the prompt as an example measures memory. */
function leaks(suite: Suite, columns: readonly Column[]): Health[] {
  if (suite.cases.length > mostCompared) return [];
  // What a front matter has as samples is not sent.
  const texts = new Map(
    columns.map(({ prompt, document }) => [
      prompt,
      document.messages.flatMap(({ segments }) => segments.map(({ text }) => text)).join('\n'),
    ]),
  );
  const found: Health[] = [];
  for (const [prompt, text] of texts) {
    for (const entry of suite.cases) {
      if (!new LeakLint([textOf(entry)], '').leaks(text)) continue;
      const message = `The text of the case ${nameOf(entry)} stands in the prompt ${prompt}, so the case tests what the prompt tells. Take it out of one of them.`;
      found.push(placed(suite, entry, null, 'leaked-case', message));
    }
  }
  return limited(found);
}

function unpriced(columns: readonly Column[]): Health[] {
  const free: ReadonlySet<string> = new Set(['llama', 'echo', 'replay', 'code']);
  const names = new Set(
    columns.filter(({ profile }) => profile.price === undefined && !free.has(profile.provider)).map(({ profile }) => profile.name),
  );
  return [...names].map((name) => ({
    code: 'unpriced-model',
    severity: 'warning' as const,
    message: `The model ${name} has no price, so a cost limit cannot hold. Give it price: { in: …, out: … } in .ratchet/config.yaml.`,
  }));
}

/** Under 20 cases the run itself says so. */
function tooFew({ cases, file }: Suite): Health[] {
  const n = cases.length;
  const least = smallestEffect(n);
  if (n < 20 || least <= wantedEffect) return [];
  const wanted = Math.ceil(n * (least / wantedEffect) ** 2);
  const message = `${String(n)} cases show a change of the pass rate of about ${least.toFixed(2)} or more. For one of ${wantedEffect.toFixed(2)} it takes about ${String(wanted)}.`;
  return [{ code: 'few-cases-for-effect', message, file }];
}
