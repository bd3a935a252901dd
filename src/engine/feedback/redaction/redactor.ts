/**
 * Takes personal data and secrets out of texts before they are stored: `anna@example.org` becomes `[email]`. What was taken out is
 * counted by kind. Doing it again changes nothing. Every step is linear in the text, whatever the text.
 */
import type { RedactionConfig } from '../../config/types.js';
import { findEmails, findIps, findPhones } from './addresses.js';
import { findKeys, mayHoldKey } from './keys.js';
import { findCards, findIbans } from './numbers.js';
import { Pattern } from './pattern.js';
import type { Span } from './span.js';

export interface Redactor {
  text(value: string): string;
  /** Taken out since the start, by kind or name of an own pattern. */
  readonly counts: Readonly<Record<string, number>>;
}

/** In this order: where two kinds claim the same characters, the first has them. */
const kinds: readonly { name: string; may: (text: string) => boolean; find: (text: string) => Span[] }[] = [
  { name: 'key', may: mayHoldKey, find: findKeys },
  { name: 'email', may: (text) => text.includes('@'), find: findEmails },
  { name: 'iban', may: (text) => /[A-Za-z]{2}\d{2}[ -]?[A-Za-z0-9]/.test(text), find: findIbans },
  { name: 'card', may: (text) => /\d[\d -]{11,}\d/.test(text), find: findCards },
  { name: 'ip', may: (text) => /\d\.\d{1,3}\.\d|:[0-9A-Fa-f]{0,4}:/.test(text), find: findIps },
  { name: 'phone', may: (text) => /[+(]?\d[\d .()/-]{6}/.test(text), find: findPhones },
];

/** What is taken out may let two pieces be read anew; beyond so many rounds a hostile text stays as it is by then. */
const maxRounds = 8;

/** Throws CONFIG_INVALID for a pattern that cannot be used. */
export function createRedactor(config: RedactionConfig): Redactor {
  const counts: Record<string, number> = {};
  const builtIn = kinds.filter((kind) => config.kinds.includes(kind.name));
  const own = config.patterns.map(({ name, pattern }) => ({ name, pattern: new Pattern(pattern) }));
  const names = [...builtIn, ...own].map((each) => each.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const placeholder = names.length === 0 ? null : new RegExp(`\\[(?:${names.join('|')})\\]`, 'g');

  const find = (text: string): (Span & { name: string })[] => {
    const taken: (Span & { name: string })[] = [];
    const blocked = placeholder === null || !text.includes('[') ? [] : placeholders(text, placeholder);
    for (const { name, pattern } of own) claim(pattern.find(text, blocked), name, taken);
    for (const { name, may, find: spans } of builtIn) if (may(text)) claim(spans(text), name, taken);
    return taken;
  };

  return {
    counts,
    text(value) {
      let text = value;
      for (let round = 0; round < maxRounds; round++) {
        const spans = find(text);
        if (spans.length === 0) return text;
        spans.sort((a, b) => a.start - b.start);
        let result = '';
        let from = 0;
        for (const { start, end, name } of spans) {
          result += `${text.slice(from, start)}[${name}]`;
          from = end;
          counts[name] = (counts[name] ?? 0) + 1;
        }
        text = result + text.slice(from);
      }
      return text;
    },
  };
}

function placeholders(text: string, shape: RegExp): Span[] {
  return [...text.matchAll(shape)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

/** Takes those of `spans` (in order) that overlap nothing in `taken`. */
function claim(spans: readonly Span[], name: string, taken: (Span & { name: string })[]): void {
  if (spans.length === 0) return;
  const before = taken.slice().sort((a, b) => a.start - b.start);
  let index = 0;
  for (const span of spans) {
    while (index < before.length && (before[index]?.end ?? 0) <= span.start) index += 1;
    const next = before[index];
    if (next === undefined || next.start >= span.end) taken.push({ ...span, name });
  }
}
