/**
 * A small simulated world: messages, labels, and a model whose chance of giving the right label is known for every prompt.
 * It knows nothing of the optimizer, and the optimizer nothing of it: they meet at the public services only.
 *
 * Every draw is a hash of (world, prompt text, input, replicate), so any change of a prompt's text re-rolls the noise, as with
 * a real model, and every run can be repeated.
 */

export type Family = 'null' | 'easy' | 'ceiling' | 'harmful-rule';

export interface WorldOptions {
  family: Family;
  seed: number;
  cases?: number;
  /** The same prompt and input always get the same answer. */
  deterministic?: boolean;
}

export interface WorldCase {
  message: string;
  label: string;
}

const CONSONANTS = 'bdfgklmnprstvz';
const VOWELS = 'aeiou';

/** FNV-1a with a finaliser: independent of the product's own generator. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

export function unit(text: string): number {
  return hash(text) / 4294967296;
}

export class World {
  readonly labels: readonly string[];
  readonly cases: readonly WorldCase[];
  readonly deterministic: boolean;

  constructor(readonly options: WorldOptions) {
    this.deterministic = options.deterministic ?? true;
    this.labels = [0, 1, 2, 3].map((i) => this.word(`label ${String(i)}`, 3));
    this.cases = Array.from({ length: options.cases ?? 80 }, (_, i) => this.message(`case ${String(i)}`));
  }

  /** A new message with its right label; nonce words, so nothing can be known beforehand. */
  message(name: string): WorldCase {
    const label = this.labels[hash(`${this.key} ${name} label`) % this.labels.length] ?? '';
    const words = Array.from({ length: 9 }, (_, i) => this.word(`${name} word ${String(i)}`, 2));
    return { message: words.join(' '), label };
  }

  /** Probability that the model answers with exactly the right label. */
  probability(prompt: string): number {
    const text = prompt.toLowerCase();
    switch (this.options.family) {
      case 'null':
        return 1 / this.labels.length;
      case 'ceiling':
        return 0.995;
      case 'easy':
      case 'harmful-rule': {
        const closed = this.labels.every((label) => text.includes(label)) && /exactly one|label only/u.test(text);
        const talk = (text.match(/explain|friendly|in detail|reasoning/gu) ?? []).length;
        const examples = (text.match(/^answer: /gmu) ?? []).length;
        const right = closed ? 0.6 + Math.min(0.2, 0.05 * examples) - 0.12 * talk : 0.02 + 0.02 * examples;
        return this.options.family === 'easy' ? right : closed ? 0.05 : 0.5;
      }
    }
  }

  /** The model. `replicate` counts from 1. */
  answer(prompt: string, item: WorldCase, replicate: number): string {
    const draw = `${this.key}\u0000${prompt}\u0000${item.message}\u0000${this.deterministic ? '' : String(replicate)}`;
    if (unit(`${draw}\u0000right`) < this.probability(prompt)) return item.label;
    const others = this.labels.filter((label) => label !== item.label);
    const wrong = others[hash(`${draw}\u0000wrong`) % others.length] ?? '';
    return this.options.family === 'null' ? wrong : `Let me think about it. I would say ${wrong}.`;
  }

  private get key(): string {
    return `${this.options.family} ${String(this.options.seed)}`;
  }

  private word(name: string, syllables: number): string {
    const letter = (from: string, i: string): string => from.charAt(hash(`${this.key} ${name} ${i}`) % from.length);
    return Array.from({ length: syllables }, (_, i) => letter(CONSONANTS, `c${String(i)}`) + letter(VOWELS, `v${String(i)}`)).join('');
  }
}
