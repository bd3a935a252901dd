/**
 * Scores as the server keeps them. After new feedback the values come first, with the themes that were there before; the comments are read
 * and put into themes behind them, and only what that changes is told.
 */
import type { Logger } from '../engine/ports.js';
import type { ScoreDocument } from '../shared/documents.js';
import { Cached } from './cached.js';

/** Time for what waits for the values, before the thread is busy with themes. */
const pauseMs = 50;

export class ScoreCache {
  private readonly cache: Cached<ScoreDocument>;
  /** Whether there were themes that can stand in. */
  private hasThemes = false;
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
    if (themes) this.hasThemes = false;
    this.cache.drop();
  }

  private async load(): Promise<ScoreDocument> {
    const { generation } = this;
    if (!this.hasThemes) {
      const document = await this.score('fresh');
      if (generation === this.generation) this.hasThemes = true;
      return document;
    }
    const document = await this.score('last');
    setTimeout(() => {
      this.renew(document, generation).catch((error: unknown) => {
        this.logger.warn(`Themes not brought up to date: ${String(error)}`);
      });
    }, pauseMs).unref();
    return document;
  }

  private async renew(shown: ScoreDocument, generation: number): Promise<void> {
    if (generation !== this.generation) return;
    const document = await this.score('fresh');
    if (generation !== this.generation || themesOf(document) === themesOf(shown)) return;
    this.cache.put(document);
    this.onThemes();
  }
}

function themesOf({ prompts }: ScoreDocument): string {
  return JSON.stringify(prompts.map(({ versions }) => versions.map(({ themes }) => themes)));
}
