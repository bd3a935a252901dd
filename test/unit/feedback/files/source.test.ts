import { appendFileSync, cpSync, renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../../src/engine/config/types.js';
import type { SourceBatch, SourceTools } from '../../../../src/engine/feedback/sources/source.js';
import { createFilesSource } from '../../../../src/engine/feedback/sources/files/source.js';
import type { Json } from '../../../../src/engine/feedback/values.js';
import { createFileSystem } from '../../../../src/platform/fs.js';

const fixtures = new URL('../../../fixtures/otlp/', import.meta.url);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ratchet-files-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const write = (name: string, content: string | Uint8Array): void => {
  writeFileSync(join(root, name), content);
};

const tools = (): SourceTools => ({ root, fs: createFileSystem() }) as unknown as SourceTools;

interface Pulled {
  records: Json[];
  rejected: [string, number][];
  notes: string[];
  restarted: string[];
  state: Json | null;
  error: string | null;
}

async function pull(
  config: Partial<SourceConfig>,
  state: Json | null = null,
  options: { full?: boolean; since?: number } = {},
): Promise<Pulled> {
  const source = createFilesSource({ name: 'log', kind: 'json', path: '*', ...config }, tools());
  const result: Pulled = { records: [], rejected: [], notes: [], restarted: [], state, error: null };
  try {
    for await (const batch of source.read(state, { since: options.since ?? null, full: options.full ?? false, signal: undefined }))
      take(batch, result);
  } catch (error) {
    result.error = (error as Error).message;
  }
  return result;
}

function take(batch: SourceBatch, result: Pulled): void {
  result.records.push(...batch.records);
  for (const { reason, line } of batch.rejected) result.rejected.push([reason, line]);
  result.notes.push(...(batch.notes ?? []));
  if (batch.restart === true) result.restarted.push(batch.part ?? '');
  result.state = JSON.parse(JSON.stringify(batch.state)) as Json;
}

const summary = (records: readonly Json[]) =>
  records
    .filter((each) => each['schema'] === 'promptratchet.feedback/1')
    .map((each) => [each['user'], (each['score'] as Json | undefined)?.['raw'], each['text']]);

describe('a source of files', () => {
  it('reads a list of plain records, counts what cannot be used, and gives a missing time that of the file', async () => {
    write(
      'a.json',
      '[{"user":"u1","answer":"A","rating":1,"comment":"good"},\n 7,\n {"user":"u2","answer":"B","rating":0,"time":"2026-11-20T00:00:00Z"}]',
    );
    utimesSync(join(root, 'a.json'), new Date('2026-11-21T00:00:00Z'), new Date('2026-11-21T00:00:00Z'));
    const { records, rejected, notes } = await pull({});
    expect(summary(records)).toEqual([
      ['u1', 1, 'good'],
      ['u2', 0, undefined],
    ]);
    expect(rejected).toEqual([['not an object', 2]]);
    expect(notes).toEqual([]);
    expect(records.map((each) => each['time'])).toEqual([
      '2026-11-21T00:00:00.000Z',
      '2026-11-21T00:00:00.000Z',
      '2026-11-20T00:00:00Z',
      '2026-11-20T00:00:00Z',
    ]);
    expect(records[0]).toMatchObject({
      schema: 'promptratchet.interaction/1',
      implied: true,
      prompt: { or_only: true },
      output: { text: 'A' },
    });
    expect(records[0]).not.toHaveProperty('text');
    expect(records[1]).not.toHaveProperty('output');
  });

  it('reads tables with our own fields, quoted cells and JSON in cells', async () => {
    write(
      'a.csv',
      'user;output.text;score.raw;score.min;score.max;text;prompt.name;prompt.version;input.variables.question;attributes.plan;time\r\n' +
        'u1;"line one\nline two";4;1;5;"said ""no""";p;v2;Where?;pro;2026-11-20\r\n' +
        'u2;x;9;1;5;;p;v2;;;2026-11-20\r\n' +
        'u3;x\r\n',
    );
    const { records, rejected } = await pull({ kind: 'csv' });
    expect(records).toMatchObject([
      { input: { variables: { question: 'Where?' } }, output: { text: 'line one\nline two' }, attributes: { plan: 'pro' } },
      { prompt: { name: 'p', version: 'v2' }, signal: 'explicit.rating', score: { raw: '4', min: '1', max: '5' }, text: 'said "no"' },
    ]);
    expect(rejected).toEqual([
      ['score out of range', 4],
      ['row with another number of cells than the header', 5],
    ]);
  });

  it('reads only what was added to a table, and takes part of a row for none', async () => {
    write('a.csv', 'user,answer,rating,time\nu1,A,1,2026-11-20\nu2,B,');
    const first = await pull({ kind: 'csv' });
    expect(summary(first.records)).toEqual([['u1', '1', undefined]]);
    expect(first.notes).toEqual(['a.csv: the last line (3) is not complete and was left for the next pull.']);
    appendFileSync(join(root, 'a.csv'), '0,2026-11-20\nu3,C,1,2026-11-20');
    const second = await pull({ kind: 'csv' }, first.state);
    expect([summary(second.records), second.restarted]).toEqual([
      [
        ['u2', '0', undefined],
        ['u3', '1', undefined],
      ],
      [],
    ]);
    expect((await pull({ kind: 'csv' }, second.state)).records).toEqual([]);
    appendFileSync(join(root, 'a.csv'), '\nu4,D,0,2026-11-20\n');
    const third = await pull({ kind: 'csv' }, second.state);
    expect([summary(third.records), third.restarted]).toEqual([[['u4', '0', undefined]], []]);
  });

  it('begins again where the last row was longer than it seemed, and where a file was replaced or cut short', async () => {
    write('a.csv', 'user,answer,rating,comment\nu1,A,1,go');
    const first = await pull({ kind: 'csv' });
    expect(summary(first.records)).toEqual([['u1', '1', 'go']]);
    appendFileSync(join(root, 'a.csv'), 'od\n');
    const longer = await pull({ kind: 'csv' }, first.state);
    expect([summary(longer.records), longer.restarted]).toEqual([[['u1', '1', 'good']], ['a.csv']]);
    truncateSync(join(root, 'a.csv'), 30);
    expect((await pull({ kind: 'csv' }, longer.state)).restarted).toEqual(['a.csv']);
    write('a.csv', 'user,answer,rating,comment\nu9,Z,0,bad and longer than before\n');
    expect(await pull({ kind: 'csv' }, longer.state)).toMatchObject({ restarted: ['a.csv'] });
  });

  it('gives records without id and time the same ids under another name, packed or not', async () => {
    const lines = '{"user":"u1","answer":"A","rating":1}\n{"user":"u1","answer":"A","rating":1}\n';
    write('log.1.gz', gzipSync(lines));
    const first = await pull({ kind: 'jsonl', path: 'log*' });
    renameSync(join(root, 'log.1.gz'), join(root, 'log.2.gz'));
    const second = await pull({ kind: 'jsonl', path: 'log*' }, first.state);
    expect(second.restarted).toEqual(['log.2.gz']);
    const ids = first.records.map((each) => each['id']);
    expect(second.records.map((each) => each['id'])).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
    const source = createFilesSource({ name: 'log', kind: 'jsonl', path: 'log*' }, tools());
    expect(await source.parts?.()).toEqual(['log.2.gz']);
  });

  it('leaves plain logs to who reads them in place, and takes lists and tables that are called logs', async () => {
    write('a.jsonl', '{"user":"u","answer":"A","rating":1}\n');
    write('b.jsonl', '[{"user":"v","answer":"B","rating":1}]');
    write('c.jsonl', 'user,answer,rating\nw,C,1\n');
    write('d.jsonl', '');
    const { records, notes } = await pull({ kind: 'jsonl' });
    expect(summary(records)).toEqual([
      ['v', 1, undefined],
      ['w', '1', undefined],
    ]);
    expect(notes).toEqual(['b.jsonl holds JSON and was read as that.', 'c.jsonl holds CSV and was read as that.']);
  });

  it('reads a source whose ratings go to 5 from its start as 1 to 5, in all its files', async () => {
    write('a.json', '[{"user":"u1","answer":"A","rating":1}]');
    write('b.json', '[{"user":"u2","answer":"B","rating":5}]');
    const { records, notes, restarted, state } = await pull({});
    const scores = records.filter((each) => each['signal'] !== undefined).map((each) => [each['user'], each['score']]);
    expect(scores.slice(-2)).toEqual([
      ['u1', { raw: 1, min: 1, max: 5 }],
      ['u2', { raw: 5, min: 1, max: 5 }],
    ]);
    expect(restarted).toEqual(['a.json', 'a.json', 'b.json']);
    expect(notes).toEqual(['Ratings over 1 occur, so ratings were read as 1 to 5.']);
    write('c.json', '[{"user":"u3","answer":"C","rating":1}]');
    expect((await pull({}, state)).records.at(-1)).toMatchObject({ score: { raw: 1, min: 1, max: 5 } });
  });

  it('reads OTLP files in JSON, in protobuf, bare and behind lengths, and refuses zstd with what to do', async () => {
    for (const name of ['traces.json', 'traces.pb', 'logs.pb']) cpSync(new URL(name, fixtures), join(root, name));
    const logs = new Uint8Array(await createFileSystem().readRange(join(root, 'logs.pb'), 0, 10_000));
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, logs.length);
    write('framed.bin', new Uint8Array([...length, ...logs, ...length, ...logs, 0, 0]));
    write('x.jsonl.zst', new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2]));
    const { records, error, rejected } = await pull({ kind: 'otlp-file', format: 'otlp' });
    expect(records.map((each) => each['signal'] ?? 'interaction')).toEqual([
      ...['explicit.thumb', 'judge.score', 'explicit.thumb', 'judge.score'],
      ...['explicit.thumb', 'judge.score'],
      ...['interaction', 'interaction'],
    ]);
    expect(rejected).toEqual([['not OTLP', 3]]);
    expect(error).toBe(
      'Cannot read x.jsonl.zst: it is packed with zstd. Unpack it with zstd -d, or let its writer use gzip or no compression.',
    );
  });

  it('reads the results of an evaluation as evidence that no score counts', async () => {
    const row = {
      promptIdx: 0,
      testIdx: 0,
      promptId: 'h',
      prompt: { raw: 'Hi', label: 'greeting' },
      vars: { q: 'x' },
      response: { output: 'Hello' },
      success: true,
      score: 1,
      gradingResult: {
        pass: true,
        score: 1,
        componentResults: [
          { pass: true, score: 1, reason: 'ok', assertion: { type: 'icontains' } },
          { pass: false, score: 0, assertion: { type: 'human' } },
        ],
        comment: 'too short',
      },
    };
    write(
      'r.json',
      JSON.stringify({
        evalId: 'e1',
        results: { version: 3, timestamp: '2026-11-20T00:00:00Z', prompts: [{ id: 'h' }], results: [row] },
        config: {},
      }),
    );
    const { records } = await pull({});
    expect(records).toMatchObject([
      { prompt: { name: '', link: 'none' }, output: { text: 'Hello' }, input: { variables: { q: 'x' } }, time: '2026-11-20T00:00:00.000Z' },
      {
        signal: 'code.score',
        actor: { kind: 'code' },
        prompt: { name: '', link: 'none' },
        score: { y: 1 },
        attributes: { evidence: 'offline', eval: 'e1' },
      },
      { signal: 'review.score', actor: { kind: 'expert' }, score: { y: 0 }, text: 'too short' },
    ]);
  });

  it('survives what nobody should write', async () => {
    const deep = `{"user":"u","answer":"a","comment":"c","correction":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    write('deep.json', `[${deep},{"user":"ok","answer":"a","rating":1}]`);
    write('nul.csv', 'user,answer,rating\n\0\0\0\n\xff\xfe,x\nok,a,1\n');
    write('long.json', `[{"user":"u","answer":"${'x'.repeat(17 * 1024 * 1024)}","rating":1},{"user":"ok","answer":"b","rating":1}]`);
    write('proto.json', '[{"__proto__":{"rating":1},"user":"u"},{"user":"ok","answer":"c","rating":1,"meta":{"__proto__":{"x":1}}}]');
    write(
      'times.json',
      '[{"user":"u","answer":"a","rating":1,"time":"9999-01-01"},{"user":"u","answer":"a","rating":1e999},{"user":"u","answer":"a","rating":"NaN"},{"user":"ok","answer":"d","rating":1,"time":"1970-01-01T00:00:00Z"}]',
    );
    const { records, rejected, error } = await pull({});
    expect(error).toBeNull();
    expect(summary(records).map(([user]) => user)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(rejected.map(([reason]) => reason).sort()).toEqual([
      'bad time',
      'nested too deeply',
      'no known field',
      'record over 16 MiB',
      'row with another number of cells than the header',
      'row with another number of cells than the header',
      'score is not a number',
      'score out of range',
    ]);
    expect(({} as Json)['rating']).toBeUndefined();
  });

  it('names a damaged or bursting gzip file and reads the others', async () => {
    write('a.json.gz', gzipSync('[{"user":"u","answer":"A","rating":1}]').subarray(0, 30));
    write('b.json', '[{"user":"ok","answer":"B","rating":1}]');
    const { records, error } = await pull({});
    expect(summary(records)).toEqual([['ok', 1, undefined]]);
    expect(error).toMatch(/a\.json\.gz: the gzip file is damaged or cut off/);
    write('a.json.gz', gzipSync(`[${' '.repeat(80 * 1024 * 1024)}`));
    expect(statSync(join(root, 'a.json.gz')).size).toBeLessThan(90_000);
    expect((await pull({ path: 'a.json.gz' })).error).toMatch(/unpacks to over/);
  });

  it('keeps to the time that was asked for, and says what no file matches', async () => {
    write(
      'a.json',
      '[{"user":"u1","answer":"A","rating":1,"time":"2026-11-01"},{"user":"u2","answer":"A","rating":1,"time":"2026-11-20"}]',
    );
    expect(summary((await pull({}, null, { since: Date.parse('2026-11-10') })).records).map(([user]) => user)).toEqual(['u2']);
    expect((await pull({ path: 'none/*.csv' })).error).toMatch(/no file matches none/);
  });

  it('says in a test what a file is', async () => {
    write(
      'scores.csv',
      'id,traceId,observationId,timestamp,source,name,dataType,value,comment\ns1,t1,o1,2026-11-20T00:00:00Z,EVAL,help,NUMERIC,0.5,\n',
    );
    expect(await createFilesSource({ name: 'log', kind: 'csv', path: '*' }, tools()).probe()).toMatchObject({
      ok: true,
      detail: 'scores.csv can be read: scores of Langfuse.',
    });
    write('bad.json', '{"x":1}');
    cpSync(new URL('logs.pb', fixtures), join(root, 'logs.pb'));
    expect(await createFilesSource({ name: 'otel', kind: 'otlp-file', path: 'logs.pb' }, tools()).probe()).toMatchObject({
      ok: true,
      detail: 'logs.pb can be read: OpenTelemetry traces and logs (OTLP in protobuf).',
    });
    expect(await createFilesSource({ name: 'log', kind: 'json', path: 'bad.json' }, tools()).probe()).toMatchObject({
      ok: false,
      failed: 'data',
      detail: 'No record of bad.json can be used: no known field.',
    });
    expect(await createFilesSource({ name: 'log', kind: 'json', path: 'gone' }, tools()).probe()).toMatchObject({
      ok: false,
      failed: 'data',
    });
    expect(await createFilesSource({ name: 'log', kind: 'json', path: '*', format: 'nope' }, tools()).probe()).toMatchObject({
      ok: false,
      failed: 'config',
    });
  });
});
