/** Feedback and scoring on a real folder with the real store; config, prompts and versions are small fakes. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  AuditService,
  ConfigService,
  EngineContext,
  EnginePorts,
  PromptService,
  ScoreService,
  VersionService,
} from '../../src/engine/api.js';
import { defaultConfig } from '../../src/engine/config/parse.js';
import type { RedactionConfig, RetentionConfig, SourceConfig } from '../../src/engine/config/types.js';
import type { SourceFactory } from '../../src/engine/feedback/sources/source.js';
import type { AuditRecord } from '../../src/shared/auditDocument.js';
import type { PromptDocument } from '../../src/engine/prompts/types.js';
import { createFeedbackService, type IndexedFeedbackService } from '../../src/engine/feedback/service.js';
import type { FeedbackStore } from '../../src/engine/feedback/store.js';
import { createScoreService } from '../../src/engine/scoring/service.js';
import { createEntropy } from '../../src/platform/entropy.js';
import { createFileSystem } from '../../src/platform/fs.js';
import { createLocks } from '../../src/platform/lock.js';
import { createFeedbackStore } from '../../src/platform/sqlite/feedbackStore.js';

export interface FakeVersion {
  prompt: string;
  version: string;
  sha256: string;
}

export interface FeedbackEngine {
  root: string;
  feedback: IndexedFeedbackService;
  scoring: ScoreService;
  store: FeedbackStore;
  context: EngineContext;
  sources: SourceConfig[];
  prompts: PromptDocument[];
  versions: FakeVersion[];
  /** What was written to the audit log. */
  audited: Parameters<AuditService['append']>[0][];
  write(path: string, text: string | Uint8Array): void;
  close(): Promise<void>;
}

export const testNow = '2026-11-24T00:00:00.000Z';

/** One source `log` of `log.jsonl`, unless `sources` says otherwise. */
export function createFeedbackEngine(
  options: {
    root?: string;
    sources?: SourceConfig[];
    prompts?: PromptDocument[];
    versions?: FakeVersion[];
    redaction?: RedactionConfig;
    retention?: RetentionConfig;
    /** Adapters by kind; default those of the registry. */
    adapters?: Record<string, SourceFactory>;
    ports?: Partial<EnginePorts>;
  } = {},
): FeedbackEngine {
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'ratchet-feedback-'));
  const sources = options.sources ?? [{ name: 'log', kind: 'jsonl', path: 'log.jsonl' }];
  const prompts = options.prompts ?? [];
  const versions = options.versions ?? [];
  const { redaction, retention } = { ...defaultConfig(), ...options };
  const audited: FeedbackEngine['audited'] = [];
  const store = createFeedbackStore({ path: join(root, '.ratchet/.local/feedback.sqlite') });
  const silent = (): void => undefined;
  const ports = {
    fs: createFileSystem(),
    locks: createLocks(),
    feedbackStore: store,
    entropy: createEntropy(),
    clock: { now: () => new Date(testNow), monotonic: () => performance.now(), sleep: () => Promise.resolve() },
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    ...options.ports,
  } as unknown as EnginePorts;
  const context: EngineContext = { root, options: { root, trusted: true }, ports, isTrusted: () => true };
  const config = {
    load: () => Promise.resolve({ config: { ...defaultConfig(), sources, redaction, retention }, problems: [] }),
  } as unknown as ConfigService;
  const promptService = { list: () => Promise.resolve(prompts) } as unknown as PromptService;
  const versionService = {
    list: () =>
      Promise.resolve({
        schema: 'promptratchet.versions/1',
        prompts: [...new Set(versions.map((each) => each.prompt))].map((prompt) => ({
          prompt,
          file: prompt,
          working: null,
          versions: versions.filter((each) => each.prompt === prompt),
        })),
      }),
    bySha256: () => {
      const map = new Map<string, FakeVersion[]>();
      for (const each of versions) map.set(each.sha256, [...(map.get(each.sha256) ?? []), each]);
      return Promise.resolve(map);
    },
    current: (document: PromptDocument) =>
      Promise.resolve(versions.find((each) => each.prompt === document.id && each.sha256 === document.sha256)?.version ?? null),
  } as unknown as VersionService;
  const recordAudit: AuditService['append'] = (entry) => {
    audited.push(entry);
    return Promise.resolve({} as AuditRecord);
  };
  const services = { config, prompts: promptService, versions: versionService, audit: { append: recordAudit } as unknown as AuditService };
  const { adapters } = options;
  const feedback = createFeedbackService(context, services, adapters === undefined ? undefined : (kind) => adapters[kind] ?? null);
  return {
    root,
    feedback,
    store,
    context,
    sources,
    prompts,
    versions,
    audited,
    scoring: createScoreService(context, { ...services, feedback }),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    async close() {
      await store.close();
      if (options.root === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
}

export { feedbackLine } from './feedbackLine.js';
