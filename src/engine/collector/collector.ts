/** Takes records in, writes each once, and says so when it is on disk. */
import { lineDigest } from '../feedback/identity.js';
import { decodeOtlp } from '../feedback/otlp/decode.js';
import { rejectReasons, Rejection } from '../feedback/records.js';
import type { ShapeOptions } from '../feedback/shapes/shape.js';
import type { Json } from '../feedback/values.js';
import { readBody } from './body.js';
import { GroupCommits } from './commits.js';
import { CollectorMetrics } from './metrics.js';
import type { RecentIds, Seen } from './recent.js';
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
  /** Appends lines, and keeps `state` where there is some. On disk when it resolves with the number of bytes; nothing of it is when it rejects. */
  write: (lines: readonly string[], state: Json | null) => Promise<number>;
  /** Lets the host read what else has arrived. */
  pause: () => Promise<void>;
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
  bytes: number;
  marks: { key: string; seen: Seen; before: Seen | undefined }[];
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
    this.commits = new GroupCommits((lines) => this.write(lines), maxQueuedBytes, tools.pause);
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

  collect(kind: CollectKind, text: string): Promise<CollectAnswer> {
    this.commits.reserve(text.length);
    const { items, rejected } = readBody(text);
    const arrived = this.tools.now();
    const read = items.map((item) => ({
      line: item.line,
      sent: item.text ?? item.record,
      records: () => this.tools.reader.read(kind, item.record, arrived),
    }));
    return this.take(read, rejected);
  }

  collectOtlp(signal: OtlpSignal, body: { text: string } | { bytes: Uint8Array }): Promise<CollectAnswer> {
    const protobuf = 'bytes' in body;
    this.commits.reserve(protobuf ? body.bytes.length : body.text.length);
    const value = protobuf ? body.bytes : parseJson(body.text);
    const { records, rejected, unreadable } = decodeOtlp(value, signal, protobuf ? 'protobuf' : 'json', this.tools.options);
    if (unreadable !== null) throw new CollectError('malformed', `This is not an OTLP request of ${signal}: ${unreadable}.`);
    const arrived = this.tools.now();
    const read = records.map((record) => ({ line: 0, sent: record, records: () => [this.tools.reader.complete(record, arrived)] }));
    return this.take(read, rejected);
  }

  async close(): Promise<void> {
    if (this.refused.size > 0) await this.commits.add([], 0).catch(() => undefined); // they were only counts
    await this.commits.close();
  }

  /** Up to the first `await` nothing else runs: what is marked as seen is in a batch, or not marked any more. */
  private async take(
    read: readonly { line: number; sent: string | Json; records: () => NewRecord[] }[],
    rejected: Refusal[],
  ): Promise<CollectAnswer> {
    const answer: CollectAnswer = { accepted: 0, duplicates: 0, rejected };
    const draft: Draft = {
      lines: [],
      bytes: 0,
      marks: [],
      assumed: [],
      waits: new Set(),
      counts: { feedback: 0, interaction: 0 },
      duplicates: 0,
    };
    try {
      for (const { line, sent, records } of read) {
        try {
          if (this.add(draft, records(), sent)) answer.accepted += 1;
          else answer.duplicates += 1;
        } catch (error) {
          rejected.push({ line, reason: rejection(error) });
        }
      }
      rejected.sort((a, b) => a.line - b.line);
      await this.commit(draft);
    } catch (error) {
      // What is not written must not count as seen: its sender will send it again.
      for (const { key, seen, before } of draft.marks) this.tools.recent.restore(key, seen, before);
      throw error;
    }
    for (const { reason } of rejected) {
      this.metrics.reject(reason);
      this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
    }
    return answer;
  }

  /** False where all of it is known. Throws before anything is added. */
  private add(draft: Draft, records: readonly NewRecord[], sent: string | Json): boolean {
    const digest = lineDigest(typeof sent === 'string' ? sent : JSON.stringify(sent));
    const fresh: { record: NewRecord; key: string; before: Seen | undefined; stored: Json; line: string }[] = [];
    for (const record of records) {
      const key = `${record.kind.charAt(0)}${record.id}`;
      const before = this.tools.recent.get(key);
      if (before?.digest === digest) {
        if (before.commit !== null) draft.waits.add(before.commit);
        draft.duplicates += 1;
        continue;
      }
      const stored = this.tools.prepare(record.json);
      fresh.push({ record, key, before, stored, line: JSON.stringify(stored) });
    }
    for (const { record, key, before, stored, line } of fresh) {
      const seen: Seen = { digest, commit: null };
      this.tools.recent.set(key, seen);
      draft.marks.push({ key, seen, before });
      draft.lines.push(line);
      draft.bytes += line.length + 1;
      draft.counts[record.kind] += 1;
      if (record.assumed) draft.assumed.push(stored);
    }
    return fresh.length > 0;
  }

  private async commit(draft: Draft): Promise<void> {
    if (draft.lines.length > 0) {
      const done = this.commits.add(draft.lines, draft.bytes);
      for (const { seen } of draft.marks) seen.commit = done;
      await done;
      for (const { seen } of draft.marks) seen.commit = null;
      draft.marks = [];
      for (const record of draft.assumed) this.tools.scales.assume(record);
      this.metrics.accepted.feedback += draft.counts.feedback;
      this.metrics.accepted.interaction += draft.counts.interaction;
    }
    for (const wait of draft.waits) await wait;
    this.metrics.duplicates += draft.duplicates;
  }

  private async write(records: readonly string[]): Promise<void> {
    const { scales, write, monotonic } = this.tools;
    const learnt = scales.take();
    const { refused } = this;
    this.refused = new Map();
    const counts = Array.from(refused, ([reason, count]) => JSON.stringify({ schema: 'promptratchet.rejected/1', reason, line: 0, count }));
    const lines = [...records, ...learnt.corrections.map((record) => JSON.stringify(record)), ...counts];
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
