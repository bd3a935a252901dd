/** A candidate that carries words of the cases it is tested on measures its memory. */
const WINDOW = 8;

function tokens(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function windows(text: string): Set<string> {
  const words = tokens(text);
  const result = new Set<string>();
  for (let i = 0; i + WINDOW <= words.length; i++) result.add(words.slice(i, i + WINDOW).join(' '));
  return result;
}

export class LeakLint {
  private readonly cases = new Set<string>();

  /** `seed` is the parent's text: what it already says is no leak. */
  constructor(caseTexts: readonly string[], seed: string) {
    const known = windows(seed);
    for (const text of caseTexts) for (const window of windows(text)) if (!known.has(window)) this.cases.add(window);
  }

  /** Eight words in a row that a tested case has as well. */
  leaks(text: string): boolean {
    for (const window of windows(text)) if (this.cases.has(window)) return true;
    return false;
  }
}
