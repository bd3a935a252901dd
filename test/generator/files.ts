/** The texts that the generator writes: logs with their blemishes, the truth beside them, and the versions. */
import type { Entry, Log } from './log.js';
import { createRandom } from './random.js';
import type { Sample } from './sample.js';
import { versionTruths } from './truth.js';

interface RejectedTruth {
  reason: string;
  count: number;
  firstLine: number;
}

interface LogTruth {
  lines: number;
  interactions: number;
  feedback: number;
  rejected: RejectedTruth[];
  /** Lines that were delivered a second time, byte for byte. */
  redelivered: number;
  /** Ratings that somebody changed later: the last revision counts. */
  revised: number;
}

const AS_OF = Date.UTC(2026, 10, 21, 6);

/** What a log of the real world has in it, with the reason that the product gives. By place in the file. */
const BAD_LINES: readonly (readonly [number, string, string])[] = [
  [118, 'not JSON', '<html><head><title>502 Bad Gateway</title></head></html>'],
  [731, 'not JSON', '{"schema":"promptratchet.interaction/1","id":"i-torn","time":"2026-10-29T11:'],
  [
    1290,
    'unknown signal',
    '{"schema":"promptratchet.feedback/1","id":"f-bad1","time":"2026-11-02T08:15:00Z","prompt":{"name":"support/triage","version":"v1"},"signal":"explicit.hug","user":"h-00beef"}',
  ],
  [
    2044,
    'score out of range',
    '{"schema":"promptratchet.feedback/1","id":"f-bad2","time":"2026-11-08T16:42:10Z","prompt":{"name":"support/answer","version":"v2"},"signal":"explicit.rating","user":"c-00beef","score":{"raw":11,"min":1,"max":5}}',
  ],
  [
    2870,
    'bad time',
    '{"schema":"promptratchet.feedback/1","id":"f-bad3","time":"yesterday","prompt":{"name":"support/triage","version":"v1"},"signal":"explicit.thumb","user":"h-00beef","score":{"raw":0,"min":0,"max":1}}',
  ],
  [3515, 'not an object', '["heartbeat","ok"]'],
];

export function sampleFiles(sample: Sample): { log: string; widget: string; truth: string } {
  const { log, plans, widget } = sample;
  const revised = revise(log);
  const ordered = [...log.entries, ...redeliver(log), ...revised].sort((a, b) => a.time - b.time);
  const text = withBadLines(ordered.map((entry) => JSON.stringify(entry.record)));
  const widgetText = widget.map((line) => JSON.stringify(line.record));
  widgetText.splice(37, 0, 'customer;asked;reply;stars');
  const known = widget.filter((line) => line.version === 'v1');
  const extra = known.map((line, i) => ({
    id: `w${String(i)}`,
    prompt: 'support/answer',
    version: 'v1',
    user: line.user,
    y: (line.stars - 1) / 4,
    time: line.time,
    complaint: null,
  }));
  const unversioned = widget.filter((line) => line.version === null);
  const truth = {
    asOf: new Date(AS_OF).toISOString(),
    log: {
      ...counts(text, log.entries),
      redelivered: REDELIVERED,
      revised: revised.length,
      rejected: rejections(BAD_LINES),
    } satisfies LogTruth,
    widget: {
      lines: widgetText.length,
      interactions: widget.length,
      feedback: widget.length,
      redelivered: 0,
      revised: 0,
      rejected: [{ reason: 'not JSON', count: 1, firstLine: 38 }],
    } satisfies LogTruth,
    unattributed: { none: 11, ambiguous: 3 },
    withoutVersion: { prompt: 'support/answer', users: new Set(unversioned.map((line) => line.user)).size, events: unversioned.length },
    people: new Set([...log.served.map((each) => each.user), ...widget.map((line) => line.user)]).size,
    versions: versionTruths(log, plans, AS_OF, extra),
    complaints: log.complaints,
  };
  return { log: `${text.join('\n')}\n`, widget: `${widgetText.join('\n')}\n`, truth: `${JSON.stringify(truth, null, 2)}\n` };
}

const REDELIVERED = 6;

/** A queue that delivers at least once. */
function redeliver(log: Log): Entry[] {
  const random = createRandom(6);
  return random
    .shuffle(log.entries)
    .slice(0, REDELIVERED)
    .map((entry) => ({ time: entry.time + 600_000, record: entry.record }));
}

/** Five people find a star more, an hour later. Changes the rating that the truth is made of as well. */
function revise(log: Log): Entry[] {
  const random = createRandom(5);
  const open = log.entries.filter(
    (entry) => entry.record['signal'] === 'explicit.rating' && (entry.record['score'] as { raw: number }).raw < 5,
  );
  return random
    .shuffle(open)
    .slice(0, 5)
    .map((entry) => {
      const score = entry.record['score'] as { raw: number; min: number; max: number };
      const raw = score.raw + 1;
      const rating = log.ratings.find((each) => each.id === entry.record['id']);
      if (rating === undefined) throw new Error('a rating without its truth');
      rating.y = (raw - 1) / 4;
      const observed = `${new Date(entry.time + 3_600_000).toISOString().slice(0, 19)}Z`;
      return { time: entry.time + 3_600_000, record: { ...entry.record, revision: 1, observed_time: observed, score: { ...score, raw } } };
    });
}

function withBadLines(lines: readonly string[]): string[] {
  const result = [...lines];
  for (const [line, , text] of BAD_LINES) result.splice(line - 1, 0, text);
  return result;
}

function rejections(bad: readonly (readonly [number, string, string])[]): RejectedTruth[] {
  const reasons = [...new Set(bad.map(([, reason]) => reason))];
  return reasons.map((reason) => {
    const lines = bad.filter((each) => each[1] === reason).map(([line]) => line);
    return { reason, count: lines.length, firstLine: Math.min(...lines) };
  });
}

function counts(text: readonly string[], entries: readonly Entry[]): { lines: number; interactions: number; feedback: number } {
  const interactions = entries.filter((entry) => entry.record['schema'] === 'promptratchet.interaction/1').length;
  return { lines: text.length, interactions, feedback: entries.length - interactions };
}
