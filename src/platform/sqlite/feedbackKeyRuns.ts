/**
 * Keys of ids with their rows while a first log is read, beyond those that memory has room for: runs of them in order, in the database. A later run
 * counts before an earlier one. They are merged into the table of ids afterwards.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { KeyFilter } from '../../engine/feedback/scan/keyFilter.js';
import type { HashIndex } from '../../engine/feedback/scan/hashIndex.js';
import type { Kind } from './feedbackBlock.js';

/** Keys in one part of a run: as many as a page of the database holds. */
const partKeys = 640;
/** Parts that are kept in memory because they were looked at: about a megabyte. */
const keptParts = 128;

interface Run {
  number: number;
  filter: KeyFilter;
  /** First key of each part. */
  firsts: Float64Array;
}

interface Part {
  keys: Float64Array;
  rows: Int32Array;
}

export class KeyRuns {
  private readonly runs: Run[] = [];
  private readonly parts = new Map<string, Part>();
  private readonly insert: StatementSync;
  private readonly select: StatementSync;

  constructor(
    private readonly db: DatabaseSync,
    private readonly kind: Kind,
  ) {
    this.insert = db.prepare('INSERT INTO id_run VALUES (?, ?, ?, ?)');
    this.select = db.prepare('SELECT data FROM id_run WHERE kind = ? AND run = ? AND part = ?');
  }

  /** -1: not there. */
  get(key: number): number {
    for (let at = this.runs.length - 1; at >= 0; at--) {
      const run = this.runs[at];
      if (run === undefined || !run.filter.mayHave(key)) continue;
      const part = lastNotAbove(run.firsts, key);
      const { keys, rows } = part < 0 ? nothing : this.keptPart(run, part);
      const found = lastNotAbove(keys, key);
      if (found >= 0 && keys[found] === key) return rows[found] ?? -1;
    }
    return -1;
  }

  /** Makes a run of everything in memory. */
  add(from: HashIndex): void {
    const sorted = from.sortedKeys();
    const filter = new KeyFilter(sorted.length);
    const number = this.runs.length;
    const firsts = new Float64Array(Math.ceil(sorted.length / partKeys));
    for (let part = 0; part < firsts.length; part++) {
      const keys = sorted.slice(part * partKeys, (part + 1) * partKeys);
      const rows = new Int32Array(keys.length);
      for (let each = 0; each < keys.length; each++) {
        const key = keys[each] ?? 0;
        rows[each] = from.get(key);
        filter.add(key);
      }
      firsts[part] = keys[0] ?? 0;
      const data = new Uint8Array(keys.length * 12);
      data.set(new Uint8Array(keys.buffer));
      data.set(new Uint8Array(rows.buffer), keys.length * 8);
      this.insert.run(this.kind, number, part, data);
    }
    this.runs.push({ number, filter, firsts });
  }

  /** All keys with their rows, ascending. `newest` counts before all runs. */
  *merged(newest: HashIndex): Generator<readonly [key: number, row: number]> {
    const keys = newest.sortedKeys();
    const cursors = this.runs.map((run) => new Cursor(run.firsts.length, (part) => this.load(run, part)));
    let at = 0;
    for (;;) {
      let least = keys[at] ?? Infinity;
      for (const cursor of cursors) least = Math.min(least, cursor.key);
      if (least === Infinity) return;
      let row = -1;
      // The last one that has it is the one that counts.
      for (const cursor of cursors) {
        if (cursor.key !== least) continue;
        row = cursor.row;
        cursor.next();
      }
      if (keys[at] === least) {
        row = newest.get(least);
        at++;
      }
      yield [least, row];
    }
  }

  clear(): void {
    this.db.prepare('DELETE FROM id_run WHERE kind = ?').run(this.kind);
    this.runs.length = 0;
    this.parts.clear();
  }

  private keptPart(run: Run, part: number): Part {
    const name = `${String(run.number)} ${String(part)}`;
    let found = this.parts.get(name);
    if (found === undefined) found = this.load(run, part);
    else this.parts.delete(name);
    this.parts.set(name, found);
    for (const oldest of this.parts.keys()) {
      if (this.parts.size <= keptParts) break;
      this.parts.delete(oldest);
    }
    return found;
  }

  private load(run: Run, part: number): Part {
    const data = this.select.get(this.kind, run.number, part)?.['data'] as Uint8Array | undefined;
    if (data === undefined) throw new Error('A part of the ids of a first reading is gone.');
    const count = data.length / 12;
    const { buffer } = data.slice();
    return { keys: new Float64Array(buffer, 0, count), rows: new Int32Array(buffer, count * 8, count) };
  }
}

/** Goes through a run. */
class Cursor {
  private part: Part = nothing;
  private nextPart = 0;
  private at = -1;
  /** Infinite behind the last one. */
  key = Infinity;
  row = -1;

  constructor(
    private readonly parts: number,
    private readonly load: (part: number) => Part,
  ) {
    this.next();
  }

  next(): void {
    this.at++;
    if (this.at >= this.part.keys.length) {
      this.at = 0;
      this.part = this.nextPart < this.parts ? this.load(this.nextPart++) : nothing;
    }
    this.key = this.part.keys[this.at] ?? Infinity;
    this.row = this.part.rows[this.at] ?? -1;
  }
}

const nothing: Part = { keys: new Float64Array(0), rows: new Int32Array(0) };

/** Place of the last key that is not above; -1: all are. */
function lastNotAbove(keys: Float64Array, key: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? 0) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
