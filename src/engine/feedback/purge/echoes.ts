/** Where else under `.ratchet` a person's words were written down: cached answers, journals of runs, suggestions, evidence of versions. */
import { leastLength } from './person.js';

/**
 * Looks for any of some texts in others, in one pass over each: by their first characters, then by as much as is compared. As they stand
 * in JSON, since that is what is searched.
 */
export class Echoes {
  private readonly begins = new Map<string, string[]>();
  private readonly firstUnits = new Set<number>();

  constructor(texts: Iterable<string>) {
    for (const text of texts) {
      const escaped = JSON.stringify(text).slice(1, -1);
      // A long text may have been cut where it was quoted.
      const compared = escaped.slice(0, comparedLength);
      const begin = compared.slice(0, leastLength);
      if (begin.length < leastLength) continue;
      const others = this.begins.get(begin);
      if (others === undefined) this.begins.set(begin, [compared]);
      else others.push(compared);
      this.firstUnits.add(begin.charCodeAt(0));
    }
  }

  get isEmpty(): boolean {
    return this.begins.size === 0;
  }

  in(text: string): boolean {
    for (let at = 0; at + leastLength <= text.length; at++) {
      if (!this.firstUnits.has(text.charCodeAt(at))) continue;
      const candidates = this.begins.get(text.slice(at, at + leastLength));
      if (candidates?.some((each) => text.startsWith(each, at)) === true) return true;
    }
    return false;
  }
}

const comparedLength = 60;
