import { createTwoFilesPatch } from 'diff';
import { normaliseText } from '../prompts/hash.js';

/**
 * Unified diff of two texts of one prompt file, three lines of context, in the form that `git apply` takes; `''` where
 * they are the same but for line ends. `labels` stand after the file names: version labels, `working`, `suggestion`.
 */
export function unifiedDiff(file: string, before: string, after: string, labels: { before: string; after: string }): string {
  const [old, fresh] = [normaliseText(before), normaliseText(after)];
  if (old === fresh) return '';
  const patch = createTwoFilesPatch(`a/${file}`, `b/${file}`, old, fresh, labels.before, labels.after, { context: 3 });
  // The library starts with a ruler of equals signs, which no other tool writes.
  return patch.replace(/^=+\n/, '');
}
