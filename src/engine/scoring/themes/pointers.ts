/** The sentences of a prompt that a theme's words point to. A hint for a person, by words alone; nothing where none match. */
import type { SourceRange } from '../../../shared/documents.js';
import type { PromptDocument } from '../../prompts/types.js';
import type { Concept } from './concepts.js';
import { normaliseComment, stemsOf } from './words.js';

const maxPointers = 3;
const negation = /\b(?:do not|don't|never|without|no|not|avoid|instead of|rather than)\b[^.;:,]{0,40}$/;

export interface Sentence {
  text: string;
  range: SourceRange;
}

/** Sentences and lines of the prompt's own text, placeholders and tags left out. Ranges are exact or of the whole segment. */
export function sentencesOf(document: PromptDocument): Sentence[] {
  const sentences: Sentence[] = [];
  for (const segment of document.messages.flatMap((message) => message.segments)) {
    if (segment.kind !== 'text') continue;
    const raw = document.text.slice(segment.source.start, segment.source.end);
    let from = 0;
    for (const match of segment.text.matchAll(/[^.!?\n]+(?:[.!?]+(?=\s|$)|[.!?]+[^\s.!?][^.!?\n]*)*[.!?]*/g)) {
      const text = match[0].trim().replace(/^(?:[-*+]|\d+[.)])\s+/, '');
      if (text.length < 3) continue;
      const at = raw.indexOf(text, from);
      // A sentence that the file breaks or escapes otherwise is pointed to as a whole segment.
      if (at < 0) {
        sentences.push({ text, range: { ...segment.source } });
        continue;
      }
      from = at + text.length;
      sentences.push({ text, range: { start: segment.source.start + at, end: segment.source.start + from } });
    }
  }
  return sentences;
}

export function pointersOfConcept(concept: Concept, sentences: readonly Sentence[]): { range: SourceRange }[] {
  const { cue } = concept;
  if (cue === null) return [];
  return pick(
    sentences.filter(({ text }) => {
      const plain = normaliseComment(text);
      const match = cue.exec(plain);
      return match !== null && !(concept.negatable && negation.test(plain.slice(0, match.index)));
    }),
  );
}

/** Sentences that share two of the stems, or the only one that there is. */
export function pointersOfStems(stems: readonly string[], sentences: readonly Sentence[]): { range: SourceRange }[] {
  const needed = Math.min(2, stems.length);
  if (needed === 0) return [];
  return pick(
    sentences.filter(({ text }) => {
      const own = new Set(stemsOf(text));
      return stems.filter((each) => own.has(each)).length >= needed;
    }),
  );
}

function pick(sentences: readonly Sentence[]): { range: SourceRange }[] {
  const seen = new Set<number>();
  const found: { range: SourceRange }[] = [];
  for (const { range } of sentences) {
    if (seen.has(range.start) || found.length >= maxPointers) continue;
    seen.add(range.start);
    found.push({ range });
  }
  return found;
}
