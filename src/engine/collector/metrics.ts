/** What the collector counts, and as OpenMetrics text. */
import type { CollectKind } from './types.js';

/** Upper bounds in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

class Histogram {
  private readonly counts = new Array<number>(buckets.length + 1).fill(0);
  private sum = 0;
  private count = 0;

  observe(seconds: number): void {
    let at = 0;
    while (at < buckets.length && seconds > (buckets[at] ?? 0)) at += 1;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += seconds;
    this.count += 1;
  }

  samples(name: string): string[] {
    let below = 0;
    const lines = buckets.map((bound, at) => {
      below += this.counts[at] ?? 0;
      // OpenMetrics wants bounds to look like floats.
      return sample(`${name}_bucket`, { le: Number.isInteger(bound) ? `${String(bound)}.0` : String(bound) }, below);
    });
    return [
      ...lines,
      sample(`${name}_bucket`, { le: '+Inf' }, this.count),
      sample(`${name}_count`, {}, this.count),
      sample(`${name}_sum`, {}, this.sum),
    ];
  }
}

/** Counters only ever grow; a map's keys are the values of one label. */
export class CollectorMetrics {
  readonly accepted: Record<CollectKind, number> = { feedback: 0, interaction: 0 };
  duplicates = 0;
  readonly rejected = new Map<string, number>();
  readonly responses = new Map<number, number>();
  /** Bodies as they arrived, before unpacking. */
  receivedBytes = 0;
  writtenBytes = 0;
  fsyncs = 0;
  /** From the last byte of a request to its answer. */
  readonly requestSeconds = new Histogram();
  readonly commitSeconds = new Histogram();

  reject(reason: string, count = 1): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + count);
  }

  respond(status: number): void {
    this.responses.set(status, (this.responses.get(status) ?? 0) + 1);
  }

  /**
   * OpenMetrics 1.0 text. `queuedBytes` waits for the disk now; `storageOk` is false while the disk refuses; `redacted` counts by
   * kind what was taken out of texts.
   */
  openMetrics(now: { queuedBytes: number; storageOk: boolean; redacted: Readonly<Record<string, number>> }): string {
    const name = (end: string): string => `ratchet_collector_${end}`;
    const lines: string[] = [];
    const family = (end: string, type: string, help: string, samples: string[], unit?: string): void => {
      lines.push(`# TYPE ${name(end)} ${type}`);
      if (unit !== undefined) lines.push(`# UNIT ${name(end)} ${unit}`);
      lines.push(`# HELP ${name(end)} ${help}`, ...samples);
    };
    const counter = (end: string, help: string, values: Iterable<readonly [Record<string, string>, number]>, unit?: string): void => {
      family(
        end,
        'counter',
        help,
        Array.from(values, ([labels, value]) => sample(`${name(end)}_total`, labels, value)),
        unit,
      );
    };
    counter(
      'accepted_records',
      'Records that were written and acknowledged.',
      Object.entries(this.accepted).map(([kind, value]) => [{ kind }, value]),
    );
    counter('duplicate_records', 'Records that were on disk already.', [[{}, this.duplicates]]);
    counter('rejected_records', 'Records that could not be used, by reason.', labelled('reason', this.rejected));
    counter('redactions', 'Texts taken out before anything was written, by kind.', labelled('kind', Object.entries(now.redacted)));
    counter('http_responses', 'Answers, by status.', labelled('status', this.responses));
    counter('received_bytes', 'Bytes of request bodies as they arrived.', [[{}, this.receivedBytes]], 'bytes');
    counter('written_bytes', 'Bytes written to segments.', [[{}, this.writtenBytes]], 'bytes');
    counter('fsyncs', 'Commits to disk.', [[{}, this.fsyncs]]);
    family('queue_bytes', 'gauge', 'Bytes that wait for the disk.', [sample(name('queue_bytes'), {}, now.queuedBytes)], 'bytes');
    family('storage_ok', 'gauge', '1, or 0 while the disk refuses what is written.', [
      sample(name('storage_ok'), {}, now.storageOk ? 1 : 0),
    ]);
    const request = 'request_duration_seconds';
    family(request, 'histogram', 'From the last byte of a request to its answer.', this.requestSeconds.samples(name(request)), 'seconds');
    const commit = 'commit_duration_seconds';
    family(commit, 'histogram', 'One write with its fsync.', this.commitSeconds.samples(name(commit)), 'seconds');
    return `${lines.join('\n')}\n# EOF\n`;
  }
}

function* labelled(label: string, values: Iterable<readonly [string | number, number]>): Generator<[Record<string, string>, number]> {
  for (const [value, count] of values) yield [{ [label]: String(value) }, count];
}

function sample(name: string, labels: Record<string, string>, value: number): string {
  const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${inside.length === 0 ? '' : `{${inside.join(',')}}`} ${String(value)}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
