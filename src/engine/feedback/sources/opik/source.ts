/** Opik: traces and model-call spans with the scores and comments on them. They change in place, so those of the look-back are read again. */
import type { SourceConfig } from '../../../config/types.js';
import { opikRecord, type OpikRange } from '../../shapes/opik.js';
import { toIso } from '../../time.js';
import { field, isObject, type Json } from '../../values.js';
import { actorOf, listOf, nextNumber, numberAt, textAt } from '../http/asked.js';
import { credentialsOf } from '../http/auth.js';
import { ApiClient, type Query } from '../http/client.js';
import { readListings, type Listing } from '../http/listings.js';
import { pages, type Page } from '../http/pages.js';
import { runProbe } from '../http/probe.js';
import { RecordMaker } from '../http/records.js';
import { windowOf } from '../http/window.js';
import type { FeedbackSource, ProbeResult, ReadOptions, SourceBatch, SourceFactory, SourceTools } from '../source.js';

/** Records a page; Opik's own default is 10. */
const pageSize = 500;

export const createOpikSource: SourceFactory = (config, tools) => createOpikSourceWith(config, tools, pageSize);

/** With a page size of one's own, for tests of paging. */
export function createOpikSourceWith(config: SourceConfig, tools: SourceTools, size: number): FeedbackSource {
  return {
    kind: 'opik',
    probe: (signal) => probe(config, tools, signal),
    read: (state, options) => read(config, tools, size, state, options),
  };
}

function connect(config: SourceConfig, tools: SourceTools, signal: AbortSignal | undefined, retries: number): ApiClient {
  const { url, key, user } = credentialsOf(config, tools.http);
  const bare = new URL(url).pathname === '/';
  return new ApiClient({
    product: 'Opik',
    // The address of its web page is what people have; its API lies below.
    url: bare ? `${new URL(url).origin}/api` : url,
    headers: { 'comet-workspace': user ?? 'default', ...(key === null ? {} : { authorization: key }) },
    secrets: key === null ? [] : [key],
    http: tools.http,
    clock: tools.clock,
    signal,
    retries,
    ...(retries === 0 ? { timeoutMs: 10_000 } : {}),
  });
}

async function numbered(client: ApiClient, path: string, query: Query, cursor: string | null, size: number): Promise<Page<unknown>> {
  const page = cursor === null ? 1 : Number(cursor);
  const { body } = await client.get(path, [...query, ['page', String(page)], ['size', String(size)]]);
  const items = listOf(body, 'content', client.origin, path.split('/').at(-1) ?? 'records');
  return { items, next: nextNumber(page, size, items.length, isObject(body) ? numberAt(body, 'total') : null) };
}

async function rangesOf(client: ApiClient, signal: AbortSignal | undefined): Promise<Map<string, OpikRange>> {
  const ranges = new Map<string, OpikRange>();
  const options = { origin: client.origin, what: 'feedback definitions', start: null, limit: 100, signal };
  const fetch = (at: string | null, limit: number): Promise<Page<unknown>> =>
    numbered(client, '/v1/private/feedback-definitions', [], at, limit);
  for await (const { items } of pages(fetch, options)) {
    for (const item of items.filter(isObject)) {
      const name = textAt(item, 'name');
      const details = field(item, 'details');
      if (name === null || !isObject(details)) continue;
      if (item['type'] === 'numerical') ranges.set(name, { min: numberAt(details, 'min'), max: numberAt(details, 'max') });
      else if (isObject(details['categories'])) ranges.set(name, extremes(details['categories']));
    }
  }
  return ranges;
}

/** Categories are words with numbers, and the value of a score is the number. */
function extremes(categories: Json): OpikRange {
  const values = Object.values(categories).filter((value): value is number => typeof value === 'number');
  return values.length < 2 ? { min: null, max: null } : { min: Math.min(...values), max: Math.max(...values) };
}

async function* read(
  config: SourceConfig,
  tools: SourceTools,
  size: number,
  state: Json | null,
  options: ReadOptions,
): AsyncGenerator<SourceBatch> {
  const client = connect(config, tools, options.signal, 6);
  const project = config.project ?? 'Default Project';
  const ranges = await rangesOf(client, options.signal);
  const maker = new RecordMaker(config, client.origin, project);
  const listing = (what: 'traces' | 'spans'): Listing => ({
    what,
    limit: size,
    changes: true,
    page: (from, to, cursor, limit) => numbered(client, `/v1/private/${what}`, windowQuery(project, from, to), cursor, limit),
    convert(item) {
      const id = textAt(item, 'id') ?? '';
      for (const record of opikRecord(item, maker.options, ranges)) {
        if (record['schema'] === 'promptratchet.interaction/1') {
          maker.interaction(record, what.slice(0, -1), id, item);
          continue;
        }
        const attributes = field(record, 'attributes');
        const metric = (isObject(attributes) ? textAt(attributes, 'metric') : null) ?? '';
        const recordType = textAt(record, 'source', 'record_type') ?? 'feedback_score';
        // An application writes its users' scores and its own with the same library.
        if (recordType === 'feedback_score' && actorOf(record) !== 'expert' && actorOf(record) !== 'llm_judge')
          maker.assume(metric, actorOf(record));
        maker.converted(record, metric, recordType, id, item);
      }
    },
  });
  yield* readListings([listing('traces'), listing('spans')], state, {
    config,
    origin: client.origin,
    of: `${client.origin} ${config.user ?? ''} ${project}`,
    now: tools.clock.now().getTime(),
    maker,
    options,
  });
}

function windowQuery(project: string, from: string, to: string): Query {
  return [
    ['project_name', project],
    ['from_time', from],
    ['to_time', to],
  ];
}

function probe(config: SourceConfig, tools: SourceTools, signal: AbortSignal | undefined): Promise<ProbeResult> {
  return runProbe(async (facts) => {
    const client = connect(config, tools, signal, 0);
    const { body } = await client.get('/is-alive/ver', [], { accept: [404] });
    facts.version = textAt(body, 'version');
    const project = config.project ?? 'Default Project';
    await rangesOf(client, signal);
    facts.caps = ['interactions', 'feedback', 'comments', 'configs'];
    const now = tools.clock.now().getTime();
    const from = toIso(windowOf(config, null, now).from);
    const { items } = await numbered(client, '/v1/private/traces', windowQuery(project, from, toIso(now)), null, 1);
    if (items.length === 0) {
      return {
        failed: 'data',
        detail: `Opik answers, and the project ${project} holds no traces since ${from.slice(0, 10)}`,
        todo: 'Write another project, or set since: further back.',
      };
    }
    return `Opik${facts.version === null ? '' : ` ${facts.version}`}, project ${project}`;
  });
}
