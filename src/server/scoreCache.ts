/**
 * Scores as the server keeps them. The values come first: those of a long log without themes, those after new feedback with the themes that were
 * there before. The comments are read and put into themes behind them, and only what that changes is told.
 */
import type { Logger } from '../engine/ports.js';
import type { ScoreDocument } from '../shared/documents.js';
import { Cached } from './cached.js';

/** So few pieces of feedback are put into themes before anybody notices. */
const maxAtOnce = 5000;
/** Time for what waits for the values, before the thread is busy with themes. */
const pauseMs = 50;

export class ScoreCache {
  private readonly cache: Cached<ScoreDocument>;
  /** The themes that would stand in: none were found yet; those of the score before; or such as must not be shown any more. */
  private themes: 'none' | 'known' | 'outdated' = 'none';
  /** Changes with every drop: what was begun before says nothing any more. */
  private generation = 0;

  /** `onThemes`: the themes of scores that were given out are others now. */
  constructor(
    private readonly score: (themes: 'fresh' | 'last') => Promise<ScoreDocument>,
    maxAgeMs: number,
    private readonly logger: Logger,
    private readonly onThemes: () => void,
  ) {
    this.cache = new Cached(() => this.load(), maxAgeMs);
  }

  get(): Promise<ScoreDocument> {
    return this.cache.get();
  }

  /** `themes`: those from before must not be shown any more either. */
  drop(themes: boolean): void {
    this.generation++;
    if (themes && this.themes === 'known') this.themes = 'outdated';
    this.cache.drop();
  }

  private async load(): Promise<ScoreDocument> {
    const { generation } = this;
    if (this.themes === 'outdated') return this.fresh(generation);
    const document = await this.score('last');
    if (eventsOf(document) <= maxAtOnce) return this.fresh(generation);
    setTimeout(() => {
      this.renew(document, generation).catch((error: unknown) => {
        this.logger.warn(`Themes not brought up to date: ${String(error)}`);
      });
    }, pauseMs).unref();
    return document;
  }

  /** Where something was dropped meanwhile, the themes may be those of another text. */
  private async fresh(generation: number): Promise<ScoreDocument> {
    // From here on some are there.
    if (this.themes === 'none') this.themes = 'known';
    const document = await this.score('fresh');
    if (generation === this.generation) this.themes = 'known';
    return document;
  }

  private async renew(shown: ScoreDocument, generation: number): Promise<void> {
    if (generation !== this.generation) return;
    const document = await this.fresh(generation);
    if (generation !== this.generation || themesOf(document) === themesOf(shown)) return;
    this.cache.put(document);
    this.onThemes();
  }
}

function eventsOf({ prompts }: ScoreDocument): number {
  let events = 0;
  for (const { channels } of prompts.flatMap(({ versions }) => versions)) {
    events += (channels.explicit?.events ?? 0) + (channels.expert?.events ?? 0);
  }
  return events;
}

function themesOf({ prompts }: ScoreDocument): string {
  return JSON.stringify(prompts.map(({ versions }) => versions.map(({ themes }) => themes)));
}
