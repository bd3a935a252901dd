/** The index as one service reads it: what is kept of it up to date, and the attribution of its rows. */
import type { ConfigService, EngineContext, PromptService, VersionService } from '../api.js';
import { join } from '../paths.js';
import { Attributor } from './attribution.js';
import type { KnownVersions, Window } from './backend.js';
import { Tally } from './columnSums/tally.js';
import { isWhole } from './columnSums/window.js';
import { IndexRows } from './indexRows.js';
import { ensurePrivateFolder } from './privateFolder.js';
import type { FeedbackBlock, IndexVisitor, InteractionBlock } from './store.js';

export interface IndexView {
  rows: IndexRows;
  attributor: Attributor;
  known: KnownVersions;
  /** What scores of a window are made from, up to date. */
  tally(window: Window): Promise<Tally>;
  /** Goes through all feedback of the index, in order of rows. */
  feedback(visit: (block: FeedbackBlock) => void): Promise<void>;
  interactions(visit: (block: InteractionBlock) => void): Promise<void>;
}

export interface IndexServices {
  config: ConfigService;
  prompts: PromptService;
  versions: VersionService;
}

interface Attributed {
  key: string;
  known: KnownVersions;
  attributor: Attributor;
}

/** Fewer are counted behind the pull. */
const followedRecords = 20_000;

/** While another process reads a long log, what it added last may be missing from a window. */
const maxTries = 3;

