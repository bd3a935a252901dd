/**
 * LangSmith: model calls and prompted runs as interactions, feedback as feedback. Feedback cannot be asked for by when it was changed,
 * so that of the look-back is read again.
 */
import type { SourceConfig } from '../../../config/types.js';
import { langsmithFeedback, langsmithRun } from '../../shapes/langsmith.js';
import { toIso } from '../../time.js';
import type { Json } from '../../values.js';
import { actorOf, textAt } from '../http/asked.js';
import { credentialsOf } from '../http/auth.js';
import { ApiClient } from '../http/client.js';
import { apiFault } from '../http/faults.js';
import { readListings, type Listing } from '../http/listings.js';
import { runProbe } from '../http/probe.js';
import { RecordMaker } from '../http/records.js';
import { windowOf } from '../http/window.js';
import type { FeedbackSource, ProbeResult, ReadOptions, SourceBatch, SourceFactory, SourceTools } from '../source.js';
import { LangsmithApi, langsmithLimits, type LangsmithLimits } from './api.js';

export const createLangsmithSource: SourceFactory = (config, tools) => createLangsmithSourceWith(config, tools, langsmithLimits);

/** With page sizes of one's own, for tests of paging. */
export function createLangsmithSourceWith(config: SourceConfig, tools: SourceTools, limits: LangsmithLimits): FeedbackSource {
  return {
    kind: 'langsmith',
    probe: (signal) => probe(config, tools, signal),
    read: (state, options) => read(config, tools, limits, state, options),
  };
}

function connect(config: SourceConfig, tools: SourceTools, signal: AbortSignal | undefined, retries: number): LangsmithApi {
  const { url, key, user } = credentialsOf(config, tools.http);
  if (key === null) {
    throw apiFault(
      {
        step: 'auth',
        said: `The source ${config.name} has no key`,
        todo: 'Write key: "${env:LANGSMITH_API_KEY}" in .ratchet/config.yaml, or give it in VS Code with “Prompt Ratchet: Set a Key…”.',
      },
      'KEY_MISSING',
    );
  }
  return new LangsmithApi(
    new ApiClient({
      product: 'LangSmith',
      url,
      headers: { 'x-api-key': key, ...(user === null ? {} : { 'x-tenant-id': user }) },
      secrets: [key],
      http: tools.http,
      clock: tools.clock,
      signal,
      retries,
      ...(retries === 0 ? { timeoutMs: 10_000 } : {}),
    }),
  );
}

async function* read(
  config: SourceConfig,
  tools: SourceTools,
  limits: LangsmithLimits,
  state: Json | null,
  options: ReadOptions,
): AsyncGenerator<SourceBatch> {
  const api = connect(config, tools, options.signal, 6);
  const { origin } = api.client;
  const project = await api.project(config.project ?? 'default');
  const ranges = await api.ranges(options.signal);
  const maker = new RecordMaker(config, origin, config.project ?? 'default');
  const listings: Listing[] = [
    {
      what: 'runs',
      limit: limits.runs,
      changes: false,
      page: (from, to, cursor, limit) => api.runs(project, from, to, cursor, limit),
      convert(item) {
        for (const record of langsmithRun(item, maker.options)) maker.interaction(record, 'run', textAt(item, 'id') ?? '', item);
      },
    },
    {
      what: 'feedback',
      limit: limits.feedback,
      changes: true,
      page: (from, to, cursor, limit) => api.feedback(project, from, to, cursor, limit),
      convert(item) {
        const name = textAt(item, 'key') ?? '';
        for (const record of langsmithFeedback(item, maker.options, ranges.get(name))) {
          // Application code and its users both come by the API.
          if (textAt(item, 'feedback_source', 'type') === 'api') maker.assume(name, actorOf(record));
          maker.converted(record, name, 'feedback', textAt(item, 'id') ?? '', item);
        }
      },
    },
  ];
  yield* readListings(listings, state, {
    config,
    origin,
    of: `${origin} ${project}`,
    now: tools.clock.now().getTime(),
    maker,
    options,
  });
}

function probe(config: SourceConfig, tools: SourceTools, signal: AbortSignal | undefined): Promise<ProbeResult> {
  return runProbe(async (facts) => {
    const api = connect(config, tools, signal, 0);
    const { body } = await api.client.get('/api/v1/info', [], { accept: [404] });
    facts.version = textAt(body, 'version');
    const wanted = config.project ?? 'default';
    const project = await api.project(wanted);
    facts.caps = ['interactions', 'feedback', 'comments', 'corrections', 'configs'];
    const now = tools.clock.now().getTime();
    const from = toIso(windowOf(config, null, now).from);
    const said = await api.feedback(project, from, toIso(now), null, 1);
    const runs = await api.runs(project, from, toIso(now), null, 1);
    if (said.items.length === 0 && runs.items.length === 0) {
      return {
        failed: 'data',
        detail: `LangSmith answers, and the project ${wanted} holds neither runs nor feedback since ${from.slice(0, 10)}`,
        todo: 'Write another project, or set since: further back.',
      };
    }
    return `LangSmith${facts.version === null ? '' : ` ${facts.version}`}, project ${wanted}`;
  });
}
