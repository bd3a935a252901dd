import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchRecords, RecordBatch } from '../../../../src/engine/feedback/scan/recordBatch.js';
import { scanText, type ScanOptions } from '../../../support/recordBatch.js';

/** With texts for the numbers of its dictionary, which may know more than the records need. */
function plain(batch: RecordBatch): unknown {
  const { groups, units, pairs, crowded, lines, end, tailEnd, rejected } = batch;
  const named = (records: BatchRecords): unknown => ({
    ...records,
    group: [...records.group].map((number) => groups[number]),
    unit: [...records.unit].map((number) => units[number] ?? null),
    attributes: [...records.attributes].map((value, i) => (i % 2 === 0 ? value : pairs[value])),
  });
  return { crowded, lines, end, tailEnd, rejected, interactions: named(batch.interactions), feedback: named(batch.feedback) };
}
const same = (text: string, options: ScanOptions = {}): void => {
  expect(plain(scanText(text, { ...options, quick: true }))).toEqual(plain(scanText(text, { ...options, quick: false })));
};

const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -0, 1, 4, 5.5, 1e3, -3, 1e21, '', 'x', 'ok', 'error', '0.5', 'true', [], {}, [1, 'a'], {
    a: { b: [null] },
  }),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.double(),
);
/** Mostly what belongs there, at times anything. */
const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 14, arbitrary: usual }, { weight: 1, arbitrary: odd });
const id = fc.oneof(
  fc.constantFrom('0123456789abcdef0123456789abcdef', '0123456789ABCDEF0123456789abcdef', 'i1', 'ü', 'a"b'),
  fc.string({ minLength: 1, maxLength: 12 }),
);
const time = fc.oneof(
  fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    '2026-02-29T00:00:00.000Z',
    '2024-02-29T10:00:00.000Z',
    '2026-11-20T00:00:00Z',
    '2026-11-20',
    '9999-01-01T00:00:00.000Z',
    'soon',
    '1700000000',
    '',
  ),
);
const optional = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, mostly(value)])), { requiredKeys: [] });

const base = {
  id,
  time,
  observed_time: time,
  revision: fc.constantFrom(0, 1, 17, 1.5),
  trace_id: id,
  span_id: id,
  user: fc.constantFrom('u1', 'u2', 'ä', ''),
  session: fc.constantFrom('s1', ''),
  prompt: optional({
    name: fc.constantFrom('p', 'support/answer'),
    version: fc.constantFrom('v1', '4', null),
    sha256: fc.constantFrom('AB', 'cd'),
    link: fc.constantFrom('exact', 'ambiguous', 'none', 'flag', 'nope'),
    template: fc.constant('Hello {{name}}'),
    or_only: fc.boolean(),
  }),
  attributes: fc.dictionary(
    fc.constantFrom('plan', 'n', '__proto__', 'prompt.template', 'a b', 'long'),
    mostly(fc.constantFrom('free', 7, 1.5, true, 'x'.repeat(120), 'é'.repeat(90))),
  ),
  source: optional({ updated_at: time, kind: fc.constant('app') }),
  extra: odd,
};
const interaction = optional({
  ...base,
  input: optional({
    variables: fc.dictionary(
      fc.constantFrom('q', 'tone', 'plan'),
      mostly(fc.constantFrom('short', 'a\nb', 'a\nc', 'long '.repeat(60), 'long\n'.repeat(60), '\n'.repeat(99), '\ud800', 7)),
    ),
    text: fc.string(),
  }),
  output: optional({ text: fc.string({ maxLength: 80 }), messages: odd }),
  rollout: optional({ variant: fc.constantFrom('v2', 'control') }),
  retrieval: optional({ documents: fc.array(odd, { maxLength: 2 }) }),
  system: optional({
    status: fc.constantFrom('ok', 'error', 'odd'),
    latency_ms: fc.constantFrom(12, 0.5, -1),
    retries: fc.constantFrom(0, 2),
  }),
  implied: fc.boolean(),
});
const feedback = optional({
  ...base,
  interaction_id: id,
  signal: fc.constantFrom('explicit.rating', 'explicit.thumb', 'review.score', 'implicit.copy', 'explicit.nope'),
  actor: fc.oneof(
    fc.constantFrom('end_user', 'nobody'),
    optional({ kind: fc.constantFrom('expert', 'end_user', 'nobody'), id: fc.constant('x') }),
  ),
  score: fc.oneof(
    odd,
    optional({
      raw: fc.constantFrom(0, 1, 0.25, 7, true, 'up', '0.5'),
      min: fc.constantFrom(0, 1),
      max: fc.constantFrom(1, 5),
      y: fc.constantFrom(0, 0.5, 2),
      higher_is_better: fc.boolean(),
    }),
  ),
  label: fc.string(),
  text: fc.oneof(
    fc.constantFrom('too long', 'a "quoted" word', 'a secret\nin \\ two lines', '\u0001', '\ud800', '☺', ''),
    fc.string({ unit: 'grapheme' }),
  ),
  correction: fc.constantFrom('better', 'with "more"\twords', { a: 1 }),
  review: optional({ stratum: fc.constantFrom('random', 'risk', 'odd'), inclusion_prob: fc.constantFrom(0.5, 1, 0, 2) }),
});
const record = fc.oneof(
  interaction.map((each) => ({ schema: 'promptratchet.interaction/1', ...each })),
  feedback.map((each) => ({ schema: 'promptratchet.feedback/1', ...each })),
  fc.record({ schema: fc.constantFrom('promptratchet.feedback/1.2', 'promptratchet.feedback/2', 'other'), id }),
);
const spaced = fc
  .tuple(record, fc.constantFrom(0, 0, 0, 1))
  .map(([value, blanks]) => (blanks === 0 ? JSON.stringify(value) : JSON.stringify(value, null, 1).replaceAll('\n', ' ')));

