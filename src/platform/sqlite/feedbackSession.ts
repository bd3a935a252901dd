/** One connection to the feedback index, with what it remembers of it. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { FileState } from '../../engine/feedback/store.js';
import { HashIndex } from '../../engine/feedback/scan/hashIndex.js';
import type { Kind } from './feedbackBlock.js';
import { Blocks } from './feedbackBlocks.js';
import { Attributes, Groups, Translation, Units } from './feedbackDictionaries.js';
import { Ids } from './feedbackIds.js';

/** More than there are threads that read one file. */
const keptTranslations = 16;

/** Feedback that is remembered while it waits for its interaction, about 30 MiB of it: more is looked for at the end of a pull. */
const maxWaiting = 300_000;

/** Rows of one kind. */
export class Table {
  readonly blocks: Blocks;
  readonly ids: Ids;
  /** Digests of records of dropped files, by key of their id. */
  dropped: HashIndex | null = null;
  /** Rows that files gained or lost in this transaction. */
  readonly gained = new Map<number, number>();

  constructor(
    readonly db: DatabaseSync,
    readonly kind: Kind,
    attributes: Attributes,
    onRecover: () => void,
    keysInMemory: number | undefined,
  ) {
    this.blocks = new Blocks(db, kind, (id) => attributes.isCrowded(id));
    this.ids = new Ids(db, this.blocks, onRecover, keysInMemory);
  }

  gain(file: number, by: number): void {
    this.gained.set(file, (this.gained.get(file) ?? 0) + by);
  }

  rememberDropped(key: number, digest: number): void {
    this.dropped ??= new HashIndex();
    this.dropped.set(key, digest);
  }

  saveCounts(): void {
    const column = this.kind === 0 ? 'interactions' : 'feedback';
    const update = this.db.prepare(`UPDATE file SET ${column} = ${column} + ? WHERE id = ?`);
    for (const [file, by] of this.gained) if (by !== 0) update.run(by, file);
    this.gained.clear();
  }
}

/** What belongs to one connection. */
export class Session {
  readonly groups: Groups;
  readonly units: Units;
  readonly attributes: Attributes;
  readonly files = new Map<number, FileState>();
  readonly interactions: Table;
  readonly feedback: Table;
  readonly comment: StatementSync;
  readonly translations = new Map<number, Translation>();
  /** Feedback that waits for its interaction, by that one's key; `null`: not looked for yet. */
  waiting: Map<number, number[]> | null = null;
  /** Too much waits: it is looked for at the end of the pull, and `waiting` is empty. */
  waitsForEnd = false;
  readonly maxWaiting: number;
  private readonly marks = new Set<string>();
  /** Counter as this connection left it; another value means that somebody else wrote. */
  seq: number;

  constructor(
    readonly db: DatabaseSync,
    keysInMemory?: number,
  ) {
    this.maxWaiting = Math.min(maxWaiting, keysInMemory ?? maxWaiting);
    this.groups = new Groups(db);
    this.units = new Units(db);
    this.attributes = new Attributes(db);
    this.loadFiles();
    // Another connection that is in the middle of it notices.
    const onRecover = (): void => {
      this.nextSeq();
    };
    this.interactions = new Table(db, 0, this.attributes, onRecover, keysInMemory);
    this.feedback = new Table(db, 1, this.attributes, onRecover, keysInMemory);
    this.comment = db.prepare('INSERT INTO comment (rowid, text, correction) VALUES (?, ?, ?)');
    this.seq = Number(this.meta('seq'));
    if (this.meta('ids') === 'behind') for (const table of this.tables) table.ids.isBehind = true;
  }

  get tables(): readonly Table[] {
    return [this.interactions, this.feedback];
  }

  loadFiles(): void {
    this.files.clear();
    for (const row of this.db.prepare('SELECT * FROM file').all()) {
      const state: FileState = {
        id: Number(row['id']),
        source: String(row['source']),
        path: String(row['path']),
        offset: Number(row['off']),
        lines: Number(row['lines']),
        size: Number(row['size']),
        mtimeMs: Number(row['mtime']),
        head: String(row['head']),
        anchor: String(row['anchor']),
        fingerprint: String(row['fingerprint']),
        scale: row['scale'] === 'five' ? 'five' : 'unit',
      };
      this.files.set(state.id, state);
    }
  }

  meta(key: string): string | null {
    const row = this.db.prepare('SELECT value FROM meta WHERE key = ?').get(key);
    return row === undefined ? null : String(row['value']);
  }

  setMeta(key: string, value: string): void {
    this.db.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(key, value);
  }

  /** A mark that something has to be done before the index is whole again. */
  mark(key: 'ids' | 'rows' | 'traces'): void {
    if (this.marks.has(key)) return;
    this.marks.add(key);
    this.setMeta(key, 'behind');
  }

  /** This connection has yet to write what it left for after the first score. */
  get isUnfinished(): boolean {
    return this.marks.has('ids');
  }

  clear(...keys: ('ids' | 'rows' | 'traces')[]): void {
    for (const key of keys) {
      this.db.prepare('DELETE FROM meta WHERE key = ?').run(key);
      this.marks.delete(key);
    }
  }

  /** Starts a change: a counter that no block has yet. */
  nextSeq(): number {
    this.seq++;
    this.setMeta('seq', String(this.seq));
    return this.seq;
  }

  flush(seq: number): void {
    for (const table of this.tables) {
      table.blocks.flush(seq);
      table.saveCounts();
    }
  }

  /** A thread that has begun a new dictionary never comes back to an earlier one. */
  translation(dictionary: number): Translation {
    const translation = this.translations.get(dictionary) ?? new Translation();
    // The one that was used last comes last.
    this.translations.delete(dictionary);
    this.translations.set(dictionary, translation);
    for (const oldest of this.translations.keys()) {
      if (this.translations.size <= keptTranslations) break;
      this.translations.delete(oldest);
    }
    return translation;
  }
}
