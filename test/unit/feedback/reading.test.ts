import { describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../src/engine/config/types.js';
import { EngineError } from '../../../src/engine/errors.js';
import { listJsonPaths, parseJsonPath, readJsonPath } from '../../../src/engine/feedback/jsonPath.js';
import { maxLineBytes, splitLines } from '../../../src/engine/feedback/lines.js';
import { createLineReader } from '../../../src/engine/feedback/reader.js';
import { Rejection, ScaleChange, type RatingScale, type ReadFeedback, type ReadInteraction } from '../../../src/engine/feedback/records.js';
import { parseTime } from '../../../src/engine/feedback/time.js';
import { feedbackLine } from '../../support/feedbackLine.js';

const utc = (text: string): number => Date.parse(text);

describe('parseTime', () => {
  it.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'],
    ['2026-11-20T10:00:00.123Z', '2026-11-20T10:00:00.123Z'],
    ['2026-11-20T10:00:00.123456789Z', '2026-11-20T10:00:00.123Z'],
    ['2026-11-20T12:30:00+02:30', '2026-11-20T10:00:00Z'],
    ['2026-11-20 10:00:00', '2026-11-20T10:00:00Z'],
    ['2026-11-20T10:00', '2026-11-20T10:00:00Z'],
    ['2026-11-20', '2026-11-20T00:00:00Z'],
    ['2024-02-29T00:00:00.000Z', '2024-02-29T00:00:00Z'],
    [1795168800, '2026-11-20T10:00:00Z'],
    [1795168800000, '2026-11-20T10:00:00Z'],
    ['1795168800000000', '2026-11-20T10:00:00Z'],
    [1795168800000000000, '2026-11-20T10:00:00Z'],
  ])('reads %s', (given, expected) => {
    expect(parseTime(given)).toBe(utc(expected));
  });

  it.each([
    '2026-02-30T00:00:00.000Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00.000Z',
    '2026-04-31T00:00:00.000Z',
    '2026-13-01',
    '9999-01-01',
    'yesterday',
    '2026-11-20T25:00:00Z',
    1e30,
    Infinity,
    -5,
    true,
    {},
  ])('refuses %s', (given) => {
    expect(parseTime(given)).toBeNull();
  });
});

describe('JSON paths', () => {
  it('reads names, indices and quoted names', () => {
    const record = { a: { b: [{ 'c d': 7 }] }, "it's": 1 };
    expect(readJsonPath(record, parseJsonPath("$.a.b[0]['c d']"))).toBe(7);
    expect(readJsonPath(record, parseJsonPath('$["it\'s"]'))).toBe(1);
    expect(readJsonPath(record, parseJsonPath('$.a.x.y'))).toBeUndefined();
  });

  it('never reads what an object inherits', () => {
    expect(readJsonPath({}, parseJsonPath('$.constructor.name'))).toBeUndefined();
    expect(readJsonPath({}, parseJsonPath('$.__proto__'))).toBeUndefined();
  });

  it.each(['a.b', '$', '$.a[*]', '$..a', '', '$.a[', "$['x"])('refuses %s', (path) => {
    expect(() => parseJsonPath(path)).toThrow(EngineError);
  });

  it('lists the paths of a record in a form that can be read back', () => {
    const record = { user: 'u', meta: { 'prompt version': 1 }, ratings: [{ v: 5 }] };
    const paths = [...listJsonPaths(record)];
    expect(paths).toEqual(['$.user', "$.meta['prompt version']", '$.ratings[0].v']);
    for (const path of paths) expect(readJsonPath(record, parseJsonPath(path))).toBeDefined();
  });
});

describe('splitLines', () => {
  const split = async (text: string, chunk: number, start = 0) => {
    const bytes = new TextEncoder().encode(text);
    async function* stream() {
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.slice(at, at + chunk);
    }
    const lines = [];
    for await (const some of splitLines(stream(), start)) lines.push(...some);
    return lines;
  };

  it.each([1, 2, 3, 7, 1000])('finds the same lines in chunks of %d bytes', async (chunk) => {
    const lines = await split('\uFEFF{"a":1}\r\nä\n\nlast', chunk);
    expect(lines).toEqual([
      { offset: 0, length: 11, text: '{"a":1}', complete: true },
      { offset: 12, length: 2, text: 'ä', complete: true },
      { offset: 15, length: 0, text: '', complete: true },
      { offset: 16, length: 4, text: 'last', complete: false },
    ]);
  });

  it('keeps a byte order mark that is not at the start of the file', async () => {
    expect((await split('\uFEFFx\n', 100, 5))[0]?.text).toBe('\uFEFFx');
  });

  it('gives a line that is too long without its text, and the next one in full', async () => {
    const lines = await split(`${'x'.repeat(maxLineBytes + 1)}\ny\n`, 65_536);
    expect(lines.map((line) => line.text)).toEqual([null, 'y']);
    expect(lines[1]?.offset).toBe(maxLineBytes + 2);
  });
});

