/**
 * Brings the index up to date with the sources: logs that are read in place, and everything else by way of segments. One source that fails
 * never hides the others. The index is locked only while it is written, never while a server is waited for.
 */
import type { PullDocument } from '../../shared/documents.js';
import type { ConfigService, EngineContext } from '../api.js';
import type { SourceConfig, WorkspaceConfig } from '../config/types.js';
import { EngineError, throwIfAborted } from '../errors.js';
import { join } from '../paths.js';
import type { Pseudonyms } from './identity.js';
import { ensurePrivateFolder, loadPseudonyms } from './privateFolder.js';
import { SourceRun, type PullTools } from './pullSource.js';
import { createRedactor } from './redaction/redactor.js';
import { collectorSource } from './segments/layout.js';
import { keepUp, segmentTools } from './segments/upkeep.js';
import { limitsOf } from './segments/retention.js';
import { createSegmentStore, sourcesWithSegments } from './segments/segmentStore.js';
import type { SourceFactory } from './sources/source.js';
import { parseTime } from './time.js';

export interface PullOptions {
  sources?: string[];
  since?: string;
  full?: boolean;
  /** Only what is on this disk already: no server is asked, and nothing is copied. */
  local?: boolean;
  signal?: AbortSignal;
  /** Called behind each write to the index with its number of records. */
  onWritten?: (records: number) => Promise<void>;
}

/** `null` for a kind that has no adapter. */
export type SourceFactories = (kind: string) => SourceFactory | null;

export async function pull(
  context: EngineContext,
  service: ConfigService,
  factories: SourceFactories,
  options: PullOptions,
): Promise<PullDocument> {
  const { config, problems } = await service.load();
  const { fs, feedbackStore, clock } = context.ports;
  const sources = await allSources(context, config);
  const wanted = options.sources ?? [];
  for (const name of wanted) {
    if (!sources.some((source) => source.name === name)) throw unknownSource(name, sources);
  }
  const sinceMs = options.since === undefined ? null : sinceOf(options.since);
  const document: PullDocument = { schema: 'promptratchet.pull/1', sources: [] };
  if (sources.length === 0 && (await fs.stat(join(context.root, '.ratchet/.local/feedback.sqlite'))) === null) return document;
  // Before anything is written: a pattern that cannot be used must not let anything through.
  const redactor = createRedactor(config.redaction);
  await ensurePrivateFolder(context);
  await fs.mkdir(join(context.root, '.ratchet/.local'));
  const { signal, full = false, local: onlyLocal = false } = options;
  const underLock = <T>(work: () => Promise<T>): Promise<T> => withIndexLock(context, work, signal);
  let upkeep: ReadonlyMap<string, string[]> = new Map();
  const pseudonyms = await underLock(async () => {
    const loaded = await loadPseudonyms(context);
    // A source that cannot be read out of a config.yaml with an error in it is not one that was taken out.
    const complete = !problems.some((problem) => problem.severity === 'error');
    await dropStrangers(context, complete ? sources : null, loaded);
    upkeep = await keepUp(context, config, redactor);
    return loaded;
  });
  const limits = limitsOf(config.retention, clock.now().getTime());
  const segments = createSegmentStore(segmentTools(context), {
    prepare: { redactor, pseudonyms },
    holds: (kind, records) => feedbackStore.holds(kind, records),
    limits,
  });
  const keepsAll = config.retention.interactionDays === null && config.retention.feedbackDays === null;
  const { redaction } = config;
  const { onWritten } = options;
  const tools: PullTools = { context, factories, segments, pseudonyms, redaction, underLock, keepsAll, sinceMs, full, signal, onWritten };
  const runs = sources
    .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
    .map((source) => new SourceRun(source, tools, upkeep.get(source.name) ?? []));
  // What is on this disk comes first: no server has to be waited for.
  const local = runs.filter((run) => onlyLocal || !run.asksServer);
  await underLock(async () => {
    for (const run of local) {
      throwIfAborted(signal);
      await run.index();
    }
    await feedbackStore.finish();
  });
  for (const run of onlyLocal ? [] : runs) {
    if (local.includes(run) && !(await run.hasFilesToCopy())) continue;
    throwIfAborted(signal);
    await run.fetch();
    await underLock(async () => {
      await run.index();
      await feedbackStore.finish();
    });
  }
  for (const run of runs) document.sources.push(await run.result());
  return document;
}

export function withIndexLock<T>(context: EngineContext, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return context.ports.locks.withLock(join(context.root, '.ratchet/.local/feedback.lock'), work, signal);
}

/** Those of config.yaml, and the collector where it has taken something in. */
export async function allSources(context: EngineContext, config: WorkspaceConfig): Promise<SourceConfig[]> {
  const { sources } = config;
  if (sources.some(({ name }) => name === collectorSource)) return sources;
  const there = await sourcesWithSegments(segmentTools(context));
  return there.includes(collectorSource) ? [...sources, { name: collectorSource, kind: 'collector' }] : sources;
}

function unknownSource(name: string, sources: readonly SourceConfig[]): EngineError {
  const names = sources.map((source) => source.name).join(', ');
  const there = names === '' ? 'No source is configured; add one to .ratchet/config.yaml.' : `Sources are ${names}.`;
  return new EngineError('SOURCE_NOT_FOUND', `There is no source "${name}". ${there}`, { name });
}

function sinceOf(text: string): number {
  const time = parseTime(text);
  if (time === null) throw new EngineError('BAD_USAGE', `"${text}" is not a time. Write it like 2026-11-23T19:20:26Z.`);
  return time;
}

/** Records of sources that are configured no more (`null`: not known), and of users under another key. */
async function dropStrangers(context: EngineContext, sources: readonly SourceConfig[] | null, pseudonyms: Pseudonyms): Promise<void> {
  const { feedbackStore: store } = context.ports;
  const sameKey = (await store.getMeta('key')) === pseudonyms.fingerprint;
  for (const file of await store.files()) {
    if (!sameKey || sources?.some((source) => source.name === file.source) === false) await store.dropFile(file.id);
  }
  if (!sameKey) await store.setMeta('key', pseudonyms.fingerprint);
}
