/** `ratchet export otlp`, from a log to files that an OpenTelemetry tool reads. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from '../support/cli.js';
import { temporaryFolder } from '../support/temporary.js';

let folder: string;
const ratchet = (...args: string[]): Promise<CliResult> => runCli(args, { cwd: folder });

beforeEach(() => {
  folder = temporaryFolder({ '.ratchet/config.yaml': 'version: 1\nsources:\n  - { name: log, kind: csv, path: "logs/*.csv" }\n' });
  mkdirSync(join(folder, 'logs'));
  writeFileSync(
    join(folder, 'logs/a.csv'),
    'user,answer,rating,comment,prompt_name,prompt_version\nanna,Hello,1,write to anna@example.org,p,1\n',
  );
});

describe('an export on the command line', () => {
  it('writes a file a signal and its document, and nothing over a file', async () => {
    const result = await ratchet('export', 'otlp', '--out', 'otel.jsonl', '--redact', '--json');
    expect(result.code).toBe(0);
    expect(result.json).toMatchObject({
      schema: 'promptratchet.export/1',
      files: [
        { file: 'otel.traces.jsonl', signal: 'traces', records: 1 },
        { file: 'otel.logs.jsonl', signal: 'logs', records: 1 },
      ],
      interactions: 1,
      feedback: 1,
      skipped: 0,
    });
    const logs = readFileSync(join(folder, 'otel.logs.jsonl'), 'utf8');
    expect(logs).toContain('write to [email]');
    expect(logs).not.toContain('"anna"');
    const again = await ratchet('export', 'otlp', '--out', 'otel.jsonl');
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/exists already/);
  });

  it('gives back with another workspace what was exported from this one', async () => {
    await ratchet('export', 'otlp', '--out', 'otel.jsonl');
    const other = temporaryFolder({
      '.ratchet/config.yaml': 'version: 1\nsources:\n  - { name: otel, kind: otlp-file, path: "*.jsonl" }\n',
    });
    for (const name of ['otel.traces.jsonl', 'otel.logs.jsonl']) writeFileSync(join(other, name), readFileSync(join(folder, name)));
    const rows = async (cwd: string) =>
      ((await runCli(['feedback', '--json'], { cwd })).json as { rows: Record<string, unknown>[] }).rows.map(
        ({ id, prompt, version, y, text, interaction }) => ({ id, prompt, version, y, text, interaction }),
      );
    expect(await rows(other)).toEqual(await rows(folder));
  });
});