export class IndexReader {
  private readonly rows = new IndexRows();
  /** Kept for as long as it would be the same: it remembers what it found. */
  private last: Attributed | null = null;
  /** Of all records, once somebody asked for a score: it grows with the index. */
  private whole: Tally | null = null;
  /** A score asks for its complaints behind its sums. */
  private part: { key: string; tally: Tally } | null = null;
  private epoch = '';
  private seq = 0;
  private lastGroup = 0;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly context: EngineContext,
    private readonly services: IndexServices,
  ) {}

  /** `sums`: scores are asked for, so that what is read is counted at once. */
  view(sums: boolean): Promise<IndexView> {
    return this.inTurn(() => this.read(sums));
  }

  /**
   * Takes in what was written by now, while more is read: this thread waits for the reading ones anyway, and the score behind it finds everything
   * counted. Told of each write of one pull.
   */
  follower(): (records: number) => Promise<void> {
    let behind = 0;
    return (records) => {
      behind += records;
      if (behind < followedRecords) return Promise.resolve();
      behind = 0;
      return this.inTurn(() => this.follow());
    };
  }

  /** Does nothing where it would have to be done again, perhaps many times: rows were removed, or others are changed than were added. */
  private async follow(): Promise<void> {
    const { epoch } = await this.context.ports.feedbackStore.state();
    const isLost = this.whole?.isStale === true || (this.seq !== 0 && epoch !== this.epoch);
    if (!isLost) await this.refresh(true);
  }

  /** One at a time: two would read the same changes twice. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.queue.then(work, work);
    this.queue = next;
    return next;
  }

  private async read(sums: boolean): Promise<IndexView> {
    const { fs, feedbackStore: store } = this.context.ports;
    const { config } = await this.services.config.load();
    const stored = await fs.stat(join(this.context.root, '.ratchet/.local/feedback.sqlite'));
    if (stored !== null || config.sources.length > 0) {
      await ensurePrivateFolder(this.context);
      await this.attribute();
      await this.refresh(sums);
    } else this.clear();
    const { attributor, known } = this.last ?? (await this.attribute());
    const { rows } = this;
    const visit = async (visitor: IndexVisitor): Promise<void> => {
      if (rows.files.size > 0) await store.changes({ seq: 0, group: this.lastGroup }, visitor);
    };
    return {
      rows,
      attributor,
      known,
      tally: (window) => this.inTurn(() => this.tally(window)),
      feedback: (feedback) => visit({ feedback }),
      interactions: (interactions) => visit({ interactions }),
    };
  }

  private async attribute(): Promise<Attributed> {
    const [prompts, bySha256] = await Promise.all([this.services.prompts.list(), this.services.versions.bySha256()]);
    const onlyPrompt = prompts.length === 1 ? (prompts[0]?.id ?? null) : null;
    const key = JSON.stringify([onlyPrompt, [...bySha256]]);
    if (this.last?.key !== key) {
      const known = { onlyPrompt, bySha256 };
      this.last = { key, known, attributor: new Attributor(this.rows, known) };
      this.whole = null;
      this.part = null;
    }
    return this.last;
  }

  /** Everything up to now. */
  private async refresh(sums: boolean): Promise<void> {
    const now = await this.context.ports.feedbackStore.state();
    if (now.epoch !== this.epoch) {
      this.clear();
      this.epoch = now.epoch;
    }
    const { attributor } = this.last ?? (await this.attribute());
    if (sums && this.whole?.isStale !== false) {
      const whole = new Tally(this.rows, attributor, null);
      this.whole = null;
      if (!(await this.take(whole))) return this.refresh(sums);
      this.whole = whole;
    } else if (now.seq !== this.seq && !(await this.take(null))) return this.refresh(sums);
  }

  private async tally(window: Window, tries = maxTries): Promise<Tally> {
    // There is no index, and a question does not make one.
    if (this.epoch === '') return new Tally(this.rows, (this.last ?? (await this.attribute())).attributor, window);
    const isOpen = window.since === null && window.until === null;
    if (isOpen && this.whole?.isStale !== false) await this.refresh(true);
    if (this.whole !== null && isWhole(window, this.whole.latest)) return this.whole;
    // A window is left and entered by rows without a time of their own as their file is written to.
    const key = JSON.stringify([this.rows.version, window]);
    if (this.part?.key === key) return this.part.tally;
    const { attributor } = this.last ?? (await this.attribute());
    const tally = new Tally(this.rows, attributor, window);
    const changes = await this.context.ports.feedbackStore.changes(
      { seq: 0, group: this.lastGroup },
      {
        interactions: (block) => {
          tally.interactions(block, 0);
        },
        feedback: (block) => {
          tally.feedback(block, 0);
        },
      },
    );
    if (changes.epoch !== this.epoch || (changes.seq !== this.seq && tries > 1)) {
      // Another process wrote meanwhile.
      await this.refresh(isOpen);
      return this.tally(window, tries - 1);
    }
    this.part = { key, tally };
    return tally;
  }

  /** What changed; or, for a tally of all records that begins, everything. False where rows were removed meanwhile. */
  private async take(begun: Tally | null): Promise<boolean> {
    const { feedbackStore: store } = this.context.ports;
    const { rows } = this;
    const version = rows.version + 1;
    const changes = await store.changes(
      { seq: begun === null ? this.seq : 0, group: this.lastGroup },
      {
        groups: (groups) => {
          for (const { id, group } of groups) {
            rows.groups.set(id, group);
            this.lastGroup = id;
          }
        },
        interactions: (block) => {
          const from = rows.takeInteractions(block, version);
          if (begun === null) this.whole?.interactions(block, from);
          else begun.interactions(block, 0);
        },
        feedback: (block) => {
          const from = rows.feedback.take(block, version);
          if (begun === null) this.whole?.feedback(block, from);
          else begun.feedback(block, 0);
        },
      },
    );
    if (changes.epoch !== this.epoch) return false;
    if (changes.seq !== this.seq || begun !== null) {
      this.seq = changes.seq;
      rows.version = version;
      rows.files = new Map((await store.files()).map((file) => [file.id, file]));
    }
    return true;
  }

  private clear(): void {
    this.rows.clear();
    this.last = null;
    this.whole = null;
    this.part = null;
    this.epoch = '';
    this.seq = 0;
    this.lastGroup = 0;
  }
}
