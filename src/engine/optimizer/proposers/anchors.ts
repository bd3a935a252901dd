/** Where new text of a proposer goes. */
import type { PromptDocument } from '../../prompts/types.js';
import { sentencesOf, type Sentence } from '../segments.js';

export interface Anchors {
  sentences: Sentence[];
  /** Sentences that a proposer may change or delete: instructions, not the user's input. */
  instructions: Sentence[];
  /** After this one rules and examples are added; `null` where the prompt has no text of its own. */
  end: Sentence | null;
}

/** Instructions live in the system message; without one, in the first message up to its first placeholder. */
export function anchorsOf(document: PromptDocument): Anchors {
  const sentences = sentencesOf(document);
  const system = sentences.filter((sentence) => sentence.role === 'system');
  if (system.length > 0) {
    const instructions = system.filter((sentence) => sentence.editable);
    return { sentences, instructions, end: instructions.at(-1) ?? system.at(-1) ?? null };
  }
  const first = sentences.filter((sentence) => sentence.message === sentences[0]?.message);
  const cut = first.findIndex((sentence) => !sentence.editable);
  const instructions = (cut < 0 ? first : first.slice(0, cut)).filter((sentence) => sentence.editable);
  return { sentences, instructions, end: instructions.at(-1) ?? null };
}
