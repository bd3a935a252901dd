/**
 * The listings of Langfuse. Version 4 has cursors and groups of fields; where a deployment answers 404 the older listings are asked, which have
 * numbered pages and the same names.
 */
import { isObject, type Json } from '../../values.js';
import { Editions, listOf, nextNumber, numberAt, textAt } from '../http/asked.js';
import type { ApiClient, Query } from '../http/client.js';
import { pages, type Page } from '../http/pages.js';

export interface LangfuseLimits {
  scores: number;
  observations: number;
  /** Of all older listings. */
  older: number;
}

export const langfuseLimits: LangfuseLimits = { scores: 100, observations: 1000, older: 100 };

/** Without them only ids and names come back. */
const observationGroups = 'core,basic,io,prompt,metadata,model,usage,metrics,trace_context';
const scoreGroups = 'details,subject,annotation';

export class LangfuseApi {
  private readonly observationEditions = new Editions();
  private readonly scoreEditions = new Editions();

  constructor(
    readonly client: ApiClient,
    private readonly limits: LangfuseLimits,
  ) {}

  /** Generations that began in `[from, to)`. */
  observations(from: string, to: string, cursor: string | null, limit: number): Promise<Page<unknown>> {
    const query: Query = [
      ['type', 'GENERATION'],
      ['fromStartTime', from],
      ['toStartTime', to],
    ];
    return this.observationEditions.ask(
      () => this.byCursor('/api/public/v2/observations', [...query, ['fields', observationGroups]], cursor, limit, 'observations'),
      () => this.byNumber('/api/public/observations', query, cursor, limit, 'observations'),
    );
  }

  /** Scores with a time in `[from, to)`. */
  scores(from: string, to: string, cursor: string | null, limit: number): Promise<Page<unknown>> {
    const query: Query = [
      ['fromTimestamp', from],
      ['toTimestamp', to],
    ];
    return this.scoreEditions.ask(
      () => this.byCursor('/api/public/v3/scores', [...query, ['fields', scoreGroups]], cursor, limit, 'scores'),
      () => this.byNumber('/api/public/v2/scores', query, cursor, limit, 'scores'),
    );
  }

  /** Declared ranges of numeric scores, by the id of their config and by name. */
  async ranges(signal: AbortSignal | undefined): Promise<Map<string, { min: number | null; max: number | null }>> {
    const found = new Map<string, { min: number | null; max: number | null }>();
    const options = { origin: this.client.origin, what: 'score configs', start: null, limit: this.limits.older, signal };
    for await (const { items } of pages(
      (at, limit) => this.byNumber('/api/public/score-configs', [], at, limit, 'score configs'),
      options,
    )) {
      for (const item of items.filter(isObject)) {
        if (textAt(item, 'dataType') !== 'NUMERIC') continue;
        const range = { min: numberAt(item, 'minValue'), max: numberAt(item, 'maxValue') };
        for (const name of [textAt(item, 'id'), textAt(item, 'name')]) if (name !== null) found.set(name, range);
      }
    }
    return found;
  }

  private async byCursor(path: string, query: Query, cursor: string | null, limit: number, what: string): Promise<Page<unknown>> {
    const at: Query = cursor === null ? [] : [['cursor', cursor]];
    const { body } = await this.client.get(path, [...query, ['limit', String(limit)], ...at]);
    return { items: listOf(body, 'data', this.client.origin, what), next: textAt(body, 'meta', 'cursor') };
  }

  private async byNumber(path: string, query: Query, cursor: string | null, limit: number, what: string): Promise<Page<unknown>> {
    const size = Math.min(limit, this.limits.older);
    // A cursor of the newer listing, kept over an update of the server, is no number.
    const page = cursor !== null && /^\d+$/u.test(cursor) ? Number(cursor) : 1;
    const { body } = await this.client.get(path, [...query, ['page', String(page)], ['limit', String(size)]]);
    const items = listOf(body, 'data', this.client.origin, what);
    return { items, next: nextNumber(page, size, items.length, isObject(body) ? totalOf(body) : null) };
  }
}

function totalOf(body: Json): number | null {
  return isObject(body['meta']) ? numberAt(body['meta'], 'totalItems') : null;
}
