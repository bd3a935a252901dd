/** Takes records into the index: which revision of one id counts, and where its row is. */
import { noRow, type FileState, type WriteBatch, type WriteCounts } from '../../engine/feedback/store.js';
import type { BatchFeedback, BatchInteractions, BatchRecords, RecordBatch } from '../../engine/feedback/scan/recordBatch.js';
import { blockRows } from '../../engine/feedback/store.js';
import type { Block } from './feedbackBlock.js';
import { AttributeWriter, copyBase, copyFeedback, copyInteractions, hasTrace } from './feedbackCopying.js';
import type { Translation } from './feedbackDictionaries.js';
import { beginFilling } from './feedbackFilling.js';
import { keyOf } from './feedbackIds.js';
import { dropTail, wait, waitingFor } from './feedbackLinks.js';
import { compareRank, rankOf, type Rank } from './feedbackRanks.js';
import type { Session, Table } from './feedbackSession.js';

type Outcome = 'new' | 'updated' | 'same';

/** The row that was made last, of a winner or a loser. */
interface Put {
  outcome: Outcome;
  block: Block | null;
  i: number;
  wins: boolean;
}

export function write(session: Session, batch: WriteBatch): WriteCounts {
  const seq = session.nextSeq();
  const { file } = batch;
  session.files.set(file.id, file);
  for (const table of session.tables) {
    if (table.blocks.isEmpty && !table.ids.isFilling) {
      table.ids.clear();
      table.ids.beginFilling();
    } else table.ids.catchUp();
  }
  if (session.tables.some(({ ids }) => ids.isFilling) && !session.isUnfinished) {
    session.mark('ids');
    beginFilling(session.db);
  }
  if (batch.dropFrom !== null) dropTail(session, file.id, batch.dropFrom);
  const counts: WriteCounts = { interactions: { new: 0, updated: 0 }, feedback: { new: 0, updated: 0 } };
  const writer = new Writer(session, file, counts);
  for (const records of batch.records) writer.take(records);
  session.flush(seq);
  saveFile(session, file, batch.records);
  return counts;
}

function saveFile({ db }: Session, file: FileState, batches: readonly RecordBatch[]): void {
  const reject = db.prepare(
    `INSERT INTO rejected VALUES (?, ?, ?, ?, ?) ON CONFLICT (file, reason, tail) DO UPDATE SET count = count + excluded.count`,
  );
  for (const { rejected } of batches) {
    for (const { reason, tail, line, count } of rejected) reject.run(file.id, reason, tail ? 1 : 0, count, line);
  }
  db.prepare('UPDATE file SET off = ?, lines = ?, size = ?, mtime = ?, head = ?, anchor = ?, fingerprint = ?, scale = ? WHERE id = ?').run(
    file.offset,
    file.lines,
    file.size,
    file.mtimeMs,
    file.head,
    file.anchor,
    file.fingerprint,
    file.scale,
    file.id,
  );
}

class Writer {
  private readonly put: Put = { outcome: 'same', block: null, i: 0, wins: false };

  constructor(
    private readonly session: Session,
    private readonly file: FileState,
    private readonly counts: WriteCounts,
  ) {}

  take(batch: RecordBatch): void {
    const { session } = this;
    const { groups, units, attributes } = session;
    const translation = session.translation(batch.dictionary);
    translation.extend(batch, groups, units, attributes);
    for (const name of batch.crowded) attributes.crowd(name);
    this.interactions(batch.interactions, translation);
    this.feedback(batch.feedback, translation);
  }

  private interactions(records: BatchInteractions, translation: Translation): void {
    const { session, put } = this;
    const table = session.interactions;
    const pairs = new AttributeWriter(records.attributes, translation, session.attributes);
    for (let row = 0; row < records.count;) {
      const { block, i, count } = this.stretch(table, records, row, translation);
      if (count > 0) {
        copyInteractions(block, i, records, row, count);
        this.counts.interactions.new += count;
        this.foundAll(block, i, count);
        pairs.give(row, count, block, i);
        row += count;
        continue;
      }
      this.base(table, records, row, translation);
      if (put.outcome !== 'same') this.counts.interactions[put.outcome]++;
      if (put.block !== null) {
        copyInteractions(put.block, put.i, records, row, 1);
        if (put.wins) this.found(put.block, put.i);
      }
      pairs.give(row, 1, put.block, put.i);
      row++;
    }
  }

  private foundAll(block: Block, from: number, count: number): void {
    const { session } = this;
    if (hasTrace(block, from, count)) session.mark('traces');
    // While a first log is read nothing may wait for what comes behind it, and then nothing is looked up.
    if (session.waiting === null || session.waiting.size > 0) for (let i = from; i < from + count; i++) this.found(block, i);
  }

