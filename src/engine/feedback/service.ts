/** Feedback: pulled from the user's own logs into an index, and read back from there. */
import type { AuditService, ConfigService, EngineContext, FeedbackService, PromptService, VersionService } from '../api.js';
import { join } from '../paths.js';
import type { FailedSource } from '../../shared/documents.js';
import type { BackendSet } from './backend.js';
import { inTurns, mergedVariables } from './backendExamples.js';
import { createIndexBackend } from './columnSums/indexBackend.js';
import { combinedAttributes, combinedDetail, combinedPage, tolerant } from './combined.js';
import { databaseKind, DatabaseSources } from './databases.js';
import { examples, variables } from './examples.js';
import type { Pseudonyms } from './identity.js';
import { probeSource } from './probe.js';
import { purge } from './purge/purge.js';
import { PurgedWatch } from './purge/purgedUsers.js';
import { collectorSource, partFolder } from './segments/layout.js';
import { sourceFactory } from './sources/registry.js';
import { IndexReader, type IndexView } from './indexView.js';
import type { PageTools } from './page.js';
import { exportOtlp } from './otlp/exportOtlp.js';
import { preview } from './preview.js';
import { previewDatabase, previewServer } from './serverPreview.js';
import { loadPseudonyms } from './privateFolder.js';
import { pull, type SourceFactories } from './pull.js';
import { RecordAccess } from './recordAccess.js';
import { watchedPaths } from './sourceFiles.js';
import { StoreLostError } from './store.js';
import { recordSync } from './syncRecord.js';

export interface FeedbackServices {
  config: ConfigService;
  prompts: PromptService;
  versions: VersionService;
  audit: AuditService;
}

/** What scoring needs beyond the public face. */
export interface IndexedFeedbackService extends FeedbackService {
  /** Runs `work` on an index that is up to date with the store; makes the index again where it was damaged. */
  withIndex<T>(work: (view: IndexView, access: RecordAccess) => Promise<T>): Promise<T>;
  /** Runs `work` on everything that scores are made from, up to date; `sums`: scores are what it asks for. */
  withBackends<T>(work: (set: BackendSet) => Promise<T>, sums?: boolean): Promise<T>;
}

const previewRecords = 20;

export function createFeedbackService(
  context: EngineContext,
  services: FeedbackServices,
  factories: SourceFactories = sourceFactory,
): IndexedFeedbackService {
  const { config, prompts } = services;
  const { fs } = context.ports;
  const reader = new IndexReader(context, services);
  let names: { pseudonyms: Pseudonyms; purged: PurgedWatch } | null = null;

  /** `null`: no user has been seen yet. */
  const knownPseudonyms = async (): Promise<Pseudonyms | null> => {
    if (names === null) {
      if ((await fs.stat(join(context.root, '.ratchet/.local/pseudonym.key'))) === null) return null;
      const pseudonyms = await loadPseudonyms(context);
      names = { pseudonyms, purged: new PurgedWatch(fs, context.root, pseudonyms) };
    }
    await names.purged.refresh();
    return names.pseudonyms;
  };

  /** A damaged index is empty now: what it held is read again, once. */
  const mended = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreLostError)) throw error;
      context.ports.logger.warn(error.message);
      await pull(context, config, factories, { local: true });
      return work();
    }
  };

  const withTools = <T>(work: (tools: PageTools) => Promise<T>, sums = false): Promise<T> =>
    mended(async () => {
      const [view, loaded, pseudonyms] = await Promise.all([reader.view(sums), config.load(), knownPseudonyms()]);
      return work({ context, view, access: new RecordAccess(context, loaded.config, view.rows.files, pseudonyms), pseudonyms });
    });

  const databases = new DatabaseSources(context.ports.databases);

  const withBackends: IndexedFeedbackService['withBackends'] = (work, sums) =>
    withTools(async (tools) => {
      const rejected = tools.view.rows.files.size === 0 ? [] : await context.ports.feedbackStore.rejected();
      const { config: workspace } = await config.load();
      const failed: FailedSource[] = [];
      const backends = [createIndexBackend(tools)];
      if (workspace.sources.some((source) => databaseKind(source.kind) !== null)) {
        // Users of a database are shown by pseudonym as well, also where nothing was ever pulled.
        const pseudonyms = tools.pseudonyms ?? (await loadPseudonyms(context));
        backends.push(...databases.all(workspace, (user) => pseudonyms.of(user)).map((each) => tolerant(each, failed)));
      }
      return work({ backends, known: tools.view.known, rejected, failed });
    }, sums);

  return {
    withIndex: (work) => withTools(({ view, access }) => work(view, access)),
    withBackends,
    async pull({ record = false, scores = false, ...options } = {}) {
      const follow = scores ? { onWritten: reader.follower() } : {};
      const document = await mended(() => pull(context, config, factories, { ...options, ...follow }));
      if (record) await recordSync(document, services.audit, context.ports.logger);
      return document;
    },
    page: (query) =>
      withBackends(async ({ backends, known, failed = [] }) => {
        const found = await combinedPage(backends, query, known);
        return { schema: 'promptratchet.feedback/1', ...found, ...(failed.length === 0 ? {} : { failed: [...failed] }) };
      }),
    detail: (id) => withBackends(({ backends, known }) => combinedDetail(backends, id, known)),
    async variables(prompt) {
      const own = await withTools((tools) => variables(prompt, tools));
      return withBackends(async ({ backends, known }) =>
        mergedVariables([own, ...(await Promise.all(backends.map(async (each) => (await each.variables?.(prompt, known)) ?? {})))]),
      );
    },
    async examples(prompt, limit) {
      const own = await withTools((tools) => examples(prompt, limit, tools));
      return withBackends(async ({ backends, known, failed }) => {
        const others = await Promise.all(backends.map(async (each) => (await each.examples?.(prompt, limit, known)) ?? []));
        for (const { source, message } of failed ?? []) context.ports.logger.warn(`No examples from ${source}: ${message}`);
        return inTurns([own, ...others], limit);
      });
    },
    async preview(source, limit = previewRecords) {
      const known = await prompts.list();
      const only = known.length === 1 ? (known[0]?.id ?? null) : null;
      const { fs, http, clock, logger } = context.ports;
      const [database] = new DatabaseSources(context.ports.databases).all(
        { ...(await config.load()).config, sources: [source] },
        (user) => user,
      );
      if (database !== undefined) return previewDatabase(source, database.backend, { onlyPrompt: only, bySha256: new Map() }, limit);
      const factory = source.url === undefined ? null : factories(source.kind);
      if (factory === null) return preview(context, source, limit, only);
      const open = () => factory(source, { root: context.root, fs, http, clock, logger });
      return previewServer(source, open, () => clock.now().getTime(), limit, only);
    },
    probe: (source, signal) => probeSource(context, factories, source, signal),
    attributes: () => withBackends(({ backends }) => combinedAttributes(backends)),
    exportOtlp: async (request) => exportOtlp(context, (await config.load()).config, request),
    purge: (request) => purge(context, services, factories, request),
    async watched() {
      const { config: workspace } = await config.load();
      const patterns = workspace.sources.flatMap((source) => source.path ?? []);
      const paths = await Promise.all(patterns.map((pattern) => watchedPaths(fs, context.root, pattern)));
      // What a collector takes in shows up there, also when none has run yet.
      const collectors = [collectorSource, ...workspace.sources.filter(({ kind }) => kind === 'collector').map(({ name }) => name)];
      const collected = collectors.map((name) => partFolder(context.root, name, null));
      return [...new Set([...paths.flat(), ...collected])].sort();
    },
  };
}
