import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../../src/engine/collector/body.js';
import { RecentIds } from '../../../src/engine/collector/recent.js';
import { CollectError } from '../../../src/engine/collector/types.js';
import { readCanonical } from '../../../src/engine/feedback/canonical.js';
import type { Json } from '../../../src/engine/feedback/values.js';
import { memoryCollector, rating } from '../../support/collector.js';

const full = new CollectError('full', 'The disk is full.');

function gate(): { open: () => void; promise: Promise<void> } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, promise };
}

describe('records', () => {
  it('keeps a record of ours as it is, and adds a time, when it was learnt, and where it is from', async () => {
    const { collector, records } = memoryCollector();
    const sent = rating('a', {
      time: undefined,
      attributes: { plan: 'free' },
      trace_id: 'ab',
      review: { stratum: 'random', inclusion_prob: 0.5 },
    });
    await collector.collect('feedback', JSON.stringify(sent));
    await collector.collect(
      'feedback',
      JSON.stringify(rating('b', { source: { kind: 'app', record_id: '7' }, observed_time: '2026-11-24T11:00:00Z' })),
    );
    expect(records()).toEqual([
      { ...sent, time: '2026-11-24T12:00:00.000Z', observed_time: '2026-11-24T12:00:00.000Z', source: { kind: 'collector' } },
      { ...rating('b'), observed_time: '2026-11-24T11:00:00.000Z', source: { kind: 'app', record_id: '7' } },
    ]);
  });

  it('knows by the address what an object without a schema is', async () => {
    const { collector, records } = memoryCollector();
    const { schema, ...feedback } = rating('a');
    await collector.collect('feedback', JSON.stringify(feedback));
    await collector.collect('interaction', JSON.stringify({ id: 'i', prompt: { name: 'p', version: 'v1' }, output: { text: 'Hello' } }));
    expect(records().map((record) => record['schema'])).toEqual([schema, 'promptratchet.interaction/1']);
  });

  it('makes an interaction and its feedback of {user, answer, rating}', async () => {
    const { collector, records } = memoryCollector();
    const line = {
      id: 'x',
      user: 'u1',
      answer: 'Tomorrow.',
      rating: 0.25,
      comment: 'too short',
      prompt_name: 'support/answer',
      prompt_version: 'v2',
    };
    expect(await collector.collect('feedback', JSON.stringify(line))).toMatchObject({ accepted: 1 });
    expect(records()).toMatchObject([
      {
        schema: 'promptratchet.interaction/1',
        id: 'x',
        user: 'u1',
        output: { text: 'Tomorrow.' },
        prompt: { name: 'support/answer', version: 'v2' },
      },
      {
        schema: 'promptratchet.feedback/1',
        id: 'x',
        interaction_id: 'x',
        score: { raw: 0.25, min: 0, max: 1 },
        text: 'too short',
      },
    ]);
    expect(collector.metrics.accepted).toEqual({ interaction: 1, feedback: 1 });
  });

  it('gives an id by content where there is a time, else a random one', async () => {
    const { collector, records } = memoryCollector();
    const timed = JSON.stringify(rating('x', { id: undefined }));
    const timeless = JSON.stringify(rating('x', { id: undefined, time: undefined }));
    const loose = JSON.stringify({ user: 'u', answer: 'a', rating: 1 });
    for (const body of [timed, timed, timeless, timeless, loose, loose]) await collector.collect('feedback', body);
    const ids = records().map((record) => record['id']);
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(5);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    const again = memoryCollector();
    await again.collector.collect('feedback', timed);
    expect(again.records()[0]?.['id']).toBe(ids[0]);
  });

  it('refuses what cannot be used, and takes the rest', async () => {
    const { collector, records } = memoryCollector();
    const bad: [Json, string][] = [
      [rating('a', { time: 'yesterday' }), 'bad time'],
      [rating('b', { time: '1969-12-31T23:59:59Z' }), 'bad time'],
      [rating('c', { time: '9999-01-01T00:00:00Z' }), 'bad time'],
      [rating('d', { schema: 'promptratchet.feedback/2' }), 'unknown schema version'],
      [rating('e', { score: { raw: 11, min: 1, max: 5 } }), 'score out of range'],
      [rating('f', { prompt: [] }), 'field of the wrong type'],
      [rating('x'.repeat(513)), 'field of the wrong type'],
      [{ hello: 'world' }, 'no known field'],
    ];
    const lines = bad.map(([record]) => JSON.stringify(record));
    lines.push(
      JSON.stringify(rating('g')).replace('"raw":4', '"raw":1e999'),
      JSON.stringify(rating('ok')),
      `{"id":"deep","x":${'['.repeat(50_000)}`,
    );
    const answer = await collector.collect('feedback', lines.join('\n'));
    expect(answer.accepted).toBe(1);
    expect(answer.rejected.map(({ reason }) => reason)).toEqual([...bad.map(([, reason]) => reason), 'score out of range', 'not JSON']);
    expect(answer.rejected.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
    expect(records().map((record) => record['id'])).toEqual(['ok']);
  });

  it('survives nesting of any depth', async () => {
    const { collector } = memoryCollector();
    const depth = 200_000;
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const body = JSON.stringify(rating('a', { attributes: { deep: 'DEEP' } })).replace('"DEEP"', deep);
    expect(await collector.collect('feedback', `${body}\n${JSON.stringify(rating('b'))}`)).toEqual({
      accepted: 1,
      duplicates: 0,
      rejected: [{ line: 1, reason: 'nested too deeply' }],
    });
  });

  it('keeps fields that are named like parts of an object, and texts with NUL and half characters', async () => {
    const { collector, records } = memoryCollector();
    const body = JSON.stringify(rating('a', { text: 'a\u0000b\ud800' })).replace('{', '{"__proto__":{"x":1},');
    await collector.collect('feedback', body);
    const [record] = records();
    expect(Object.hasOwn(record ?? {}, '__proto__')).toBe(true);
    expect(record?.['text']).toBe('a\u0000b\ud800');
  });

  it('writes how many could not be used, by reason, with the next records', async () => {
    const { collector, disk } = memoryCollector();
    await collector.collect('feedback', 'x\ny\n{}');
    expect(disk.lines).toEqual([]);
    await collector.collect('feedback', JSON.stringify(rating('a')));
    expect(disk.lines.slice(1).map((line) => JSON.parse(line) as unknown)).toEqual([
      { schema: 'promptratchet.rejected/1', reason: 'not JSON', line: 0, count: 2 },
      { schema: 'promptratchet.rejected/1', reason: 'no known field', line: 0, count: 1 },
    ]);
    await collector.collect('feedback', 'z\n');
    await collector.close();
    expect(disk.lines).toHaveLength(4);
  });
});

describe('ratings without a range', () => {
  const send = async (collector: ReturnType<typeof memoryCollector>['collector'], id: string, value: unknown, prompt = 'p') => {
    const record = { id, user: 'u', answer: 'a', rating: value, prompt_name: prompt, prompt_version: 'v1' };
    const { rejected } = await collector.collect('feedback', JSON.stringify(record));
    return rejected[0]?.reason ?? null;
  };
  /** By id, what the last record of it counts for. */
  const scores = (all: Json[]): Record<string, number | null> => {
    const found: Record<string, number | null> = {};
    for (const record of all) {
      const read = readCanonical(record, '', { kind: '', source: '', path: '', offset: 0, line: 1, scale: 'unit' });
      if (read.kind === 'feedback') found[read.id] = read.y;
    }
    return found;
  };

  it('are on [0, 1], or 1 to 5 for a prompt that was given more than 1', async () => {
    const { collector, records } = memoryCollector();
    await send(collector, 'a', 0.5);
    await send(collector, 'b', 4, 'stars');
    await send(collector, 'c', 1, 'stars');
    await send(collector, 'd', 1);
    await send(collector, 'e', '👎');
    expect(scores(records())).toEqual({ a: 0.5, b: 0.75, c: 0, d: 1, e: 0 });
    expect(await send(collector, 'f', 3)).toBe('score out of range');
    expect(await send(collector, 'g', 0.5, 'stars')).toBe('score out of range');
    expect(await send(collector, 'h', 6, 'stars')).toBe('score out of range');
  });

  it('corrects what was taken for 1 of 1 and was 1 of 5, once', async () => {
    const { collector, disk, records } = memoryCollector();
    for (const id of ['a', 'b']) await send(collector, id, 1);
    await send(collector, 'other', 1, 'q');
    await send(collector, 'c', 5);
    await send(collector, 'd', 2);
    expect(scores(records())).toEqual({ a: 0, b: 0, c: 1, d: 0.25, other: 1 });
    const a = records().filter((record) => record['id'] === 'a' && record['schema'] === 'promptratchet.feedback/1');
    expect(a).toMatchObject([
      { score: { raw: 1, min: 0, max: 1 }, source: { assumed_scale: true } },
      { revision: 1, score: { raw: 1, min: 1, max: 5 }, source: { kind: 'collector' } },
    ]);
    expect(disk.state).toEqual({ scales: { p: 'five' } });
  });

  it('corrects what was still on its way to the disk when the scale was found out', async () => {
    const { collector, disk, records } = memoryCollector();
    const { open, promise } = gate();
    disk.hold = promise;
    const first = send(collector, 'a', 1);
    const second = send(collector, 'b', 5);
    open();
    await Promise.all([first, second]);
    await send(collector, 'c', 2);
    expect(scores(records())).toEqual({ a: 0, b: 1, c: 0.25 });
  });

  it('remembers a scale, and what waits for one, from one start to the next', async () => {
    const first = memoryCollector();
    await send(first.collector, 'a', 5);
    const second = memoryCollector({ state: first.disk.state ?? {} });
    await send(second.collector, 'b', 1);
    expect(scores(second.records())).toEqual({ b: 0 });
  });

  it('leaves a declared range alone', async () => {
    const { collector, records } = memoryCollector();
    await collector.collect('feedback', JSON.stringify(rating('a', { score: { raw: 1, min: 0, max: 10 } })));
    await collector.collect('feedback', JSON.stringify(rating('b', { score: { raw: 5, min: 1, max: 5 } })));
    await send(collector, 'c', 1);
    expect(records().map((record) => (record['score'] as Json | undefined)?.['raw'])).toEqual([1, 5, undefined, 1]);
    expect(scores(records())['c']).toBe(1);
  });

  it('loses no correction that could not be written', async () => {
    const { collector, disk, records } = memoryCollector();
    await send(collector, 'a', 1);
    disk.fault = full;
    await expect(send(collector, 'b', 5)).rejects.toMatchObject({ fault: 'full' });
    disk.fault = null;
    await send(collector, 'b', 5);
    expect(scores(records())).toEqual({ a: 0, b: 1 });
    expect(disk.state).toEqual({ scales: { p: 'five' } });
  });
});

describe('once', () => {
  it('writes what is sent twice at the same time once, and acknowledges both when it is on disk', async () => {
    const { collector, disk } = memoryCollector();
    const { open, promise } = gate();
    disk.hold = promise;
    let settled = 0;
    const both = [0, 1].map(async () => {
      const answer = await collector.collect('feedback', JSON.stringify(rating('a')));
      settled += 1;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(settled).toBe(0);
    open();
    expect((await Promise.all(both)).map(({ accepted, duplicates }) => [accepted, duplicates])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(disk.lines).toHaveLength(1);
  });

  it('acknowledges no duplicate of what could not be written, and takes it when it is sent again', async () => {
    const { collector, disk } = memoryCollector();
    disk.fault = full;
    const both = [0, 1].map(() => collector.collect('feedback', JSON.stringify(rating('a'))));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    disk.fault = null;
    expect(await collector.collect('feedback', JSON.stringify(rating('a')))).toMatchObject({ accepted: 1 });
    expect(disk.lines).toHaveLength(1);
  });

  it('writes another content under the same id: the last revision counts', async () => {
    const { collector, disk } = memoryCollector();
    await collector.collect('feedback', JSON.stringify(rating('a')));
    await collector.collect('feedback', JSON.stringify(rating('a', { score: { raw: 5, min: 1, max: 5 } })));
    expect(await collector.collect('feedback', JSON.stringify(rating('a')))).toMatchObject({ accepted: 1 });
    expect(disk.lines).toHaveLength(3);
  });

  it('tells an interaction from feedback of the same id', async () => {
    const { collector, disk } = memoryCollector();
    await collector.collect('feedback', JSON.stringify(rating('a')));
    await collector.collect('feedback', JSON.stringify({ schema: 'promptratchet.interaction/1', id: 'a', output: { text: 'x' } }));
    expect(disk.lines).toHaveLength(2);
  });

  it('counts nothing as seen that a defect kept from being written', async () => {
    let broken = true;
    const { collector, disk } = memoryCollector({
      prepare: (record) => {
        if (broken && record['id'] === 'b') throw new TypeError('defect');
        return record;
      },
    });
    const body = JSON.stringify([rating('a'), rating('b')]);
    await expect((async () => collector.collect('feedback', body))()).rejects.toThrow('defect');
    broken = false;
    expect(await collector.collect('feedback', body)).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(disk.lines).toHaveLength(2);
  });

  it('puts what arrives while the disk is busy into one commit', async () => {
    const { collector, disk } = memoryCollector();
    const { open, promise } = gate();
    disk.hold = promise;
    const first = collector.collect('feedback', JSON.stringify(rating('a')));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const rest = Array.from({ length: 50 }, (_, i) => collector.collect('feedback', JSON.stringify(rating(String(i)))));
    open();
    await Promise.all([first, ...rest]);
    expect([disk.commits, disk.lines.length]).toEqual([2, 51]);
  });

  it('takes nothing more once it is told to stop, and writes what it has', async () => {
    const { collector, disk } = memoryCollector();
    const before = collector.collect('feedback', JSON.stringify(rating('a')));
    const closed = collector.close();
    await expect((async () => collector.collect('feedback', JSON.stringify(rating('b'))))()).rejects.toMatchObject({ fault: 'stopping' });
    await closed;
    expect(await before).toMatchObject({ accepted: 1 });
    expect(disk.lines).toHaveLength(1);
  });

  it('remembers what it saw lately in bounded memory, and never takes one for another', () => {
    const recent = new RecentIds(1024);
    for (let i = 0; i < 100_000; i++) {
      const pending = { digest: i, commit: null };
      recent.begin(`k${String(i)}`, pending);
      expect(recent.find(`k${String(i)}`, i)).toBe(pending);
      recent.stored(`k${String(i)}`, pending);
    }
    expect(recent.find('k99999', 99_999)).toBe('stored');
    expect(recent.find('k99999', 1)).toBeNull();
    const known = Array.from({ length: 100_000 }, (_, i) => recent.find(`k${String(i)}`, i)).filter((found) => found !== null);
    expect(known.length).toBeGreaterThan(900);
    expect(known.length).toBeLessThanOrEqual(1024);
  });
});

describe('any body', () => {
  it('is read, or refused in words, and never breaks', () => {
    const piece = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.string(),
      fc.constantFrom('{', '}', '[', ']', '\n', '\r\n', '\uFEFF', '{"a":1}', ','),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        let body: ReturnType<typeof readBody>;
        try {
          body = readBody(text);
        } catch (error) {
          expect(error).toBeInstanceOf(CollectError);
          return;
        }
        const lines = [...body.items, ...body.rejected].map(({ line }) => line);
        expect(new Set(lines).size).toBe(lines.length);
        expect(Math.min(1, ...lines)).toBe(1);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });

  it('gives the same records as an array, as lines, and pretty-printed', () => {
    const records = [rating('a'), rating('b', { text: 'two\nlines' })];
    const read = (text: string): unknown => readBody(text).items.map(({ record }) => record);
    expect(read(JSON.stringify(records))).toEqual(records);
    expect(read(JSON.stringify(records, null, 2))).toEqual(records);
    expect(read(`\uFEFF${records.map((record) => JSON.stringify(record)).join('\r\n')}\r\n`)).toEqual(records);
    expect(read(JSON.stringify(records[1], null, 2))).toEqual([records[1]]);
  });
});
