/** One connection to the feedback index, with what it remembers of it. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { FileState } from '../../engine/feedback/store.js';
import { Dictionary, RecordTable } from './feedbackRows.js';

/** What belongs to one connection. */
export class Session {
  readonly words: Dictionary;
  readonly units: Dictionary;
  readonly files = new Map<number, FileState>();
  readonly interactions: RecordTable;
  readonly feedback: RecordTable;
  readonly comment: StatementSync;
  /** Counter as this connection left it; another value means that somebody else wrote. */
  seq = -1;

  constructor(readonly db: DatabaseSync) {
    this.words = new Dictionary(db, 'word');
    this.units = new Dictionary(db, 'unit');
    this.loadFiles();
    const pathOf = (file: number): string => this.files.get(file)?.path ?? '';
    this.interactions = new RecordTable(db, 'interaction', 5, pathOf);
    this.feedback = new RecordTable(db, 'feedback', 6, pathOf);
    this.comment = db.prepare('INSERT INTO comment (rowid, text, correction) VALUES (?, ?, ?)');
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

  /** Starts a change: a counter that no row has yet. */
  nextSeq(): number {
    const stored = Number(this.meta('seq'));
    if (stored !== this.seq) {
      this.interactions.forget();
      this.feedback.forget();
      this.loadFiles();
    }
    this.interactions.begin();
    this.feedback.begin();
    this.seq = stored + 1;
    this.setMeta('seq', String(this.seq));
    return this.seq;
  }
}
