/**
 * Which prompt and version a record speaks of, in this order: (1) name and version as recorded, `exact`; (2) the template's
 * SHA-256 equals that of one local version, `hash`; (3) a configured path, `metadata`; (4) the variant that the feature flag
 * served, `flag`; (5) several candidates, `ambiguous`; else `none`. Never by which version was live at that time: during a
 * canary two versions are live by design.
 *
 * Feedback that does not say it itself has it from its interaction, whichever of the two arrived first. Where both say
 * something else, the better link counts; where the links are equal it is `ambiguous`.
 */
import type { FeedbackTable, IndexColumns, InteractionTable } from './columns.js';
import { linkOrder } from './store.js';

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

export interface KnownVersions {
  /** The only prompt of the workspace, else `null`. */
  onlyPrompt: string | null;
  bySha256: ReadonlyMap<string, readonly { prompt: string; version: string }[]>;
}

export class Attributor {
  private readonly onlyPrompt: number;
  private readonly hashes = new Map<number, Attribution[]>();
  private readonly labels = new Set<string>();

  constructor(
    private readonly index: IndexColumns,
    private readonly known: KnownVersions,
  ) {
    this.onlyPrompt = known.onlyPrompt === null ? -1 : index.number(known.onlyPrompt);
    for (const versions of known.bySha256.values()) {
      for (const { prompt, version } of versions) this.labels.add(`${prompt}\n${version}`);
    }
  }

  interaction(n: number): Attribution {
    const { interactions } = this.index;
    return this.own(interactions, n, interactions.columns.variant.array[n] ?? -1);
  }

  feedback(n: number): Attribution {
    const { feedback, interactions } = this.index;
    const own = this.own(feedback, n, -1);
    const row = feedback.columns.interaction.array[n] ?? -1;
    if (row < 0 || interactions.columns.live.array[row] !== 1) return own;
    return combine(own, this.interaction(row));
  }

  private own(table: FeedbackTable | InteractionTable, n: number, variant: number): Attribution {
    const { columns } = table;
    const link = columns.link.array[n] ?? 0;
    const version = columns.version.array[n] ?? -1;
    let prompt = columns.prompt.array[n] ?? -1;
    if (prompt < 0 && columns.onlyPrompt.array[n] === 1) prompt = this.onlyPrompt;
    if (link === linkCodes.ambiguous) return { prompt, version: -1, link };
    if (version >= 0) {
      if (link === linkCodes.none || prompt < 0) return { prompt, version: -1, link: linkCodes.none };
      return { prompt, version, link };
    }
    const sha256 = columns.sha256.array[n] ?? -1;
    if (sha256 >= 0) {
      const found = this.candidates(sha256).filter((each) => prompt < 0 || each.prompt === prompt);
      if (found.length > 1) return { prompt, version: -1, link: linkCodes.ambiguous };
      if (found[0] !== undefined) return found[0];
    }
    if (variant >= 0 && prompt >= 0 && this.isVersion(prompt, variant)) return { prompt, version: variant, link: linkCodes.flag };
    return { prompt, version: -1, link: linkCodes.none };
  }

  private candidates(sha256: number): Attribution[] {
    let found = this.hashes.get(sha256);
    if (found === undefined) {
      const versions = this.known.bySha256.get(this.index.word(sha256) ?? '') ?? [];
      found = versions.map(({ prompt, version }) => ({
        prompt: this.index.number(prompt),
        version: this.index.number(version),
        link: linkCodes.hash,
      }));
      this.hashes.set(sha256, found);
    }
    return found;
  }

  /** A variant such as `control` names no version. */
  private isVersion(prompt: number, variant: number): boolean {
    const label = this.index.word(variant) ?? '';
    return /^v\d+$/.test(label) || this.labels.has(`${this.index.word(prompt) ?? ''}\n${label}`);
  }
}

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
