/** The index as one service reads it: columns that are up to date, and the attribution of their rows. */
import type { ConfigService, EngineContext, PromptService, VersionService } from '../api.js';
import { join } from '../paths.js';
import { Attributor } from './attribution.js';
import type { KnownVersions } from './backend.js';
import { IndexColumns } from './columns.js';
import { ensurePrivateFolder } from './privateFolder.js';

export interface IndexView {
  columns: IndexColumns;
  attributor: Attributor;
  known: KnownVersions;
}

export interface IndexServices {
  config: ConfigService;
  prompts: PromptService;
  versions: VersionService;
}

export class IndexReader {
  private readonly columns = new IndexColumns();
  /** Kept for as long as it would be the same: it remembers what it found. */
  private last: { key: string; attributor: Attributor } | null = null;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly context: EngineContext,
    private readonly services: IndexServices,
  ) {}

  /** One refresh at a time: two would read the same changes twice. */
  view(): Promise<IndexView> {
    const next = this.queue.then(
      () => this.read(),
      () => this.read(),
    );
    this.queue = next;
    return next;
  }

  private async read(): Promise<IndexView> {
    const { fs, feedbackStore } = this.context.ports;
    const { config } = await this.services.config.load();
    const stored = await fs.stat(join(this.context.root, '.ratchet/.local/feedback.sqlite'));
    if (stored !== null || config.sources.length > 0) {
      await ensurePrivateFolder(this.context);
      await this.columns.refresh(feedbackStore);
    } else {
      this.columns.clear();
    }
    const [prompts, bySha256] = await Promise.all([this.services.prompts.list(), this.services.versions.bySha256()]);
    const onlyPrompt = prompts.length === 1 ? (prompts[0]?.id ?? null) : null;
    const known = { onlyPrompt, bySha256 };
    const key = JSON.stringify([this.columns.generation, onlyPrompt, [...bySha256]]);
    if (this.last?.key !== key) this.last = { key, attributor: new Attributor(this.columns, known) };
    return { columns: this.columns, attributor: this.last.attributor, known };
  }
}
