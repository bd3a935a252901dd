/** Reads the small objects of a record. */
import type { normalise } from '../rating.js';
import type { Link } from '../types.js';
import { quote, unusual } from './byteCursor.js';
import { closed } from './jsonCursor.js';
import { RecallCursor } from './recallCursor.js';
import { linkOrder } from './recordBatch.js';
import {
  actorFields,
  actorWords,
  promptFields,
  reviewFields,
  rolloutFields,
  scoreFields,
  sourceFields,
  statusWords,
  stratumWords,
  systemFields,
} from './recordFields.js';
import { Memory, Recurring } from './recurring.js';

const openBrace = 0x7b;

export class ObjectReader extends RecallCursor {
  protected readonly prompts = new Memory();
  protected readonly attributes = new Memory();
  private readonly sources = new Memory();
  private readonly actors = new Memory();
  private readonly scores = new Memory();
  /** Of the line's `system`; -1: not known. */
  protected status = -1;
  protected latency = -1;
  protected retries = -1;
  /** Of the line's `review`: index in `stratumWords`, and NaN: not known. */
  protected stratum = -1;
  protected probability = NaN;

  protected prompt(): Recurring {
    return this.recall(this.prompts) ?? this.newPrompt();
  }

  protected source(): Recurring {
    return this.recall(this.sources) ?? this.newSource();
  }

  protected score(): Recurring {
    return this.recall(this.scores) ?? this.newScore();
  }

  /** Index in `actorOrder`. */
  protected actor(): number {
    if (this.peek() === quote) return this.actorWord();
    return (this.recall(this.actors) ?? this.newActor()).actor;
  }

  protected system(): void {
    const { last, seen } = this;
    for (let field = this.open(systemFields); field !== closed; field = this.next(systemFields)) {
      switch (field) {
        case 0:
          this.status = this.oneOf(statusWords);
          if (this.status < 0) this.optional();
          break;
        case 1:
          this.latency = this.number() ?? -1;
          break;
        case 2:
          this.retries = this.number() ?? -1;
          break;
        default:
          this.skip();
      }
    }
    this.back(last, seen);
  }

  protected review(): void {
    const { last, seen } = this;
    for (let field = this.open(reviewFields); field !== closed; field = this.next(reviewFields)) {
      switch (field) {
        case 0:
          this.stratum = this.oneOf(stratumWords);
          if (this.stratum < 0) this.optional();
          break;
        case 1:
          this.probability = this.number() ?? NaN;
          if (!(this.probability > 0 && this.probability <= 1)) throw unusual;
          break;
        default:
          this.skip();
      }
    }
    this.back(last, seen);
  }

  /** The variant. */
  protected rollout(): string | null {
    const { last, seen } = this;
    let variant: string | null = null;
    for (let field = this.open(rolloutFields); field !== closed; field = this.next(rolloutFields)) {
      if (field === 0) {
        this.optional();
        variant = this.from === this.to ? null : this.word();
      } else this.skip();
    }
    this.back(last, seen);
    return variant;
  }

  private newPrompt(): Recurring {
    const { last, seen, place } = this;
    let name: string | null = null;
    let version: string | null = null;
    let sha256: string | null = null;
    let declared: string | null = null;
    for (let field = this.open(promptFields); field !== closed; field = this.next(promptFields)) {
      if (field === -1) {
        this.skip();
        continue;
      }
      // A template has to be hashed as a text.
      if (field > 3) throw unusual;
      this.optional();
      const text = this.from === this.to ? null : this.text(this.from, this.to);
      if (field === 0) name = text;
      else if (field === 1) version = text;
      else if (field === 2) sha256 = text?.toLowerCase() ?? null;
      else declared = text;
    }
    this.back(last, seen);
    if (declared !== null && !linkOrder.includes(declared as Link)) throw unusual;
    const link = declared === 'ambiguous' ? declared : version === null ? 'none' : ((declared ?? 'exact') as Link);
    const result = new Recurring();
    result.prompt = { prompt: name, onlyPrompt: false, version, link, sha256 };
    return this.remember(this.prompts, place, result);
  }

  private newSource(): Recurring {
    const { last, seen, place } = this;
    const result = new Recurring();
    for (let field = this.open(sourceFields); field !== closed; field = this.next(sourceFields)) {
      if (field === 0) this.timeInto(result.updated, 0);
      else this.skip();
    }
    this.back(last, seen);
    return this.remember(this.sources, place, result);
  }

  private newActor(): Recurring {
    const { last, seen, place } = this;
    const result = new Recurring();
    for (let field = this.open(actorFields); field !== closed; field = this.next(actorFields)) {
      if (field === 0) result.actor = this.actorWord();
      else this.skip();
    }
    this.back(last, seen);
    return this.remember(this.actors, place, result);
  }

  private actorWord(): number {
    const actor = this.oneOf(actorWords);
    if (actor < 0) throw unusual;
    return actor;
  }

  private newScore(): Recurring {
    const { place } = this;
    const result = new Recurring();
    const score: Parameters<typeof normalise>[0] = { raw: null, min: null, max: null, y: null, higherIsBetter: true };
    result.score = score;
    if (this.peek() !== openBrace) {
      score.raw = this.scalar();
      return result;
    }
    const { last, seen } = this;
    for (let field = this.open(scoreFields); field !== closed; field = this.next(scoreFields)) {
      switch (field) {
        case 0:
          score.raw = this.scalar();
          break;
        case 1:
          score.min = this.scalar();
          break;
        case 2:
          score.max = this.scalar();
          break;
        case 3:
          score.y = this.scalar();
          break;
        case 4:
          score.higherIsBetter = this.scalar() !== false;
          break;
        default:
          this.skip();
      }
    }
    this.back(last, seen);
    return this.remember(this.scores, place, result);
  }
}