const read = (record: unknown, source: Partial<SourceConfig> = {}, scale: RatingScale = 'unit') =>
  createLineReader({ name: 'log', kind: 'jsonl', ...source }).read(typeof record === 'string' ? record : JSON.stringify(record), {
    kind: 'jsonl',
    source: 'log',
    path: 'log.jsonl',
    offset: 0,
    line: 1,
    scale,
  });

const readOne = (record: unknown, source: Partial<SourceConfig> = {}, scale: RatingScale = 'unit') => read(record, source, scale)[0];
const readSaid = (record: unknown, source: Partial<SourceConfig> = {}, scale: RatingScale = 'unit') =>
  read(record, source, scale).find((each) => each.kind === 'feedback') as ReadFeedback;

function reasonOf(record: unknown, source: Partial<SourceConfig> = {}): string {
  try {
    read(record, source);
  } catch (error) {
    if (error instanceof Rejection) return error.reason;
    throw error;
  }
  return 'accepted';
}

const scored = (score: unknown, more: Record<string, unknown> = {}): string => feedbackLine({ score, ...more });

describe('our schema', () => {
  it('reads the least feedback line', () => {
    expect(readOne(feedbackLine())).toMatchObject({
      kind: 'feedback',
      prompt: { name: 'p', version: 'v1', link: 'exact' },
      signal: 'explicit.rating',
      actor: 'end_user',
      user: 'u1',
      time: utc('2026-11-20T00:00:00Z'),
      raw: 1,
      y: 1,
      interaction: null,
    });
  });

  it('gives a record without an id the same one each time', () => {
    const id = readOne(feedbackLine())?.id;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(readOne(feedbackLine())?.id).toBe(id);
    expect(readOne(feedbackLine({ user: 'u2' }))?.id).not.toBe(id);
  });

  it('reads an interaction', () => {
    const line = {
      schema: 'promptratchet.interaction/1',
      id: 'i1',
      time: '2026-11-20T00:00:00Z',
      prompt: { name: 'p', version: 4, link: 'metadata' },
      input: { variables: { n: 5, q: 'hi' } },
      output: { text: 'yes' },
      rollout: { flag_key: 'p', variant: 'v2' },
      system: { status: 'error', error_type: 'timeout', latency_ms: 12.5, retries: 2 },
      retrieval: { documents: [{ id: 'd', score: 0.5, chunk: 'c' }] },
    };
    expect(readOne(line) as ReadInteraction).toMatchObject({
      id: 'i1',
      prompt: { version: '4', link: 'metadata' },
      variables: { n: '5', q: 'hi' },
      output: 'yes',
      variant: 'v2',
      status: 'error',
      error: 'timeout',
      latencyMs: 12.5,
      retries: 2,
      documents: [{ id: 'd', score: 0.5, text: 'c' }],
      implied: false,
    });
  });

  it.each([
    [{ raw: 4, min: 1, max: 5 }, 0.75],
    [{ raw: 2, min: 0, max: 10, higher_is_better: false }, 0.8],
    [{ raw: '4', min: 1, max: 5 }, 0.75],
    [{ raw: true }, 1],
    [{ raw: false, min: 0, max: 1 }, 0],
    [{ raw: 'down' }, 0],
    [{ raw: 'down', min: -1, max: 1 }, 0],
    [{ raw: 7 }, null],
    [{ raw: 7, y: 0.7 }, 0.7],
    [{ raw: null }, null],
    [0.5, null],
  ])('reads the score %j as %j', (score, y) => {
    expect(readSaid(scored(score)).y).toEqual(y);
  });

  it('takes a thumb as yes or no without a range', () => {
    expect(readSaid(scored({ raw: 1 }, { signal: 'explicit.thumb' })).y).toBe(1);
    expect(readSaid(scored({ raw: -1 }, { signal: 'explicit.thumb' })).y).toBe(0);
  });

  it.each([
    ['garbage', 'not JSON'],
    ['{"a":', 'not JSON'],
    ['[1]', 'not an object'],
    ['"text"', 'not an object'],
    ['null', 'not an object'],
    ['{"schema":"promptratchet.feedback/2"}', 'unknown schema version'],
    ['{"schema":"promptratchet.feedback/10"}', 'unknown schema version'],
    ['{"schema":"other/1"}', 'unknown schema'],
    [feedbackLine({ signal: 'explicit.mood' }), 'unknown signal'],
    [feedbackLine({ signal: undefined }), 'no signal'],
    [feedbackLine({ actor: { kind: 'robot' } }), 'unknown actor'],
    [feedbackLine({ prompt: { name: 'p', version: 'v1', link: 'sure' } }), 'unknown link'],
    [feedbackLine({ time: 'soon' }), 'bad time'],
    [feedbackLine({ time: 1e300 }), 'bad time'],
    [scored({ raw: 6, min: 1, max: 5 }), 'score out of range'],
    [scored({ raw: 0, min: 1, max: 5 }), 'score out of range'],
    ['{"schema":"promptratchet.feedback/1","signal":"explicit.rating","score":{"raw":1e999,"min":0,"max":1}}', 'score out of range'],
    [scored({ y: 1.5 }), 'score out of range'],
    [scored({ raw: 1, min: 5, max: 1 }), 'bad score range'],
    [scored({ raw: 'great', min: 0, max: 1 }), 'score is not a number'],
    [feedbackLine({ prompt: 7 }), 'field of the wrong type'],
  ])('rejects %s: %s', (line, reason) => {
    expect(reasonOf(line)).toBe(reason);
  });

  it('honours a link that its writer did not trust', () => {
    expect(readOne(feedbackLine({ prompt: { name: 'p', version: 'v1', link: 'none' } }))?.prompt.link).toBe('none');
    expect(readOne(feedbackLine({ prompt: { name: 'p', version: null, link: 'ambiguous' } }))?.prompt.link).toBe('ambiguous');
    expect(readOne(feedbackLine({ prompt: { name: 'p', version: null, link: 'exact' } }))?.prompt.link).toBe('none');
  });

  it('keeps names that objects have of their own apart from data', () => {
    const line =
      '{"schema":"promptratchet.interaction/1","__proto__":{"id":"x"},"input":{"variables":{"__proto__":"p","constructor":"c"}}}';
    const record = readOne(line) as ReadInteraction;
    expect(Object.entries(record.variables)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    expect(({} as Record<string, unknown>)['id']).toBeUndefined();
  });
});

describe('logs of other shapes', () => {
  it('reads user, answer and rating as an answer and what was said about it', () => {
    const [interaction, feedback] = read({ user: 'u', answer: 'yes', rating: 0.4 }) as [ReadInteraction, ReadFeedback];
    expect(interaction).toMatchObject({ kind: 'interaction', output: 'yes', implied: true, prompt: { name: null, orOnlyPrompt: true } });
    expect(feedback).toMatchObject({
      kind: 'feedback',
      user: 'u',
      raw: 0.4,
      y: 0.4,
      time: null,
      signal: 'explicit.rating',
      interaction: interaction.id,
    });
  });

  it('reads the variant with query, response, comment and time', () => {
    const [interaction, feedback] = read(
      { user_id: 7, query: 'q', response: 'r', rating: 5, comment: 'fine', timestamp: '2026-11-20T00:00:00Z' },
      {},
      'five',
    ) as [ReadInteraction, ReadFeedback];
    expect(interaction).toMatchObject({ input: 'q', output: 'r', time: utc('2026-11-20') });
    expect(feedback).toMatchObject({ user: '7', text: 'fine', y: 1, raw: 5 });
  });

  it('knows the name of a prompt from the text of one', () => {
    const named = { name: 'support/answer', version: 'v2' };
    for (const line of [
      { user: 'u', answer: 'a', rating: 1, prompt: named },
      { user: 'u', answer: 'a', rating: 1, prompt: 'support/answer', version: 'v2' },
      { user: 'u', answer: 'a', rating: 1, prompt: 'support/answer', prompt_version: 'v2' },
    ])
      expect(read(line)[1]).toMatchObject({ prompt: { ...named, link: 'exact' } });
    const [served, said] = read({ user: 'u', prompt: 'Where is my parcel?', response: 'a', rating: 1, version: '3' });
    expect(served).toMatchObject({ input: 'Where is my parcel?' });
    expect(said).toMatchObject({ prompt: { name: null, version: null } });
  });

  it('asks for the file to be read as 1 to 5 at the first rating over 1', () => {
    expect(() => read({ user: 'u', answer: 'a', rating: 4 })).toThrow(ScaleChange);
    expect(readSaid({ user: 'u', answer: 'a', rating: 4 }, {}, 'five').y).toBe(0.75);
    expect(reasonOf({ user: 'u', answer: 'a', rating: 7 })).toBe('score out of range');
    expect(reasonOf({ user: 'u', answer: 'a', rating: -0.5 })).toBe('score out of range');
    expect(reasonOf({ user: 'u', answer: 'a', rating: 'meh' })).toBe('score is not a number');
  });

  it('takes an answer without a rating as an interaction', () => {
    expect(read({ user: 'u', answer: 'a', rating: null })).toMatchObject([{ kind: 'interaction', implied: false }]);
  });

  it('takes short words in other columns for attributes', () => {
    const record = { user: 'u', answer: 'a', rating: 1, plan: 'free', appVersion: '2.1.0', beta: true, seats: 12, customer_tier: 'Gold' };
    const extra = { plan: 'free', appVersion: '2.1.0', beta: 'true', seats: '12', customer_tier: 'Gold' };
    for (const each of read(record)) expect(each.attributes).toEqual(extra);
    expect(readSaid({ ...record, metadata: { plan: 'pro', model: 'm' } }).attributes).toEqual({ ...extra, plan: 'pro', model: 'm' });
  });

  it.each<[string, unknown]>([
    ['email', 'nobody'],
    ['contactPhone', '12'],
    ['customer', 'c-1'],
    ['customer_no', 4711],
    ['full_name', 'Ada'],
    ['order_id', 7],
    ['version', '3'],
    ['channel', 'ada@example.org'],
    ['channel', '+49 30 1234567'],
    ['channel', '030 12 34 56 7'],
    ['channel', '10.0.0.17'],
    ['channel', 'DE89370400440532013000'],
    ['channel', '2026-11-20T10:00:00Z'],
    ['channel', '3f2b8c1d-aaaa-4bbb-8ccc-1234567890ab'],
    ['channel', 'deadbeef0123'],
    ['channel', 1795168800],
    ['channel', 'it did not answer what I asked'],
    ['channel', 'https://example.org/a'],
    ['channel', 'a'.repeat(41)],
    ['channel', 'two\nlines'],
    ['channel', ['web']],
    ['channel', { a: 1 }],
    ['channel', 'u-1'],
    ['$channel', 'web'],
    ['k'.repeat(41), 'web'],
    ['__proto__', 'web'],
  ])('leaves out what may be a person or a text: %s = %j', (key, value) => {
    const record = JSON.parse(
      `{"user":"u-1","answer":"a","rating":1,"plan":"free",${JSON.stringify(key)}:${JSON.stringify(value)}}`,
    ) as object;
    expect(readSaid(record).attributes).toEqual({ plan: 'free' });
  });

  it('takes sixteen other columns at most, and none that a map reads', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`trait${String(n)}`, 'x']));
    expect(Object.keys(readSaid({ user: 'u', answer: 'a', rating: 1, ...many }).attributes)).toHaveLength(16);
    const mapped = readSaid(
      { who: 'ada', answer: 'a', rating: 1, plan: 'free', tier: 'gold' },
      { map: { user: '$.who', 'attributes.level': '$.tier' } },
    );
    expect(mapped.attributes).toEqual({ plan: 'free', level: 'gold' });
  });

  it('rejects what it does not know', () => {
    expect(reasonOf({ level: 'info', msg: 'started' })).toBe('no known field');
  });

  it('maps fields by path and by constant, and calls a mapped version metadata', () => {
    const map = {
      'prompt.name': { const: 'support/answer' },
      'prompt.version': '$.meta.prompt_version',
      user: '$.who',
      'output.text': '$.text.answer',
      'score.raw': '$.stars',
      'score.min': { const: 0 },
      'score.max': { const: 10 },
      text: "$['the comment']",
      'input.variables.q': '$.q',
    };
    const [interaction, feedback] = read(
      { who: 'u', text: { answer: 'a' }, stars: 4, 'the comment': 'c', q: 'why', meta: { prompt_version: 3 } },
      { map },
    ) as [ReadInteraction, ReadFeedback];
    expect(interaction).toMatchObject({
      variables: { q: 'why' },
      output: 'a',
      prompt: { name: 'support/answer', version: '3', link: 'metadata' },
    });
    expect(feedback).toMatchObject({ y: 0.4, text: 'c', prompt: { name: 'support/answer', version: '3', link: 'metadata' } });
  });

  it('fills what a line of our schema lacks', () => {
    const line = feedbackLine({ prompt: { version: 'v1' } });
    expect(readOne(line, { map: { 'prompt.name': { const: 'x' } } })?.prompt).toMatchObject({ name: 'x', version: 'v1' });
  });

  it('says which field of a map is none', () => {
    expect(() => read({}, { map: { rating: '$.r' } })).toThrow(/no field "rating"/);
    expect(() => read({}, { map: { user: 'r' } })).toThrow(/is not a JSON path/);
  });
});
