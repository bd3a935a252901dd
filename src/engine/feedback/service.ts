/** Feedback: pulled from the user's own logs into an index, and read back from there. */
import type { AuditService, ConfigService, EngineContext, FeedbackService, PromptService, VersionService } from '../api.js';
import { join } from '../paths.js';
import type { BackendSet } from './backend.js';
import { createColumnsBackend } from './columnSums/columnsBackend.js';
import { examples, variables } from './examples.js';
import type { Pseudonyms } from './identity.js';
import { IndexReader, type IndexView } from './indexView.js';
import { detail, page, type PageTools } from './page.js';
import { preview } from './preview.js';
import { loadPseudonyms } from './privateFolder.js';
import { pull } from './pull.js';
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
  /** Runs `work` on everything that scores are made from, up to date. */
  withBackends<T>(work: (set: BackendSet) => Promise<T>): Promise<T>;
}

const previewRecords = 20;

export function createFeedbackService(context: EngineContext, services: FeedbackServices): IndexedFeedbackService {
  const { config, prompts } = services;
  const { fs } = context.ports;
  const reader = new IndexReader(context, services);
  let pseudonyms: Pseudonyms | null = null;

  /** A damaged index is empty now: what it held is read again, once. */
  const mended = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreLostError)) throw error;
      context.ports.logger.warn(error.message);
      await pull(context, config, {});
      return work();
    }
  };

  const withIndex: IndexedFeedbackService['withIndex'] = (work) =>
    mended(async () => {
      const [view, loaded] = await Promise.all([reader.view(), config.load()]);
      return work(view, new RecordAccess(context, loaded.config, view.columns.files));
    });

  const withTools = <T>(work: (tools: PageTools) => Promise<T>): Promise<T> =>
    withIndex(async (view, access) => {
      const hasKey = (await fs.stat(join(context.root, '.ratchet/.local/pseudonym.key'))) !== null;
      if (hasKey) pseudonyms ??= await loadPseudonyms(context);
      return work({ context, view, access, pseudonyms });
    });

  return {
    withIndex,
    withBackends: (work) =>
      withTools(async (tools) => {
        const rejected = tools.view.columns.files.size === 0 ? [] : await context.ports.feedbackStore.rejected();
        return work({ backends: [createColumnsBackend(tools)], known: tools.view.known, rejected });
      }),
    async pull({ record = false, ...options } = {}) {
      const document = await mended(() => pull(context, config, options));
      if (record) await recordSync(document, services.audit, context.ports.logger);
      return document;
    },
    page: (query) => withTools((tools) => page(query, tools)),
    detail: (id) => withTools((tools) => detail(id, tools)),
    variables: (prompt) => withTools((tools) => variables(prompt, tools)),
    examples: (prompt, limit) => withTools((tools) => examples(prompt, limit, tools)),
    async preview(source, limit = previewRecords) {
      const known = await prompts.list();
      return preview(context, source, limit, known.length === 1 ? (known[0]?.id ?? null) : null);
    },
    async watched() {
      const { config: workspace } = await config.load();
      const patterns = workspace.sources.flatMap((source) => source.path ?? []);
      const paths = await Promise.all(patterns.map((pattern) => watchedPaths(fs, context.root, pattern)));
      return [...new Set(paths.flat())].sort();
    },
  };
}