describe('the quick way of reading a line', () => {
  it('reads records as the slow one does', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(spaced, { maxLength: 6 }), fc.boolean(), (lines, withholds) => {
        same(lines.map((line) => `${line}\n`).join(''), withholds ? { isWithheld: (name) => name === 'pseudonym of u1' } : {});
      }),
      { numRuns: 3000, seed: 11 },
    );
  });

  it('takes nothing that is no JSON, wherever it is broken', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        spaced,
        fc.nat(600),
        fc.constantFrom('', '"', '\\', '{', '}', ',', ':', '0', '01', '\u0002', 'é', 'null', '\\u12', '\\x', '[', ' '),
        fc.nat(3),
        (line, at, insert, drop) => {
          const place = at % (line.length + 1);
          same(`${line.slice(0, place)}${insert}${line.slice(place + drop)}\n`, { settings: { scale: 'five' } });
        },
      ),
      { numRuns: 6000, seed: 12 },
    );
  });

  it.each([
    ['a field twice', '{"schema":"promptratchet.feedback/1","id":"a","signal":"explicit.thumb","score":1,"score":0}'],
    ['a field twice, once by escapes', '{"schema":"promptratchet.feedback/1","id":"a","i\\u0064":"b","signal":"explicit.thumb"}'],
    [
      'a field of an inner object twice',
      '{"schema":"promptratchet.interaction/1","id":"a","input":{"variables":{"a":"1"},"variables":{"a":"2"}}}',
    ],
    ['an attribute twice', '{"schema":"promptratchet.interaction/1","id":"a","attributes":{"a":"1","a":"2"}}'],
    ['numbers of many digits', '{"schema":"promptratchet.interaction/1","id":"a","attributes":{"n":12345678901234567890,"m":1.0,"z":-0}}'],
    [
      'a brace in a string',
      '{"schema":"promptratchet.interaction/1","id":"a","prompt":{"name":"a}b","version":"v1"},"attributes":{"a":"}"}}',
    ],
    ['bytes behind its end', '{"schema":"promptratchet.interaction/1","id":"a"} x'],
    ['a user of another kind', '{"schema":"promptratchet.interaction/1","id":"a","user":17}'],
    ['a deep value', `{"schema":"promptratchet.interaction/1","id":"a","x":${'['.repeat(50)}${']'.repeat(50)}}`],
    ['carriage return', '{"schema":"promptratchet.interaction/1","id":"a"}\r'],
  ])('leaves %s to the slow one', (_, line) => {
    same(`${line}\n${line}\n`);
  });

  it('recognises what recurs without mixing it up', () => {
    const line = (n: number): string =>
      JSON.stringify({
        schema: 'promptratchet.feedback/1',
        id: `f${String(n)}`,
        prompt: { name: 'p', version: `v${String(n % 3)}` },
        attributes: { plan: n % 2 === 0 ? 'free' : 'pro', n },
        signal: n % 2 === 0 ? 'explicit.thumb' : 'explicit.rating',
        score: n % 5 === 0 ? { raw: 1 } : { raw: 1, min: 0, max: 2 },
        actor: { kind: n % 7 === 0 ? 'expert' : 'end_user' },
      });
    same(Array.from({ length: 2500 }, (_, n) => `${line(n)}\n`).join(''));
  });

  it('recognises values and keys that recur, and those that it cannot remember', () => {
    const line = (variables: Record<string, unknown>, more: object = {}): string =>
      `${JSON.stringify({ schema: 'promptratchet.interaction/1', id: 'i', input: { variables }, ...more })}\n`;
    const tones = ['friendly', 'friendly', 'friendly', 'friend', 'friendly!', 'friendly', 'short', 'short', 'short', 'x', 'x', 'x'];
    const keys = Array.from({ length: 600 }, (_, n) => line({ [`key ${String(n)}`]: 'a', tone: n % 2 === 0 ? 'a' : 'b' }));
    same([...tones.map((tone) => line({ tone, [tone]: tone }, { attributes: { tone } })), ...keys, ...keys].join(''));
    const twice = line({ first: 'a', last: 'b' }).replace('"last"', '"first"');
    same([...keys, twice, twice, line({ first: 'a', last: 'b' })].join(''));
    same(line(Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`k${String(n)}`, 'v']))));
  });

  it('knows how long a value is, whatever it is written in', () => {
    const line = (value: string): string =>
      `${JSON.stringify({ schema: 'promptratchet.interaction/1', id: 'i', attributes: { a: value } })}\n`;
    for (const unit of ['a', 'é', '☺', '𝄞', 'aé☺𝄞', '"', 'a\u0001', '\n𝄞\ud800'])
      for (const length of [48, 49, 50, 51, 66, 67, 98, 99, 100, 101, 102])
        same(line(Array.from(unit.repeat(length)).slice(0, length).join('')));
  });
});
