/** Is the task a choice from a few labels? Then the label set itself is the most useful rule there is. */
import { normalise } from './nearDuplicates.js';
import type { FailureKind } from './types.js';

const MAX_LABELS = 20;
const MAX_WORDS = 5;

/** The closed set that the failing assertions expect; `null` where the expected values are free text. */
export function closedLabels(failures: readonly FailureKind[]): string[] | null {
  for (const kind of failures) {
    if (kind.negate) continue;
    const labels =
      kind.type === 'regex'
        ? kind.expected.flatMap(alternatives)
        : kind.type === 'equals' || kind.type === 'icontains' || kind.type === 'contains'
          ? kind.expected
          : [];
    const distinct = [...new Set(labels)].sort();
    const repeated = kind.total >= 2 * distinct.length;
    if (
      distinct.length >= 2 &&
      distinct.length <= MAX_LABELS &&
      repeated &&
      distinct.every((label) => label !== '' && label.split(/\s+/u).length <= MAX_WORDS)
    )
      return distinct;
  }
  return null;
}

/** `^(a|b|c)$` means one of three words; any other pattern says nothing. */
function alternatives(pattern: string): string[] {
  const inner = /^\^?\\s*\(?(?:\?:)?([\w -]+(?:\|[\w -]+)*)\)?\\?[.s*?]*\$?$|^\^?\(?(?:\?:)?([\w -]+(?:\|[\w -]+)*)\)?\.?\$?$/u.exec(
    pattern,
  );
  return (inner?.[1] ?? inner?.[2] ?? '').split('|').filter((word) => word !== '');
}

/** `a, b or c`. */
export function orList(labels: readonly string[]): string {
  const last = labels.at(-1) ?? '';
  return labels.length < 2 ? last : `${labels.slice(0, -1).join(', ')} or ${last}`;
}

/** The label that an output is, forgiving case and punctuation; `null` where it is none. */
export function labelOf(output: string, labels: readonly string[]): string | null {
  const plain = normalise(output);
  return labels.find((label) => normalise(label) === plain) ?? null;
}
