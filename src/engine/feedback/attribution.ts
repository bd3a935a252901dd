/**
 * Which prompt and version a record speaks of, in this order: (1) name and version as recorded, `exact`; (2) the template's
 * SHA-256 equals that of one local version, `hash`; (3) a configured path, `metadata`; (4) the variant that the feature flag
 * served, `flag`; (5) several candidates, `ambiguous`; else `none`. Never by which version was live at that time: during a
 * canary two versions are live by design.
 *
 * Feedback that does not say it itself has it from its interaction, whichever of the two arrived first. Where both say
 * something else, the better link counts; where the links are equal it is `ambiguous`.
 */
import type { KnownVersions } from './backend.js';
import type { IndexRows } from './indexRows.js';
import { linkOrder, type RecordGroup } from './scan/recordBatch.js';
import { severalRows } from './store.js';

export const linkCodes = {
  none: linkOrder.indexOf('none'),
  ambiguous: linkOrder.indexOf('ambiguous'),
  flag: linkOrder.indexOf('flag'),
  hash: linkOrder.indexOf('hash'),
};

/** Numbers of words; `-1` is unknown. `version` is -1 unless `link` is `flag` or better. */
export interface Attribution {
  prompt: number;
  version: number;
  link: number;
}

export class Attributor {
  private readonly onlyPrompt: number;
  private readonly labels = new Set<string>();
  /** By group; by group of the feedback and of its interaction. */
  private readonly groups: (Attribution | undefined)[] = [];
  private readonly pairs = new Map<number, Attribution>();

  constructor(
    private readonly index: IndexRows,
    private readonly known: KnownVersions,
  ) {
    this.onlyPrompt = index.number(known.onlyPrompt);
    for (const versions of known.bySha256.values()) {
      for (const { prompt, version } of versions) this.labels.add(`${prompt}\n${version}`);
    }
  }

  /** `group`: number of the record's group. */
  interaction(group: number): Attribution {
    return this.own(group);
  }

  /** `row`: of the interaction, as blocks of feedback say it. */
  feedback(group: number, row: number): Attribution {
    const served = this.index.served(row);
    const isAmbiguous = row === severalRows;
    if (served < 0 && !isAmbiguous) return this.own(group);
    const by = isAmbiguous ? severalRows : this.index.groupOf(served);
    const key = group * 0x4000000 + by;
    let found = this.pairs.get(key);
    if (found === undefined) {
      const own = this.own(group);
      found = combine(own, isAmbiguous ? { prompt: -1, version: -1, link: linkCodes.ambiguous } : this.own(by));
      this.pairs.set(key, found);
    }
    return found;
  }

  private own(number: number): Attribution {
    if (number < 0) return this.resolve(unknown);
    let found = this.groups[number];
    if (found === undefined) {
      found = this.resolve(this.index.groups.get(number) ?? unknown);
      this.groups[number] = found;
    }
    return found;
  }

  private resolve(group: RecordGroup): Attribution {
    const { index, known } = this;
    const link = linkOrder.indexOf(group.link);
    let prompt = index.number(group.prompt);
    if (prompt < 0 && group.onlyPrompt) prompt = this.onlyPrompt;
    if (link === linkCodes.ambiguous) return { prompt, version: -1, link };
    if (group.version !== null) {
      if (link === linkCodes.none || prompt < 0) return { prompt, version: -1, link: linkCodes.none };
      return { prompt, version: index.number(group.version), link };
    }
    if (group.sha256 !== null) {
      const name = index.word(prompt);
      const found = (known.bySha256.get(group.sha256) ?? []).filter((each) => name === null || each.prompt === name);
      if (found.length > 1) return { prompt, version: -1, link: linkCodes.ambiguous };
      if (found[0] !== undefined) {
        return { prompt: index.number(found[0].prompt), version: index.number(found[0].version), link: linkCodes.hash };
      }
    }
    if (group.variant !== null && prompt >= 0 && this.isVersion(prompt, group.variant)) {
      return { prompt, version: index.number(group.variant), link: linkCodes.flag };
    }
    return { prompt, version: -1, link: linkCodes.none };
  }

  /** A variant such as `control` names no version. */
  private isVersion(prompt: number, variant: string): boolean {
    return /^v\d+$/.test(variant) || this.labels.has(`${this.index.word(prompt) ?? ''}\n${variant}`);
  }
}

const unknown: RecordGroup = { prompt: null, onlyPrompt: false, version: null, link: 'none', sha256: null, variant: null };

function combine(own: Attribution, served: Attribution): Attribution {
  const ambiguous = { prompt: own.prompt >= 0 ? own.prompt : served.prompt, version: -1, link: linkCodes.ambiguous };
  if (served.link < linkCodes.flag) {
    if (own.link !== linkCodes.none) return own;
    if (served.link === linkCodes.ambiguous) return ambiguous;
    if (own.prompt >= 0 && served.prompt >= 0 && own.prompt !== served.prompt) return ambiguous;
    return { ...own, prompt: ambiguous.prompt };
  }
  if (own.link < linkCodes.flag) {
    return own.prompt >= 0 && own.prompt !== served.prompt ? ambiguous : served;
  }
  if (own.prompt === served.prompt && own.version === served.version) return own.link >= served.link ? own : served;
  if (own.link === served.link) return ambiguous;
  return own.link > served.link ? own : served;
}
