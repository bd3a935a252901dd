/** Few-shot examples: as many of each answer as possible, unlike each other, corrected ones first. */
import { literalText } from '../../prompts/edit.js';
import { randomStream } from '../../stats/random.js';
import { insertAfter } from '../hunks.js';
import { closedLabels, labelOf } from '../labels.js';
import { normalise } from '../nearDuplicates.js';
import type { Evidence, Example, Proposal } from '../types.js';
import { anchorsOf } from './anchors.js';

const SIZES = [4, 2];
/** Weight of being useful against being new, in maximal marginal relevance (Carbonell & Goldstein 1998). */
const LAMBDA = 0.6;
const POOL = 200;

export function demonstrations(evidence: Evidence, seed: number): Proposal[] {
  const { document } = evidence;
  const anchor = anchorsOf(document).end;
  if (anchor === null) return [];
  const labels = closedLabels(evidence.failures);
  // Text from a log that the template would read as a tag is left out: an example must render as what was said.
  const plain = (text: string): boolean => literalText(document, text) === text;
  const pool = evidence.examples.slice(0, POOL).flatMap((example): Example[] => {
    if (![example.output, ...Object.values(example.variables)].every(plain)) return [];
    if (labels === null) return [example];
    const label = labelOf(example.output, labels);
    return label === null ? [] : [{ ...example, output: label }];
  });
  const seen = new Set<string>();
  return [...SIZES, ...(labels !== null && labels.length > 4 && labels.length <= 8 ? [labels.length] : [])].flatMap((size): Proposal[] =>
    (size === SIZES[0] ? [0, 1] : [0]).flatMap((variant): Proposal[] => {
      const chosen = select(pool, size, seed, variant, labels !== null);
      if (chosen.length < Math.min(2, size)) return [];
      const text = `Examples:\n\n${chosen.map(show).join('\n\n')}`;
      if (seen.has(text)) return [];
      seen.add(text);
      const why = { theme: null, evidence: chosen.flatMap((example) => example.evidence), proposer: 'demonstrations' };
      const hunk = insertAfter(document, anchor, text, why, { region: 'examples', order: 10, blankLine: true });
      return [{ proposer: 'demonstrations', summary: `show ${String(chosen.length)} examples from ${source(chosen)}`, hunks: [hunk] }];
    }),
  );
}

function source(examples: readonly Example[]): string {
  return examples.every((example) => example.evidence.every((id) => id.startsWith('case:'))) ? 'the train cases' : 'the feedback';
}

function show(example: Example): string {
  const lines = Object.entries(example.variables).map(([name, value]) => `${title(name)}: ${oneLine(value)}`);
  return [...lines, `Answer: ${example.output.includes('\n') ? `\n${example.output}` : example.output}`].join('\n');
}

function title(name: string): string {
  const words = name.replace(/[_-]+/gu, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

/**
 * Greedy: first the answers that were chosen least often (closed labels only), then the example with the best mix of
 * useful (corrected, short) and unlike what was chosen. `variant` breaks ties and turns the order.
 */
function select(pool: readonly Example[], size: number, seed: number, variant: number, balanced: boolean): Example[] {
  const random = randomStream(seed, `demonstrations ${String(variant)}`);
  const rest = random
    .shuffle(pool)
    .map((example) => ({ example, words: new Set(normalise(Object.values(example.variables).join(' ')).split(' ')) }));
  const chosen: typeof rest = [];
  const used = new Map<string, number>();
  while (chosen.length < size && rest.length > 0) {
    const fewest = Math.min(...rest.map((item) => used.get(item.example.output) ?? 0));
    const open = balanced ? rest.filter((item) => (used.get(item.example.output) ?? 0) === fewest) : rest;
    let best = open[0];
    let bestValue = -Infinity;
    for (const item of open) {
      const useful = (item.example.corrected ? 1 : 0.7) - Math.min(0.4, item.words.size / 100);
      const alike = Math.max(0, ...chosen.map((other) => jaccard(item.words, other.words)));
      const value = LAMBDA * useful - (1 - LAMBDA) * alike;
      if (value > bestValue) [best, bestValue] = [item, value];
    }
    if (best === undefined) break;
    chosen.push(best);
    rest.splice(rest.indexOf(best), 1);
    used.set(best.example.output, (used.get(best.example.output) ?? 0) + 1);
  }
  return random.shuffle(
    chosen.map((item) => item.example),
    7,
  );
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const word of a) if (b.has(word)) common += 1;
  return common / (a.size + b.size - common || 1);
}
