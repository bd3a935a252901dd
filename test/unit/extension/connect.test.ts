import { describe, expect, it } from 'vitest';
import { draftTitle, emptyDraft, sourceName, toParams, withKind } from '../../../src/extension/connect/draft.js';
import { addressFault, fileKindOf, kindOf, sourceKinds, stepsOf } from '../../../src/extension/connect/kinds.js';
import { meaningWords, meanings, parseRange } from '../../../src/extension/connect/scores.js';
import { keysOfKind, requiredOfKind } from '../../../src/engine/config/sourceKeys.js';

describe('kinds of sources', () => {
  it('are those of config.yaml, and each is asked for what it needs', () => {
    const files = ['json', 'csv', 'otlp-file'];
    expect([...sourceKinds.map(({ kind }) => kind), ...files].sort()).toEqual(Object.keys(keysOfKind).sort());
    for (const kind of sourceKinds) {
      const asked = {
        path: kind.place === 'file',
        url: kind.place === 'url',
        project: kind.project?.required === true,
        user: kind.user?.required === true,
        key: kind.key?.required === true,
        tables: kind.tables === true,
      };
      for (const key of requiredOfKind[kind.kind] ?? [])
        expect([kind.kind, key, asked[key as keyof typeof asked]]).toEqual([kind.kind, key, true]);
    }
  });

  it('have a step for each thing that is asked, between the kind and the diff', () => {
    expect(stepsOf(null)).toEqual(['kind']);
    expect(stepsOf(kindOf('jsonl'))).toEqual(['kind', 'place', 'preview', 'save']);
    expect(stepsOf(kindOf('collector'))).toEqual(['kind', 'save']);
    expect(stepsOf(kindOf('langfuse'))).toEqual(['kind', 'place', 'user', 'key', 'test', 'preview', 'save']);
    expect(stepsOf(kindOf('postgres'))).toEqual(['kind', 'place', 'tables', 'user', 'key', 'test', 'preview', 'save']);
  });

  it('of files are told by their end', () => {
    expect(
      ['a.jsonl', 'logs/*.ndjson.gz', 'x.CSV', 'b.tsv.gz', 'export.json', 'export.json.gz', 'traces.pb', 'noend'].map(fileKindOf),
    ).toEqual(['jsonl', 'jsonl', 'csv', 'csv', 'json', 'json', 'otlp-file', 'jsonl']);
  });

  it('take addresses of their own scheme, without a password', () => {
    expect(addressFault('phoenix', ' https://phoenix.example ')).toBeNull();
    expect(addressFault('phoenix', 'ftp://x')).not.toBeNull();
    expect(addressFault('phoenix', 'phoenix')).not.toBeNull();
    expect(addressFault('postgres', 'postgres://db:5432/feedback')).toBeNull();
    expect(addressFault('postgres', 'postgres://db:5432')).toMatch(/Name the database/);
    expect(addressFault('postgres', 'https://db')).not.toBeNull();
    expect(addressFault('postgres', 'postgres://me:secret@db/feedback')).toMatch(/Leave out user name and password/);
  });
});

describe('a draft', () => {
  it('becomes a source with the keys of its kind, and never with a key itself', () => {
    const langfuse = { ...emptyDraft(), kind: 'langfuse', url: 'https://cloud.langfuse.com', user: 'pk-lf-1', path: 'left over' };
    expect(toParams(langfuse, [])).toEqual({
      name: 'langfuse',
      kind: 'langfuse',
      url: 'https://cloud.langfuse.com',
      user: 'pk-lf-1',
      key: '${env:LANGFUSE_SECRET_KEY}',
    });
    const postgres = {
      ...emptyDraft(),
      kind: 'postgres',
      url: 'postgres://db/x',
      feedbackTable: 'votes',
      columns: { y: 'score' },
      keyVariable: 'DB_PASSWORD',
    };
    expect(toParams(postgres, ['postgres'])).toEqual({
      name: 'postgres-2',
      kind: 'postgres',
      url: 'postgres://db/x',
      key: '${env:DB_PASSWORD}',
      tables: { feedback: { table: 'votes', columns: { y: 'score' } } },
    });
    expect(toParams({ ...emptyDraft(), kind: 'phoenix', url: 'http://127.0.0.1:6006' }, [])).toEqual({
      name: 'phoenix',
      kind: 'phoenix',
      url: 'http://127.0.0.1:6006',
    });
  });

  it('is named after its place, unlike the others', () => {
    const name = (path: string, taken: string[] = []): string => sourceName({ ...emptyDraft(), kind: 'jsonl', path }, taken);
    expect(name('logs/app log*.jsonl.gz')).toBe('app-log');
    expect(name('logs/*.jsonl')).toBe('feedback');
    expect(name('a/b.csv', ['b', 'b-2'])).toBe('b-3');
  });

  it('keeps what was said while the kind stays, and can be gone on with', () => {
    const draft = { ...emptyDraft(), kind: 'phoenix', url: 'http://127.0.0.1:6006', project: 'default' };
    expect(withKind(draft, 'phoenix')).toBe(draft);
    expect(withKind(draft, 'mlflow')).toEqual({ ...emptyDraft(), kind: 'mlflow' });
    expect(draftTitle(draft)).toBe('Arize Phoenix: http://127.0.0.1:6006');
    expect(draftTitle(emptyDraft())).toBeNull();
  });
});

describe('the meaning of a metric', () => {
  it('is told in words', () => {
    expect(meaningWords(undefined)).toContain('left out until');
    expect(meaningWords({ signal: 'explicit.rating', actor: 'end_user', min: 1, max: 5 })).toBe('Users, by Rating, 1 to 5');
    expect(meaningWords({ signal: 'judge.score', actor: 'llm_judge', min: 0, max: 1, higherIsBetter: false })).toBe(
      'A Model as Judge, 0 to 1, lower is better',
    );
    expect(meaningWords({ signal: 'ignore' })).toBe('Leave It Out');
    expect(new Set(meanings.map(({ meaning }) => meaning.signal)).size).toBe(meanings.length);
  });
  it('has a range as a person writes it', () => {
    expect(parseRange('0 to 3')).toEqual({ min: 0, max: 3 });
    expect(parseRange('-1..1.5')).toEqual({ min: -1, max: 1.5 });
    for (const text of ['', '3', '3 to 0', 'a to b', '1 to 1']) expect(parseRange(text)).toBeNull();
  });
});
