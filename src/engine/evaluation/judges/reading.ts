/** Reads what a judge wrote. Strict: where two readings are possible there is none, for a judge may quote the answer that it judges. */
import { isRecord } from '../../config/yaml.js';
import { Unreadable } from './types.js';

const longest = 64 * 1024;
/** Each try may read to the end of the text. */
const mostTries = 200;

/**
 * The one JSON object of the text: alone, in a fence, or with words around it. Throws `Unreadable` for none and for several that differ.
 * What a model writes to itself in `<think>` is left out.
 */
export function oneObject(text: string): Record<string, unknown> {
  const said = text.replace(/^\s*<think>[\s\S]*?<\/think>/u, '').trim();
  if (said.length > longest) throw new Unreadable('The answer is too long.');
  const whole = parsed(said);
  if (isRecord(whole)) return whole;
  const found = objectsIn(said);
  const [first] = found;
  if (first === undefined) throw new Unreadable('It holds no JSON object.');
  if (found.some((other) => JSON.stringify(other) !== JSON.stringify(first)))
    throw new Unreadable('It holds several JSON objects that differ.');
  return first;
}

/** Outermost objects of a text in their order: each begins at a brace and ends where the braces outside of texts are even again. */
function objectsIn(text: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  for (let at = text.indexOf('{'), tries = 0; at !== -1 && tries < mostTries; at = text.indexOf('{', at), tries++) {
    const end = closing(text, at);
    const value = end === -1 ? undefined : parsed(text.slice(at, end + 1));
    if (isRecord(value)) {
      found.push(value);
      at = end + 1;
    } else at++;
  }
  return found;
}

function closing(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const sign = text[at];
    if (quoted) {
      if (sign === '\\') at++;
      else if (sign === '"') quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === '{') depth++;
    else if (sign === '}' && --depth === 0) return at;
  }
  return -1;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No JSON; what follows of it is the caller's.
    return undefined;
  }
}

interface RubricAnswer {
  pass: boolean;
  /** In [0, 1]. */
  score: number;
  reason: string;
}

/**
 * `{ pass, score, reason }` by promptfoo's rules: `pass` may be a text (`true`, `yes`, `y`, `pass`) and is true where only a score is given;
 * `score` may be a text and is 1 or 0 by `pass` where it is missing. Unlike there, an answer with neither is unreadable.
 */
export function rubricAnswer(text: string): RubricAnswer {
  const { pass, score, reason } = oneObject(text);
  const number = numberOf(score);
  if (score !== undefined && score !== null && number === null) throw new Unreadable('"score" must be a number from 0 to 1.');
  const own = passOf(pass);
  if (own === null && number === null) throw new Unreadable('It needs "pass" (true or false) and "score" (a number from 0 to 1).');
  const passed = own ?? true;
  return { pass: passed, score: clamped(number ?? (passed ? 1 : 0)), reason: typeof reason === 'string' ? reason.trim() : '' };
}

function passOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value > 0;
  if (typeof value === 'string') return /^\s*(?:true|yes|y|pass)\s*$/iu.test(value);
  if (value === undefined || value === null) return null;
  throw new Unreadable('"pass" must be true or false.');
}

export function numberOf(value: unknown): number | null {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : null;
}

export const clamped = (score: number): number => Math.min(1, Math.max(0, score));

/** Throws `Unreadable` unless `value` is a list of texts that are not empty. */
export function textsOf(object: Record<string, unknown>, name: string): string[] {
  const value = object[name];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw new Unreadable(`"${name}" must be a list of texts.`);
  return value.map((item) => item.trim()).filter((item) => item !== '');
}

export const reasonOf = (object: Record<string, unknown>): string => (typeof object['reason'] === 'string' ? object['reason'].trim() : '');