  /** Feedback that came first has its interaction now. */
  private found(served: Block, i: number): void {
    const { session } = this;
    if (served.trace[i] !== 0) session.mark('traces');
    const waiting = waitingFor(session);
    if (waiting.size === 0) return;
    const key = keyOf(served, i);
    const rows = waiting.get(key);
    if (rows === undefined) return;
    for (const n of rows) {
      const block = session.feedback.blocks.of(n);
      if (block === null || block.row[n & 1023] !== noRow || block.interaction[n & 1023] !== key) continue;
      block.row[n & 1023] = served.first + i;
      block.open--;
      session.feedback.blocks.touch(block);
    }
    waiting.delete(key);
  }

  private feedback(records: BatchFeedback, translation: Translation): void {
    const { session, put } = this;
    const table = session.feedback;
    const pairs = new AttributeWriter(records.attributes, translation, session.attributes);
    for (let row = 0; row < records.count;) {
      const { block, i, count } = this.stretch(table, records, row, translation);
      if (count > 0) {
        this.feedbackRows(block, i, records, row, count);
        this.counts.feedback.new += count;
        pairs.give(row, count, block, i);
        row += count;
        continue;
      }
      this.base(table, records, row, translation);
      if (put.outcome !== 'same') this.counts.feedback[put.outcome]++;
      if (put.block !== null) this.feedbackRows(put.block, put.i, records, row, 1);
      pairs.give(row, 1, put.block, put.i);
      row++;
    }
  }

  /** What only feedback has, of rows whose base is in the block. */
  private feedbackRows(block: Block, from: number, records: BatchFeedback, row: number, count: number): void {
    const { session } = this;
    const { ids } = session.interactions;
    copyFeedback(block, from, records, row, count);
    for (let i = from; i < from + count; i++) {
      const interaction = block.interaction[i] ?? 0;
      const served = interaction === 0 ? noRow : ids.byKey(interaction);
      block.row[i] = served;
      if (served === noRow && interaction !== 0) {
        block.open++;
        wait(session, interaction, block.first + i);
      } else if (interaction === 0 && block.trace[i] !== 0) {
        block.traced++;
        session.mark('traces');
      }
    }
    if (records.texts.size === 0) return;
    for (let each = row; each < row + count; each++) {
      const texts = records.texts.get(each);
      if (texts !== undefined) session.comment.run(block.first + from + each - row, texts.comment, texts.correction);
    }
  }

  /**
   * In the bulk of a first reading hardly any id is known: the columns of all rows up to the next one that is are copied as they lie. No rows: the
   * first of them has to be looked at by itself.
   */
  private stretch(table: Table, records: BatchRecords, row: number, translation: Translation): { block: Block; i: number; count: number } {
    const block = table.blocks.tail(this.file.id);
    const i = block.count;
    const end = Math.min(records.count, row + blockRows - i);
    // What was dropped before comes back with a look at each.
    const count = table.dropped === null ? table.ids.addNew(records.key, row, end, block.first + i) : 0;
    if (count > 0) {
      block.count += count;
      copyBase(block, i, records, row, count, translation);
      table.gain(this.file.id, count);
    }
    return { block, i, count };
  }

  /** Sets `put`. */
  private base(table: Table, records: BatchRecords, row: number, translation: Translation): void {
    const { session, file, put } = this;
    const [a, b, c, d] = [0, 1, 2, 3].map((word) => records.id[row * 4 + word] ?? 0) as [number, number, number, number];
    const key = records.key[row] ?? 0;
    const before = table.ids.find(key, a, b, c, d);
    put.block = null;
    put.wins = true;
    let known: number | null = null;
    if (before >= 0) {
      const block = table.blocks.of(before);
      if (block !== null) {
        const at = before & 1023;
        known = block.digest[at] ?? 0;
        // Read again from the same place, or the same text once more in one file.
        const isSamePlace = block.offset[at] === records.offset[row] && block.ordinal[at] === records.ordinal[row];
        if (block.file === file.id && (isSamePlace || known === records.digest[row])) {
          put.outcome = 'same';
          return;
        }
        const rank: Rank = {
          revision: records.revision[row] ?? 0,
          updated: records.updated[row] ?? 0,
          time: records.time[row] ?? NaN,
          path: file.path,
          offset: records.offset[row] ?? 0,
          ordinal: records.ordinal[row] ?? 0,
        };
        put.wins = compareRank(rank, rankOf(session, block, at)) > 0;
        if (put.wins) {
          block.live[at] = 0;
          table.blocks.touch(block);
          table.gain(block.file, -1);
          if (table.kind === 0) session.mark('rows');
        }
      }
    }
    const block = table.blocks.tail(file.id);
    const i = block.count++;
    copyBase(block, i, records, row, 1, translation);
    if (!put.wins) block.live[i] = 0;
    put.block = block;
    put.i = i;
    if (put.wins) {
      table.gain(file.id, 1);
      table.ids.set(key, block.first + i);
    } else table.ids.addOther(key, block.first + i);
    known ??= droppedDigest(table, key);
    put.outcome = !put.wins || known === records.digest[row] ? 'same' : known === null ? 'new' : 'updated';
  }
}

function droppedDigest(table: Table, key: number): number | null {
  if (table.dropped === null) return null;
  const digest = table.dropped.get(key);
  return digest === -1 && !table.dropped.has(key) ? null : digest;
}
