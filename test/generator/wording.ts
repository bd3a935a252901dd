/** Fills slots, and makes texts look typed by people. */
import type { Random } from './random.js';
import { byTeam, closers, openers, slots } from './text/messages.js';

export function fill(random: Random, template: string): string {
  return template.replace(/\{(\w+)\}/gu, (_, name: string) => random.pick(slots[name] ?? [name]));
}

export function teamMessage(random: Random, team: string): string {
  const body = fill(random, random.pick(byTeam[team] ?? []));
  const closer = random.chance(0.3) ? random.pick(closers) : '';
  const parts = [random.chance(0.35) ? random.pick(openers) : '', closer !== '' || random.chance(0.5) ? ended(body) : body, closer];
  return typed(random, parts.filter((part) => part !== '').join(' '), 0.15);
}

function ended(body: string): string {
  if (/[.?!]$/u.test(body)) return body;
  const asks = !body.includes('?') && /^(how|when|where|why|can|could|do|does|who|is|what)\b/iu.test(body);
  return `${body}${asks ? '?' : '.'}`;
}

/** With the given chance: no capital, no full stop, a swapped or dropped letter, or some emphasis. */
export function typed(random: Random, text: string, chance: number): string {
  if (!random.chance(chance)) return text;
  const kind = random.int(0, 4);
  if (kind === 0) return text.charAt(0).toLowerCase() + text.slice(1);
  if (kind === 1) return text.replace(/\.$/u, '');
  if (kind === 4) return text.replace(/[.!?]?$/u, random.pick(['..', '!!', ' :(', '...', '!']));
  const words = text.split(' ');
  const long = words.flatMap((word, i) => (/^[a-z]{5,}$/u.test(word) ? [i] : []));
  if (long.length === 0) return text;
  const at = random.pick(long);
  const word = words[at] ?? '';
  const cut = random.int(1, word.length - 3);
  words[at] =
    kind === 2
      ? word.slice(0, cut) + word.charAt(cut + 1) + word.charAt(cut) + word.slice(cut + 2)
      : word.slice(0, cut) + word.slice(cut + 1);
  return words.join(' ');
}
