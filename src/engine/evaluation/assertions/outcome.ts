/** Small pieces that kinds of assertions share. */
import { stableJson } from '../cacheKey.js';
import { listItems } from './lists.js';
import { NotEvaluated, type Outcome } from './types.js';

/** Patterns of a suite may take this long; then their thread is killed. */
export const regexMs = 2000;

export function verdict(pass: boolean, reason: string, expected?: string): Outcome {
  return { pass, score: pass ? 1 : 0, reason, ...(expected === undefined ? {} : { expected }) };
}

export const short = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);

export function clamp(score: number): number {
  return Math.min(1, Math.max(0, Number.isFinite(score) ? score : 0));
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : stableJson(value);
}

/** Every answer contains the empty text, so such an assertion would check nothing. */
export function wantedText(text: string): string {
  if (text === '') throw new NotEvaluated('its value is empty');
  return text;
}

/** A list, or promptfoo's text with commas. Empty items would be found everywhere. */
export function listOf(value: unknown): string[] {
  const wanted = Array.isArray(value) ? value.map(textOf).filter((item) => item !== '') : listItems(textOf(value));
  if (wanted.length === 0) throw new NotEvaluated('its list is empty');
  return wanted;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No JSON: `undefined` is what no JSON text can mean.
    return undefined;
  }
}
