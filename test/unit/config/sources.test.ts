import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/engine/config/durations.js';
import { parseConfig } from '../../../src/engine/config/parse.js';
import type { SourceConfig } from '../../../src/engine/config/types.js';
import { addSource } from '../../../src/engine/config/withSource.js';

const every: SourceConfig[] = [
  {
    name: 'log',
    kind: 'csv',
    path: 'logs/*.csv.gz',
    format: 'langfuse',
    scores: { rating: { signal: 'explicit.rating', min: 1, max: 5 } },
  },
  {
    name: 'phoenix',
    kind: 'phoenix',
    url: 'http://127.0.0.1:6006',
    project: 'support',
    key: '${env:PHOENIX_KEY}',
    map: { 'prompt.name': '$.attributes["metadata.prompt"]' },
    scores: { '*': { actor: 'expert' }, noise: { signal: 'ignore' }, latency: { min: 0, max: 10, higherIsBetter: false } },
    since: '30d',
    lookback: '24h',
  },
  { name: 'mlflow', kind: 'mlflow', url: 'https://ml.example', project: '1', user: 'ann', key: '${env:ML}', since: '2026-01-31' },
  { name: 'langfuse', kind: 'langfuse', url: 'https://cloud.langfuse.com', user: '${env:LF_PUBLIC}', key: '${env:LF_SECRET}' },
  { name: 'langsmith', kind: 'langsmith', url: 'https://api.smith.langchain.com', project: 'p', key: '${env:LS}' },
  { name: 'opik', kind: 'opik', url: 'http://localhost:5173/api', user: 'workspace' },
  {
    name: 'pg',
    kind: 'postgres',
    url: 'postgres://127.0.0.1:5432/app',
    user: 'reader',
    key: '${env:PGPASSWORD}',
    tables: { interactions: { table: 'app.answers' }, feedback: { table: 'app.ratings', columns: { user: 'user_id' } } },
  },
  { name: 'ch', kind: 'clickhouse', url: 'http://127.0.0.1:8123/app', tables: { feedback: { table: 'ratings' } } },
  { name: 'in', kind: 'collector' },
];

describe('sources of config.yaml', () => {
  it('are read with every key, as they were added', () => {
    let text = '# ours\nversion: 1\n';
    for (const source of every) text = addSource(text, source);
    const { config, problems } = parseConfig(text);
    expect(problems).toEqual([]);
    expect(config.sources).toEqual(every);
    expect(text.startsWith('# ours\n')).toBe(true);
  });

  it.each([
    ['{ name: a, kind: phoenix }', 'has no url. Write the address'],
    ['{ name: a, kind: phoenix, url: "http://u:p@h" }', 'has a user name or password in it'],
    ['{ name: a, kind: phoenix, url: "http://h", key: sk-1 }', 'A key must not stand in a file'],
    ['{ name: a, kind: langfuse, url: "http://h", key: "${env:K}" }', 'has no user. Write the public key'],
    ['{ name: a, kind: langsmith, url: "http://h", key: "${env:K}" }', 'has no project'],
    ['{ name: a, kind: postgres, url: "http://h/db", tables: { feedback: { table: t } } }', 'none of a postgres server'],
    ['{ name: a, kind: postgres, url: "postgres://u:p@h/db", tables: { feedback: { table: t } } }', 'has a user name or password in it'],
    ['{ name: a, kind: postgres, tables: { feedback: { table: t } } }', 'has no url'],
    ['{ name: a, kind: postgres, url: "postgres://h/db", tables: { interactions: { table: t } } }', 'The table of the feedback is missing'],
    ['{ name: a, kind: clickhouse, url: "postgres://h/db", tables: { feedback: { table: t } } }', 'not a web address'],
  ])('%s is left out: %s', (source, message) => {
    const { config, problems } = parseConfig(`sources: [${source}]`);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.range).not.toBeNull();
    expect(config.sources).toEqual([]);
    expect(JSON.stringify(problems)).not.toContain('sk-1');
  });

  it.each([
    ['{ name: a, kind: jsonl, path: x, url: "http://h" }', 'The key "url" is not known in a source of kind jsonl'],
    ['{ name: a, kind: phoenix, url: "http://h", path: x }', 'The key "path" is not known in a source of kind phoenix'],
    ['{ name: a, kind: phoenix, url: "http://h", lookbak: 7d }', 'Did you mean "lookback"?'],
    ['{ name: a, kind: phoenix, url: "http://h", since: soon }', '"soon" is no length of time'],
    ['{ name: a, kind: phoenix, url: "http://h", lookback: 2026-01-31 }', 'is no length of time'],
    ['{ name: a, kind: phoenix, url: "http://h", scores: { r: { signal: stars } } }', 'The signal "stars" is not known'],
    ['{ name: a, kind: phoenix, url: "http://h", scores: { r: { actor: users } } }', 'The actor of the score "r"'],
    ['{ name: a, kind: phoenix, url: "http://h", scores: { r: { min: 5, max: 1 } } }', 'ends before it begins'],
    ['{ name: a, kind: phoenix, url: "http://h", scores: { r: { maks: 1 } } }', 'Did you mean "max"?'],
    ['{ name: a, kind: phoenix, url: "http://h", scores: { r: { higherIsBetter: 1 } } }', 'neither true nor false'],
    ['{ name: a, kind: phoenix, url: "http://h", scores: [r] }', 'not a list of "key: value"'],
    ['{ name: a, kind: clickhouse, url: "http://h", tables: { feedback: { table: t, columns: { user: 3 } } } }', 'The column of "user"'],
  ])('%s stands, and is told: %s', (source, message) => {
    const { config, problems } = parseConfig(`sources: [${source}]`);
    expect(problems.map((problem) => problem.message).join('\n')).toContain(message);
    expect(config.sources).toHaveLength(1);
    expect(config.sources[0]).not.toHaveProperty('lookback');
  });
});

describe('parseDuration', () => {
  it.each([
    ['15m', 900_000],
    ['24h', 86_400_000],
    [' 7d ', 604_800_000],
    ['2w', 1_209_600_000],
    ['30s', 30_000],
    ['0d', null],
    ['1.5h', null],
    ['-1d', null],
    ['7', null],
    ['999999d', null],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});
