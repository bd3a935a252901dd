/** The listings of LangSmith. Runs are asked by the newer query, and by the older one where a deployment answers 404. */
import { isObject } from '../../values.js';
import type { LangsmithRange } from '../../shapes/langsmith.js';
import { Editions, listOf, numberAt, textAt } from '../http/asked.js';
import type { ApiClient, Query } from '../http/client.js';
import { apiFault } from '../http/faults.js';
import { pages, type Page } from '../http/pages.js';

export interface LangsmithLimits {
  runs: number;
  feedback: number;
}

export const langsmithLimits: LangsmithLimits = { runs: 100, feedback: 100 };

/** Without them only ids come back. */
const selects = [
  'ID',
  'NAME',
  'RUN_TYPE',
  'TRACE_ID',
  'PROJECT_ID',
  'START_TIME',
  'END_TIME',
  'LATENCY_SECONDS',
  'FIRST_TOKEN_TIME',
  'STATUS',
  'ERROR',
  'INPUTS',
  'OUTPUTS',
  'METADATA',
  'EXTRA',
  'TAGS',
  'THREAD_ID',
  'PROMPT_TOKENS',
  'COMPLETION_TOKENS',
  'TOTAL_COST',
];
const olderSelect = [
  'id',
  'name',
  'run_type',
  'trace_id',
  'session_id',
  'start_time',
  'end_time',
  'first_token_time',
  'status',
  'error',
  'inputs',
  'outputs',
  'extra',
  'tags',
  'prompt_tokens',
  'completion_tokens',
  'total_cost',
];

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;

export class LangsmithApi {
  private readonly editions = new Editions();

  constructor(readonly client: ApiClient) {}

  /** Id of a project by its name, or the id itself. Throws SOURCE_FAILED for a project that the key does not see. */
  async project(name: string): Promise<string> {
    if (uuid.test(name)) return name;
    const { body } = await this.client.get('/api/v1/sessions', [
      ['name', name],
      ['limit', '1'],
    ]);
    const [found] = listOf(body, null, this.client.origin, 'projects');
    const id = textAt(found, 'id');
    if (id !== null) return id;
    throw apiFault({
      step: 'permission',
      said: `${this.client.origin}: there is no project ${name} that this key may read`,
      todo: 'Check project in .ratchet/config.yaml, and user: for the id of the workspace where the key is of another one.',
    });
  }

  /** Runs of the project that began in `[from, to)`. */
  runs(project: string, from: string, to: string, cursor: string | null, limit: number): Promise<Page<unknown>> {
    const at = cursor === null ? {} : { cursor };
    return this.editions.ask(
      async () => {
        const query = { project_ids: [project], min_start_time: from, max_start_time: to, selects, page_size: limit, ...at };
        const { body } = await this.client.post('/api/v2/runs/query', query);
        const next = textAt(body, 'next_cursor');
        return { items: listOf(body, 'items', this.client.origin, 'runs'), next: next === '' ? null : next };
      },
      async () => {
        const query = { session: [project], start_time: from, end_time: to, select: olderSelect, limit, ...at };
        const { body } = await this.client.post('/api/v1/runs/query', query);
        return { items: listOf(body, 'runs', this.client.origin, 'runs'), next: textAt(body, 'cursors', 'next') };
      },
    );
  }

  /** Feedback of the project that was made in `[from, to)`: a bare list, paged by offset. */
  async feedback(project: string, from: string, to: string, cursor: string | null, limit: number): Promise<Page<unknown>> {
    const offset = cursor === null ? 0 : Number(cursor);
    const query: Query = [
      ['session', project],
      ['min_created_at', from],
      ['max_created_at', to],
      ['limit', String(limit)],
      ['offset', String(offset)],
    ];
    const { body } = await this.client.get('/api/v1/feedback', query);
    const items = listOf(body, null, this.client.origin, 'feedback');
    return { items, next: items.length < limit ? null : String(offset + items.length) };
  }

  /** Declared ranges by key of the feedback. */
  async ranges(signal: AbortSignal | undefined): Promise<Map<string, LangsmithRange>> {
    const ranges = new Map<string, LangsmithRange>();
    const fetch = async (cursor: string | null, limit: number): Promise<Page<unknown>> => {
      const offset = cursor === null ? 0 : Number(cursor);
      const { body } = await this.client.get(
        '/api/v1/feedback-configs',
        [
          ['limit', String(limit)],
          ['offset', String(offset)],
        ],
        { accept: [404] },
      );
      const items = body === null || isObject(body) ? [] : listOf(body, null, this.client.origin, 'feedback configs');
      // A server that knows no offset sends all of them at once.
      return { items, next: items.length === limit ? String(offset + items.length) : null };
    };
    const options = { origin: this.client.origin, what: 'feedback configs', start: null, limit: 100, signal };
    for await (const { items } of pages(fetch, options)) {
      for (const item of items.filter(isObject)) {
        const key = textAt(item, 'feedback_key');
        const config = item['feedback_config'];
        if (key === null || !isObject(config) || config['type'] !== 'continuous') continue;
        const higherIsBetter = item['is_lower_score_better'] !== true;
        ranges.set(key, { min: numberAt(config, 'min'), max: numberAt(config, 'max'), higherIsBetter });
      }
    }
    return ranges;
  }
}
