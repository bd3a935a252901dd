/**
 * Langfuse: its generations as interactions and its scores as feedback. Prompt and version stand on the generation, scores mostly on the trace:
 * the index brings them together, and leaves a trace with several prompted generations unattributed.
 */
import type { SourceConfig } from '../../../config/types.js';
import { langfuseObservation, langfuseScore } from '../../shapes/langfuse.js';
import { textOf, type Json } from '../../values.js';
import { actorOf, textAt } from '../http/asked.js';
import { basic, credentialsOf } from '../http/auth.js';
import { ApiClient } from '../http/client.js';
import { apiFault } from '../http/faults.js';
import { readListings, type Listing } from '../http/listings.js';
import { isAtLeast, runProbe } from '../http/probe.js';
import { RecordMaker } from '../http/records.js';
import { windowOf } from '../http/window.js';
import { toIso } from '../../time.js';
import type { FeedbackSource, ProbeResult, ReadOptions, SourceBatch, SourceFactory, SourceTools } from '../source.js';
import { LangfuseApi, langfuseLimits, type LangfuseLimits } from './api.js';

/** The first with the listings that are read here. */
const least = [3] as const;

export const createLangfuseSource: SourceFactory = (config, tools) => createLangfuseSourceWith(config, tools, langfuseLimits);

/** With page sizes of one's own, for tests of paging. */
export function createLangfuseSourceWith(config: SourceConfig, tools: SourceTools, limits: LangfuseLimits): FeedbackSource {
  return {
    kind: 'langfuse',
    probe: (signal) => probe(config, tools, limits, signal),
    read: (state, options) => read(config, tools, limits, state, options),
  };
}

function connect(config: SourceConfig, tools: SourceTools, signal: AbortSignal | undefined, retries: number): ApiClient {
  const { url, key, user } = credentialsOf(config, tools.http);
  if (user === null || key === null) {
    throw apiFault(
      {
        step: 'auth',
        said: `The source ${config.name} has ${user === null ? 'no public key' : 'no secret key'}`,
        todo: 'Write user: "${env:LANGFUSE_PUBLIC_KEY}" and key: "${env:LANGFUSE_SECRET_KEY}" in .ratchet/config.yaml, or give the key in VS Code with “Prompt Ratchet: Set a Key…”.',
      },
      'KEY_MISSING',
    );
  }
  return new ApiClient({
    product: 'Langfuse',
    url,
    headers: { authorization: basic(user, key) },
    secrets: [key],
    http: tools.http,
    clock: tools.clock,
    signal,
    retries,
    ...(retries === 0 ? { timeoutMs: 10_000 } : {}),
  });
}

async function* read(
  config: SourceConfig,
  tools: SourceTools,
  limits: LangfuseLimits,
  state: Json | null,
  options: ReadOptions,
): AsyncGenerator<SourceBatch> {
  const client = connect(config, tools, options.signal, 6);
  const api = new LangfuseApi(client, limits);
  const maker = new RecordMaker(config, client.origin, config.project ?? null);
  const ranges = await api.ranges(options.signal);
  const listings: Listing[] = [
    {
      what: 'observations',
      limit: limits.observations,
      changes: false,
      page: (from, to, cursor, limit) => api.observations(from, to, cursor, limit),
      convert(item) {
        for (const record of langfuseObservation(item, maker.options)) maker.interaction(record, 'observation', idOf(item), item);
      },
    },
    {
      what: 'scores',
      limit: limits.scores,
      changes: true,
      page: (from, to, cursor, limit) => api.scores(from, to, cursor, limit),
      convert(item) {
        const range = ranges.get(textAt(item, 'configId') ?? '') ?? ranges.get(textAt(item, 'name') ?? '');
        const name = textAt(item, 'name') ?? '';
        for (const record of langfuseScore(item, maker.options, range)) {
          // Of what comes by the API only the team knows whether a user or a program said it.
          if (textAt(item, 'source') === 'API') maker.assume(name, actorOf(record));
          maker.converted(record, name, 'score', idOf(item), item);
        }
      },
    },
  ];
  const of = `${client.origin} ${config.user ?? ''}`;
  yield* readListings(listings, state, { config, origin: client.origin, of, now: tools.clock.now().getTime(), maker, options });
}

function idOf(item: Json): string {
  return textOf(item['id']) ?? '';
}

function probe(config: SourceConfig, tools: SourceTools, limits: LangfuseLimits, signal: AbortSignal | undefined): Promise<ProbeResult> {
  return runProbe(async (facts) => {
    const client = connect(config, tools, signal, 0);
    // Says the version to everybody; some deployments hide it.
    const { body } = await client.get('/api/public/health', [], { accept: [404, 503] });
    facts.version = textAt(body, 'version');
    if (facts.version !== null && !isAtLeast(facts.version, least)) {
      return { failed: 'version', detail: `This is Langfuse ${facts.version}`, todo: `Update it to Langfuse ${least.join('.')} or later.` };
    }
    const api = new LangfuseApi(client, limits);
    const configs = await api.ranges(signal);
    facts.caps = ['interactions', 'feedback', 'comments', 'corrections', 'configs'];
    const now = tools.clock.now().getTime();
    const { from } = windowOf(config, null, now);
    const { items } = await api.scores(toIso(from), toIso(now), null, 1);
    const generations = await api.observations(toIso(from), toIso(now), null, 1);
    const name = `Langfuse${facts.version === null ? '' : ` ${facts.version}`}`;
    if (items.length === 0 && generations.items.length === 0) {
      return {
        failed: 'data',
        detail: `${name} answers, and this project holds neither generations nor scores since ${toIso(from).slice(0, 10)}`,
        todo: 'Check that the keys are of the right project, or set since: further back.',
      };
    }
    return `${name}, ${configs.size === 0 ? 'no numeric score configs' : 'with score configs'}`;
  });
}
