/** Takes records in, writes each once, and says so when it is on disk. */
import { decodeOtlp } from '../feedback/otlp/decode.js';
import { rejectReasons, Rejection } from '../feedback/records.js';
import type { ShapeOptions } from '../feedback/shapes/shape.js';
import { toIso } from '../feedback/time.js';
import type { Json } from '../feedback/values.js';
import { readBody } from './body.js';
import { GroupCommits } from './commits.js';
import { CollectorMetrics } from './metrics.js';
import { textDigest, type Pending, type RecentIds } from './recent.js';
import type { NewRecord, RecordReader } from './records.js';
import type { RatingScales } from './scales.js';
import {
  CollectError,
  type CollectAnswer,
  type CollectKind,
  type Collector,
  type OtlpSignal,
  type Refusal,
  type StorageState,
} from './types.js';

export interface CollectorTools {
  source: string;
  reader: RecordReader;
  scales: RatingScales;
  recent: RecentIds;
  options: ShapeOptions;
  /** Redacts, and puts pseudonyms for users. */
  prepare: (record: Json) => Json;
  redactions: () => Readonly<Record<string, number>>;
  /**
   * Appends texts of whole lines (without the last line end), and keeps `state` where there is some. On disk when it resolves with the
   * number of bytes; nothing of it is when it rejects.
   */
  write: (texts: readonly string[], state: Json | null) => Promise<number>;
  /** Runs `work` while no other process writes to the source. */
  alone: (work: () => Promise<void>) => Promise<void>;
  sleep: (ms: number) => Promise<void>;
  /** ms since 1970, and from an arbitrary start. */
  now: () => number;
  monotonic: () => number;
  notes: readonly string[];
}

/** Beyond this, whoever sends is told to wait. */
const maxQueuedBytes = 16 * 1024 * 1024;

/** What one request adds to a batch, and what has to be undone if that fails. */
interface Draft {
  lines: string[];
  marks: { key: string; pending: Pending }[];
  assumed: Json[];
  /** Commits of others that duplicates wait for. */
  waits: Set<Promise<void>>;
  counts: Record<CollectKind, number>;
  duplicates: number;
}

export class SegmentCollector implements Collector {
  readonly metrics = new CollectorMetrics();
  storage: StorageState = 'ok';
  private readonly commits: GroupCommits;
  /** Counts by reason that are not on disk yet. They wait for records: nobody is told that they are kept. */
  private refused = new Map<string, number>();

  constructor(private readonly tools: CollectorTools) {
    const { alone, sleep, monotonic } = tools;
    this.commits = new GroupCommits({ write: (texts) => this.write(texts), alone, sleep, monotonic, maxBytes: maxQueuedBytes });
  }

  get source(): string {
    return this.tools.source;
  }

  get notes(): readonly string[] {
    return this.tools.notes;
  }

  openMetrics(): string {
    return this.metrics.openMetrics({
      queuedBytes: this.commits.queuedBytes,
      storageOk: this.storage === 'ok',
      redacted: this.tools.redactions(),
    });
  }

  // Neither of the two is `async`: what was parsed would stay in memory until the disk has answered.
  collect(kind: CollectKind, text: string): Promise<CollectAnswer> {
    this.commits.reserve(text.length);
    const { items, rejected } = readBody(text);
    const arrived = toIso(this.tools.now());
    const read = items.map((item) => ({
      line: item.line,
      sent: item.text ?? item.record,
      records: () =>
        this.tools.reader.read(kind, item.record, arrived, (reason) => {
          rejected.push({ line: item.line, reason });
        }),
    }));
    return this.take(read, rejected);
  }

  collectOtlp(signal: OtlpSignal, body: { text: string } | { bytes: Uint8Array }): Promise<CollectAnswer> {
    const protobuf = 'bytes' in body;
    this.commits.reserve(protobuf ? body.bytes.length : body.text.length);
    const value = protobuf ? body.bytes : parseJson(body.text);
    const { records, rejected, unreadable } = decodeOtlp(value, signal, protobuf ? 'protobuf' : 'json', this.tools.options);
    if (unreadable !== null) throw new CollectError('malformed', `This is not an OTLP request of ${signal}: ${unreadable}.`);
    const arrived = toIso(this.tools.now());
    const read = records.map((record) => ({ line: 0, sent: record, records: () => [this.tools.reader.complete(record, arrived)] }));
    return this.take(read, rejected);
  }

  async close(): Promise<void> {
    if (this.refused.size > 0) await this.commits.add('').catch(() => undefined); // they were only counts
    await this.commits.close();
  }

