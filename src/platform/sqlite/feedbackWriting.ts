/** Takes records into the index: which revision of one id counts, and where its row is. */
import { noRow, type FileState, type WriteBatch, type WriteCounts } from '../../engine/feedback/store.js';
import type { BatchFeedback, BatchInteractions, BatchRecords, RecordBatch } from '../../engine/feedback/scan/recordBatch.js';
import { IdHash } from '../../engine/feedback/scan/hash.js';
import { blockRows } from '../../engine/feedback/store.js';
import type { Block } from './feedbackBlocks.js';
import type { Translation } from './feedbackDictionaries.js';
import { keyOf } from './feedbackIds.js';
import { dropTail, waitingFor } from './feedbackLinks.js';
import { addWaiting, compareRank, rankOf, type Rank } from './feedbackRanks.js';
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
      session.mark('ids');
    }
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
  private readonly id = new IdHash();
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
    const pairs = new PairReader(records.attributes);
    for (let row = 0; row < records.count; row++) {
      this.base(table, records, row, translation);
      const { block, i } = put;
      if (put.outcome !== 'same') this.counts.interactions[put.outcome]++;
      if (block !== null) {
        block.latency[i] = records.latency[row] ?? -1;
        block.retries[i] = records.retries[row] ?? -1;
        block.status[i] = records.status[row] ?? -1;
        block.implied[i] = records.implied[row] ?? 0;
        if (put.wins) this.found(block, i);
      }
      pairs.give(row, block, i, translation, session);
    }
  }

  /** Feedback that came first has its interaction now. */
  private found(served: Block, i: number): void {
    const { session } = this;
    if (served.trace[i] !== 0) session.mark('traces');
    // While a first log is read nothing may wait for what comes behind it, and then nothing is looked up.
    if (session.waiting !== null && session.waiting.size === 0) return;
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
    const pairs = new PairReader(records.attributes);
    for (let row = 0; row < records.count; row++) {
      this.base(table, records, row, translation);
      const { block, i } = put;
      if (put.outcome !== 'same') this.counts.feedback[put.outcome]++;
      if (block !== null) {
        const interaction = records.interaction[row] ?? 0;
        const served = interaction === 0 ? noRow : session.interactions.ids.byKey(interaction);
        block.interaction[i] = interaction;
        block.row[i] = served;
        block.signal[i] = records.signal[row] ?? -1;
        block.actor[i] = records.actor[row] ?? -1;
        block.y[i] = records.y[row] ?? NaN;
        block.flags[i] = records.flags[row] ?? 0;
        block.probability[i] = records.probability[row] ?? NaN;
        if (served === noRow && interaction !== 0) {
          block.open++;
          addWaiting(waitingFor(session), interaction, block.first + i);
        } else if (interaction === 0 && block.trace[i] !== 0) {
          block.traced++;
          session.mark('traces');
        }
        const texts = records.texts.get(row);
        if (texts !== undefined) session.comment.run(block.first + i, texts.comment, texts.correction);
      }
      pairs.give(row, block, i, translation, session);
    }
  }

  /** Sets `put`. */
  private base(table: Table, records: BatchRecords, row: number, translation: Translation): void {
    const { session, file, id, put } = this;
    id.a = records.id[row * 4] ?? 0;
    id.b = records.id[row * 4 + 1] ?? 0;
    id.c = records.id[row * 4 + 2] ?? 0;
    id.d = records.id[row * 4 + 3] ?? 0;
    const { key } = id;
    const before = table.ids.find(key, id.a, id.b, id.c, id.d);
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
    block.time[i] = records.time[row] ?? NaN;
    block.group[i] = translation.groups[records.group[row] ?? -1] ?? -1;
    block.unit[i] = translation.units[records.unit[row] ?? -1] ?? -1;
    block.live[i] = put.wins ? 1 : 0;
    block.offset[i] = records.offset[row] ?? 0;
    block.revision[i] = records.revision[row] ?? 0;
    block.updated[i] = records.updated[row] ?? 0;
    block.length[i] = records.length[row] ?? 0;
    block.line[i] = records.line[row] ?? 0;
    block.digest[i] = records.digest[row] ?? 0;
    block.ordinal[i] = records.ordinal[row] ?? 0;
    block.a[i] = id.a;
    block.b[i] = id.b;
    block.c[i] = id.c;
    block.d[i] = id.d;
    block.trace[i] = records.trace[row] ?? 0;
    block.span[i] = records.span[row] ?? 0;
    const name = records.names.get(row);
    if (name !== undefined) block.names.set(i, name);
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

/** Pairs of row and attribute, in the order of rows. */
class PairReader {
  private at = 0;

  constructor(private readonly list: Int32Array) {}

  give(row: number, block: Block | null, i: number, translation: Translation, session: Session): void {
    const { list } = this;
    while (this.at < list.length && list[this.at] === row) {
      const pair = block === null ? null : translation.pairs[list[this.at + 1] ?? -1];
      this.at += 2;
      if (pair == null || block === null || session.attributes.isCrowded(pair.attribute)) continue;
      let values = block.attributes.get(pair.attribute);
      if (values === undefined) {
        values = new Uint16Array(blockRows);
        block.attributes.set(pair.attribute, values);
      }
      // Attributes come before variables, and count before them.
      if (values[i] === 0) values[i] = pair.value;
    }
  }
}