  /** Nothing else runs meanwhile: what is marked as seen is in a batch when this returns, or not marked any more. */
  private take(
    read: readonly { line: number; sent: string | Json; records: () => NewRecord[] }[],
    rejected: Refusal[],
  ): Promise<CollectAnswer> {
    const answer: CollectAnswer = { accepted: 0, duplicates: 0, rejected };
    const draft: Draft = { lines: [], marks: [], assumed: [], waits: new Set(), counts: { feedback: 0, interaction: 0 }, duplicates: 0 };
    try {
      for (const { line, sent, records } of read) {
        try {
          const made = records();
          if (this.add(draft, made, sent)) answer.accepted += 1;
          else if (made.length > 0) answer.duplicates += 1;
        } catch (error) {
          rejected.push({ line, reason: rejection(error) });
        }
      }
    } catch (error) {
      this.forget(draft);
      throw error;
    }
    rejected.sort((a, b) => a.line - b.line);
    // One text for all: many small ones that wait for the disk are much for the memory to carry along.
    const commit = draft.lines.length === 0 ? null : this.commits.add(draft.lines.join('\n'));
    draft.lines = [];
    if (commit !== null) for (const { pending } of draft.marks) pending.commit = commit;
    return this.finish(draft, commit, answer);
  }

  private async finish(draft: Draft, commit: Promise<void> | null, answer: CollectAnswer): Promise<CollectAnswer> {
    const { recent, scales } = this.tools;
    try {
      await commit;
    } catch (error) {
      this.forget(draft);
      throw error;
    }
    for (const { key, pending } of draft.marks) recent.stored(key, pending);
    for (const record of draft.assumed) scales.assume(record);
    this.metrics.accepted.feedback += draft.counts.feedback;
    this.metrics.accepted.interaction += draft.counts.interaction;
    for (const wait of draft.waits) await wait;
    this.metrics.duplicates += draft.duplicates;
    for (const { reason } of answer.rejected) {
      this.metrics.reject(reason);
      this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    }
    return answer;
  }

  /** What is not written must not count as seen: its sender will send it again. */
  private forget(draft: Draft): void {
    for (const { key, pending } of draft.marks) this.tools.recent.forget(key, pending);
  }

  /** False where all of it is known. Throws before anything is added. */
  private add(draft: Draft, records: readonly NewRecord[], sent: string | Json): boolean {
    const digest = textDigest(typeof sent === 'string' ? sent : JSON.stringify(sent));
    const fresh: { record: NewRecord; key: string; stored: Json; line: string }[] = [];
    for (const record of records) {
      const key = `${record.kind.charAt(0)}${record.id}`;
      const known = this.tools.recent.find(key, digest);
      if (known !== null) {
        if (known !== 'stored' && known.commit !== null) draft.waits.add(known.commit);
        draft.duplicates += 1;
        continue;
      }
      const stored = this.tools.prepare(record.json);
      fresh.push({ record, key, stored, line: JSON.stringify(stored) });
    }
    for (const { record, key, stored, line } of fresh) {
      const pending: Pending = { digest, commit: null };
      this.tools.recent.begin(key, pending);
      draft.marks.push({ key, pending });
      draft.lines.push(line);
      draft.counts[record.kind] += 1;
      if (record.assumed) draft.assumed.push(stored);
    }
    return fresh.length > 0;
  }

  private async write(texts: readonly string[]): Promise<void> {
    const { scales, write, monotonic } = this.tools;
    const learnt = scales.take();
    const { refused } = this;
    this.refused = new Map();
    const counts = Array.from(refused, ([reason, count]) => JSON.stringify({ schema: 'promptratchet.rejected/1', reason, line: 0, count }));
    const lines = [...texts, ...learnt.corrections.map((record) => JSON.stringify(record)), ...counts];
    if (lines.length === 0 && learnt.state === null) return;
    const started = monotonic();
    try {
      this.metrics.writtenBytes += await write(lines, learnt.state);
      this.storage = 'ok';
      this.metrics.fsyncs += 1;
      this.metrics.commitSeconds.observe((monotonic() - started) / 1000);
    } catch (error) {
      scales.putBack(learnt);
      for (const [reason, count] of refused) this.refused.set(reason, (this.refused.get(reason) ?? 0) + count);
      this.storage = error instanceof CollectError && error.fault === 'full' ? 'full' : 'failing';
      throw error;
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CollectError('malformed', 'The body is not JSON.', error);
  }
}

/** Why a record cannot be used. Anything else is a defect, and nothing of the request is taken. */
function rejection(error: unknown): string {
  if (error instanceof Rejection) return error.reason;
  // JSON.parse takes any depth, JSON.stringify does not.
  if (error instanceof RangeError) return rejectReasons.tooDeep;
  throw error;
}
